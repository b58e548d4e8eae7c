"""Flow schemas and priority levels."""

from __future__ import annotations

import pytest

from tests.server.validation.table import LABEL, SUBDOMAIN, Case, Table, cases, drop, put, same

FLOW_SCHEMA = Table(
    {
        "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
        "kind": "FlowSchema",
        "metadata": {"name": "f"},
        "spec": {
            "matchingPrecedence": 100,
            "priorityLevelConfiguration": {"name": "p"},
            "distinguisherMethod": {"type": "ByUser"},
            "rules": [
                {
                    "subjects": [{"kind": "User", "user": {"name": "u"}}],
                    "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"]}],
                    "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/a/*"]}],
                }
            ],
        },
    },
    create=(
        (put("spec.matchingPrecedence", 0), ["spec.matchingPrecedence: Invalid value: 0: must be a positive value"]),
        (
            put("spec.matchingPrecedence", 1),
            [
                (
                    "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have "
                    "matchingPrecedence 1"
                )
            ],
        ),
        (
            put("spec.matchingPrecedence", 10001),
            ["spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000"],
        ),
        (
            put("spec.distinguisherMethod.type", "Some"),
            [
                (
                    'spec.distinguisherMethod.type: Unsupported value: {"type":"Some"}: supported values: '
                    '"ByNamespace", "ByUser"'
                )
            ],
        ),
        (
            put("spec.priorityLevelConfiguration.name", ""),
            ["spec.priorityLevelConfiguration.name: Required value: must reference a priority level"],
        ),
        (
            put("spec.priorityLevelConfiguration.name", "A"),
            [f'spec.priorityLevelConfiguration.name: Invalid value: "A": {SUBDOMAIN}'],
        ),
        (
            put("spec.rules.0", {}),
            [
                "spec.rules[0].subjects: Required value: subjects must contain at least one value",
                (
                    "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be "
                    "non-empty"
                ),
            ],
        ),
        (
            put("spec.rules.0.subjects.0", {"kind": "Some"}),
            [
                (
                    'spec.rules[0].subjects[0].kind: Unsupported value: "Some": supported values: "Group", '
                    '"ServiceAccount", "User"'
                )
            ],
        ),
        (
            put("spec.rules.0.subjects.0", {"kind": "User", "group": {"name": "g"}}),
            [
                "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
                "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
            ],
        ),
        (
            put(
                "spec.rules.0.subjects.0",
                {"kind": "ServiceAccount", "serviceAccount": {"name": "A", "namespace": ""}, "user": {"name": "u"}},
            ),
            [
                f'spec.rules[0].subjects[0].serviceAccount.name: Invalid value: "A": {SUBDOMAIN}',
                (
                    "spec.rules[0].subjects[0].serviceAccount.namespace: Required value: must specify namespace "
                    "for service account"
                ),
                "spec.rules[0].subjects[0].user: Forbidden: user is forbidden when subject kind is not 'User'",
            ],
        ),
        (
            put("spec.rules.0.subjects.0", {"kind": "Group", "group": {"name": ""}}),
            ["spec.rules[0].subjects[0].group.name: Required value"],
        ),
        (
            put("spec.rules.0.resourceRules.0", {}),
            [
                "spec.rules[0].resourceRules[0].verbs: Required value: verbs must contain at least one value",
                (
                    "spec.rules[0].resourceRules[0].apiGroups: Required value: resource rules must supply at least "
                    "one api group"
                ),
                (
                    "spec.rules[0].resourceRules[0].resources: Required value: resource rules must supply at least "
                    "one resource"
                ),
                (
                    "spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not "
                    "cluster scoped must supply at least one namespace"
                ),
            ],
        ),
        (
            put(
                "spec.rules.0.resourceRules.0",
                {"verbs": ["*", "get"], "apiGroups": ["*", ""], "resources": ["*", "a"], "namespaces": ["*", "b"]},
            ),
            [
                (
                    'spec.rules[0].resourceRules[0].verbs: Invalid value: ["*","get"]: if \'*\' is present, must '
                    "not specify other verbs"
                ),
                (
                    'spec.rules[0].resourceRules[0].apiGroups: Invalid value: ["*",""]: if \'*\' is present, '
                    "must not specify other api groups"
                ),
                (
                    'spec.rules[0].resourceRules[0].resources: Invalid value: ["*","a"]: if \'*\' is present, '
                    "must not specify other resources"
                ),
                (
                    'spec.rules[0].resourceRules[0].namespaces: Invalid value: ["*","b"]: if \'*\' is present, '
                    "must not specify other namespaces"
                ),
            ],
        ),
        (
            put("spec.rules.0.resourceRules.0.verbs", ["fly"]),
            [
                (
                    'spec.rules[0].resourceRules[0].verbs: Unsupported value: ["fly"]: supported values: "create", '
                    '"delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"'
                )
            ],
        ),
        (
            put("spec.rules.0.resourceRules.0.namespaces", ["A"]),
            [
                (
                    'spec.rules[0].resourceRules[0].namespaces[0]: Invalid value: "A": each member of this list '
                    f"must be '*' or a DNS-1123 label; {LABEL}"
                )
            ],
        ),
        (
            put("spec.rules.0.nonResourceRules.0", {}),
            [
                "spec.rules[0].nonResourceRules[0].verbs: Required value: verbs must contain at least one value",
                (
                    "spec.rules[0].nonResourceRules[0].nonResourceURLs: Required value: nonResourceURLs must "
                    "contain at least one value"
                ),
            ],
        ),
        (
            put("spec.rules.0.nonResourceRules.0.nonResourceURLs", ["", "a", "/a b", "//", "/a*", "/*/*"]),
            [
                'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "": must not be empty',
                'spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "a": must start with slash',
                (
                    'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/a b": must not contain '
                    "white-space"
                ),
                (
                    'spec.rules[0].nonResourceRules[0].nonResourceURLs[3]: Invalid value: "//": must not contain '
                    "double slash"
                ),
                (
                    'spec.rules[0].nonResourceRules[0].nonResourceURLs[4]: Invalid value: "/a*": wildcard can only '
                    "do suffix matching"
                ),
                (
                    'spec.rules[0].nonResourceRules[0].nonResourceURLs[5]: Invalid value: "/*/*": wildcard can '
                    "only do suffix matching"
                ),
            ],
        ),
        (
            put("metadata.name", "exempt"),
            [
                (
                    "spec: Invalid value: "
                    '{"priorityLevelConfiguration":{"name":"p"},"matchingPrecedence":100,"distin'
                    'guisherMethod":{"type":"ByUser"},"rules":[{"subjects":[{"kind":"User","user'
                    '":{"name":"u"}}],"resourceRules":[{"verbs":["*"],"apiGroups":["*"],"resourc'
                    'es":["*"],"namespaces":["*"]}],"nonResourceRules":[{"verbs":["get"],"nonRes'
                    'ourceURLs":["/a/*"]}]}]}: spec of \'exempt\' must equal the fixed value'
                )
            ],
        ),
        (
            put("status.conditions", [{"type": "A"}, {"type": "A"}, {"type": ""}]),
            ['status.conditions[1].type: Duplicate value: "A"', "status.conditions[2].type: Required value"],
        ),
    ),
    update=(
        (
            same,
            put("spec.matchingPrecedence", 0),
            ["spec.matchingPrecedence: Invalid value: 0: must be a positive value"],
        ),
    ),
    status=((same, put("status.conditions", [{"type": ""}]), ["status.conditions[0].type: Required value"]),),
)

PRIORITY_LEVEL = Table(
    {
        "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
        "kind": "PriorityLevelConfiguration",
        "metadata": {"name": "p"},
        "spec": {
            "type": "Limited",
            "limited": {
                "nominalConcurrencyShares": 5,
                "limitResponse": {"type": "Queue", "queuing": {"queues": 64, "handSize": 6, "queueLengthLimit": 50}},
            },
        },
    },
    create=(
        (
            put("spec.type", ""),
            [
                'spec.type: Unsupported value: "": supported values: "Exempt", "Limited"',
                "spec.limited: Forbidden",
                "spec.type: Required value",
            ],
        ),
        (
            put("spec.type", "Some"),
            ['spec.type: Unsupported value: "Some": supported values: "Exempt", "Limited"', "spec.limited: Forbidden"],
        ),
        (
            put("spec.type", "Exempt"),
            [
                "spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'",
                "spec.limited: Forbidden",
            ],
        ),
        (drop("spec.limited"), ["spec.limited: Required value"]),
        (put("spec.exempt", {}), ["spec.exempt: Forbidden"]),
        (
            put("spec.limited.nominalConcurrencyShares", -1),
            ["spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer"],
        ),
        (
            put("spec.limited.lendablePercent", 101),
            ["spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive"],
        ),
        (
            put("spec.limited.borrowingLimitPercent", -1),
            ["spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer"],
        ),
        (
            put("spec.limited.limitResponse", {"type": ""}),
            [
                'spec.limited.limitResponse.type: Unsupported value: "": supported values: "Queue", "Reject"',
                "spec.limited.limitResponse.type: Required value",
            ],
        ),
        (put("spec.limited.limitResponse", {"type": "Queue"}), ["spec.limited.limitResponse.queuing: Required value"]),
        (put("spec.limited.limitResponse.type", "Reject"), ["spec.limited.limitResponse.queuing: Forbidden"]),
        (
            put("spec.limited.limitResponse.queuing", {"queues": 0, "handSize": 0, "queueLengthLimit": 0}),
            [
                "spec.limited.limitResponse.queuing.queueLengthLimit: Invalid value: 0: must be positive",
                "spec.limited.limitResponse.queuing.queues: Invalid value: 0: must be positive",
                "spec.limited.limitResponse.queuing.handSize: Invalid value: 0: must be positive",
            ],
        ),
        (
            put("spec.limited.limitResponse.queuing", {"queues": 10000001, "handSize": 3, "queueLengthLimit": 1}),
            [
                (
                    "spec.limited.limitResponse.queuing.queues: Invalid value: 10000001: must not be greater than "
                    "10000000"
                ),
                (
                    "spec.limited.limitResponse.queuing.handSize: Invalid value: 3: required entropy bits of "
                    "deckSize 10000001 and handSize 3 should not be greater than 60"
                ),
            ],
        ),
        (
            put("spec.limited.limitResponse.queuing", {"queues": 5, "handSize": 6, "queueLengthLimit": 1}),
            [("spec.limited.limitResponse.queuing.handSize: Invalid value: 6: should not be greater than queues (5)")],
        ),
        (
            put("metadata.name", "catch-all"),
            [
                (
                    "spec: Invalid value: "
                    '{"type":"Limited","limited":{"nominalConcurrencyShares":5,"limitResponse":{'
                    '"type":"Queue","queuing":{"queues":64,"handSize":6,"queueLengthLimit":50}},'
                    "\"lendablePercent\":0}}: spec of 'catch-all' must equal the fixed value"
                )
            ],
        ),
        (
            put("metadata.name", "exempt"),
            [
                "spec.type: Invalid value: \"Limited\": must be 'Exempt' if and only if `name` is 'exempt'",
                (
                    "spec: Invalid value: "
                    '{"type":"Limited","limited":{"nominalConcurrencyShares":5,"limitResponse":{'
                    '"type":"Queue","queuing":{"queues":64,"handSize":6,"queueLengthLimit":50}},'
                    "\"lendablePercent\":0}}: spec of 'exempt' except the 'spec.exempt' field must equal the fixed "
                    "value"
                ),
            ],
        ),
    ),
    update=(
        (
            same,
            put("spec.limited.nominalConcurrencyShares", -1),
            ["spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer"],
        ),
        (put("spec.exempt", {}), put("spec.exempt", {}), []),
    ),
)


@pytest.mark.parametrize("case", cases(FLOW_SCHEMA, PRIORITY_LEVEL))
def test_rules(case: Case) -> None:
    case.check()
