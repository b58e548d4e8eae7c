"""Workloads, jobs, autoscalers and disruption budgets."""

from __future__ import annotations

from typing import Any

import pytest

from server.printers import apps, autoscaling, batch, policy
from tests.server.printers.shown import ago, shown

TEMPLATE = {"spec": {"containers": [{"name": "a", "image": "i"}, {"name": "b", "image": "j"}]}}
SELECTOR = {
    "matchLabels": {"z": "1"},
    "matchExpressions": [{"key": "a", "operator": "In", "values": ["y", "x"]}, {"key": "b", "operator": "Exists"}],
}


def test_deployment() -> None:
    obj = {
        "spec": {"replicas": 3, "selector": SELECTOR, "template": TEMPLATE},
        "status": {"readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1},
    }
    assert list(shown(apps.DEPLOYMENT, obj).values()) == ["x", "1/3", 2, 1, "5m", "a,b", "i,j", "a in (x,y),b,z=1"]


@pytest.mark.parametrize(
    ("selector", "deployment", "replica_set"),
    [({}, "", "<none>"), (None, "", "<none>"), ({"matchExpressions": [{"operator": "?"}]}, "<invalid>", "<error>")],
)
def test_selectors_that_select_nothing_in_particular(selector: Any, deployment: str, replica_set: str) -> None:
    obj = {"spec": {"selector": selector}}
    assert shown(apps.DEPLOYMENT, obj)["Selector"] == deployment
    assert shown(apps.REPLICA_SET, obj)["Selector"] == replica_set


def test_stateful_set() -> None:
    obj = {"spec": {"replicas": 2, "template": TEMPLATE}, "status": {"readyReplicas": 2, "replicas": 3}}
    assert list(shown(apps.STATEFUL_SET, obj).values()) == ["x", "2/2", "5m", "a,b", "i,j"]


def test_daemon_set() -> None:
    obj = {
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": {"nodeSelector": {"z": "1", "y": "2"}}}},
        "status": {
            "desiredNumberScheduled": 5,
            "currentNumberScheduled": 4,
            "numberReady": 3,
            "updatedNumberScheduled": 2,
            "numberAvailable": 1,
        },
    }
    assert list(shown(apps.DAEMON_SET, obj).values()) == ["x", 5, 4, 3, 2, 1, "y=2,z=1", "5m", "", "", "a=b"]


@pytest.mark.parametrize(
    ("owners", "controller"),
    [
        ([], "<none>"),
        ([{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d"}], "<none>"),
        ([{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d", "controller": True}], "daemonset.apps/d"),
        ([{"apiVersion": "v1", "kind": "Pod", "name": "p", "controller": True}], "pod/p"),
    ],
)
def test_controller_revision(owners: list[Any], controller: str) -> None:
    cells = shown(apps.CONTROLLER_REVISION, {"metadata": {"ownerReferences": owners}, "revision": 4})
    assert (cells["Controller"], cells["Revision"]) == (controller, 4)


def conditions(*types: str) -> dict[str, Any]:
    return {"conditions": [{"type": t, "status": "True"} for t in types]}


DELETED = {"deletionTimestamp": ago(seconds=1)}


@pytest.mark.parametrize(
    ("metadata", "status", "expected"),
    [
        ({}, {}, "Running"),
        ({}, conditions("SuccessCriteriaMet", "Complete"), "Complete"),
        (DELETED, conditions("FailureTarget", "Failed"), "Failed"),
        (DELETED, conditions("Suspended"), "Terminating"),
        ({}, conditions("Suspended"), "Suspended"),
        ({}, conditions("FailureTarget"), "FailureTarget"),
        ({}, conditions("SuccessCriteriaMet"), "SuccessCriteriaMet"),
        ({}, {"conditions": [{"type": "Suspended", "status": "False"}]}, "Running"),
    ],
)
def test_job_status(metadata: dict[str, Any], status: dict[str, Any], expected: str) -> None:
    assert shown(batch.JOB, {"metadata": metadata, "status": status})["Status"] == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"completions": 5, "parallelism": 2}, "2/5"),
        ({"parallelism": 3}, "2/1 of 3"),
        ({"parallelism": 1}, "2/1"),
        ({}, "2/1"),
    ],
)
def test_job_completions(spec: dict[str, Any], expected: str) -> None:
    assert shown(batch.JOB, {"spec": spec, "status": {"succeeded": 2}})["Completions"] == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({}, ""),
        ({"startTime": ago(minutes=4)}, "4m"),
        ({"startTime": ago(minutes=4), "completionTime": ago(minutes=2, seconds=30)}, "90s"),
    ],
)
def test_job_duration(status: dict[str, Any], expected: str) -> None:
    assert shown(batch.JOB, {"status": status})["Duration"] == expected


def test_cron_job() -> None:
    spec = {
        "schedule": "* * * * *",
        "timeZone": "Etc/UTC",
        "suspend": False,
        "jobTemplate": {"spec": {"template": TEMPLATE}},
    }
    cells = shown(batch.CRON_JOB, {"spec": spec, "status": {"active": [{}, {}], "lastScheduleTime": ago(seconds=30)}})
    assert list(cells.values()) == ["x", "* * * * *", "Etc/UTC", "False", 2, "30s", "5m", "a,b", "i,j", "<none>"]


def test_a_cron_job_that_never_ran() -> None:
    cells = shown(batch.CRON_JOB, {})
    assert [cells[c] for c in ("Timezone", "Suspend", "Active", "Last Schedule")] == ["<none>", "<unset>", 0, "<none>"]


def metric(type: str, target: dict[str, Any], **fields: Any) -> dict[str, Any]:
    source = type[0].lower() + type[1:]
    return {"type": type, source: {"target": target, **fields}}


def current(type: str, **values: Any) -> dict[str, Any]:
    return {"type": type, type[0].lower() + type[1:]: {"current": values}}


HPA_CASES = {
    "none": ([], [], "<none>"),
    "utilization": (
        [metric("Resource", {"averageUtilization": 80}, name="cpu")],
        [current("Resource", averageUtilization=42)],
        "cpu: 42%/80%",
    ),
    "utilization not known": ([metric("Resource", {"averageUtilization": 80}, name="cpu")], [], "cpu: <unknown>/80%"),
    "no target": ([metric("Resource", {}, name="cpu")], [], "cpu: <unknown>/<auto>"),
    "average value": (
        [metric("Resource", {"averageValue": "1Gi"}, name="memory")],
        [current("Resource", averageValue="512Mi")],
        "memory: 512Mi/1Gi",
    ),
    "container": (
        [metric("ContainerResource", {"averageUtilization": 50}, name="cpu", container="c")],
        [current("ContainerResource", averageUtilization=10)],
        "cpu: 10%/50%",
    ),
    "container average value": (
        [metric("ContainerResource", {"averageValue": "1"}, name="cpu", container="c")],
        [],
        "cpu: <unknown>/1",
    ),
    "pods": ([metric("Pods", {"averageValue": "10"})], [current("Pods", averageValue="5")], "5/10"),
    "pods not known": ([metric("Pods", {"averageValue": "10"})], [], "<unknown>/10"),
    "object": ([metric("Object", {"value": "10"})], [current("Object", value="5")], "5/10"),
    "object average": ([metric("Object", {"averageValue": "10"})], [current("Object", averageValue="5")], "5/10 (avg)"),
    "object average not known": ([metric("Object", {"averageValue": "10"})], [current("Object")], "<unknown>/10 (avg)"),
    "external": ([metric("External", {"value": "10"})], [], "<unknown>/10"),
    "external without a current value": ([metric("External", {"value": "10"})], [current("External")], "<nil>/10"),
    "external average": ([metric("External", {"averageValue": "10"})], [], "<unknown>/10 (avg)"),
    "unknown type": ([{"type": "Other"}], [], "<unknown type>"),
    "more than two": (
        [metric("Pods", {"averageValue": str(n)}) for n in range(1, 5)],
        [],
        "<unknown>/1, <unknown>/2 + 2 more...",
    ),
}


@pytest.mark.parametrize(("metrics", "statuses", "expected"), HPA_CASES.values(), ids=HPA_CASES.keys())
def test_autoscaler_targets(metrics: list[Any], statuses: list[Any], expected: str) -> None:
    obj = {"spec": {"metrics": metrics}, "status": {"currentMetrics": statuses}}
    assert shown(autoscaling.HORIZONTAL_POD_AUTOSCALER, obj)["Targets"] == expected


def test_autoscaler_bounds() -> None:
    obj = {"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "d"}, "maxReplicas": 5}}
    cells = shown(autoscaling.HORIZONTAL_POD_AUTOSCALER, obj)
    assert [cells[c] for c in ("Reference", "MinPods", "MaxPods", "Replicas")] == ["Deployment/d", "<unset>", 5, 0]


def test_scale() -> None:
    obj = {"spec": {"replicas": 3}, "status": {"replicas": 2}}
    assert list(shown(autoscaling.SCALE, obj).values()) == ["x", 3, 2, "5m"]


@pytest.mark.parametrize(
    ("spec", "minimum", "maximum"),
    [({"minAvailable": 2}, "2", "N/A"), ({"maxUnavailable": "50%"}, "N/A", "50%"), ({"minAvailable": 0}, "0", "N/A")],
)
def test_disruption_budget(spec: dict[str, Any], minimum: str, maximum: str) -> None:
    cells = shown(policy.POD_DISRUPTION_BUDGET, {"spec": spec, "status": {"disruptionsAllowed": 1}})
    assert (cells["Min Available"], cells["Max Unavailable"], cells["Allowed Disruptions"]) == (minimum, maximum, 1)
