"""Disruption budgets, priority classes, leases and runtime classes."""

from __future__ import annotations

import pytest

from tests.server.validation.table import KEY, LABEL, SUBDOMAIN, VALUE, Case, Table, all_of, cases, put, same

BUDGET = Table(
    {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "r", "namespace": "shop"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}},
    },
    create=(
        (put("metadata.name", "a/b"), ["metadata.name: Invalid value: \"a/b\": may not contain '/'"]),
        (
            put("spec.maxUnavailable", 1),
            [
                (
                    "spec: Invalid value: "
                    '{"minAvailable":1,"selector":{"matchLabels":{"a":"b"}},"maxUnavailable":1}: minAvailable and '
                    "maxUnavailable cannot be both set"
                )
            ],
        ),
        (put("spec.minAvailable", -1), ["spec.minAvailable: Invalid value: -1: must be greater than or equal to 0"]),
        (put("spec.minAvailable", "101%"), ['spec.minAvailable: Invalid value: "101%": must not be greater than 100%']),
        (
            put("spec.minAvailable", "x"),
            [
                (
                    'spec.minAvailable: Invalid value: "x": a valid percent string must be a numeric string '
                    "followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
                )
            ],
        ),
        (
            put("spec.selector", {"matchLabels": {"a": "-"}}),
            [f'spec.selector.matchLabels: Invalid value: "-": {VALUE}'],
        ),
        (
            put("spec.unhealthyPodEvictionPolicy", "Some"),
            [
                (
                    'spec.unhealthyPodEvictionPolicy: Unsupported value: "Some": supported values: "AlwaysAllow", '
                    '"IfHealthyBudget"'
                )
            ],
        ),
    ),
    update=(
        (
            put("spec.selector", {"matchLabels": {"a": "-"}}),
            put("spec.selector", {"matchExpressions": [{"key": "a", "operator": "In", "values": ["-"]}]}),
            [],
        ),
        (same, put("metadata.name", "other"), ['metadata.name: Invalid value: "other": field is immutable']),
    ),
    status=(
        (
            same,
            put(
                "status",
                {
                    "disruptionsAllowed": -1,
                    "conditions": [
                        {
                            "type": "a b",
                            "status": "Some",
                            "reason": "1",
                            "lastTransitionTime": "2026-01-01T00:00:00Z",
                            "observedGeneration": -1,
                        },
                        {},
                    ],
                },
            ),
            [
                f'status.conditions[0].type: Invalid value: "a b": {KEY}',
                (
                    'status.conditions[0].status: Unsupported value: "Some": supported values: "False", "True", '
                    '"Unknown"'
                ),
                "status.conditions[0].observedGeneration: Invalid value: -1: must be greater than or equal to zero",
                (
                    'status.conditions[0].reason: Invalid value: "1": a condition reason must start with '
                    "alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', "
                    "and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or "
                    "'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is "
                    "'[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')"
                ),
                "status.conditions[1].type: Required value: is required",
                "status.conditions[1].status: Required value",
                "status.conditions[1].lastTransitionTime: Required value",
                "status.conditions[1].reason: Required value",
                "status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0",
            ],
        ),
    ),
)

PRIORITY_CLASS = Table(
    {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 1000},
    create=(
        (
            put("value", 1000000001),
            ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
        ),
        (
            put("metadata.name", "system-x"),
            [
                (
                    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system "
                    "use only. error: system-x is not a known system priority class"
                )
            ],
        ),
        (
            put("metadata.name", "system-node-critical"),
            [
                (
                    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system "
                    "use only. error: value of system-node-critical PriorityClass must be 2000001000"
                )
            ],
        ),
        (all_of(put("metadata.name", "system-node-critical"), put("value", 2000001000)), []),
        (
            all_of(put("metadata.name", "system-node-critical"), put("value", 2000001000), put("globalDefault", True)),
            [
                (
                    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system "
                    "use only. error: globalDefault of system-node-critical PriorityClass must be false"
                )
            ],
        ),
        (
            put("preemptionPolicy", "Some"),
            ['preemptionPolicy: Unsupported value: "Some": supported values: "PreemptLowerPriority", "Never"'],
        ),
    ),
    update=(
        (same, put("value", 1), ["value: Forbidden: may not be changed in an update."]),
        (same, put("preemptionPolicy", "Never"), ['preemptionPolicy: Invalid value: "Never": field is immutable']),
    ),
)

LEASE = Table(
    {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "r", "namespace": "shop"},
        "spec": {"holderIdentity": "a", "leaseDurationSeconds": 10},
    },
    create=(
        (put("spec.leaseDurationSeconds", 0), ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"]),
        (
            put("spec.leaseTransitions", -1),
            ["spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            put("spec.strategy", "Some"),
            ['spec.strategy.strategy: Unsupported value: "Some": supported values: "OldestEmulationVersion"'],
        ),
        (put("spec.strategy", "a b/c"), [f'spec.strategy.strategy: Invalid value: "a b/c": prefix part {SUBDOMAIN}']),
        (
            put("spec.preferredHolder", "b"),
            ["spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined"],
        ),
        (put("metadata.finalizers", ["own"]), []),
    ),
    update=(
        (
            same,
            put("spec.leaseDurationSeconds", 0),
            ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"],
        ),
    ),
)

RUNTIME_CLASS = Table(
    {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "c"}, "handler": "h"},
    create=(
        (put("handler", ""), ["handler: Required value"]),
        (put("handler", "A"), [f'handler: Invalid value: "A": {LABEL}']),
        (
            put("overhead", {"podFixed": {"cpu": "-1", "foo": "1"}}),
            [
                'overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
                'overhead.limits[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
                'overhead.limits[foo]: Invalid value: "foo": must be a standard resource for containers',
            ],
        ),
        (
            put(
                "scheduling",
                {
                    "nodeSelector": {"a b": "c"},
                    "tolerations": [{"key": "a", "operator": "Exists"}, {"key": "a", "operator": "Exists"}],
                },
            ),
            [
                f'scheduling.nodeSelector: Invalid value: "a b": {KEY}',
                'scheduling.tolerations[1]: Duplicate value: {"key":"a","operator":"Exists"}',
            ],
        ),
    ),
    update=(
        (same, put("handler", "i"), ["handler: Invalid value: null: field is immutable"]),
        (same, put("handler", ""), ["handler: Required value", "handler: Invalid value: null: field is immutable"]),
    ),
)


@pytest.mark.parametrize("case", cases(BUDGET, PRIORITY_CLASS, LEASE, RUNTIME_CLASS))
def test_rules(case: Case) -> None:
    case.check()
