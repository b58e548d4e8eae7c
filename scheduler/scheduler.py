"""The scheduler at work: takes pods from the queue, finds a node for each, and binds them, each on its own time."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from random import Random

from apimachinery.clock import Clock
from client.recorder import NORMAL, EventRecorder
from scheduler.algorithm import Algorithm
from scheduler.cache import Cache
from scheduler.diagnosis import Diagnosis, NoNodes, PluginError, Unfit, unfit_message
from scheduler.events import Action, ClusterEvent, Resource
from scheduler.failures import SCHEDULER_ERROR, UNSCHEDULABLE, Failures
from scheduler.framework import CycleState, PreBindPlugin
from scheduler.nominator import Nominator
from scheduler.podinfo import PodInfo
from scheduler.profile import NO_NODES, Profile
from scheduler.queue import QueuedPod, SchedulingQueue
from scheduler.snapshot import Snapshot
from scheduler.status import Code, Status, error
from scheduler.writes import Writes

log = logging.getLogger(__name__)

_HOUSEKEEPING = 30.0
"""Seconds between looks for pods that wait, or are assumed, for too long."""


class Scheduler:
    """One thread calls :meth:`run`; bindings end on the threads of ``writes``."""

    def __init__(
        self,
        profile: Profile,
        nominator: Nominator,
        cache: Cache,
        queue: SchedulingQueue,
        writes: Writes,
        failures: Failures,
        recorder: EventRecorder,
        clock: Clock,
        *,
        percentage: int = 0,
        random: Random | None = None,
    ) -> None:
        self._profile = profile
        self._nominator = nominator
        self._cache = cache
        self._queue = queue
        self._writes = writes
        self._failures = failures
        self._recorder = recorder
        self._clock = clock
        self._algorithm = Algorithm(profile, nominator, random or Random(), percentage)
        self._snapshot = Snapshot()
        self._looked_at = clock.monotonic()
        self._stopped = False

    def run(self) -> None:
        """Schedule until :meth:`stop`."""
        while not self._stopped:
            try:
                queued = self._queue.pop(timeout=1.0)
                if queued is not None:
                    self.attempt(queued)
                self.keep_house()
            except Exception:
                log.exception("the scheduling loop failed, going on")

    def stop(self) -> None:
        """End :meth:`run` after the pod it is at."""
        self._stopped = True
        self._queue.close()

    def keep_house(self) -> None:
        now = self._clock.monotonic()
        if now - self._looked_at < _HOUSEKEEPING:
            return
        self._looked_at = now
        self._queue.flush()
        for plugin in self._profile.housekeeping:
            plugin.keep_house()
        for pod in self._cache.expire():
            log.warning("pod %s was bound to %s but has not been seen there", pod.key, pod.node_name)
            self._queue.move(ClusterEvent(Resource.ASSIGNED_POD, Action.DELETE, pod))

    def attempt(self, queued: QueuedPod) -> None:
        """One scheduling cycle; the binding goes on by itself. Never raises: what fails is tried again later."""
        try:
            self._schedule(queued)
        except Exception as failure:
            log.exception("cannot schedule pod %s", queued.pod.key)
            self._fail(queued, SCHEDULER_ERROR, str(failure))

    def _schedule(self, queued: QueuedPod) -> None:
        pod = queued.pod
        if self._skip(pod):
            self._queue.done(pod.uid)
            return
        state = CycleState()
        self._cache.update(self._snapshot)
        try:
            choice = self._algorithm.schedule(state, pod, self._snapshot)
        except NoNodes as failure:
            self._fail(queued, UNSCHEDULABLE, str(failure), (NO_NODES,), "")
        except Unfit as failure:
            self._fail(queued, UNSCHEDULABLE, str(failure), failure.diagnosis.plugins, failure.nomination)
        except PluginError as failure:
            log.error("cannot schedule pod %s: %s", pod.key, failure)
            self._fail(queued, SCHEDULER_ERROR, str(failure))
        else:
            self._assume(queued, state, pod.on(choice.node))

    def _skip(self, pod: PodInfo) -> bool:
        if pod.terminating:
            log.debug("pod %s is being deleted", pod.key)
            return True
        return self._cache.get(pod.uid) is not None

    def _assume(self, queued: QueuedPod, state: CycleState, pod: PodInfo) -> None:
        self._cache.assume(pod)
        try:
            rejection = self._reserve(state, pod)
        except Exception:
            self._undo(state, pod)
            raise
        if rejection is not None:
            self._undo(state, pod)
            self._not_reserved(queued, pod, rejection)
            return
        self._nominator.remove(pod.uid)
        self._writes.submit(pod.uid, lambda: self._pre_bind(queued, state, pod, iter(self._profile.pre_bind)))

    def _reserve(self, state: CycleState, pod: PodInfo) -> Status | None:
        for plugin in self._profile.reserve:
            status = plugin.reserve(state, pod, pod.node_name)
            if status is not None:
                return Status(status.code, status.reasons, plugin.name)
        return None

    def _not_reserved(self, queued: QueuedPod, pod: PodInfo, status: Status) -> None:
        if status.rejected:
            message = unfit_message(1, Diagnosis({pod.node_name: status}))
            self._fail(queued, UNSCHEDULABLE, message, (status.plugin,))
        else:
            self._fail(queued, SCHEDULER_ERROR, f'running Reserve plugin "{status.plugin}": {status.message}')

    def _pre_bind(self, queued: QueuedPod, state: CycleState, pod: PodInfo, plugins: Iterator[PreBindPlugin]) -> None:
        """The binding cycle, on a thread of the pool: the plugins that are left, then Bind."""
        for plugin in plugins:
            status = self._run_pre_bind(queued, state, pod, plugin, plugins)
            if status is None:
                continue
            if status.code is not Code.WAIT:
                self._bound(queued, state, pod, status)
            return
        self._bound(queued, state, pod, self._run_bind(state, pod))

    def _run_pre_bind(
        self,
        queued: QueuedPod,
        state: CycleState,
        pod: PodInfo,
        plugin: PreBindPlugin,
        others: Iterator[PreBindPlugin],
    ) -> Status | None:
        def failed(message: str) -> Status:
            return error(f'running PreBind plugin "{plugin.name}": {message}', plugin=plugin.name)

        def done(status: Status | None) -> None:
            if status is None:
                self._writes.submit(pod.uid, lambda: self._pre_bind(queued, state, pod, others))
            else:
                failure = failed(status.message)
                self._writes.submit(pod.uid, lambda: self._bound(queued, state, pod, failure))

        try:
            status = plugin.pre_bind(state, pod, pod.node_name, done)
        except Exception as failure:
            log.exception("cannot prepare the binding of pod %s", pod.key)
            return failed(str(failure))
        return failed(status.message) if status is not None and status.code is not Code.WAIT else status

    def _bound(self, queued: QueuedPod, state: CycleState, pod: PodInfo, status: Status | None) -> None:
        """The end of a binding cycle, a good one if there is no status."""
        if status is None:
            self._cache.finish_binding(pod.uid)
            self._queue.done(pod.uid)
            message = f"Successfully assigned {pod.key} to {pod.node_name}"
            self._recorder.event(pod.pod, NORMAL, "Scheduled", message)
            log.debug("%s", message)
            return
        if not self._undo(state, pod):
            return  # the API shows it on a node: the binding took place although its answer was lost; or it is gone
        log.info("cannot bind pod %s: %s", pod.key, status.message)
        self._queue.move(ClusterEvent(Resource.ASSIGNED_POD, Action.DELETE, pod), except_for=pod.uid)
        self._fail(queued, SCHEDULER_ERROR, status.message)

    def _run_bind(self, state: CycleState, pod: PodInfo) -> Status | None:
        """Never raises: on this thread nobody else would give the pod back."""
        for plugin in self._profile.bind:
            try:
                status = plugin.bind(state, pod, pod.node_name)
            except Exception as failure:
                log.exception("cannot bind pod %s", pod.key)
                status = error(str(failure))
            if status is None:
                return None
            if status.code is not Code.SKIP:
                return error(f'running Bind plugin "{plugin.name}": {status.message}', plugin=plugin.name)
        return error("no plugin binds this pod")

    def _undo(self, state: CycleState, pod: PodInfo) -> bool:
        """False: it was not assumed any more."""
        for plugin in reversed(self._profile.reserve):
            plugin.unreserve(state, pod, pod.node_name)
        return self._cache.forget(pod.uid)

    def _fail(
        self, queued: QueuedPod, reason: str, message: str, plugins: Iterable[str] = (), nomination: str | None = None
    ) -> None:
        """``plugins``: who rejected the pod; none if something went wrong. ``nomination``: see Unfit."""
        if nomination is not None:
            self._nominator.add(queued.pod, nomination)
        if self._queue.give_back(queued, plugins):
            self._failures.report(queued.pod, reason, message, nomination)
        else:
            self._nominator.remove(queued.pod.uid)
        log.debug("pod %s: %s", queued.pod.key, message)
