"""Workloads, jobs and autoscalers."""

from __future__ import annotations

from typing import Any

import pytest

from server.defaulting import apps, autoscaling, batch, core_pod


def spec_of(function: Any, spec: dict[str, Any], **fields: Any) -> dict[str, Any]:
    obj = {"metadata": {}, "spec": spec, **fields}
    function(obj)
    spec.pop("template", None)
    return spec


def test_deployment() -> None:
    assert spec_of(apps.deployment, {}) == {
        "replicas": 1,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    }


def test_a_deployment_that_recreates_has_no_rolling_update() -> None:
    spec = spec_of(apps.deployment, {"replicas": 0, "strategy": {"type": "Recreate"}})
    assert (spec["replicas"], spec["strategy"]) == (0, {"type": "Recreate"})


def test_daemon_set() -> None:
    assert spec_of(apps.daemon_set, {"updateStrategy": {"rollingUpdate": {"maxUnavailable": "10%"}}}) == {
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%", "maxSurge": 0}},
        "revisionHistoryLimit": 10,
    }


def test_a_daemon_set_updated_on_delete() -> None:
    spec = spec_of(apps.daemon_set, {"updateStrategy": {"type": "OnDelete"}})
    assert spec["updateStrategy"] == {"type": "OnDelete"}


def test_stateful_set() -> None:
    assert spec_of(apps.stateful_set, {}) == {
        "replicas": 1,
        "podManagementPolicy": "OrderedReady",
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0, "maxUnavailable": 1}},
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "revisionHistoryLimit": 10,
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "RollingUpdate"}, {"type": "RollingUpdate"}),
        ({"type": "OnDelete"}, {"type": "OnDelete"}),
        (
            {"rollingUpdate": {"partition": 2}},
            {"type": "RollingUpdate", "rollingUpdate": {"partition": 2, "maxUnavailable": 1}},
        ),
    ],
)
def test_stateful_update_strategies(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert spec_of(apps.stateful_set, {"updateStrategy": given})["updateStrategy"] == expected


def test_claim_templates_are_claims() -> None:
    spec = spec_of(apps.stateful_set, {"volumeClaimTemplates": [{"metadata": {"name": "d"}}]})
    assert spec["volumeClaimTemplates"] == [
        {
            "kind": "PersistentVolumeClaim",
            "apiVersion": "v1",
            "metadata": {"name": "d"},
            "spec": {"volumeMode": "Filesystem"},
            "status": {"phase": "Pending"},
        }
    ]


def test_a_replication_controller_takes_over_the_labels_of_its_template() -> None:
    obj: dict[str, Any] = {"metadata": {}, "spec": {"template": {"metadata": {"labels": {"a": "b"}}}}}
    core_pod.replication_controller(obj)
    assert (obj["metadata"]["labels"], obj["spec"]["selector"], obj["spec"]["replicas"]) == ({"a": "b"}, {"a": "b"}, 1)


def test_a_replication_controller_keeps_its_own_labels() -> None:
    obj: dict[str, Any] = {
        "metadata": {"labels": {"x": "y"}},
        "spec": {"selector": {"s": "t"}, "template": {"metadata": {"labels": {"a": "b"}}}},
    }
    core_pod.replication_controller(obj)
    assert (obj["metadata"]["labels"], obj["spec"]["selector"]) == ({"x": "y"}, {"s": "t"})


def test_a_replication_controller_without_a_template() -> None:
    obj: dict[str, Any] = {"metadata": {}, "spec": {"selector": {"s": "t"}}}
    core_pod.replication_controller(obj)
    assert obj["spec"] == {"selector": {"s": "t"}, "replicas": 1}


@pytest.mark.parametrize(
    ("given", "completions", "parallelism"),
    [({}, 1, 1), ({"completions": 3}, 3, 1), ({"parallelism": 2}, None, 2), ({"parallelism": 0}, None, 0)],
)
def test_job_counts(given: dict[str, Any], completions: int | None, parallelism: int) -> None:
    spec = spec_of(batch.job, given)
    assert (spec.get("completions"), spec["parallelism"]) == (completions, parallelism)


def test_job() -> None:
    assert spec_of(batch.job, {}) == {
        "completions": 1,
        "parallelism": 1,
        "backoffLimit": 6,
        "completionMode": "NonIndexed",
        "suspend": False,
        "podReplacementPolicy": "TerminatingOrFailed",
        "manualSelector": False,
    }


def test_a_limit_per_index_lifts_the_limit_of_the_job() -> None:
    assert spec_of(batch.job, {"backoffLimitPerIndex": 1})["backoffLimit"] == 2147483647


def test_a_pod_failure_policy_waits_for_failed_pods() -> None:
    rules = [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}, {"type": "X", "status": "False"}]}]
    spec = spec_of(batch.job, {"podFailurePolicy": {"rules": rules}})
    assert spec["podReplacementPolicy"] == "Failed"
    assert [p["status"] for p in rules[0]["onPodConditions"]] == ["True", "False"]  # type: ignore[index]


def test_a_job_takes_over_the_labels_of_its_template() -> None:
    obj: dict[str, Any] = {"metadata": {}, "spec": {"template": {"metadata": {"labels": {"a": "b"}}}}}
    batch.job(obj)
    assert obj["metadata"]["labels"] == {"a": "b"}


def test_cron_job() -> None:
    spec = spec_of(batch.cron_job, {"schedule": "* * * * *"})
    del spec["jobTemplate"]["spec"]["template"]
    assert spec == {
        "schedule": "* * * * *",
        "concurrencyPolicy": "Allow",
        "suspend": False,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 1,
        "jobTemplate": {"spec": {}},
    }


def test_the_first_version_of_the_autoscaler() -> None:
    assert spec_of(autoscaling.horizontal_pod_autoscaler_v1, {}) == {
        "minReplicas": 1,
        "targetCPUUtilizationPercentage": 80,
    }


def test_the_first_version_with_metrics_of_the_second() -> None:
    obj: dict[str, Any] = {
        "metadata": {"annotations": {"autoscaling.alpha.kubernetes.io/metrics": "[]"}},
        "spec": {"minReplicas": 0},
    }
    autoscaling.horizontal_pod_autoscaler_v1(obj)
    assert obj["spec"] == {"minReplicas": 0}


def test_the_second_version_of_the_autoscaler() -> None:
    assert spec_of(autoscaling.horizontal_pod_autoscaler_v2, {}) == {
        "minReplicas": 1,
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
            }
        ],
    }


UP = [
    {"type": "Pods", "value": 4, "periodSeconds": 15},
    {"type": "Percent", "value": 100, "periodSeconds": 15},
]


def test_behavior_is_completed_once_it_is_there() -> None:
    given = {"scaleDown": {"policies": [], "tolerance": "0.05"}}
    spec = spec_of(autoscaling.horizontal_pod_autoscaler_v2, {"behavior": given})
    assert spec["behavior"] == {
        "scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": UP},
        "scaleDown": {"selectPolicy": "Max", "policies": [], "tolerance": "0.05"},
    }


def test_scaling_down_by_default() -> None:
    behavior = spec_of(autoscaling.horizontal_pod_autoscaler_v2, {"behavior": {}})["behavior"]
    assert behavior["scaleDown"] == {"selectPolicy": "Max", "policies": UP[1:]}
