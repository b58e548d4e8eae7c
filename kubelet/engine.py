"""Steps the pods of all nodes of this process: one thread, woken by changes and by the clock.

Every pod uid has one worker, so its steps are in order; what arrives while it waits is merged. The engine
performs the actions of a step at once (no call of a runtime blocks) and hands statuses to the writer.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from apimachinery.clock import Clock
from apimachinery.objects import Object
from apimachinery.pods import is_pod_terminal
from kubelet.node import Node
from kubelet.pods.admission import admit
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
    Turn,
)
from kubelet.runtimes.runtime import Outcome
from kubelet.timers import Timers

_LOG = logging.getLogger(__name__)
_ROUNDS = 64
"""Steps of one pod in a row before others get their turn."""
_CRASH_PAUSE = 10.0
_RELEVANT = ("generation", "deletionTimestamp", "deletionGracePeriodSeconds", "annotations", "labels")
_STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")


class Writer(Protocol):
    """Called from the engine's thread; must not block."""

    def submit(self, pod: Object, status: Object | None, *, delete: bool) -> None:
        """Bring the status to the API (None: it is as it should be), then delete the pod for good if asked to."""

    def forget(self, uid: str) -> None:
        """The pod is gone; whatever is pending is void."""


class Claims(Protocol):
    """Called from the engine's thread; must not block."""

    def look(self, node: str, pod: Object, answer: Callable[[Outcome], None]) -> None:
        """Are all claims of the pod's volumes bound? Answers once, from any thread."""


class Events(Protocol):
    """Called from the engine's thread; must not block."""

    def pod_event(self, pod: Object, event: PodEvent) -> None: ...


@dataclass(slots=True)
class _Worker:
    machine: PodMachine
    node: Node
    passive: bool = False
    """The pod had ended before this process saw it: its status is not ours to write."""
    submitted: Object | None = None
    """The status handed over last, compared by identity."""


class PodEngine:
    """Public methods may be called from any thread, except :meth:`turn`, which has one caller."""

    def __init__(self, clock: Clock, writer: Writer, events: Events, claims: Claims) -> None:
        self._clock = clock
        self._nodes: dict[str, Node] = {}
        self._writer = writer
        self._claims = claims
        self._events = events
        self._workers: dict[str, _Worker] = {}
        self._timers = Timers()
        self._condition = threading.Condition()
        self._changed: dict[str, Object | None] = {}
        self._outcomes: list[tuple[str, str, Outcome]] = []
        self._stopped = False

    def add_node(self, node: Node, pods: Iterable[Object]) -> None:
        """Take on a node and all pods bound to it so far; called once per node.

        ``pods`` is gone through when changes of the node's pods are already taken in: none is missed in between.
        """
        node.runtime.start(self)
        with self._condition:
            self._nodes[node.name] = node
            self._changed.update((pod["metadata"]["uid"], pod) for pod in pods)
            self._condition.notify()

    def pod_changed(self, pod: Object) -> None:
        """A pod was seen in the API; one bound to another node is ignored."""
        if pod["spec"].get("nodeName") in self._nodes:
            self._put(pod["metadata"]["uid"], pod)

    def pod_removed(self, uid: str) -> None:
        """The pod is no longer in the API."""
        self._put(uid, None)

    def changed(self, uid: str) -> None:
        """See :class:`kubelet.runtimes.runtime.Listener`."""
        with self._condition:
            self._outcomes.append((uid, "", Outcome(True)))
            self._condition.notify()

    def finished(self, uid: str, token: str, outcome: Outcome) -> None:
        """See :class:`kubelet.runtimes.runtime.Listener`."""
        with self._condition:
            self._outcomes.append((uid, token, outcome))
            self._condition.notify()

    def run(self) -> None:
        """Work until :meth:`stop`."""
        while not self._stopped:
            delay = self.turn()
            with self._condition:
                if not self._stopped and not self._changed and not self._outcomes:
                    self._condition.wait(None if math.isinf(delay) else delay)

    def stop(self) -> None:
        """End :meth:`run`. Pods go on as the runtimes have them."""
        with self._condition:
            self._stopped = True
            self._condition.notify()

    def turn(self) -> float:
        """Take in all news, step every pod that is due; returns the seconds until the next is, inf if none."""
        with self._condition:
            changed, self._changed = self._changed, {}
            outcomes, self._outcomes = self._outcomes, []
        for uid, pod in sorted(changed.items(), key=_order):
            if self._stopped:
                return 0.0
            self._guarded(uid, pod)
        for uid, token, outcome in outcomes:
            if uid in self._workers:
                if token:
                    self._workers[uid].machine.outcome(token, outcome, self._now())
                self._guarded(uid, self._workers[uid].machine.pod)
        for uid in self._timers.due(self._clock.monotonic()):
            if self._stopped:
                return 0.0
            self._guarded(uid, self._workers[uid].machine.pod)
        return max(0.0, self._timers.next_at() - self._clock.monotonic())

    def _put(self, uid: str, pod: Object | None) -> None:
        with self._condition:
            self._changed[uid] = pod
            self._condition.notify()

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _guarded(self, uid: str, pod: Object | None) -> None:
        """A pod that makes the machine fail must not stop the others; it is tried again later."""
        try:
            if pod is None:
                self._remove(uid)
            else:
                self._step(uid, pod)
        except Exception:
            _LOG.exception("pod %s: step failed", uid)
            if uid in self._workers:
                self._timers.set(uid, self._clock.monotonic() + _CRASH_PAUSE)

    def _remove(self, uid: str) -> None:
        worker = self._workers.pop(uid, None)
        self._timers.cancel(uid)
        self._writer.forget(uid)
        if worker is not None:
            worker.node.runtime.remove_pod(uid)
            worker.node.ledger.give_back(uid)

    def _step(self, uid: str, pod: Object) -> None:
        worker = self._workers.get(uid)
        if worker is None:
            worker = self._workers[uid] = self._begin(uid, pod)
        elif pod is not worker.machine.pod and _is_echo(worker.machine.pod, pod):
            worker.machine.pod = pod
            self._submit(worker, is_news=True)
            return
        machine = worker.machine
        is_news, machine.pod = machine.pod is not pod, pod
        wake = math.inf
        for _ in range(_ROUNDS):
            now = self._now()
            turn = machine.step(worker.node.runtime.observe(uid), now, worker.node.runtime.has_image)
            wake = turn.wake
            self._tell(turn)
            if not turn.actions:
                break
            for action in turn.actions:
                self._perform(worker, uid, action)
        else:
            wake = self._now()
        if machine.ended:
            worker.node.ledger.give_back(uid)
        elif is_news:
            worker.node.ledger.take(uid, pod)
        self._timers.set(uid, self._clock.monotonic() + max(0.0, wake - self._now()))
        self._submit(worker, is_news=is_news)

    def _begin(self, uid: str, pod: Object) -> _Worker:
        """Take the pod on, or refuse it. One that already ran here is never refused."""
        node = self._nodes[pod["spec"]["nodeName"]]
        worker = _Worker(PodMachine(pod, node.host_ip), node)
        if is_pod_terminal(pod):
            worker.passive = True
            return worker
        if _has_run(pod):
            node.runtime.adopt(pod)
        elif not pod["metadata"].get("deletionTimestamp"):
            refusal = admit(pod, node.current(), node.ledger)
            if refusal is not None:
                self._tell(worker.machine.reject(refusal.reason, refusal.message, self._now()))
                return worker
        node.ledger.take(uid, pod)
        return worker

    def _tell(self, turn: Turn) -> None:
        for event in turn.events:
            self._events.pod_event(turn.pod, event)

    def _perform(self, worker: _Worker, uid: str, action: Action) -> None:
        runtime, machine = worker.node.runtime, worker.machine
        outcome: Outcome | None = None
        match action:
            case LookAtClaims(asked):
                self._claims.look(worker.node.name, machine.pod, lambda answer: self.finished(uid, asked, answer))
            case CreateSandbox():
                runtime.create_sandbox(machine.pod)
            case PullImage(image, token):
                outcome = runtime.pull_image(machine.pod, image, token)
            case StartContainer(container, attempt):
                runtime.start_container(machine.pod, container, attempt)
            case StopContainer(name, grace):
                runtime.stop_container(uid, name, grace)
            case Invoke(container, purpose, handler, timeout, token):
                outcome = runtime.invoke(machine.pod, container, purpose, handler, timeout, token)
            case RemovePod():
                runtime.remove_pod(uid)
        if outcome is not None and isinstance(action, PullImage | Invoke):
            machine.outcome(action.token, outcome, self._now())

    def _submit(self, worker: _Worker, *, is_news: bool) -> None:
        """Also after news without a new status: somebody else may have overwritten it."""
        machine = worker.machine
        delete = machine.ended and bool(machine.pod["metadata"].get("deletionTimestamp"))
        if not is_news and machine.status is worker.submitted:
            return
        if delete or not worker.passive:
            self._writer.submit(machine.pod, None if worker.passive else machine.status, delete=delete)
            worker.submitted = machine.status


def _has_run(pod: Object) -> bool:
    status = pod.get("status") or {}
    return any(status.get(name) for name in _STATUSES)


def _order(change: tuple[str, Object | None]) -> int:
    """Removals first, then pods that already run, so that what they hold is known when others ask for it."""
    pod = change[1]
    return 0 if pod is None else 1 if _has_run(pod) else 2


def _is_echo(old: Object, new: Object) -> bool:
    """Nothing but the status differs, and nothing depends on what others write there: most often our own write."""
    before, after = old["metadata"], new["metadata"]
    return (
        is_pod_terminal(old) == is_pod_terminal(new)
        and all(before.get(name) == after.get(name) for name in _RELEVANT)
        and not new["spec"].get("readinessGates")
        and old["spec"] == new["spec"]
    )
