"""Probes and init containers, as far as a pod's status tells of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from conformance.api import Object
from conformance.bodies import AGNHOST, BUSYBOX, PAUSE, condition, pod
from conformance.check import Case, Check
from conformance.kinds import PODS
from conformance.waiting import ready, until
from conformance.workloads import name_of

_DELAY = 15
"""Seconds before the first probe, as in the official tests."""


# Init containers


def _init_body(policy: str, main: Object) -> Object:
    body = pod("pod-init", {"name": "foo"}, restartPolicy=policy)
    body["spec"]["initContainers"] = [
        {"name": f"init{number}", "image": BUSYBOX, "command": ["/bin/true"]} for number in (1, 2)
    ]
    body["spec"]["containers"] = [{"name": "run1", **main}]
    return body


def _in_order(case: Case, seen: Object) -> None:
    """At no moment has the container begun while the init containers are not done, in their order."""
    if condition(seen, "Initialized").get("status") == "True":
        return
    statuses = seen["status"].get("initContainerStatuses") or ()
    ended = [one["state"].get("terminated", {}).get("exitCode") == 0 for one in statuses]
    begun = ["waiting" not in one["state"] for one in statuses]
    case.true(not any(begun[1:2]) or ended[0], f"the second init container waits for the first: {statuses}")
    for one in seen["status"].get("containerStatuses") or ():
        case.true("waiting" in one["state"] and not one["restartCount"], f"the container waits: {one}")


def init(policy: str, phase: str, main: Object) -> Callable[[Case], None]:
    """Both init containers succeed before the pod comes to that phase."""

    def check(case: Case) -> None:
        made = case.create(PODS, _init_body(policy, main))
        query: Object = {"fieldSelector": f"metadata.name={name_of(made)}"}
        revision = made["metadata"]["resourceVersion"]
        with case.api.watch(PODS, case.namespace, timeout=120, resourceVersion=revision, **query) as events:

            def is_there(one: Object) -> bool:
                _in_order(case, one)
                return bool(one["status"].get("phase") == phase)

            done = case.event(events, "MODIFIED", is_there)
        case.equal(condition(done, "Initialized").get("status"), "True", "the condition Initialized")
        statuses = done["status"]["initContainerStatuses"]
        case.equal(len(statuses), 2, "the statuses of init containers")
        for one in statuses:
            case.true(one.get("ready"), f"the init container {one['name']} is ready")
            case.equal(one["state"].get("terminated", {}).get("exitCode"), 0, f"the exit code of {one['name']}")

    return check


# Probes


def _restarts(found: Object) -> int:
    return sum(one["restartCount"] for one in found["status"].get("containerStatuses") or ())


_WATCHED = _DELAY + 17.0
"""Seconds for two probes, ten apart; the official tests watch for four minutes."""


def not_restarted(probe: Object, image: str, arguments: list[str]) -> Callable[[Case], None]:
    """A container whose liveness probe succeeds is left alone."""

    def check(case: Case) -> None:
        body = pod("liveness", image=image)
        settings = {"initialDelaySeconds": _DELAY, "failureThreshold": 1}
        body["spec"]["containers"][0].update({"args": arguments, "livenessProbe": {**settings, **probe}})
        name = name_of(case.create(PODS, body))

        def begun(one: Object) -> bool:
            states = [set(each["state"]) for each in one["status"].get("containerStatuses") or ()]
            return bool(states and states[0] & {"running", "terminated"})

        before = _restarts(until(case, PODS, name, begun, "to have begun"))
        case.steady(lambda: _restarts(case.get(PODS, name)) == before, "no restart while the probe succeeds", _WATCHED)

    return check


def initial_delay(case: Case) -> None:
    body = pod("readiness", image=AGNHOST)
    probe = {"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": _DELAY}
    body["spec"]["containers"][0].update(args=["test-webserver"], readinessProbe=probe)
    done = ready(case, name_of(case.create(PODS, body)))
    started = _seconds(done["status"]["containerStatuses"][0]["state"]["running"]["startedAt"])
    told = _seconds(condition(done, "Ready")["lastTransitionTime"])
    case.true(told - started >= _DELAY, f"ready {told - started:.0f} s after its start, before the initial delay")
    case.equal(_restarts(done), 0, "the restarts")


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _exec(*command: str) -> Object:
    return {"exec": {"command": list(command)}, "timeoutSeconds": 5}


_BOTH = " [Conformance] [NodeConformance]"
_PROBE = "[sig-node] Probing container "
_NOT = _PROBE + "should *not* be restarted with a "
_INIT = "[sig-node] InitContainer should invoke init containers on a "
_LIMITED = {"image": PAUSE, "resources": {"limits": {"cpu": "100m"}}}
CHECKS = (
    Check(_INIT + "RestartAlways pod" + _BOTH, init("Always", "Running", _LIMITED)),
    Check(_INIT + "RestartNever pod" + _BOTH, init("Never", "Succeeded", {"image": BUSYBOX, "command": ["/bin/true"]})),
    Check(
        _NOT + "/healthz http liveness probe" + _BOTH,
        not_restarted(
            {"httpGet": {"path": "/", "port": 80}, "timeoutSeconds": 5, "failureThreshold": 5},
            AGNHOST,
            ["test-webserver"],
        ),
    ),
    Check(
        _NOT + "tcp:8080 liveness probe" + _BOTH, not_restarted({"tcpSocket": {"port": 8080}}, AGNHOST, ["liveness"])
    ),
    Check(
        _NOT + "GRPC liveness probe" + _BOTH,
        not_restarted({"grpc": {"port": 5000}, "timeoutSeconds": 5}, AGNHOST, ["grpc-health-checking"]),
    ),
    Check(
        _NOT + 'exec "cat /tmp/health" liveness probe' + _BOTH,
        not_restarted(_exec("cat", "/tmp/health"), BUSYBOX, ["/bin/sh", "-c", "echo ok >/tmp/health; sleep 600"]),
    ),
    Check(
        _PROBE + "with readiness probe should not be ready before initial delay and never restart" + _BOTH,
        initial_delay,
    ),
)
