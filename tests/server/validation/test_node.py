"""Nodes, namespaces and service accounts."""

from __future__ import annotations

import pytest

from tests.server.validation.table import CONFIG_KEY, KEY, SUBDOMAIN, VALUE, Case, Table, cases, drop, put, same

NAMESPACE = Table(
    {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "shop"},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    },
    create=(
        (put("metadata.name", "a.b"), ['metadata.name: Invalid value: "a.b": must not contain dots']),
        (put("metadata.namespace", "x"), ["metadata.namespace: Forbidden: not allowed on this type"]),
        (
            put("spec.finalizers", ["a b", "other"]),
            [
                f'spec.finalizers: Invalid value: "a b": {KEY}',
                (
                    'spec.finalizers: Invalid value: "a b": name is neither a standard finalizer name nor is it '
                    "fully qualified"
                ),
                (
                    'spec.finalizers: Invalid value: "other": name is neither a standard finalizer name nor is it '
                    "fully qualified"
                ),
            ],
        ),
    ),
    update=(
        (same, put("metadata.labels", {"a b": ""}), [f'metadata.labels: Invalid value: "a b": {KEY}']),
        (
            same,
            put("spec.finalizers", ["other"]),
            [
                (
                    'spec.finalizers: Invalid value: "other": name is neither a standard finalizer name nor is it '
                    "fully qualified"
                )
            ],
        ),
        (
            same,
            put("metadata.resourceVersion", ""),
            ['metadata.resourceVersion: Invalid value: "": must be specified for an update'],
        ),
    ),
    status=(
        (
            same,
            put("status.phase", "Terminating"),
            ["status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty"],
        ),
        (
            same,
            put("status.phase", ""),
            ["status.Phase: Invalid value: \"\": may only be 'Active' if `deletionTimestamp` is empty"],
        ),
        (
            put("metadata.deletionTimestamp", "2026-01-01T00:00:00Z"),
            put("metadata.deletionTimestamp", "2026-01-01T00:00:00Z"),
            [
                (
                    "status.Phase: Invalid value: \"Active\": may only be 'Terminating' if `deletionTimestamp` is "
                    "not empty"
                )
            ],
        ),
    ),
)

SERVICE_ACCOUNT = Table(
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot", "namespace": "shop"}},
    create=((put("metadata.name", "A"), [f'metadata.name: Invalid value: "A": {SUBDOMAIN}']),),
    update=((same, put("metadata.name", "other"), ['metadata.name: Invalid value: "other": field is immutable']),),
)

NODE = Table(
    {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "n1"},
        "spec": {
            "podCIDR": "10.1.0.0/24",
            "podCIDRs": ["10.1.0.0/24"],
            "providerID": "x://1",
            "taints": [{"key": "a", "effect": "NoSchedule"}],
        },
        "status": {
            "capacity": {"cpu": "4", "pods": "110"},
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
        },
    },
    create=(
        (put("metadata.name", "N"), [f'metadata.name: Invalid value: "N": {SUBDOMAIN}']),
        (
            put("spec.podCIDRs", ["10.1.0.0/24", "10.2.0.0/24"]),
            [
                (
                    'spec.podCIDRs: Invalid value: ["10.1.0.0/24","10.2.0.0/24"]: may specify no more than one '
                    "CIDR for each IP family"
                )
            ],
        ),
        (
            put("spec.podCIDRs", ["x"]),
            [('spec.podCIDRs[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')],
        ),
        (
            put("spec.taints", [{"key": "a b", "effect": "Never", "value": "-"}, {"key": "c"}]),
            [
                f'metadata.taints[0].key: Invalid value: "a b": {KEY}',
                f'metadata.taints[0].value: Invalid value: "-": {VALUE}',
                (
                    'metadata.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", '
                    '"PreferNoSchedule", "NoExecute"'
                ),
                "metadata.taints[1].effect: Required value",
            ],
        ),
        (
            put(
                "spec.taints",
                [{"key": "a", "effect": "NoSchedule"}, {"key": "a", "effect": "NoSchedule", "value": "v"}],
            ),
            [
                (
                    'metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule","value":"v"}: taints '
                    "must be unique by key and effect pair"
                )
            ],
        ),
        (
            put("status.capacity", {"cpu": "-1", "pods": "1500m"}),
            [
                'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
                'status.capacity.pods: Invalid value: "1500m": must be an integer',
            ],
        ),
        (
            put("status.nodeInfo.swap.capacity", 0),
            ["metadata.nodeSwapStatus.capacity: Invalid value: 0: must be greater than zero"],
        ),
        (
            put("status.declaredFeatures", ["B", "A", "A", "x"]),
            [
                'status.declaredFeatures[1]: Invalid value: "A": list must be sorted alphabetically',
                'status.declaredFeatures[2]: Duplicate value: "A"',
                (
                    'status.declaredFeatures[3]: Invalid value: "x": invalid feature name "x": must start with an '
                    "UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or "
                    "MyFeature/mySubFeature), and contain only alphanumeric characters and slashes"
                ),
            ],
        ),
        (
            put("metadata.annotations", {"scheduler.alpha.kubernetes.io/taints": "{"}),
            [
                (
                    'metadata.annotations: Invalid value: "scheduler.alpha.kubernetes.io/taints": unexpected end '
                    "of JSON input"
                )
            ],
        ),
        (
            put("metadata.annotations", {"scheduler.alpha.kubernetes.io/taints": '{"a": 1}'}),
            [
                (
                    'metadata.annotations: Invalid value: "scheduler.alpha.kubernetes.io/taints": json: cannot '
                    "unmarshal object into Go value of type []v1.Taint"
                )
            ],
        ),
        (
            put("metadata.annotations", {"scheduler.alpha.kubernetes.io/taints": '[{"key": "a"}]'}),
            ["metadata.annotations.scheduler.alpha.kubernetes.io/taints[0].effect: Required value"],
        ),
        (
            put("metadata.annotations", {"scheduler.alpha.kubernetes.io/preferAvoidPods": '{"preferAvoidPods": [{}]}'}),
            ["metadata.annotations.scheduler.alpha.kubernetes.io/preferAvoidPods[0].PodSignature: Required value"],
        ),
    ),
    update=(
        (
            same,
            put("spec.podCIDRs", ["10.2.0.0/24"]),
            ['spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'],
        ),
        (
            same,
            drop("spec.podCIDRs"),
            ['spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'],
        ),
        (
            same,
            put("spec.providerID", ""),
            ['spec.providerID: Forbidden: node updates may not change providerID except from "" to valid'],
        ),
        (
            same,
            put("status.addresses.1", {"type": "InternalIP", "address": "10.0.0.1"}),
            ['status.addresses[1]: Duplicate value: {"Type":"InternalIP","Address":"10.0.0.1"}'],
        ),
        (
            same,
            put("spec.configSource", {}),
            ["spec.configSource: Invalid value: {}: exactly one reference subfield must be non-nil"],
        ),
        (
            same,
            put(
                "spec.configSource",
                {"configMap": {"uid": "u", "name": "A", "namespace": "a.b", "kubeletConfigKey": "a b"}},
            ),
            [
                "spec.configSource.configMap.uid: Forbidden: uid must not be set in spec",
                'spec.configSource.configMap.namespace: Invalid value: "a.b": must not contain dots',
                f'spec.configSource.configMap.name: Invalid value: "A": {SUBDOMAIN}',
                f'spec.configSource.configMap.kubeletConfigKey: Invalid value: "a b": {CONFIG_KEY}',
            ],
        ),
        (same, put("spec.externalID", "x"), ["spec.externalID: Forbidden: may not be updated"]),
    ),
    status=(
        (
            same,
            put("status.config.active", {"configMap": {}}),
            [
                "status.config.active.configMap.uid: Required value",
                "status.config.active.configMap.resourceVersion: Required value",
                "status.config.active.configMap.namespace: Required value",
                "status.config.active.configMap.name: Required value",
                "status.config.active.configMap.kubeletConfigKey: Required value",
            ],
        ),
        (
            same,
            put("status.capacity.cpu", "-1"),
            ['status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0'],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(NAMESPACE, SERVICE_ACCOUNT, NODE))
def test_rules(case: Case) -> None:
    case.check()
