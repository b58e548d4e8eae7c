"""Resource claims, their templates, device classes and taint rules."""

from __future__ import annotations

import pytest

from tests.server.validation.table import KEY, LABEL, SUBDOMAIN, VALUE, Case, Table, all_of, cases, drop, put, same

CLAIM = Table(
    {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaim",
        "metadata": {"name": "c", "namespace": "shop"},
        "spec": {
            "devices": {
                "requests": [
                    {
                        "name": "gpu",
                        "exactly": {"deviceClassName": "gpus", "selectors": [{"cel": {"expression": "true"}}]},
                    },
                    {"name": "any", "firstAvailable": [{"name": "big", "deviceClassName": "gpus"}]},
                ],
                "constraints": [{"requests": ["gpu"], "matchAttribute": "d.io/model"}],
                "config": [{"requests": ["any/big"], "opaque": {"driver": "d.io", "parameters": {"a": 1}}}],
            }
        },
    },
    create=(
        (put("metadata.name", "A"), [f'metadata.name: Invalid value: "A": {SUBDOMAIN}']),
        (
            put("spec.devices.requests.0.name", "A"),
            [
                f'spec.devices.requests[0].name: Invalid value: "A": {LABEL}',
                (
                    'spec.devices.constraints[0].requests[0]: Invalid value: "gpu": must be the name of a request '
                    "in the claim or the name of a request and a subrequest separated by '/'"
                ),
            ],
        ),
        (
            put("spec.devices.requests.0.name", "any"),
            [
                'spec.devices.requests[1]: Duplicate value: "any"',
                (
                    'spec.devices.constraints[0].requests[0]: Invalid value: "gpu": must be the name of a request '
                    "in the claim or the name of a request and a subrequest separated by '/'"
                ),
            ],
        ),
        (
            put("spec.devices.requests.0", {"name": "gpu"}),
            ["spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required"],
        ),
        (
            put(
                "spec.devices.requests.0.firstAvailable",
                [{"name": "a", "deviceClassName": "b", "allocationMode": "All"}],
            ),
            [
                (
                    "spec.devices.requests[0]: Invalid value: null: exactly one of `exactly` or `firstAvailable` "
                    "is required, but multiple fields are set"
                )
            ],
        ),
        (
            put("spec.devices.requests.0.exactly.deviceClassName", ""),
            ["spec.devices.requests[0].exactly.deviceClassName: Required value"],
        ),
        (
            put("spec.devices.requests.0.exactly.deviceClassName", "A"),
            [f'spec.devices.requests[0].exactly.deviceClassName: Invalid value: "A": {SUBDOMAIN}'],
        ),
        (
            put("spec.devices.requests.0.exactly.selectors", [{}]),
            ["spec.devices.requests[0].exactly.selectors[0].cel: Required value"],
        ),
        (
            put("spec.devices.requests.0.exactly.selectors", [{"cel": {"expression": "x" * 10241}}]),
            [
                (
                    "spec.devices.requests[0].exactly.selectors[0].cel.expression: Too long: may not be more than "
                    "10240 bytes"
                )
            ],
        ),
        (
            put("spec.devices.requests.0.exactly.selectors", [{"cel": {"expression": "true"}}] * 33),
            ["spec.devices.requests[0].exactly.selectors: Too many: 33: must have at most 32 items"],
        ),
        (
            put("spec.devices.requests.0.exactly.allocationMode", "Some"),
            [
                (
                    'spec.devices.requests[0].exactly.allocationMode: Unsupported value: "Some": supported values: '
                    '"All", "ExactCount"'
                )
            ],
        ),
        (
            put("spec.devices.requests.0.exactly.count", 0),
            ["spec.devices.requests[0].exactly.count: Invalid value: 0: must be greater than zero"],
        ),
        (
            all_of(
                put("spec.devices.requests.0.exactly.count", 2),
                put("spec.devices.requests.0.exactly.allocationMode", "All"),
            ),
            [
                (
                    "spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when "
                    "allocationMode is 'All'"
                )
            ],
        ),
        (
            put(
                "spec.devices.requests.0.exactly.tolerations",
                [
                    {"key": "a b", "operator": "Equal", "value": "-", "effect": "Some"},
                    {"operator": "Exists", "value": "v"},
                    {"operator": "Some"},
                    {"operator": ""},
                ],
            ),
            [
                f'spec.devices.requests[0].exactly.tolerations[0].key: Invalid value: "a b": {KEY}',
                f'spec.devices.requests[0].exactly.tolerations[0].value: Invalid value: "-": {VALUE}',
                (
                    'spec.devices.requests[0].exactly.tolerations[0].effect: Unsupported value: "Some": supported '
                    'values: "NoExecute", "NoSchedule", "None"'
                ),
                (
                    'spec.devices.requests[0].exactly.tolerations[1].value: Invalid value: "v": must be empty for '
                    "operator `Exists`"
                ),
                (
                    'spec.devices.requests[0].exactly.tolerations[2].operator: Unsupported value: "Some": '
                    'supported values: "Equal", "Exists"'
                ),
                "spec.devices.requests[0].exactly.tolerations[3].operator: Required value",
            ],
        ),
        (
            put(
                "spec.devices.requests.1.firstAvailable",
                [{"name": str(n), "deviceClassName": "c", "allocationMode": "All"} for n in range(9)],
            ),
            [
                "spec.devices.requests[1].firstAvailable: Too many: 9: must have at most 8 items",
                (
                    'spec.devices.config[0].requests[0]: Invalid value: "any/big": must be the name of a request '
                    "in the claim or the name of a request and a subrequest separated by '/'"
                ),
            ],
        ),
        (
            put(
                "spec.devices.requests.1.firstAvailable.1",
                {"name": "big", "deviceClassName": "c", "allocationMode": "All"},
            ),
            ['spec.devices.requests[1].firstAvailable[1]: Duplicate value: "big"'],
        ),
        (
            put("spec.devices.constraints.0.requests", ["none", "gpu", "gpu", "any/small", "a/b/c", "any/A"]),
            [
                (
                    'spec.devices.constraints[0].requests[0]: Invalid value: "none": must be the name of a request '
                    "in the claim or the name of a request and a subrequest separated by '/'"
                ),
                (
                    'spec.devices.constraints[0].requests[3]: Invalid value: "any/small": must be the name of a '
                    "request in the claim or the name of a request and a subrequest separated by '/'"
                ),
                (
                    'spec.devices.constraints[0].requests[4]: Invalid value: "a/b/c": must be the name of a '
                    "request in the claim or the name of a request and a subrequest separated by '/'"
                ),
                f'spec.devices.constraints[0].requests[5]: Invalid value: "A": {LABEL}',
                (
                    'spec.devices.constraints[0].requests[5]: Invalid value: "any/A": must be the name of a '
                    "request in the claim or the name of a request and a subrequest separated by '/'"
                ),
                'spec.devices.constraints[0].requests[2]: Duplicate value: "gpu"',
            ],
        ),
        (
            put("spec.devices.constraints.0", {"requests": ["gpu"]}),
            [
                (
                    'spec.devices.constraints[0]: Required value: exactly one of "matchAttribute" or '
                    '"distinctAttribute" is required, but multiple fields are set'
                )
            ],
        ),
        (
            put("spec.devices.constraints.0.matchAttribute", "model"),
            [
                (
                    'spec.devices.constraints[0].matchAttribute: Invalid value: "model": a fully qualified name '
                    "must be a domain and a name separated by a slash"
                )
            ],
        ),
        (
            put("spec.devices.constraints.0.matchAttribute", "/"),
            [
                'spec.devices.constraints[0].matchAttribute: Invalid value: "": the domain must not be empty',
                'spec.devices.constraints[0].matchAttribute: Invalid value: "": the name must not be empty',
            ],
        ),
        (
            put("spec.devices.constraints.0.matchAttribute", "a b/1"),
            [
                f'spec.devices.constraints[0].matchAttribute: Invalid value: "a b": {SUBDOMAIN}',
                (
                    'spec.devices.constraints[0].matchAttribute: Invalid value: "1": a valid C identifier must '
                    "start with alphabetic character or '_', followed by a string of alphanumeric characters or "
                    "'_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is "
                    "'[A-Za-z_][A-Za-z0-9_]*')"
                ),
            ],
        ),
        (
            put("spec.devices.constraints.0.matchAttribute", "d.io/" + "x" * 33),
            ["spec.devices.constraints[0].matchAttribute: Too long: may not be more than 32 bytes"],
        ),
        (
            put("spec.devices.config.0.requests", ["none"]),
            [
                (
                    'spec.devices.config[0].requests[0]: Invalid value: "none": must be the name of a request in '
                    "the claim or the name of a request and a subrequest separated by '/'"
                )
            ],
        ),
        (drop("spec.devices.config.0.opaque"), ["spec.devices.config[0].opaque: Required value"]),
        (
            put("spec.devices.config.0.opaque", {"driver": ""}),
            [
                "spec.devices.config[0].opaque.driver: Required value",
                "spec.devices.config[0].opaque.parameters: Required value",
            ],
        ),
        (
            put("spec.devices.config.0.opaque", {"driver": "a b", "parameters": "x"}),
            [
                f'spec.devices.config[0].opaque.driver: Invalid value: "a b": {SUBDOMAIN}',
                (
                    'spec.devices.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid '
                    "JSON object"
                ),
            ],
        ),
        (
            put("spec.devices.config.0.opaque.parameters", {"a": "x" * 10240}),
            ["spec.devices.config[0].opaque.parameters: Too long: may not be more than 10240 bytes"],
        ),
        (
            put("spec.devices.config", [{"opaque": {"driver": "d.io", "parameters": {}}}] * 33),
            ["spec.devices.config: Too many: 33: must have at most 32 items"],
        ),
    ),
    update=(
        (same, put("spec.devices.requests.0.exactly.count", 2), ["spec: Invalid value: null: field is immutable"]),
        (same, put("metadata.name", "d"), ['metadata.name: Invalid value: "d": field is immutable']),
    ),
    status=(
        (
            same,
            put(
                "status.allocation",
                {"devices": {"results": [{"request": "gpu", "driver": "d.io", "pool": "p", "device": "x"}]}},
            ),
            [],
        ),
        (
            same,
            all_of(
                put(
                    "status.allocation",
                    {"devices": {"results": [{"request": "gpu", "driver": "d.io", "pool": "p", "device": "x"}]}},
                ),
                put("status.reservedFor", [{"resource": "pods", "name": "p", "uid": "u"}]),
            ),
            [],
        ),
        (
            same,
            put("status.reservedFor", [{"resource": "pods", "name": "p", "uid": "u"}]),
            ["status.reservedFor: Forbidden: may not be specified when `allocated` is not set"],
        ),
        (
            same,
            all_of(
                put(
                    "status.allocation",
                    {"devices": {"results": [{"request": "gpu", "driver": "d.io", "pool": "p", "device": "x"}]}},
                ),
                put(
                    "status.reservedFor",
                    [{}, {"resource": "pods", "name": "p", "uid": "u"}, {"resource": "pods", "name": "p", "uid": "u"}],
                ),
            ),
            [
                "status.reservedFor[0].resource: Required value",
                "status.reservedFor[0].name: Required value",
                "status.reservedFor[0].uid: Required value",
                'status.reservedFor[2]: Duplicate value: "u"',
            ],
        ),
        (
            same,
            all_of(
                put(
                    "status.allocation",
                    {"devices": {"results": [{"request": "gpu", "driver": "d.io", "pool": "p", "device": "x"}]}},
                ),
                put("status.reservedFor", [{"resource": "pods", "name": "p", "uid": str(n)} for n in range(257)]),
            ),
            ["status.reservedFor: Too many: 257: must have at most 256 items"],
        ),
        (
            all_of(
                put(
                    "status.allocation",
                    {"devices": {"results": [{"request": "gpu", "driver": "d.io", "pool": "p", "device": "x"}]}},
                ),
                put("metadata.deletionTimestamp", "2026-01-01T00:00:00Z"),
                put("metadata.deletionGracePeriodSeconds", 0),
            ),
            all_of(
                put(
                    "status.allocation",
                    {"devices": {"results": [{"request": "gpu", "driver": "d.io", "pool": "p", "device": "x"}]}},
                ),
                put("metadata.deletionTimestamp", "2026-01-01T00:00:00Z"),
                put("metadata.deletionGracePeriodSeconds", 0),
                put("status.reservedFor", [{"resource": "pods", "name": "p", "uid": "u"}]),
            ),
            [
                (
                    "status.reservedFor: Forbidden: new entries may not be added while `deallocationRequested` or "
                    "`deletionTimestamp` are set"
                )
            ],
        ),
        (
            put(
                "status.allocation",
                {"devices": {"results": [{"request": "gpu", "driver": "d.io", "pool": "p", "device": "x"}]}},
            ),
            put(
                "status.allocation",
                {"devices": {"results": [{"request": "gpu", "driver": "d.io", "pool": "p", "device": "y"}]}},
            ),
            [
                (
                    "status.allocation: Invalid value: "
                    '{"devices":{"results":[{"request":"gpu","driver":"d.io","pool":"p","device":"y"}]}}: field is '
                    "immutable"
                )
            ],
        ),
        (
            same,
            put(
                "status.allocation",
                {"devices": {"results": [{"request": "none", "driver": "d.io", "pool": "p", "device": "x"}]}},
            ),
            [
                (
                    'status.allocation.devices.results[0].request: Invalid value: "none": must be the name of a '
                    "request in the claim or the name of a request and a subrequest separated by '/'"
                )
            ],
        ),
        (
            same,
            put(
                "status.allocation",
                {"devices": {"results": [{"request": "gpu/x", "driver": "d.io", "pool": "p", "device": "x"}]}},
            ),
            [
                (
                    'status.allocation.devices.results[0].request: Invalid value: "gpu/x": must be the name of a '
                    "request in the claim or the name of a request and a subrequest separated by '/'"
                )
            ],
        ),
        (
            same,
            put(
                "status.allocation",
                {"devices": {"results": [{"request": "gpu", "driver": "", "pool": "", "device": ""}]}},
            ),
            [
                "status.allocation.devices.results[0].driver: Required value",
                "status.allocation.devices.results[0].pool: Required value",
                f'status.allocation.devices.results[0].device: Invalid value: "": {LABEL}',
            ],
        ),
        (
            same,
            put(
                "status.allocation",
                {"devices": {"results": [{"request": "gpu", "driver": "d.io", "pool": "a/B", "device": "x"}]}},
            ),
            [f'status.allocation.devices.results[0].pool: Invalid value: "B": {SUBDOMAIN}'],
        ),
        (
            same,
            put(
                "status.allocation",
                {"devices": {"results": [{"request": "gpu", "driver": "d.io", "pool": "x" * 254, "device": "x"}]}},
            ),
            [
                "status.allocation.devices.results[0].pool: Too long: may not be more than 253 bytes",
                (
                    "status.allocation.devices.results[0].pool: Invalid value: "
                    '"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'
                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": must be no more than 253 characters'
                ),
            ],
        ),
        (
            same,
            put(
                "status.allocation",
                {
                    "devices": {
                        "results": [{"request": "gpu", "driver": "d.io", "pool": "p", "device": "x", "shareID": "x"}]
                    }
                },
            ),
            [
                (
                    'status.allocation.devices.results[0].shareID: Invalid value: "x": error validating uid: '
                    "invalid UUID length: 1"
                )
            ],
        ),
        (
            same,
            put(
                "status.allocation",
                {
                    "devices": {
                        "results": [
                            {
                                "request": "gpu",
                                "driver": "d.io",
                                "pool": "p",
                                "device": "x",
                                "shareID": "123E4567-E89B-12D3-A456-426614174000",
                            }
                        ]
                    }
                },
            ),
            [
                (
                    "status.allocation.devices.results[0].shareID: Invalid value: "
                    '"123E4567-E89B-12D3-A456-426614174000": uid must be in RFC 4122 normalized form, '
                    "`xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters"
                )
            ],
        ),
        (
            same,
            put(
                "status.allocation",
                {
                    "devices": {
                        "results": [
                            {
                                "request": "gpu",
                                "driver": "d.io",
                                "pool": "p",
                                "device": "x",
                                "bindingConditions": ["a", "a", "b c"],
                                "bindingFailureConditions": ["a"],
                            }
                        ]
                    }
                },
            ),
            [
                f'status.allocation.devices.results[0].bindingConditions[2]: Invalid value: "b c": {KEY}',
                'status.allocation.devices.results[0].bindingConditions[1]: Duplicate value: "a"',
                (
                    'status.allocation.devices.results[0].bindingFailureConditions[0]: Invalid value: "a": '
                    "bindingFailureConditions must not overlap with bindingConditions"
                ),
            ],
        ),
        (
            same,
            put(
                "status.allocation",
                {
                    "devices": {
                        "results": [
                            {"request": "gpu", "driver": "d.io", "pool": "p", "device": "x", "bindingConditions": ["a"]}
                        ]
                    }
                },
            ),
            [
                (
                    "status.allocation.devices.results[0].bindingFailureConditions: Invalid value: null: "
                    "bindingFailureConditions are required to use bindingConditions"
                )
            ],
        ),
        (
            same,
            put(
                "status.allocation",
                {
                    "devices": {
                        "results": [
                            {
                                "request": "gpu",
                                "driver": "d.io",
                                "pool": "p",
                                "device": "x",
                                "bindingFailureConditions": ["a"],
                            }
                        ]
                    }
                },
            ),
            [
                (
                    "status.allocation.devices.results[0].bindingConditions: Invalid value: null: "
                    "bindingConditions are required to use bindingFailureConditions"
                )
            ],
        ),
        (
            same,
            put(
                "status.allocation",
                {
                    "devices": {
                        "results": [],
                        "config": [
                            {"source": "", "opaque": {"driver": "d.io", "parameters": {}}},
                            {"source": "Some", "requests": ["none"], "opaque": {"driver": "d.io", "parameters": {}}},
                        ],
                    }
                },
            ),
            [
                "status.allocation.devices.config[0].source: Required value",
                (
                    'status.allocation.devices.config[1].source: Unsupported value: "Some": supported values: '
                    '"FromClaim", "FromClass"'
                ),
                (
                    'status.allocation.devices.config[1].requests[0]: Invalid value: "none": must be the name of a '
                    "request in the claim or the name of a request and a subrequest separated by '/'"
                ),
            ],
        ),
        (
            same,
            put("status.allocation", {"nodeSelector": {"nodeSelectorTerms": []}}),
            [
                (
                    "status.allocation.nodeSelector.nodeSelectorTerms: Required value: must have at least one node "
                    "selector term"
                )
            ],
        ),
        (
            same,
            all_of(
                put(
                    "status.allocation",
                    {"devices": {"results": [{"request": "gpu", "driver": "d.io", "pool": "p", "device": "x"}]}},
                ),
                put("status.devices", [{"driver": "d.io", "pool": "p", "device": "y"}]),
            ),
            [
                (
                    'status.devices[0]: Invalid value: {"Driver":"d.io","Pool":"p","Device":"y","ShareID":""}: '
                    "must be an allocated device in the claim"
                )
            ],
        ),
        (
            same,
            all_of(
                put(
                    "status.allocation",
                    {"devices": {"results": [{"request": "gpu", "driver": "d.io", "pool": "p", "device": "x"}]}},
                ),
                put("status.devices", [{"driver": "d.io", "pool": "p", "device": "x"}] * 2),
            ),
            ['status.devices[1]: Duplicate value: {"Driver":"d.io","Pool":"p","Device":"x","ShareID":""}'],
        ),
        (
            same,
            all_of(
                put(
                    "status.allocation",
                    {"devices": {"results": [{"request": "gpu", "driver": "d.io", "pool": "p", "device": "x"}]}},
                ),
                put(
                    "status.devices",
                    [
                        {
                            "driver": "d.io",
                            "pool": "p",
                            "device": "x",
                            "data": [1],
                            "networkData": {
                                "interfaceName": "x" * 257,
                                "hardwareAddress": "x" * 129,
                                "ips": ["10.0.0.1", "10.0.0.01/8", "FD00::1/64", "10.0.0.1/8", "10.0.0.1/8"],
                            },
                            "conditions": [
                                {
                                    "type": "a b",
                                    "status": "True",
                                    "reason": "R",
                                    "lastTransitionTime": "2026-01-01T00:00:00Z",
                                    "message": "",
                                }
                            ],
                        }
                    ],
                ),
            ),
            [
                f'status.devices[0].conditions[0].type: Invalid value: "a b": {KEY}',
                'status.devices[0].data: Invalid value: "<value omitted>": must be a valid JSON object',
                "status.devices[0].networkData.interfaceName: Too long: may not be more than 256 bytes",
                "status.devices[0].networkData.hardwareAddress: Too long: may not be more than 128 bytes",
                (
                    'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in '
                    "CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)"
                ),
                (
                    'status.devices[0].networkData.ips[1]: Invalid value: "10.0.0.01/8": must be in canonical form '
                    '("10.0.0.1/8")'
                ),
                (
                    'status.devices[0].networkData.ips[2]: Invalid value: "FD00::1/64": must be in canonical form '
                    '("fd00::1/64")'
                ),
                'status.devices[0].networkData.ips[4]: Duplicate value: "10.0.0.1/8"',
            ],
        ),
    ),
)

TEMPLATE = Table(
    {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaimTemplate",
        "metadata": {"name": "c", "namespace": "shop"},
        "spec": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {"devices": {"requests": [{"name": "gpu", "exactly": {"deviceClassName": "gpus"}}]}},
        },
    },
    create=(
        (put("spec.metadata.labels", {"a b": "c"}), [f'spec.metadata.labels: Invalid value: "a b": {KEY}']),
        (put("spec.metadata.name", "x"), ["spec.metadata.name: Forbidden: cannot be set"]),
        (
            put("spec.spec.devices.requests.0.name", "A"),
            [f'spec.spec.devices.requests[0].name: Invalid value: "A": {LABEL}'],
        ),
    ),
    update=(
        (
            same,
            put("spec.spec.devices.requests.0.name", "fpga"),
            [
                (
                    "spec: Invalid value: "
                    '{"metadata":{"labels":{"a":"b"}},"spec":{"devices":{"requests":[{"name":"fp'
                    'ga","exactly":{"deviceClassName":"gpus","allocationMode":"ExactCount","count":1}}]}}}: field '
                    "is immutable"
                )
            ],
        ),
    ),
)

CLASS = Table(
    {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "DeviceClass",
        "metadata": {"name": "c"},
        "spec": {
            "selectors": [{"cel": {"expression": "true"}}],
            "config": [{"opaque": {"driver": "d.io", "parameters": {"a": 1}}}],
            "extendedResourceName": "d.io/gpu",
        },
    },
    create=(
        (put("metadata.name", "A"), [f'metadata.name: Invalid value: "A": {SUBDOMAIN}']),
        (put("spec.selectors", [{}]), ["spec.selectors[0].cel: Required value"]),
        (put("spec.config", [{}]), ["spec.config[0].opaque: Required value"]),
        (
            put("spec.extendedResourceName", "cpu"),
            ['spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name'],
        ),
    ),
    update=(
        (
            same,
            put("spec.config.0.opaque.parameters", {"a": "x" * 10240}),
            ["spec.config[0].opaque.parameters: Too long: may not be more than 10240 bytes"],
        ),
        (
            put("spec.config.0.opaque.parameters", {"a": "x" * 10240}),
            put("spec.config.0.opaque.parameters", {"a": "x" * 10240}),
            [],
        ),
    ),
)

TAINT_RULE = Table(
    {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "DeviceTaintRule",
        "metadata": {"name": "c"},
        "spec": {
            "deviceSelector": {"driver": "d.io", "pool": "p", "device": "x"},
            "taint": {"key": "k", "value": "v", "effect": "NoSchedule"},
        },
    },
    create=(
        (
            put("spec.deviceSelector", {"driver": "a b", "pool": "", "device": "A"}),
            [
                f'spec.deviceSelector.driver: Invalid value: "a b": {SUBDOMAIN}',
                "spec.deviceSelector.pool: Required value",
                f'spec.deviceSelector.device: Invalid value: "A": {LABEL}',
            ],
        ),
        (
            put("spec.taint", {}),
            [
                'spec.taint.key: Invalid value: "": name part must be non-empty',
                f'spec.taint.key: Invalid value: "": {KEY}',
                "spec.taint.effect: Required value",
            ],
        ),
        (
            put("spec.taint", {"key": "a b", "value": "-", "effect": "Some"}),
            [
                f'spec.taint.key: Invalid value: "a b": {KEY}',
                f'spec.taint.value: Invalid value: "-": {VALUE}',
                'spec.taint.effect: Unsupported value: "Some": supported values: "NoExecute", "NoSchedule", "None"',
            ],
        ),
    ),
    update=(
        (
            same,
            put("spec.taint.effect", "Some"),
            ['spec.taint.effect: Unsupported value: "Some": supported values: "NoExecute", "NoSchedule", "None"'],
        ),
        (put("spec.taint.effect", "Some"), put("spec.taint.effect", "Some"), []),
    ),
    status=(
        (
            same,
            put(
                "status.conditions",
                [
                    {
                        "type": "a b",
                        "status": "True",
                        "reason": "R",
                        "lastTransitionTime": "2026-01-01T00:00:00Z",
                        "message": "",
                    }
                ],
            ),
            [f'status.conditions[0].type: Invalid value: "a b": {KEY}'],
        ),
        (
            same,
            put(
                "status.conditions",
                [
                    {"type": str(n), "status": "True", "reason": "R", "lastTransitionTime": "2026-01-01T00:00:00Z"}
                    for n in range(9)
                ],
            ),
            ["status.conditions: Too many: 9: must have at most 8 items"],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(CLAIM, TEMPLATE, CLASS, TAINT_RULE))
def test_rules(case: Case) -> None:
    case.check()
