"""Roles and bindings."""

from __future__ import annotations

import pytest

from tests.server.validation.table import SUBDOMAIN, VALUE, Case, Table, cases, put, same

ROLE = Table(
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "r", "namespace": "shop"},
        "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
    },
    create=(
        (put("metadata.name", "a/b"), ["metadata.name: Invalid value: \"a/b\": may not contain '/'"]),
        (put("metadata.name", "A:b"), []),
        (put("rules.0.verbs", []), ["rules[0].verbs: Required value"]),
        (
            put("rules.0", {"verbs": ["get"]}),
            [
                "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
                "rules[0].resources: Required value: resource rules must supply at least one resource",
            ],
        ),
        (
            put("rules.0", {"verbs": ["get"], "nonResourceURLs": ["/x"], "resources": ["pods"]}),
            [
                'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
                (
                    'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources '
                    "and non-resource URLs"
                ),
            ],
        ),
    ),
    update=(
        (same, put("rules.0.verbs", []), ["rules[0].verbs: Required value"]),
        (put("rules.0.verbs", []), put("rules.0.verbs", []), []),
    ),
)

CLUSTER_ROLE = Table(
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "r"},
        "rules": [{"verbs": ["get"], "nonResourceURLs": ["/healthz"]}],
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]},
    },
    create=(
        (put("rules.0.verbs", []), ["rules[0].verbs: Required value"]),
        (
            put("aggregationRule", {}),
            [
                (
                    "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector "
                    "required if aggregationRule is non-nil"
                )
            ],
        ),
        (
            put("aggregationRule.clusterRoleSelectors.0.matchLabels", {"a": "-"}),
            [
                f'aggregationRule.clusterRoleSelectors[0].matchLabels: Invalid value: "-": {VALUE}',
                "aggregationRule.clusterRoleSelectors[0]: Invalid value: null: invalid label selector.",
            ],
        ),
    ),
    update=(
        (
            same,
            put("rules.0", {"verbs": ["get"]}),
            [
                "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
                "rules[0].resources: Required value: resource rules must supply at least one resource",
            ],
        ),
    ),
)

ROLE_BINDING = Table(
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "r", "namespace": "shop"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
        "subjects": [{"kind": "ServiceAccount", "name": "s", "namespace": "shop"}, {"kind": "User", "name": "u"}],
    },
    create=(
        (
            put("roleRef.apiGroup", "x"),
            ['roleRef.apiGroup: Unsupported value: "x": supported values: "rbac.authorization.k8s.io"'],
        ),
        (
            put("roleRef.kind", "Pod"),
            ['roleRef.kind: Unsupported value: "Pod": supported values: "Role", "ClusterRole"'],
        ),
        (put("roleRef.name", ""), ["roleRef.name: Required value"]),
        (put("roleRef.name", "a/b"), ["roleRef.name: Invalid value: \"a/b\": may not contain '/'"]),
        (put("subjects.0.name", "A"), [f'subjects[0].name: Invalid value: "A": {SUBDOMAIN}']),
        (put("subjects.0.name", ""), ["subjects[0].name: Required value"]),
        (put("subjects.0.apiGroup", "x"), ['subjects[0].apiGroup: Unsupported value: "x": supported values: ""']),
        (
            put("subjects.1.apiGroup", "x"),
            ['subjects[1].apiGroup: Unsupported value: "x": supported values: "rbac.authorization.k8s.io"'],
        ),
        (
            put("subjects.1.kind", "Robot"),
            ['subjects[1].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"'],
        ),
    ),
    update=(
        (
            same,
            put("roleRef.name", "other"),
            [
                (
                    "roleRef: Invalid value: "
                    '{"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"other"}: cannot change roleRef'
                )
            ],
        ),
        (same, put("subjects.0.name", ""), ["subjects[0].name: Required value"]),
    ),
)

CLUSTER_ROLE_BINDING = Table(
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "r"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "r"},
        "subjects": [{"kind": "Group", "name": "g", "apiGroup": "rbac.authorization.k8s.io"}],
    },
    create=(
        (put("roleRef.kind", "Role"), ['roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"']),
        (put("subjects.0", {"kind": "ServiceAccount", "name": "s"}), ["subjects[0].namespace: Required value"]),
    ),
    update=(
        (
            same,
            put("roleRef.name", "other"),
            [
                (
                    "roleRef: Invalid value: "
                    '{"APIGroup":"rbac.authorization.k8s.io","Kind":"ClusterRole","Name":"other"}: cannot change '
                    "roleRef"
                )
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(ROLE, CLUSTER_ROLE, ROLE_BINDING, CLUSTER_ROLE_BINDING))
def test_rules(case: Case) -> None:
    case.check()
