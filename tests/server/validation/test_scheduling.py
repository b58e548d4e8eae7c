"""Where pods may run: tolerations, affinity, topology spread, gates."""

from __future__ import annotations

import pytest

from tests.server.validation.table import KEY, LABEL, SUBDOMAIN, VALUE, Case, Table, all_of, cases, put

SCHEDULING = Table(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    },
    create=(
        (
            put(
                "spec.tolerations",
                [
                    {"key": "a", "operator": "", "value": "-"},
                    {"key": "a", "operator": "Some"},
                    {"key": "a", "operator": "Lt", "value": "x"},
                ],
            ),
            [
                f'spec.tolerations[0].operator: Invalid value: "-": {VALUE}',
                'spec.tolerations[1].operator: Unsupported value: "Some": supported values: "Equal", "Exists"',
                (
                    'spec.tolerations[2].operator: Unsupported value: "Lt": supported values: "Equal", "Exists", '
                    '"Lt", "Gt"'
                ),
            ],
        ),
        (
            put(
                "spec.topologySpreadConstraints",
                [{"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule", "minDomains": 0}],
            ),
            ["spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: must be greater than zero"],
        ),
        (
            put(
                "spec.topologySpreadConstraints",
                [
                    {
                        "maxSkew": 1,
                        "topologyKey": "z",
                        "whenUnsatisfiable": "ScheduleAnyway",
                        "minDomains": 2,
                        "nodeAffinityPolicy": "Some",
                        "nodeTaintsPolicy": "Some",
                    }
                ],
            ),
            [
                (
                    "spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if "
                    "whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway"
                ),
                (
                    'spec.topologySpreadConstraints[0].nodeAffinityPolicy: Unsupported value: "Some": supported '
                    'values: "Honor", "Ignore"'
                ),
                (
                    'spec.topologySpreadConstraints[0].nodeTaintsPolicy: Unsupported value: "Some": supported '
                    'values: "Honor", "Ignore"'
                ),
            ],
        ),
        (
            put(
                "spec.topologySpreadConstraints",
                [
                    {"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"},
                    {"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"},
                ],
            ),
            [
                (
                    'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{z, '
                    'DoNotSchedule}"'
                )
            ],
        ),
        (
            put(
                "spec.topologySpreadConstraints",
                [{"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule", "matchLabelKeys": ["a"]}],
            ),
            [
                (
                    "spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when "
                    "labelSelector is not set"
                )
            ],
        ),
        (
            put(
                "spec.topologySpreadConstraints",
                [
                    {
                        "maxSkew": 1,
                        "topologyKey": "z",
                        "whenUnsatisfiable": "DoNotSchedule",
                        "matchLabelKeys": ["a b", "c"],
                        "labelSelector": {
                            "matchLabels": {"c": "d"},
                            "matchExpressions": [{"key": "c", "operator": "Exists"}],
                        },
                    }
                ],
            ),
            [
                f'spec.topologySpreadConstraints[0].matchLabelKeys[0]: Invalid value: "a b": {KEY}',
                (
                    'spec.topologySpreadConstraints[0][1]: Invalid value: "c": exists in both matchLabelKeys and '
                    "labelSelector"
                ),
            ],
        ),
        (
            put(
                "spec.topologySpreadConstraints",
                [
                    {
                        "maxSkew": 1,
                        "topologyKey": "z",
                        "whenUnsatisfiable": "DoNotSchedule",
                        "labelSelector": {
                            "matchExpressions": [
                                {"key": "a b", "operator": "In"},
                                {"key": "c", "operator": "Exists", "values": ["d"]},
                                {"key": "c", "operator": "Some"},
                                {"key": "c", "operator": "In", "values": ["-"]},
                            ]
                        },
                    }
                ],
            ),
            [
                (
                    "spec.topologySpreadConstraints[0].labelSelector.matchExpressions[0].values: Required value: "
                    "must be specified when `operator` is 'In' or 'NotIn'"
                ),
                (
                    'spec.topologySpreadConstraints[0].labelSelector.matchExpressions[0].key: Invalid value: "a '
                    f'b": {KEY}'
                ),
                (
                    "spec.topologySpreadConstraints[0].labelSelector.matchExpressions[1].values: Forbidden: may "
                    "not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                ),
                (
                    "spec.topologySpreadConstraints[0].labelSelector.matchExpressions[2].operator: Invalid value: "
                    '"Some": not a valid selector operator'
                ),
                (
                    "spec.topologySpreadConstraints[0].labelSelector.matchExpressions[3].values[0]: Invalid value: "
                    f'"-": {VALUE}'
                ),
            ],
        ),
        (
            put(
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                {
                    "nodeSelectorTerms": [
                        {
                            "matchExpressions": [
                                {"key": "a", "operator": "In"},
                                {"key": "a", "operator": "Exists", "values": ["b"]},
                                {"key": "a", "operator": "Gt", "values": ["1", "2"]},
                                {"key": "a", "operator": "Some"},
                                {"key": "a", "operator": "In", "values": ["-"]},
                            ]
                        }
                    ]
                },
            ),
            [
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    "odeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when "
                    "`operator` is 'In' or 'NotIn'"
                ),
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    "odeSelectorTerms[0].matchExpressions[1].values: Forbidden: may not be specified when "
                    "`operator` is 'Exists' or 'DoesNotExist'"
                ),
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    "odeSelectorTerms[0].matchExpressions[2].values: Required value: must be specified single "
                    "value when `operator` is 'Lt' or 'Gt'"
                ),
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    'odeSelectorTerms[0].matchExpressions[3].operator: Invalid value: "Some": not a valid selector '
                    "operator"
                ),
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    f'odeSelectorTerms[0].matchExpressions[4].values[0]: Invalid value: "-": {VALUE}'
                ),
            ],
        ),
        (
            put(
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                {
                    "nodeSelectorTerms": [
                        {
                            "matchFields": [
                                {"key": "metadata.name", "operator": "Exists"},
                                {"key": "metadata.uid", "operator": "In", "values": ["a"]},
                                {"key": "metadata.name", "operator": "In", "values": ["A"]},
                                {"key": "metadata.name", "operator": "NotIn", "values": ["a", "b"]},
                            ]
                        }
                    ]
                },
            ),
            [
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    'odeSelectorTerms[0].matchFields[0].operator: Invalid value: "Exists": not a valid selector '
                    "operator"
                ),
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    'odeSelectorTerms[0].matchFields[1].key: Invalid value: "metadata.uid": not a valid field '
                    "selector key"
                ),
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    f'odeSelectorTerms[0].matchFields[2].values[0]: Invalid value: "A": {SUBDOMAIN}'
                ),
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    "odeSelectorTerms[0].matchFields[3].values: Required value: must be only one value when "
                    "`operator` is 'In' or 'NotIn' for node field selector"
                ),
            ],
        ),
        (
            put(
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                [
                    {
                        "topologyKey": "z",
                        "labelSelector": {},
                        "namespaces": ["A"],
                        "namespaceSelector": {"matchLabels": {"a": "-"}},
                        "matchLabelKeys": ["a"],
                        "mismatchLabelKeys": ["a", "b c"],
                    }
                ],
            ),
            [
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
                    f'.namespaceSelector.matchLabels: Invalid value: "-": {VALUE}'
                ),
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].namespace: "
                    f'Invalid value: "A": {LABEL}'
                ),
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
                    f'.mismatchLabelKeys[1]: Invalid value: "b c": {KEY}'
                ),
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
                    '.matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatchLabelKeys'
                ),
            ],
        ),
        (
            put(
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                [{"topologyKey": "z", "matchLabelKeys": ["a"], "mismatchLabelKeys": ["b"]}],
            ),
            [
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].matchLabelKeys: "
                    "Forbidden: must not be specified when labelSelector is not set"
                ),
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
                    ".mismatchLabelKeys: Forbidden: must not be specified when labelSelector is not set"
                ),
            ],
        ),
        (
            put(
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                [
                    {
                        "topologyKey": "z",
                        "labelSelector": {
                            "matchLabels": {"a": "b"},
                            "matchExpressions": [{"key": "a", "operator": "In", "values": ["c"]}],
                        },
                        "matchLabelKeys": ["a"],
                    }
                ],
            ),
            [
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0][0]: Invalid "
                    'value: "a": exists in both matchLabelKeys and labelSelector'
                )
            ],
        ),
        (
            put(
                "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution",
                [{"weight": 101, "podAffinityTerm": {"topologyKey": "a b"}}],
            ),
            [
                (
                    "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: "
                    "Invalid value: 101: must be in the range 1-100"
                ),
                (
                    "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecuti"
                    f'on[0].podAffinityTerm.topologyKey: Invalid value: "a b": {KEY}'
                ),
            ],
        ),
        (
            put(
                "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution",
                [{"weight": 0, "preference": {"matchExpressions": [{"key": "a", "operator": "Some"}]}}],
            ),
            [
                (
                    "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid "
                    "value: 0: must be in the range 1-100"
                ),
                (
                    "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution["
                    '0].preference.matchExpressions[0].operator: Invalid value: "Some": not a valid selector '
                    "operator"
                ),
            ],
        ),
        (
            all_of(put("spec.schedulingGates", [{"name": "a"}]), put("spec.nodeName", "n")),
            ["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"],
        ),
        (
            put("spec.schedulingGroup", {}),
            ["spec.schedulingGroup.podGroupName: Invalid value: null: must specify one of: `podGroupName`"],
        ),
        (
            put("spec.schedulingGroup", {"podGroupName": "A"}),
            [f'spec.schedulingGroup.podGroupName: Invalid value: "A": {SUBDOMAIN}'],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(SCHEDULING))
def test_rules(case: Case) -> None:
    case.check()
