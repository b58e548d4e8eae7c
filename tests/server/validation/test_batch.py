"""Jobs and cron jobs."""

from __future__ import annotations

import pytest

from tests.server.validation.table import Case, Table, all_of, cases, drop, put, same

JOB = Table(
    {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "j", "namespace": "shop", "uid": "a1b2"},
        "spec": {
            "manualSelector": True,
            "selector": {"matchLabels": {"job": "j"}},
            "template": {
                "metadata": {"labels": {"job": "j"}},
                "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]},
            },
        },
    },
    create=(
        (put("spec.parallelism", -1), ["spec.parallelism: Invalid value: -1: must be greater than or equal to 0"]),
        (put("spec.completions", -1), ["spec.completions: Invalid value: -1: must be greater than or equal to 0"]),
        (
            put("spec.activeDeadlineSeconds", -1),
            ["spec.activeDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (put("spec.backoffLimit", -1), ["spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0"]),
        (
            put("spec.ttlSecondsAfterFinished", -1),
            ["spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            put("spec.completionMode", "Some"),
            ['spec.completionMode: Unsupported value: "Some": supported values: "NonIndexed", "Indexed"'],
        ),
        (
            all_of(put("spec.completionMode", "Indexed"), drop("spec.completions")),
            ["spec.completions: Required value: when completion mode is Indexed"],
        ),
        (
            all_of(
                put("spec.completionMode", "Indexed"), put("spec.completions", 100001), put("spec.parallelism", 100001)
            ),
            [
                (
                    "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion "
                    "mode is Indexed"
                )
            ],
        ),
        (
            put("spec.template.spec.restartPolicy", "Always"),
            ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
        ),
        (
            put("spec.template.spec.restartPolicy", "Sometimes"),
            [
                (
                    'spec.template.spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", '
                    '"OnFailure", "Never"'
                ),
                (
                    'spec.template.spec.restartPolicy: Unsupported value: "Sometimes": supported values: '
                    '"OnFailure", "Never"'
                ),
            ],
        ),
        (
            drop("spec.selector"),
            [
                "spec.selector: Required value",
                (
                    'spec.template.metadata.labels: Invalid value: {"job":"j"}: `selector` does not match template '
                    "`labels`"
                ),
            ],
        ),
        (
            put("spec.selector.matchLabels", {"job": "k"}),
            [
                (
                    'spec.template.metadata.labels: Invalid value: {"job":"j"}: `selector` does not match template '
                    "`labels`"
                )
            ],
        ),
        (
            put("spec.manualSelector", False),
            [
                "spec.template.metadata.labels[controller-uid]: Required value: must be 'a1b2'",
                "spec.template.metadata.labels[job-name]: Required value: must be 'j'",
                "spec.template.metadata.labels[batch.kubernetes.io/controller-uid]: Required value: must be 'a1b2'",
                "spec.template.metadata.labels[batch.kubernetes.io/job-name]: Required value: must be 'j'",
                'spec.selector: Invalid value: {"matchLabels":{"job":"j"}}: `selector` not auto-generated',
            ],
        ),
        (
            put("spec.backoffLimitPerIndex", 1),
            ["spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"],
        ),
        (
            put("spec.managedBy", "x"),
            ['spec.managedBy: Invalid value: "x": must be a domain-prefixed path (such as "acme.io/foo")'],
        ),
        (
            put("spec.podReplacementPolicy", "Some"),
            [
                (
                    'spec.podReplacementPolicy: Unsupported value: "Some": supported values: "Failed", '
                    '"TerminatingOrFailed"'
                )
            ],
        ),
        (
            put("spec.podFailurePolicy", {"rules": [{"action": "Some"}]}),
            [
                (
                    'spec.podFailurePolicy.rules[0].action: Unsupported value: "Some": supported values: "Count", '
                    '"FailIndex", "FailJob", "Ignore"'
                ),
                (
                    "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and "
                    "OnPodConditions is required"
                ),
                'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
            ],
        ),
        (
            put(
                "spec.podFailurePolicy",
                {"rules": [{"action": "Ignore", "onExitCodes": {"operator": "In", "values": [0, 0]}}]},
            ),
            [
                (
                    "spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the "
                    "In operator"
                ),
                (
                    "spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the "
                    "In operator"
                ),
                "spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Duplicate value: 0",
                'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
            ],
        ),
        (
            put("spec.successPolicy", {"rules": []}),
            ['spec.successPolicy: Invalid value: {"rules":[]}: requires indexed completion mode'],
        ),
        (put("metadata.name", "a" * 64), []),
    ),
    update=(
        (same, put("spec.completions", 3), ["spec.completions: Invalid value: 3: field is immutable"]),
        (same, put("spec.parallelism", 3), []),
        (
            same,
            put("spec.selector.matchLabels", {"job": "k"}),
            [
                (
                    'spec.template.metadata.labels: Invalid value: {"job":"j"}: `selector` does not match template '
                    "`labels`"
                ),
                'spec.selector: Invalid value: {"matchLabels":{"job":"k"}}: field is immutable',
            ],
        ),
        (
            same,
            put("spec.template.metadata.labels.x", "y"),
            [
                (
                    "spec.template: Invalid value: "
                    '{"metadata":{"labels":{"job":"j","x":"y"}},"spec":{"containers":[{"name":"c'
                    '","image":"i","resources":{},"imagePullPolicy":"Always","terminationMessage'
                    'Path":"/dev/termination-log","terminationMessagePolicy":"File"}],"restartPo'
                    'licy":"Never","dnsPolicy":"ClusterFirst","securityContext":{},"terminationG'
                    'racePeriodSeconds":30,"schedulerName":"default-scheduler"}}: field is immutable'
                )
            ],
        ),
        (
            same,
            put("spec.completionMode", "Indexed"),
            ['spec.completionMode: Invalid value: "Indexed": field is immutable'],
        ),
        (
            put("spec.suspend", True),
            all_of(put("spec.suspend", True), put("spec.template.spec.nodeSelector", {"a": "b"})),
            [],
        ),
    ),
    status=(
        (same, put("status.active", -1), ["status.active: Invalid value: -1: must be greater than or equal to 0"]),
        (
            same,
            put("status.conditions", [{"type": "Complete", "status": "True"}, {"type": "Failed", "status": "True"}]),
            [
                "status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions",
                "status.completionTime: Required value: completionTime is required for Complete jobs",
                (
                    "status.conditions: Invalid value: cannot set Failed=True condition without the "
                    "FailureTarget=true condition"
                ),
                (
                    "status.conditions: Invalid value: cannot set Complete=True condition without the "
                    "SuccessCriteriaMet=true condition"
                ),
                "status.startTime: Required value: startTime is required for finished job",
            ],
        ),
        (
            same,
            put("status.completedIndexes", "1"),
            [
                'status.completedIndexes: Invalid value: "1": error parsing completedIndexes: too large index: "1"',
                (
                    'status.completedIndexes: Invalid value: "1": cannot set non-empty completedIndexes when '
                    "non-indexed completion mode"
                ),
            ],
        ),
    ),
)

CRON_JOB = Table(
    {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "j", "namespace": "shop"},
        "spec": {
            "schedule": "*/5 * * * *",
            "jobTemplate": {
                "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}}
            },
        },
    },
    create=(
        (drop("spec.schedule"), ["spec.schedule: Required value"]),
        (
            put("spec.schedule", "hourly"),
            ['spec.schedule: Invalid value: "hourly": expected exactly 5 fields, found 1: [hourly]'],
        ),
        (put("spec.schedule", "@every 90s"), []),
        (
            put("spec.schedule", "61 * * * *"),
            ['spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61'],
        ),
        (
            put("spec.schedule", "TZ=UTC 1 * * * *"),
            [
                (
                    'spec.schedule: Invalid value: "TZ=UTC 1 * * * *": cannot use TZ or CRON_TZ in schedule, use '
                    "timeZone field instead"
                )
            ],
        ),
        (
            put("spec.timeZone", "Europe/Nowhere"),
            ['spec.timeZone: Invalid value: "Europe/Nowhere": unknown time zone Europe/Nowhere'],
        ),
        (put("spec.timeZone", ""), ['spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string']),
        (
            put("spec.timeZone", "local"),
            [
                (
                    'spec.timeZone: Invalid value: "local": timeZone must be an explicit time zone as defined in '
                    "https://www.iana.org/time-zones"
                ),
                'spec.timeZone: Invalid value: "local": unknown time zone local',
            ],
        ),
        (
            put("spec.startingDeadlineSeconds", -1),
            ["spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            put("spec.concurrencyPolicy", "Some"),
            ['spec.concurrencyPolicy: Unsupported value: "Some": supported values: "Allow", "Forbid", "Replace"'],
        ),
        (
            put("spec.successfulJobsHistoryLimit", -1),
            ["spec.successfulJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            put("spec.jobTemplate.spec.manualSelector", True),
            ['spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"'],
        ),
        (
            put("spec.jobTemplate.spec.template.spec.restartPolicy", "Always"),
            [('spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"')],
        ),
        (
            put("metadata.name", "a" * 53),
            [
                (
                    'metadata.name: Invalid value: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": must '
                    "be no more than 52 characters"
                )
            ],
        ),
    ),
    update=(
        (
            same,
            put("spec.schedule", "x"),
            ['spec.schedule: Invalid value: "x": expected exactly 5 fields, found 1: [x]'],
        ),
        (put("spec.schedule", "TZ=UTC 1 * * * *"), put("spec.schedule", "TZ=UTC 1 * * * *"), []),
    ),
)


@pytest.mark.parametrize("case", cases(JOB, CRON_JOB))
def test_rules(case: Case) -> None:
    case.check()
