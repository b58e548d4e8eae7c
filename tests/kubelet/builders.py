"""Pods for tests, and a driver that lives a pod's life on the hollow runtime with a clock that only it moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apimachinery.clock import FakeClock
from apimachinery.objects import Object
from kubelet.pods.machine import PodMachine
from kubelet.pods.steps import (
    Action,
    CreateSandbox,
    Invoke,
    LookAtClaims,
    PodEvent,
    PullImage,
    RemovePod,
    StartContainer,
    StopContainer,
)
from kubelet.runtimes.hollow.rules import Rules
from kubelet.runtimes.hollow.runtime import HollowRuntime
from kubelet.runtimes.runtime import Outcome

RULES = Rules.load()
HOST_IP = "172.18.0.2"


def container(name: str = "main", script: str = "", **fields: Any) -> Object:
    """A container; with ``script`` it runs ``sh -c`` of it, else it serves for ever."""
    found: Object = {"name": name, "image": "registry.local/app:1", **fields}
    if script:
        found["command"] = ["sh", "-c", script]
    return found


def pod(*containers: Object, uid: str = "uid-1", name: str = "web", **fields: Any) -> Object:
    """A pod bound to ``node-1``. ``init``, ``annotations``, ``meta``, ``status`` find their place; the rest is spec."""
    meta = {"name": name, "namespace": "default", "uid": uid, "generation": 1, "resourceVersion": "1"}
    meta |= {"annotations": fields.pop("annotations", {})} | fields.pop("meta", {})
    status = fields.pop("status", {"phase": "Pending", "qosClass": "BestEffort"})
    spec = {"nodeName": "node-1", "restartPolicy": "Always", "containers": list(containers) or [container()]}
    if "init" in fields:
        spec["initContainers"] = fields.pop("init")
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {**spec, **fields}, "status": status}


class Life:
    """Steps one pod until nothing is left to do, then jumps to the next moment something happens."""

    def __init__(self, pod: Object, *, rules: Rules = RULES, clock: FakeClock | None = None) -> None:
        self.pod = pod
        self.clock = clock or FakeClock()
        self.runtime = HollowRuntime(self.clock, rules, "10.128.0.0/24")
        self.machine = PodMachine(pod, HOST_IP)
        self.claims: Callable[[], Outcome] = lambda: Outcome(True)
        """Whether the pod's claims are bound."""
        self.events: list[PodEvent] = []
        self.actions: list[Action] = []
        self.phases: list[str] = []
        """Every phase the status has shown, without repeats in a row."""
        self.states: list[str] = []
        """The same for the state of the first container."""
        self._wake = 0.0

    @property
    def status(self) -> Object:
        return self.machine.status

    @property
    def first(self) -> Object:
        """The status of the first container."""
        found: Object = self.status["containerStatuses"][0]
        return found

    def run(self, seconds: float) -> Life:
        """Live for so long."""
        end = self.clock.monotonic() + seconds
        self._settle()
        while self._wake <= end:
            self.clock.advance(max(0.0, self._wake - self.clock.monotonic()) + 1e-6)
            self._settle()
        self.clock.advance(max(0.0, end - self.clock.monotonic()))
        self._settle()
        return self

    def delete(self, grace: int = 30) -> Life:
        self.pod["metadata"] |= {"deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": grace}
        self._settle()
        return self

    def condition(self, name: str) -> Object:
        return next(c for c in self.status["conditions"] if c["type"] == name)

    def reasons(self, *, of: str = "") -> list[str]:
        """The reasons of the events, of one container if named."""
        return [e.reason for e in self.events if of in e.path]

    def _settle(self) -> None:
        for _ in range(50):
            now = self.clock.now().timestamp()
            turn = self.machine.step(self.runtime.observe(self._uid), now, self.runtime.has_image)
            self.events += turn.events
            self.actions += turn.actions
            self._wake = self.clock.monotonic() + turn.wake - now
            if not turn.actions:
                break
            for action in turn.actions:
                self._perform(action, now)
        else:
            raise AssertionError(f"the machine does not come to rest: {self.actions[-5:]}")
        self._note()

    def _note(self) -> None:
        for seen, value in ((self.phases, self.status.get("phase", "")), (self.states, _state(self.status))):
            if not seen or seen[-1] != value:
                seen.append(value)

    @property
    def _uid(self) -> str:
        return str(self.pod["metadata"]["uid"])

    def _perform(self, action: Action, now: float) -> None:
        match action:
            case LookAtClaims(token):
                self.machine.outcome(token, self.claims(), now)
            case CreateSandbox():
                self.runtime.create_sandbox(self.pod)
            case PullImage(image, token):
                outcome = self.runtime.pull_image(self.pod, image, token)
                assert outcome is not None
                self.machine.outcome(token, outcome, now)
            case StartContainer(spec, attempt):
                self.runtime.start_container(self.pod, spec, attempt)
            case StopContainer(name, grace):
                self.runtime.stop_container(self._uid, name, grace)
            case Invoke(spec, purpose, handler, timeout, token):
                outcome = self.runtime.invoke(self.pod, spec, purpose, handler, timeout, token)
                assert outcome is not None
                self.machine.outcome(token, outcome, now)
            case RemovePod():
                self.runtime.remove_pod(self._uid)


def _state(status: Object) -> str:
    """``Waiting:reason``, ``Running`` or ``Terminated:reason`` of the first container."""
    entries = status.get("containerStatuses")
    if not entries:
        return ""
    state = entries[0]["state"]
    if "running" in state:
        return "Running"
    if "waiting" in state:
        return f"Waiting:{state['waiting']['reason']}"
    return f"Terminated:{state['terminated']['reason']}"
