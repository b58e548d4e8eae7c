"""Every branch of the Status, Ready and Restarts of a pod."""

from __future__ import annotations

from typing import Any

import pytest

from server.printers.core_pod import POD, POD_TEMPLATE
from tests.server.printers.shown import NOW, ago, shown


def container(state: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"name": "c", "restartCount": 0, "ready": False, "state": state or {}, **fields}


def running(ready: bool = True, **fields: Any) -> dict[str, Any]:
    return container({"running": {}}, ready=ready, **fields)


def terminated(code: int, reason: str = "", signal: int = 0, **fields: Any) -> dict[str, Any]:
    end: dict[str, Any] = {"exitCode": code}
    if reason:
        end["reason"] = reason
    if signal:
        end["signal"] = signal
    return container({"terminated": end}, **fields)


def waiting(reason: str = "", **fields: Any) -> dict[str, Any]:
    return container({"waiting": {"reason": reason} if reason else {}}, **fields)


def ended(**when: float) -> dict[str, Any]:
    return {"terminated": {"exitCode": 1, "finishedAt": ago(**when)}}


def condition(type: str, status: str = "True", reason: str = "") -> dict[str, Any]:
    return {"type": type, "status": status, **({"reason": reason} if reason else {})}


def pod(
    *containers: dict[str, Any],
    init: tuple[dict[str, Any], ...] = (),
    sidecars: tuple[str, ...] = (),
    spec: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    **status: Any,
) -> dict[str, Any]:
    init_specs = [{"name": s["name"], **({"restartPolicy": "Always"} if s["name"] in sidecars else {})} for s in init]
    return {
        "metadata": metadata or {},
        "spec": {"containers": [{"name": s["name"]} for s in containers], "initContainers": init_specs, **(spec or {})},
        "status": {
            "phase": "Running",
            "initContainerStatuses": list(init),
            "containerStatuses": list(containers),
            **status,
        },
    }


DELETED = {"deletionTimestamp": ago(seconds=1)}
READY = [condition("Ready")]

STATUS_CASES = {
    "the phase": (pod(running(), phase="Running"), "Running"),
    "a reason of the pod over its phase": (pod(phase="Failed", reason="Evicted"), "Evicted"),
    "scheduling gates over the phase": (
        pod(phase="Pending", conditions=[condition("PodScheduled", "False", "SchedulingGated")]),
        "SchedulingGated",
    ),
    "a waiting container": (pod(waiting("CrashLoopBackOff")), "CrashLoopBackOff"),
    "waiting without a reason": (pod(waiting(), phase="Pending"), "Pending"),
    "a terminated container": (pod(terminated(1, "Error")), "Error"),
    "a signal": (pod(terminated(137, signal=9)), "Signal:9"),
    "an exit code": (pod(terminated(3)), "ExitCode:3"),
    "the first container over the others": (pod(waiting("ErrImagePull"), terminated(1, "Error")), "ErrImagePull"),
    "completed": (pod(terminated(0, "Completed"), phase="Succeeded"), "Completed"),
    "completed beside one ready": (pod(terminated(0, "Completed"), running(), conditions=READY), "Running"),
    "completed beside one running in a pod not ready": (pod(terminated(0, "Completed"), running()), "NotReady"),
    "completed beside one failed": (pod(terminated(0, "Completed"), terminated(2, "Error")), "Error"),
    "completed before a failure, ready again": (
        pod(terminated(0, "Completed"), terminated(2, "Error"), running(), conditions=READY),
        "Running",
    ),
    "init waiting": (pod(waiting("PodInitializing"), init=(waiting("ErrImagePull"),)), "Init:ErrImagePull"),
    "init starting": (pod(waiting("PodInitializing"), init=(waiting("PodInitializing"),)), "Init:0/1"),
    "init running": (pod(init=(running(False, name="a"), waiting(name="b"))), "Init:0/2"),
    "second init running": (pod(init=(terminated(0, name="a"), running(False, name="b"))), "Init:1/2"),
    "init failed": (pod(init=(terminated(1, "Error"),)), "Init:Error"),
    "init killed": (pod(init=(terminated(137, signal=9),)), "Init:Signal:9"),
    "init exit code": (pod(init=(terminated(4),)), "Init:ExitCode:4"),
    "init done": (pod(running(), init=(terminated(0, "Completed"),)), "Running"),
    "init restarted after initialization": (
        pod(running(), init=(running(False, name="a"),), conditions=[condition("Initialized")]),
        "Init:0/1",
    ),
    "sidecar started": (pod(running(), init=(running(name="s", started=True),), sidecars=("s",)), "Running"),
    "sidecar not started": (pod(init=(running(False, name="s", started=False),), sidecars=("s",)), "Init:0/1"),
    "sidecar failed before it started": (
        pod(init=(terminated(1, "Error", name="s", started=False),), sidecars=("s",)),
        "Init:Error",
    ),
    "being deleted": (pod(running(), metadata=DELETED), "Terminating"),
    "being deleted when finished": (pod(phase="Succeeded", metadata=DELETED), "Succeeded"),
    "being deleted on a lost node": (pod(running(), metadata=DELETED, reason="NodeLost"), "Unknown"),
    "lost node without deletion": (pod(running(), reason="NodeLost"), "NodeLost"),
    "nothing known": ({"spec": {}}, ""),
}


@pytest.mark.parametrize(("obj", "status"), STATUS_CASES.values(), ids=STATUS_CASES.keys())
def test_status(obj: dict[str, Any], status: str) -> None:
    assert shown(POD, obj)["Status"] == status


READY_CASES = {
    "one of two": (pod(running(), running(False)), "1/2"),
    "ready but not running": (pod(waiting("x", ready=True)), "0/1"),
    "a ready sidecar": (pod(running(), init=(running(name="s", started=True),), sidecars=("s",)), "2/2"),
    "a sidecar that is not ready": (
        pod(running(), init=(running(False, name="s", started=True),), sidecars=("s",)),
        "1/2",
    ),
    "an init container is not counted": (pod(running(), init=(terminated(0, name="i"),)), "1/1"),
    "initializing counts only sidecars": (
        pod(running(), init=(running(name="s", started=True), running(name="i")), sidecars=("s",)),
        "1/2",
    ),
}


@pytest.mark.parametrize(("obj", "ready"), READY_CASES.values(), ids=READY_CASES.keys())
def test_ready(obj: dict[str, Any], ready: str) -> None:
    assert shown(POD, obj)["Ready"] == ready


RESTART_CASES = {
    "none": (pod(running(lastState=ended(hours=1))), "0"),
    "summed, with the latest end": (
        pod(
            running(restartCount=2, lastState=ended(minutes=5)),
            running(restartCount=1, lastState=ended(hours=3)),
        ),
        "3 (5m ago)",
    ),
    "when is not known": (pod(running(restartCount=2)), "2"),
    "init containers only while initializing": (
        pod(running(), init=(waiting("CrashLoopBackOff", restartCount=4, lastState=ended(seconds=30)),)),
        "4 (30s ago)",
    ),
    "not init containers afterwards": (
        pod(running(restartCount=1), init=(terminated(0, restartCount=4, lastState=ended(seconds=30)),)),
        "1",
    ),
    "sidecars always": (
        pod(
            running(restartCount=1, lastState=ended(hours=2)),
            init=(running(name="s", started=True, restartCount=2, lastState=ended(minutes=20)),),
            sidecars=("s",),
        ),
        "3 (20m ago)",
    ),
    "an end that is null": (pod(running(restartCount=1, lastState={"terminated": {"finishedAt": None}})), "1"),
}


@pytest.mark.parametrize(("obj", "restarts"), RESTART_CASES.values(), ids=RESTART_CASES.keys())
def test_restarts(obj: dict[str, Any], restarts: str) -> None:
    assert shown(POD, obj)["Restarts"] == restarts


def test_where_it_runs() -> None:
    obj = pod(
        spec={"nodeName": "n1"},
        podIP="10.0.0.1",
        podIPs=[{"ip": "10.0.0.2"}, {"ip": "fd00::2"}],
        nominatedNodeName="n2",
    )
    cells = shown(POD, obj)
    assert (cells["IP"], cells["Node"], cells["Nominated Node"]) == ("10.0.0.2", "n1", "n2")


def test_readiness_gates() -> None:
    gates = [{"conditionType": t} for t in ("a", "b", "c")]
    obj = pod(spec={"readinessGates": gates}, conditions=[condition("a"), condition("b", "False")])
    assert shown(POD, obj)["Readiness Gates"] == "1/3"


@pytest.mark.parametrize(
    ("phase", "message"), [("Succeeded", "The pod has completed successfully."), ("Failed", "The pod failed.")]
)
def test_a_finished_pod_marks_its_row(phase: str, message: str) -> None:
    row = POD.row({"metadata": {}, "spec": {}, "status": {"phase": phase}}, NOW)
    assert row.conditions == [{"type": "Completed", "status": "True", "reason": phase, "message": message}]


def test_a_pod_that_runs_does_not_mark_its_row() -> None:
    assert POD.row({"metadata": {}, "spec": {}, "status": {"phase": "Running"}}, NOW).conditions == []


def test_a_template_shows_its_containers_and_labels() -> None:
    containers = [{"name": "a", "image": "i:1"}, {"name": "b", "image": "i:2"}]
    obj = {"template": {"metadata": {"labels": {"z": "1", "a": "2"}}, "spec": {"containers": containers}}}
    cells = shown(POD_TEMPLATE, obj)
    assert (cells["Containers"], cells["Images"], cells["Pod Labels"]) == ("a,b", "i:1,i:2", "a=2,z=1")
