"""Jobs: policies, indexes and what their status may say."""

from __future__ import annotations

import pytest

from tests.server.validation.table import KEY, SUBDOMAIN, Case, Table, all_of, cases, drop, put, same

JOB = Table(
    {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "j", "namespace": "shop"},
        "spec": {
            "completionMode": "Indexed",
            "completions": 5,
            "parallelism": 2,
            "backoffLimitPerIndex": 1,
            "selector": {"matchLabels": {"job": "j"}},
            "template": {
                "metadata": {"labels": {"job": "j"}},
                "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]},
            },
            "manualSelector": True,
        },
    },
    create=(
        (
            all_of(drop("spec.backoffLimitPerIndex"), put("spec.maxFailedIndexes", 1)),
            ["spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified"],
        ),
        (
            put("spec.maxFailedIndexes", 6),
            ["spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions"],
        ),
        (
            all_of(put("spec.completions", 200000), put("spec.maxFailedIndexes", 100001)),
            [
                "spec.maxFailedIndexes: Invalid value: 100001: must be less than or equal to 100000",
                (
                    "spec.maxFailedIndexes: Invalid value: 100001: must be less than or equal to 10000 when "
                    "completions are above 100000 and used with backoff limit per index"
                ),
            ],
        ),
        (
            all_of(put("spec.completions", 200000), put("spec.parallelism", 10001)),
            [
                "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000",
                (
                    "spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions "
                    "are above 100000 and used with backoff limit per index"
                ),
            ],
        ),
        (
            all_of(put("spec.completions", 200000), put("spec.maxFailedIndexes", 10001)),
            [
                (
                    "spec.maxFailedIndexes: Invalid value: 10001: must be less than or equal to 10000 when "
                    "completions are above 100000 and used with backoff limit per index"
                )
            ],
        ),
        (put("spec.managedBy", ""), ["spec.managedBy: Required value"]),
        (
            put("spec.managedBy", "/x"),
            ['spec.managedBy: Invalid value: "/x": must be a domain-prefixed path (such as "acme.io/foo")'],
        ),
        (
            put("spec.managedBy", "A/b c"),
            [
                f'spec.managedBy: Invalid value: "A": {SUBDOMAIN}',
                (
                    'spec.managedBy: Invalid value: "b c": Invalid path (regex used for validation is '
                    "'[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')"
                ),
            ],
        ),
        (put("spec.managedBy", "a.io/" + "x" * 60), ["spec.managedBy: Too long: may not be more than 63 bytes"]),
        (
            put(
                "spec.podFailurePolicy",
                {"rules": [{"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [0, 3, 3, 1]}}]},
            ),
            [
                (
                    "spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the "
                    "In operator"
                ),
                "spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 3",
                "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [0,3,3,1]: must be ordered",
                'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
            ],
        ),
        (
            put(
                "spec.podFailurePolicy",
                {"rules": [{"action": "Count", "onExitCodes": {"containerName": "x", "operator": "In", "values": []}}]},
            ),
            [
                (
                    'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "x": must be one of '
                    "the container or initContainer names in the pod template"
                ),
                (
                    "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: []: at least one value is "
                    "required"
                ),
                'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
            ],
        ),
        (
            put(
                "spec.podFailurePolicy",
                {"rules": [{"action": "Count", "onExitCodes": {"operator": "", "values": list(range(256))}}]},
            ),
            [
                'spec.podFailurePolicy.rules[0].onExitCodes.operator: Required value: valid values: ["In" "NotIn"]',
                "spec.podFailurePolicy.rules[0].onExitCodes.values: Too many: 256: must have at most 255 items",
                'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
            ],
        ),
        (
            put(
                "spec.podFailurePolicy",
                {
                    "rules": [
                        {
                            "action": "",
                            "onExitCodes": {"operator": "Some", "values": [1]},
                            "onPodConditions": [{"type": "a b", "status": "Some"}, {"type": "x", "status": ""}],
                        }
                    ]
                },
            ),
            [
                (
                    'spec.podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" '
                    '"FailJob" "Ignore"]'
                ),
                (
                    'spec.podFailurePolicy.rules[0].onExitCodes.operator: Unsupported value: "Some": supported '
                    'values: "In", "NotIn"'
                ),
                f'spec.podFailurePolicy.rules[0].onPodConditions[0].type: Invalid value: "a b": {KEY}',
                (
                    'spec.podFailurePolicy.rules[0].onPodConditions[0].status: Unsupported value: "Some": '
                    'supported values: "False", "True", "Unknown"'
                ),
                (
                    "spec.podFailurePolicy.rules[0].onPodConditions[1].status: Required value: valid values: "
                    '["False" "True" "Unknown"]'
                ),
                (
                    "spec.podFailurePolicy.rules[0]: Invalid value: specifying both OnExitCodes and "
                    "OnPodConditions is not supported"
                ),
                'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
            ],
        ),
        (
            all_of(
                drop("spec.backoffLimitPerIndex"),
                put(
                    "spec.podFailurePolicy",
                    {"rules": [{"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [1]}}]},
                ),
            ),
            [
                (
                    'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the '
                    "backoffLimitPerIndex to be set"
                ),
                'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
            ],
        ),
        (
            put(
                "spec.podFailurePolicy",
                {"rules": [{"action": "Count", "onExitCodes": {"operator": "In", "values": [1]}}] * 21},
            ),
            [
                "spec.podFailurePolicy.rules: Too many: 21: must have at most 20 items",
                'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
            ],
        ),
        (
            put(
                "spec.podFailurePolicy",
                {"rules": [{"action": "Count", "onPodConditions": [{"type": "x", "status": "True"}] * 21}]},
            ),
            [
                "spec.podFailurePolicy.rules[0].onPodConditions: Too many: 21: must have at most 20 items",
                'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
            ],
        ),
        (
            all_of(
                put("spec.template.spec.restartPolicy", "OnFailure"),
                put(
                    "spec.podFailurePolicy",
                    {"rules": [{"action": "Count", "onExitCodes": {"operator": "In", "values": [1]}}]},
                ),
                put("spec.podReplacementPolicy", "TerminatingOrFailed"),
            ),
            [
                'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
                (
                    'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when '
                    "podFailurePolicy is specified"
                ),
            ],
        ),
        (
            put("spec.successPolicy", {"rules": []}),
            [
                (
                    "spec.successPolicy.rules: Required value: at least one rules must be specified when the "
                    "successPolicy is specified"
                )
            ],
        ),
        (
            put("spec.successPolicy", {"rules": [{}]}),
            [
                (
                    "spec.successPolicy.rules[0]: Required value: at least one of succeededCount or "
                    "succeededIndexes must be specified"
                )
            ],
        ),
        (
            put("spec.successPolicy", {"rules": [{"succeededIndexes": "a"}]}),
            [
                (
                    'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "a": error parsing '
                    'succeededIndexes: cannot convert string to integer for index: "a"'
                )
            ],
        ),
        (
            put("spec.successPolicy", {"rules": [{"succeededIndexes": "1-2-3"}]}),
            [
                (
                    'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "1-2-3": error parsing '
                    'succeededIndexes: the fragment "1-2-3" violates the requirement that an index interval can '
                    "have at most two parts separated by '-'"
                )
            ],
        ),
        (
            put("spec.successPolicy", {"rules": [{"succeededIndexes": "3-1"}]}),
            [
                (
                    'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "3-1": error parsing '
                    "succeededIndexes: non-increasing order, previous: 3, current: 1"
                )
            ],
        ),
        (
            put("spec.successPolicy", {"rules": [{"succeededIndexes": "1,1"}]}),
            [
                (
                    'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "1,1": error parsing '
                    "succeededIndexes: non-increasing order, previous: 1, current: 1"
                )
            ],
        ),
        (
            put("spec.successPolicy", {"rules": [{"succeededIndexes": "9"}]}),
            [
                (
                    'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "9": error parsing '
                    'succeededIndexes: too large index: "9"'
                )
            ],
        ),
        (
            put("spec.successPolicy", {"rules": [{"succeededIndexes": "1-2", "succeededCount": 3}]}),
            [
                (
                    "spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 "
                    "(the number of indexes in the specified succeededIndexes field)"
                )
            ],
        ),
        (
            put("spec.successPolicy", {"rules": [{"succeededCount": 6}]}),
            [
                (
                    "spec.successPolicy.rules[0].succeededCount: Invalid value: 6: must be less than or equal to 5 "
                    "(the number of specified completions)"
                )
            ],
        ),
        (
            put("spec.successPolicy", {"rules": [{"succeededCount": -1}]}),
            ["spec.successPolicy.rules[0].succeededCount: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (put("spec.successPolicy", {"rules": [{"succeededIndexes": ""}]}), []),
        (
            put("spec.successPolicy", {"rules": [{"succeededCount": 1}] * 21}),
            ["spec.successPolicy.rules: Too many: 21: must have at most 20 items"],
        ),
    ),
    update=(
        (same, all_of(put("spec.completions", 3), put("spec.parallelism", 3)), []),
        (
            same,
            all_of(put("spec.completions", 3)),
            ["spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism"],
        ),
        (
            same,
            put("spec.backoffLimitPerIndex", 2),
            ["spec.backoffLimitPerIndex: Invalid value: 2: field is immutable"],
        ),
        (
            same,
            put("spec.podFailurePolicy", {"rules": []}),
            ['spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"'],
        ),
        (same, put("spec.managedBy", "a.io/b"), ['spec.managedBy: Invalid value: "a.io/b": field is immutable']),
    ),
    status=(
        (
            same,
            all_of(
                put(
                    "status.conditions",
                    [{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"}],
                ),
                put("status.startTime", "2026-01-01T00:00:00Z"),
                put("status.completionTime", "2026-01-01T01:00:00Z"),
            ),
            [],
        ),
        (
            same,
            all_of(
                all_of(
                    put(
                        "status.conditions",
                        [{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"}],
                    ),
                    put("status.startTime", "2026-01-01T00:00:00Z"),
                    put("status.completionTime", "2026-01-01T01:00:00Z"),
                ),
                put("status.active", 1),
                put("status.terminating", 1),
            ),
            [
                "status.active: Invalid value: 1: active>0 is invalid for finished job",
                "status.terminating: Invalid value: 1: terminating>0 is invalid for finished job",
            ],
        ),
        (
            same,
            all_of(
                put(
                    "status.conditions",
                    [{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"}],
                ),
                put("status.startTime", "2026-01-01T01:00:00Z"),
                put("status.completionTime", "2026-01-01T00:00:00Z"),
            ),
            ['status.completionTime: Invalid value: "2026-01-01T00:00:00Z": must be equal to or after `startTime`'],
        ),
        (
            same,
            all_of(
                put(
                    "status.conditions",
                    [{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"}],
                )
            ),
            [
                "status.completionTime: Required value: completionTime is required for Complete jobs",
                "status.startTime: Required value: startTime is required for finished job",
            ],
        ),
        (
            same,
            put("status.completionTime", "2026-01-01T01:00:00Z"),
            [
                (
                    'status.completionTime: Invalid value: "2026-01-01T01:00:00Z": cannot set completionTime when '
                    "there is no Complete=True condition"
                )
            ],
        ),
        (
            same,
            all_of(
                put(
                    "status.conditions",
                    [
                        {"type": "SuccessCriteriaMet", "status": "True"},
                        {"type": "Complete", "status": "True"},
                        {"type": "FailureTarget", "status": "True"},
                    ],
                ),
                put("status.startTime", "2026-01-01T00:00:00Z"),
                put("status.completionTime", "2026-01-01T01:00:00Z"),
            ),
            [
                "status.conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions",
                (
                    "status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true "
                    "conditions"
                ),
            ],
        ),
        (
            same,
            all_of(
                put(
                    "status.conditions",
                    [
                        {"type": "SuccessCriteriaMet", "status": "True"},
                        {"type": "FailureTarget", "status": "True"},
                        {"type": "Failed", "status": "True"},
                    ],
                ),
                put("status.startTime", "2026-01-01T00:00:00Z"),
            ),
            [
                "status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions",
                (
                    "status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true "
                    "conditions"
                ),
            ],
        ),
        (
            same,
            put("status.uncountedTerminatedPods", {"succeeded": ["a", ""], "failed": ["a"]}),
            [
                'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
                'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
            ],
        ),
        (
            same,
            all_of(
                all_of(
                    put(
                        "status.conditions",
                        [{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"}],
                    ),
                    put("status.startTime", "2026-01-01T00:00:00Z"),
                    put("status.completionTime", "2026-01-01T01:00:00Z"),
                ),
                put("status.uncountedTerminatedPods", {"failed": ["a"]}),
            ),
            ['status.uncountedTerminatedPods: Invalid value: {"failed":["a"]}: must be empty for finished job'],
        ),
        (
            same,
            put("status.completedIndexes", "x"),
            [
                (
                    'status.completedIndexes: Invalid value: "x": error parsing completedIndexes: cannot convert '
                    'string to integer for index: "x"'
                )
            ],
        ),
        (
            same,
            put("status.completedIndexes", "1-3,2"),
            [
                (
                    'status.completedIndexes: Invalid value: "1-3,2": error parsing completedIndexes: '
                    "non-increasing order, previous: 3, current: 2"
                )
            ],
        ),
        (
            same,
            put("status.completedIndexes", "5"),
            ['status.completedIndexes: Invalid value: "5": error parsing completedIndexes: too large index: "5"'],
        ),
        (
            same,
            all_of(put("status.completedIndexes", "0-2"), put("status.failedIndexes", "2,4")),
            ['status.failedIndexes: Invalid value: "2,4": failedIndexes and completedIndexes overlap at index: 2'],
        ),
        (
            same,
            put("status.failedIndexes", "4-"),
            [
                (
                    'status.failedIndexes: Invalid value: "4-": error parsing failedIndexes: cannot convert string '
                    'to integer for index: ""'
                )
            ],
        ),
        (
            same,
            all_of(put("status.active", 1), put("status.ready", 2)),
            ["status.ready: Invalid value: 2: cannot set more ready pods than active"],
        ),
        (
            all_of(
                put(
                    "status.conditions",
                    [{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"}],
                ),
                put("status.startTime", "2026-01-01T00:00:00Z"),
                put("status.completionTime", "2026-01-01T01:00:00Z"),
            ),
            put("status.startTime", "2026-01-01T00:00:00Z"),
            [
                "status.conditions: Invalid value: cannot disable the terminal Complete=True condition",
                "status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition",
            ],
        ),
        (
            all_of(
                put(
                    "status.conditions",
                    [{"type": "FailureTarget", "status": "True"}, {"type": "Failed", "status": "True"}],
                ),
                put("status.startTime", "2026-01-01T00:00:00Z"),
            ),
            put("status.startTime", "2026-01-01T00:00:00Z"),
            [
                "status.conditions: Invalid value: cannot disable the terminal Failed=True condition",
                "status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition",
            ],
        ),
        (
            put("status.conditions", [{"type": "SuccessCriteriaMet", "status": "True"}]),
            same,
            ["status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition"],
        ),
        (
            all_of(
                put(
                    "status.conditions",
                    [{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"}],
                ),
                put("status.startTime", "2026-01-01T00:00:00Z"),
                put("status.completionTime", "2026-01-01T01:00:00Z"),
            ),
            all_of(
                all_of(
                    put(
                        "status.conditions",
                        [{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"}],
                    ),
                    put("status.startTime", "2026-01-01T00:00:00Z"),
                    put("status.completionTime", "2026-01-01T01:00:00Z"),
                ),
                put("status.completionTime", "2026-01-01T02:00:00Z"),
            ),
            ['status.completionTime: Invalid value: "2026-01-01T02:00:00Z": field is immutable'],
        ),
        (
            put("status.startTime", "2026-01-01T00:00:00Z"),
            put("status.startTime", "2026-01-01T01:00:00Z"),
            [
                (
                    'status.startTime: Invalid value: "2026-01-01T01:00:00Z": field is immutable for unsuspended '
                    "job once set"
                )
            ],
        ),
        (
            all_of(
                put("status.startTime", "2026-01-01T00:00:00Z"),
                put("status.conditions", [{"type": "Suspended", "status": "True"}]),
            ),
            all_of(
                put("status.startTime", "2026-01-01T01:00:00Z"),
                put("status.conditions", [{"type": "Suspended", "status": "False"}]),
            ),
            [],
        ),
        (
            all_of(put("status.failed", 2), put("status.succeeded", 2)),
            all_of(put("status.failed", 1), put("status.succeeded", 1)),
            [
                "status.failed: Invalid value: 1: cannot decrease the failed counter",
                "status.succeeded: Invalid value: 1: cannot decrease the succeeded counter",
            ],
        ),
        (
            all_of(
                put("status.conditions", [{"type": "Complete", "status": "True"}]),
                put("status.startTime", "2026-01-01T00:00:00Z"),
                put("status.completionTime", "2026-01-01T01:00:00Z"),
            ),
            all_of(
                put(
                    "status.conditions",
                    [{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"}],
                ),
                put("status.startTime", "2026-01-01T00:00:00Z"),
                put("status.completionTime", "2026-01-01T01:00:00Z"),
            ),
            [
                (
                    "status.conditions: Invalid value: cannot set SuccessCriteriaMet=True for Job already has "
                    "Complete=true conditions"
                )
            ],
        ),
        (
            all_of(drop("spec.backoffLimitPerIndex")),
            all_of(drop("spec.backoffLimitPerIndex"), put("status.failedIndexes", "1")),
            [
                (
                    'status.failedIndexes: Invalid value: "1": cannot set non-null failedIndexes when '
                    "backoffLimitPerIndex is null"
                )
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(JOB))
def test_rules(case: Case) -> None:
    case.check()
