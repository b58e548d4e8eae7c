"""Slices of devices."""

from __future__ import annotations

import pytest

from tests.server.validation.table import KEY, LABEL, SUBDOMAIN, VALUE, Case, Table, all_of, cases, drop, put, same

SLICE = Table(
    {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceSlice",
        "metadata": {"name": "s"},
        "spec": {
            "driver": "d.io",
            "nodeName": "n",
            "pool": {"name": "p", "resourceSliceCount": 1},
            "devices": [
                {
                    "name": "x",
                    "attributes": {"model": {"string": "a"}, "d.io/v": {"version": "1.0.0"}},
                    "capacity": {"memory": {"value": "1Gi"}},
                    "taints": [{"key": "k", "effect": "NoSchedule"}],
                }
            ],
        },
    },
    create=(
        (put("metadata.name", "A"), [f'metadata.name: Invalid value: "A": {SUBDOMAIN}']),
        (put("spec.driver", ""), ["spec.driver: Required value"]),
        (put("spec.driver", "a b"), [f'spec.driver: Invalid value: "a b": {SUBDOMAIN}']),
        (
            put("spec.pool", {}),
            [
                "spec.pool.name: Required value",
                "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero",
            ],
        ),
        (
            put("spec.pool", {"name": "A/b", "resourceSliceCount": 0, "generation": -1}),
            [
                f'spec.pool.name: Invalid value: "A": {SUBDOMAIN}',
                "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero",
                "spec.pool.generation: Invalid value: -1: must be greater than or equal to zero",
            ],
        ),
        (
            drop("spec.nodeName"),
            [
                (
                    "spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, "
                    "`perDeviceNodeSelection` is required"
                )
            ],
        ),
        (
            put("spec.nodeName", ""),
            [
                'spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string',
                (
                    "spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, "
                    "`perDeviceNodeSelection` is required"
                ),
            ],
        ),
        (put("spec.nodeName", "A"), [f'spec.nodeName: Invalid value: "A": {SUBDOMAIN}']),
        (
            all_of(put("spec.allNodes", True), put("spec.nodeSelector", {"nodeSelectorTerms": []})),
            [
                "spec.nodeSelector.nodeSelectorTerms: Required value: must have at least one node selector term",
                "spec.nodeSelector.nodeSelectorTerms: Invalid value: []: must have exactly one node selector term",
                (
                    'spec: Invalid value: "{`nodeName`, `nodeSelector`, `allNodes`}": exactly one of `nodeName`, '
                    "`nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set"
                ),
            ],
        ),
        (
            all_of(drop("spec.nodeName"), put("spec.allNodes", False)),
            [
                "spec.allNodes: Invalid value: false: must be either unset or set to true",
                (
                    "spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, "
                    "`perDeviceNodeSelection` is required"
                ),
            ],
        ),
        (
            put("spec.sharedCounters", []),
            ['spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed'],
        ),
        (
            put("spec.devices", [{"name": "a" + str(n)} for n in range(129)]),
            ["spec.devices: Too many: 129: must have at most 128 items"],
        ),
        (
            put(
                "spec.devices", [{"name": "a" + str(n), "taints": [{"key": "k", "effect": "None"}]} for n in range(65)]
            ),
            ["spec.devices: Too many: 65: must have at most 64 items"],
        ),
        (
            put("spec.devices", [{"name": "x"}, {"name": "x"}, {"name": "A"}]),
            [f'spec.devices[2].name: Invalid value: "A": {LABEL}', 'spec.devices[1]: Duplicate value: "x"'],
        ),
        (
            put(
                "spec.devices.0.attributes",
                {"a b": {"int": 1}, "/a": {"int": 1}, "d.io/": {"int": 1}, "a.b/c d": {"bool": True}},
            ),
            [
                (
                    'spec.devices[0].attributes: Invalid value: "a b": a valid C identifier must start with '
                    "alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. "
                    "'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is "
                    "'[A-Za-z_][A-Za-z0-9_]*')"
                ),
                'spec.devices[0].attributes: Invalid value: "": the domain must not be empty',
                'spec.devices[0].attributes: Invalid value: "": the name must not be empty',
                (
                    'spec.devices[0].attributes: Invalid value: "c d": a valid C identifier must start with '
                    "alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. "
                    "'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is "
                    "'[A-Za-z_][A-Za-z0-9_]*')"
                ),
            ],
        ),
        (
            put("spec.devices.0.attributes", {"a": {}}),
            ['spec.devices[0].attributes[a]: Invalid value: "": exactly one value must be specified'],
        ),
        (
            put("spec.devices.0.attributes", {"a": {"int": 1, "bool": True}}),
            [
                (
                    'spec.devices[0].attributes[a]: Invalid value: {"int":1,"bool":true}: exactly one value must '
                    "be specified"
                )
            ],
        ),
        (
            put(
                "spec.devices.0.attributes",
                {"a": {"string": "x" * 65}, "b": {"version": "1.0"}, "c": {"version": "1.0.0-" + "x" * 65}},
            ),
            [
                "spec.devices[0].attributes[a].string: Too long: may not be more than 64 bytes",
                (
                    'spec.devices[0].attributes[b].version: Invalid value: "1.0": must be a string compatible with '
                    "semver.org spec 2.0.0"
                ),
                "spec.devices[0].attributes[c].version: Too long: may not be more than 64 bytes",
            ],
        ),
        (
            put(
                "spec.devices.0.attributes",
                {"a": {"ints": []}, "b": {"strings": ["a", "x" * 65]}, "c": {"versions": ["1"]}},
            ),
            [
                "spec.devices[0].attributes[a].ints: Invalid value: []: must not be empty if specified",
                "spec.devices[0].attributes[b].strings[1]: Too long: may not be more than 64 bytes",
                (
                    'spec.devices[0].attributes[c].versions[0]: Invalid value: "1": must be a string compatible '
                    "with semver.org spec 2.0.0"
                ),
            ],
        ),
        (
            put("spec.devices.0.attributes", {"a" + str(n): {"int": 1} for n in range(32)}),
            [("spec.devices[0]: Invalid value: 33: the total number of attributes and capacities must not exceed 32")],
        ),
        (
            put("spec.devices.0.attributes", {"a": {"ints": list(range(49))}}),
            ["spec.devices[0]: Invalid value: 49: the total number of attribute values must not exceed 48"],
        ),
        (
            put("spec.devices.0.capacity", {"a b": {"value": "1"}}),
            [
                (
                    'spec.devices[0].capacity: Invalid value: "a b": a valid C identifier must start with '
                    "alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. "
                    "'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is "
                    "'[A-Za-z_][A-Za-z0-9_]*')"
                )
            ],
        ),
        (
            put("spec.devices.0.capacity.memory.requestPolicy", {"default": "1Gi", "validValues": ["1Gi"]}),
            ["spec.devices[0].capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true"],
        ),
        (
            all_of(
                put("spec.devices.0.allowMultipleAllocations", True),
                put(
                    "spec.devices.0.capacity.memory.requestPolicy",
                    {"default": "1Gi", "validValues": ["1Gi"], "validRange": {"min": "1"}},
                ),
            ),
            [
                (
                    "spec.devices[0].capacity[memory].requestPolicy: Forbidden: exactly one policy can be "
                    'specified, cannot specify "validValues" and "validRange" at the same time'
                )
            ],
        ),
        (
            all_of(
                put("spec.devices.0.allowMultipleAllocations", True),
                put("spec.devices.0.capacity.memory.requestPolicy", {"validValues": ["1Gi"]}),
            ),
            [
                (
                    "spec.devices[0].capacity[memory].requestPolicy.default: Required value: required when "
                    "validValues is defined"
                )
            ],
        ),
        (
            all_of(
                put("spec.devices.0.allowMultipleAllocations", True),
                put("spec.devices.0.capacity.memory.requestPolicy", {"validRange": {"min": "1"}}),
            ),
            [
                (
                    "spec.devices[0].capacity[memory].requestPolicy.default: Required value: required when "
                    "validRange is defined"
                )
            ],
        ),
        (
            all_of(
                put("spec.devices.0.allowMultipleAllocations", True),
                put(
                    "spec.devices.0.capacity.memory.requestPolicy",
                    {"default": "1", "validValues": ["2", "1Gi", "2Gi", "2"]},
                ),
            ),
            [
                (
                    'spec.devices[0].capacity[memory].requestPolicy.validValues[3]: Invalid value: "2": values '
                    "must be sorted in ascending order"
                ),
                (
                    'spec.devices[0].capacity[memory].requestPolicy.validValues[2]: Invalid value: "2Gi": option '
                    "is larger than capacity value: 1Gi"
                ),
                'spec.devices[0].capacity[memory].requestPolicy.validValues[3]: Duplicate value: "2"',
                (
                    'spec.devices[0].capacity[memory].requestPolicy.validValues: Invalid value: "1": default value '
                    "is not valid according to the requestPolicy"
                ),
            ],
        ),
        (
            all_of(
                put("spec.devices.0.allowMultipleAllocations", True),
                put(
                    "spec.devices.0.capacity.memory.requestPolicy",
                    {"default": "1", "validValues": [str(n) for n in range(1, 12)]},
                ),
            ),
            [
                (
                    "spec.devices[0].capacity[memory].requestPolicy.validValues: Too many: 11: must have at most "
                    "10 items"
                ),
                (
                    'spec.devices[0].capacity[memory].requestPolicy.validValues: Invalid value: "1": default value '
                    "is not valid according to the requestPolicy"
                ),
            ],
        ),
        (
            all_of(
                put("spec.devices.0.allowMultipleAllocations", True),
                put("spec.devices.0.capacity.memory.requestPolicy", {"default": "1", "validRange": {}}),
            ),
            [
                (
                    "spec.devices[0].capacity[memory].requestPolicy.validRange.min: Required value: required when "
                    "validRange is defined"
                )
            ],
        ),
        (
            all_of(
                put("spec.devices.0.allowMultipleAllocations", True),
                put(
                    "spec.devices.0.capacity.memory.requestPolicy",
                    {"default": "5", "validRange": {"min": "2", "max": "8", "step": "2"}},
                ),
            ),
            [
                (
                    'spec.devices[0].capacity[memory].requestPolicy.validRange.step: Invalid value: "5": value is '
                    "not a multiple of a given step (2) from (2)"
                )
            ],
        ),
        (
            all_of(
                put("spec.devices.0.allowMultipleAllocations", True),
                put(
                    "spec.devices.0.capacity.memory.requestPolicy",
                    {"default": "1", "validRange": {"min": "2Gi", "max": "1", "step": "1"}},
                ),
            ),
            [
                (
                    'spec.devices[0].capacity[memory].requestPolicy.validRange.min: Invalid value: "2Gi": min is '
                    "larger than capacity value: 1Gi"
                ),
                (
                    'spec.devices[0].capacity[memory].requestPolicy.validRange.min: Invalid value: "1": default is '
                    "less than min: 2Gi"
                ),
                (
                    'spec.devices[0].capacity[memory].requestPolicy.validRange.max: Invalid value: "2Gi": min is '
                    "larger than max: 1"
                ),
                (
                    'spec.devices[0].capacity[memory].requestPolicy.validRange.step: Invalid value: "1": one step '
                    "2147483649 is larger than capacity value: 1Gi"
                ),
            ],
        ),
        (
            all_of(
                put("spec.devices.0.allowMultipleAllocations", True),
                put(
                    "spec.devices.0.capacity.memory.requestPolicy",
                    {"default": "9", "validRange": {"min": "2", "max": "8"}},
                ),
            ),
            [
                (
                    'spec.devices[0].capacity[memory].requestPolicy.validRange.max: Invalid value: "9": default is '
                    "more than max: 8"
                )
            ],
        ),
        (
            all_of(
                put("spec.devices.0.allowMultipleAllocations", True),
                put(
                    "spec.devices.0.capacity.memory.requestPolicy",
                    {"default": "3", "validRange": {"min": "2", "max": "2Gi"}},
                ),
            ),
            [
                (
                    'spec.devices[0].capacity[memory].requestPolicy.validRange.max: Invalid value: "2Gi": max is '
                    "larger than capacity value: 1Gi"
                )
            ],
        ),
        (
            put("spec.devices.0.taints", [{}]),
            [
                'spec.devices[0].taints[0].key: Invalid value: "": name part must be non-empty',
                f'spec.devices[0].taints[0].key: Invalid value: "": {KEY}',
                "spec.devices[0].taints[0].effect: Required value",
            ],
        ),
        (
            put("spec.devices.0.taints", [{"key": "k", "effect": "Some", "value": "-"}]),
            [
                f'spec.devices[0].taints[0].value: Invalid value: "-": {VALUE}',
                (
                    'spec.devices[0].taints[0].effect: Unsupported value: "Some": supported values: "NoExecute", '
                    '"NoSchedule", "None"'
                ),
            ],
        ),
        (
            put("spec.devices.0.taints", [{"key": "k", "effect": "None"}] * 17),
            ["spec.devices[0].taints: Too many: 17: must have at most 16 items"],
        ),
        (
            put("spec.devices.0.consumesCounters", [{}, {"counterSet": "A", "counters": {"a b": {"value": "1"}}}]),
            [
                "spec.devices[0].consumesCounters[0].counterSet: Required value",
                "spec.devices[0].consumesCounters[0].counters: Required value",
                f'spec.devices[0].consumesCounters[1].counterSet: Invalid value: "A": {LABEL}',
                f'spec.devices[0].consumesCounters[1].counters: Invalid value: "a b": {LABEL}',
            ],
        ),
        (
            put("spec.devices.0.consumesCounters", [{"counterSet": "a", "counters": {"a": {"value": "1"}}}] * 2),
            ['spec.devices[0].consumesCounters[1]: Duplicate value: "a"'],
        ),
        (
            put(
                "spec.devices.0.consumesCounters",
                [{"counterSet": str(n), "counters": {"a": {"value": "1"}}} for n in range(3)],
            ),
            ["spec.devices[0].consumesCounters: Too many: 3: must have at most 2 items"],
        ),
        (
            put(
                "spec.devices.0.consumesCounters",
                [{"counterSet": "a", "counters": {"a" + str(n): {"value": "1"} for n in range(33)}}],
            ),
            ["spec.devices[0].consumesCounters[0].counters: Too many: 33: must have at most 32 items"],
        ),
        (
            put("spec.devices.0.nodeName", "n"),
            [
                (
                    "spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be "
                    "set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec"
                )
            ],
        ),
        (
            all_of(drop("spec.nodeName"), put("spec.perDeviceNodeSelection", True)),
            [
                (
                    "spec.devices[0]: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is "
                    "required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec"
                )
            ],
        ),
        (
            all_of(drop("spec.nodeName"), put("spec.perDeviceNodeSelection", True), put("spec.devices.0.nodeName", "")),
            [
                'spec.devices[0].nodeName: Invalid value: "": must not be empty',
                (
                    "spec.devices[0]: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is "
                    "required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec"
                ),
            ],
        ),
        (
            all_of(
                drop("spec.nodeName"), put("spec.perDeviceNodeSelection", True), put("spec.devices.0.nodeName", "A")
            ),
            [f'spec.devices[0].nodeName: Invalid value: "A": {SUBDOMAIN}'],
        ),
        (
            all_of(
                drop("spec.nodeName"), put("spec.perDeviceNodeSelection", True), put("spec.devices.0.allNodes", False)
            ),
            [
                "spec.devices[0].allNodes: Invalid value: false: must be either unset or set to true",
                (
                    "spec.devices[0]: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is "
                    "required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec"
                ),
            ],
        ),
        (
            all_of(
                drop("spec.nodeName"), put("spec.perDeviceNodeSelection", True), put("spec.devices.0.allNodes", True)
            ),
            [],
        ),
        (
            all_of(
                drop("spec.nodeName"),
                put("spec.perDeviceNodeSelection", True),
                put("spec.devices.0.allNodes", True),
                put("spec.devices.0.nodeName", "n"),
            ),
            [
                (
                    'spec.devices[0]: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, '
                    "`nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the "
                    "ResourceSlice spec"
                )
            ],
        ),
        (
            all_of(
                drop("spec.nodeName"),
                put("spec.perDeviceNodeSelection", True),
                put("spec.devices.0.nodeSelector", {"nodeSelectorTerms": []}),
            ),
            [
                (
                    "spec.devices[0].nodeSelector.nodeSelectorTerms: Required value: must have at least one node "
                    "selector term"
                )
            ],
        ),
        (
            put("spec.devices.0.bindingConditions", ["a"]),
            [
                (
                    "spec.devices[0].bindingFailureConditions: Invalid value: null: bindingFailureConditions are "
                    "required to use bindingConditions"
                )
            ],
        ),
        (
            all_of(
                drop("spec.devices"),
                put(
                    "spec.sharedCounters",
                    [
                        {},
                        {"name": "a", "counters": {"a": {"value": "1"}}},
                        {"name": "a", "counters": {"A": {"value": "1"}}},
                    ],
                ),
            ),
            [
                "spec.sharedCounters[0].name: Required value",
                "spec.sharedCounters[0].counters: Required value",
                f'spec.sharedCounters[2].counters: Invalid value: "A": {LABEL}',
                'spec.sharedCounters[2]: Duplicate value: "a"',
            ],
        ),
        (
            all_of(
                drop("spec.devices"),
                put("spec.sharedCounters", [{"name": str(n), "counters": {"a": {"value": "1"}}} for n in range(9)]),
            ),
            ["spec.sharedCounters: Too many: 9: must have at most 8 items"],
        ),
    ),
    update=(
        (same, put("spec.driver", "e.io"), ['spec.driver: Invalid value: "e.io": field is immutable']),
        (same, put("spec.pool.name", "q"), ['spec.pool.name: Invalid value: "q": field is immutable']),
        (same, put("spec.nodeName", "m"), ['spec.nodeName: Invalid value: "m": field is immutable']),
        (same, put("spec.pool.generation", 2), []),
        (
            put("spec.devices.0.taints", [{"key": "k", "effect": "Some"}]),
            put("spec.devices.0.taints", [{"key": "k", "effect": "Some"}]),
            [],
        ),
        (
            same,
            put("spec.devices.0.taints", [{"key": "k", "effect": "Some"}]),
            [
                (
                    'spec.devices[0].taints[0].effect: Unsupported value: "Some": supported values: "NoExecute", '
                    '"NoSchedule", "None"'
                )
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(SLICE))
def test_rules(case: Case) -> None:
    case.check()
