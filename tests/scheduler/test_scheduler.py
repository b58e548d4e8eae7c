"""The whole scheduler with a client that only remembers: from a pod in the queue to a binding, or to a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from apimachinery.clock import FakeClock
from apimachinery.status import Conflict
from client.api import Client
from client.recorder import EventRecorder
from scheduler.cache import EXPIRY, Cache
from scheduler.failures import Failures
from scheduler.framework import CycleState
from scheduler.handlers import NodeHandler, PodHandler
from scheduler.plugins import PLUGINS
from scheduler.podinfo import PodInfo
from scheduler.profile import Profile, Weighted
from scheduler.queue import Place, SchedulingQueue
from scheduler.scheduler import Scheduler
from scheduler.status import WAIT, Status, error, unschedulable
from tests.scheduler.builders import FakeClient, FakeRecorder, handle, node, pod

BOUND = "Successfully assigned default/pod-1 to n"


class Rig:
    def __init__(self, *extra: Any) -> None:
        self.clock, self.client, self.recorder = FakeClock(), FakeClient(), FakeRecorder()
        given = handle(client=self.client, recorder=self.recorder, clock=self.clock)
        weighted = [Weighted(entry.build(given), entry.weight) for entry in PLUGINS]
        profile = Profile([*weighted, *(Weighted(plugin) for plugin in extra)])
        self.cache = Cache(self.clock)
        self.queue = SchedulingQueue(self.clock, profile.interests, profile.gate)
        recorder = cast(EventRecorder, self.recorder)
        failures = Failures(cast(Client, self.client), recorder, given.writes, self.clock)
        self.scheduler = Scheduler(
            profile, given.nominator, self.cache, self.queue, given.writes, failures, recorder, self.clock
        )
        self.nominator = given.nominator
        self.nodes = NodeHandler(self.cache, self.queue)
        self.pods = PodHandler(self.cache, self.queue, given.nominator, "default-scheduler")

    def run(self) -> None:
        """Schedule what is in the queue now."""
        while (queued := self.queue.pop(timeout=0)) is not None:
            self.scheduler.attempt(queued)

    def count(self, place: Place) -> int:
        return self.queue.counts()[place]

    @property
    def paths(self) -> list[str]:
        return [path for _, path, _ in self.client.calls]


def test_a_pod_gets_a_node_and_an_event_says_so() -> None:
    rig = Rig()
    rig.nodes.added(node("n"))
    rig.pods.added(pod())
    rig.run()
    (call,) = rig.client.calls
    verb, path, body = call
    assert (verb, path) == ("create", "default/pod-1/binding")
    assert body["metadata"] == {"namespace": "default", "name": "pod-1", "uid": "uid-pod-1"}
    assert body["target"] == {"kind": "Node", "name": "n"}
    assert rig.recorder.events == [("pod-1", "Normal", "Scheduled", BOUND)]
    assert rig.cache.is_assumed("uid-pod-1")
    assert sum(rig.queue.counts().values()) == 0


def test_the_api_confirms_what_was_assumed() -> None:
    rig = Rig()
    rig.nodes.added(node("n"))
    rig.pods.added(pod())
    rig.run()
    rig.pods.updated(pod(), pod(nodeName="n"))
    assert not rig.cache.is_assumed("uid-pod-1")
    assert rig.cache.get("uid-pod-1") is not None


def test_an_update_seen_between_assuming_and_binding_does_not_bring_the_pod_back() -> None:
    rig = Rig()
    rig.nodes.added(node("n"))
    rig.pods.added(pod())
    rig.run()
    rig.pods.updated(pod(), pod(labels={"late": "label"}))
    assert sum(rig.queue.counts().values()) == 0


def test_without_a_node_that_fits_the_pod_says_why() -> None:
    rig = Rig()
    rig.nodes.added(node("n", cpu="1"))
    rig.pods.added(pod(cpu="2", meta={"generation": 1}))
    rig.run()
    message = (
        "0/1 nodes are available: 1 Insufficient cpu. "
        "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
    )
    assert rig.recorder.events == [("pod-1", "Warning", "FailedScheduling", message)]
    ((verb, path, patch),) = rig.client.calls
    assert (verb, path) == ("patch", "default/pod-1/status")
    assert patch["status"]["conditions"] == [
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": message,
            "observedGeneration": 1,
            "lastTransitionTime": "2026-01-01T00:00:00Z",
            "lastProbeTime": None,
        }
    ]
    assert rig.count(Place.UNSCHEDULABLE) == 1


def test_without_any_node_it_waits_for_one() -> None:
    rig = Rig()
    rig.pods.added(pod())
    rig.run()
    assert rig.recorder.events[0][3] == "no nodes available to schedule pods"
    rig.clock.advance(60)
    assert rig.count(Place.UNSCHEDULABLE) == 1
    rig.nodes.added(node("n"))
    rig.run()
    assert rig.recorder.events[-1][3] == BOUND


def test_the_condition_is_written_only_when_it_changes() -> None:
    rig = Rig()
    rig.nodes.added(node("n", cpu="1"))
    rig.pods.added(pod(cpu="2"))
    rig.run()
    written = {**rig.client.calls[0][2]["status"]["conditions"][0]}
    rig.pods.updated(pod(cpu="2"), pod(cpu="2", status={"conditions": [written]}))
    rig.nodes.updated(node("n", cpu="1"), node("n", cpu="1500m"))
    rig.nodes.added(node("m", cpu="2", taints=[{"key": "k", "effect": "NoSchedule"}]))
    rig.run()
    assert len(rig.recorder.events) == 2
    second = rig.client.calls[1][2]["status"]["conditions"][0]
    assert "1 node(s) had untolerated taint(s)" in second["message"]
    assert "lastTransitionTime" not in second
    rig.pods.updated(pod(cpu="2"), pod(cpu="2", status={"conditions": [{**written, **second}]}))
    rig.nodes.updated(node("n", cpu="1500m"), node("n", cpu="2500m", unschedulable=True))
    rig.nodes.updated(node("n", cpu="2500m", unschedulable=True), node("n", cpu="2500m"))
    rig.run()
    assert rig.recorder.events[-1][3] == BOUND


@pytest.mark.parametrize("change", ["delete", "finish"])
def test_a_pod_that_goes_makes_room_for_one_that_waits(change: str) -> None:
    rig = Rig()
    rig.nodes.added(node("n", cpu="1"))
    old = pod("old", cpu="1", nodeName="n")
    rig.pods.added(old)
    rig.pods.added(pod(cpu="1"))
    rig.run()
    assert rig.count(Place.UNSCHEDULABLE) == 1
    if change == "delete":
        rig.pods.deleted(old)
    else:
        rig.pods.updated(old, {**old, "status": {"phase": "Succeeded"}})
    rig.run()
    assert rig.recorder.events[-1][3] == BOUND


def test_pods_of_other_schedulers_and_pods_with_a_node_are_left_alone() -> None:
    rig = Rig()
    rig.nodes.added(node("n"))
    rig.pods.added(pod("other", schedulerName="mine"))
    rig.pods.added(pod("bound", nodeName="n"))
    rig.run()
    assert rig.client.calls == []


def test_pods_on_their_way_out_are_skipped() -> None:
    rig = Rig()
    rig.nodes.added(node("n"))
    rig.pods.added(pod(meta={"deletionTimestamp": "2026-01-01T00:00:00Z"}))
    rig.run()
    assert rig.client.calls == []
    assert sum(rig.queue.counts().values()) == 0


def test_a_binding_that_fails_gives_the_room_back_and_is_tried_again() -> None:
    rig = Rig()
    rig.nodes.added(node("n"))
    rig.pods.added(pod(cpu="1"))
    rig.client.failure = Conflict("someone was faster")
    rig.run()
    assert rig.cache.get("uid-pod-1") is None
    assert rig.count(Place.ERROR_BACKOFF) == 1
    assert rig.recorder.events[0][3] == 'running Bind plugin "DefaultBinder": someone was faster'
    assert rig.client.calls[1][2]["status"]["conditions"][0]["reason"] == "SchedulerError"
    rig.client.failure = None
    rig.clock.advance(1)
    rig.run()
    assert rig.recorder.events[-1][3] == BOUND


def test_a_binding_whose_answer_was_lost_is_believed_when_the_api_shows_it() -> None:
    class Rude:
        """Lets the API show the pod on its node, then fails."""

        name = "Rude"

        def bind(self, state: CycleState, wanted: PodInfo, node_name: str) -> Status | None:
            rig.pods.updated(pod(), pod(nodeName=node_name))
            return error("connection reset")

    given = handle()
    rig = Rig()
    rude = Rude()
    entries = [Weighted(e.build(given), e.weight) for e in PLUGINS if e.build.__name__ != "DefaultBinder"]
    profile = Profile([*entries, Weighted(rude)])
    recorder = cast(EventRecorder, rig.recorder)
    failures = Failures(cast(Client, rig.client), recorder, given.writes, rig.clock)
    scheduler = Scheduler(profile, rig.nominator, rig.cache, rig.queue, given.writes, failures, recorder, rig.clock)
    rig.nodes.added(node("n"))
    rig.pods.added(pod())
    queued = rig.queue.pop(timeout=0)
    assert queued is not None
    scheduler.attempt(queued)
    assert rig.cache.get("uid-pod-1") is not None
    assert rig.recorder.events == []
    assert sum(rig.queue.counts().values()) == 0


class Waiting:
    """Answers later, when ``done`` is called."""

    name = "Waiting"

    def __init__(self) -> None:
        self.done: Callable[[Status | None], None] = lambda status: None
        self.houses = 0

    def pre_bind(
        self, state: CycleState, wanted: PodInfo, node_name: str, done: Callable[[Status | None], None]
    ) -> Status | None:
        self.done = done
        return WAIT

    def keep_house(self) -> None:
        self.houses += 1


def test_a_pod_is_bound_when_what_comes_before_is_done() -> None:
    plugin = Waiting()
    rig = Rig(plugin)
    rig.nodes.added(node("n"))
    rig.pods.added(pod())
    rig.run()
    assert rig.client.calls == []
    assert rig.cache.is_assumed("uid-pod-1")
    plugin.done(None)
    assert rig.paths == ["default/pod-1/binding"]
    assert rig.recorder.events == [("pod-1", "Normal", "Scheduled", BOUND)]


def test_a_pod_is_given_back_when_what_comes_before_fails() -> None:
    plugin = Waiting()
    rig = Rig(plugin)
    rig.nodes.added(node("n"))
    rig.pods.added(pod())
    rig.run()
    plugin.done(error("no volume"))
    assert rig.cache.get("uid-pod-1") is None
    assert rig.recorder.events == [
        ("pod-1", "Warning", "FailedScheduling", 'running PreBind plugin "Waiting": no volume')
    ]
    assert rig.count(Place.ERROR_BACKOFF) == 1


def test_plugins_keep_house_every_half_minute() -> None:
    plugin = Waiting()
    rig = Rig(plugin)
    rig.scheduler.keep_house()
    assert plugin.houses == 0
    rig.clock.advance(30)
    rig.scheduler.keep_house()
    assert plugin.houses == 1


class Reserving:
    name = "Reserving"

    def __init__(self, answer: Status | None) -> None:
        self.answer = answer
        self.log: list[str] = []

    def reserve(self, state: CycleState, wanted: PodInfo, node_name: str) -> Status | None:
        self.log.append(f"reserve {node_name}")
        return self.answer

    def unreserve(self, state: CycleState, wanted: PodInfo, node_name: str) -> None:
        self.log.append(f"unreserve {node_name}")


def test_what_was_reserved_is_given_back_when_the_binding_fails() -> None:
    plugin = Reserving(None)
    rig = Rig(plugin)
    rig.nodes.added(node("n"))
    rig.pods.added(pod())
    rig.client.failure = Conflict("no")
    rig.run()
    assert plugin.log == ["reserve n", "unreserve n"]


def test_a_plugin_that_cannot_reserve_rejects_the_pod() -> None:
    plugin = Reserving(unschedulable("no volume"))
    rig = Rig(plugin)
    rig.nodes.added(node("n"))
    rig.pods.added(pod())
    rig.run()
    assert plugin.log == ["reserve n", "unreserve n"]
    assert rig.cache.get("uid-pod-1") is None
    assert rig.count(Place.UNSCHEDULABLE) == 1
    assert rig.recorder.events[0][3] == "0/1 nodes are available: 1 no volume."


def test_a_plugin_with_a_bug_in_reserving_loses_no_pod() -> None:
    class Clumsy(Reserving):
        def reserve(self, state: CycleState, wanted: PodInfo, node_name: str) -> Status | None:
            super().reserve(state, wanted, node_name)
            raise RuntimeError("a bug")

    plugin = Clumsy(None)
    rig = Rig(plugin)
    rig.nodes.added(node("n"))
    rig.pods.added(pod())
    rig.run()
    assert plugin.log == ["reserve n", "unreserve n"]
    assert rig.cache.get("uid-pod-1") is None
    assert rig.count(Place.ERROR_BACKOFF) == 1


def test_a_bug_in_binding_loses_no_pod(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    rig.nodes.added(node("n"))
    rig.pods.added(pod())
    rig.client.failure, rig.client.failing = RuntimeError("a bug"), ("create",)
    rig.run()
    assert rig.cache.get("uid-pod-1") is None
    assert rig.count(Place.ERROR_BACKOFF) == 1
    assert "cannot bind pod default/pod-1" in caplog.text


class Broken:
    name = "Broken"

    def filter(self, state: CycleState, wanted: PodInfo, where: Any) -> Status | None:
        raise RuntimeError("a bug")


def test_a_plugin_with_a_bug_does_not_end_the_scheduler(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig(Broken())
    rig.nodes.added(node("n"))
    rig.pods.added(pod())
    rig.run()
    assert rig.count(Place.ERROR_BACKOFF) == 1
    assert rig.recorder.events[0][3] == "a bug"
    assert "cannot schedule pod default/pod-1" in caplog.text


def test_preemption_nominates_evicts_and_then_binds() -> None:
    rig = Rig()
    rig.nodes.added(node("n", cpu="1"))
    weak = pod("weak", cpu="1", nodeName="n")
    rig.pods.added(weak)
    rig.pods.added(pod(cpu="1", priority=10))
    rig.run()
    assert "default/weak" in rig.paths
    assert rig.nominator.node_of("uid-pod-1") == "n"
    status = rig.client.calls[-1][2]["status"]
    assert status["nominatedNodeName"] == "n"
    rig.pods.added(pod("thief", cpu="1"))
    rig.pods.deleted(weak)
    rig.run()
    assert BOUND in [message for _, _, _, message in rig.recorder.events]
    assert rig.nominator.node_of("uid-pod-1") == ""
    assert rig.cache.get("uid-thief") is None


def test_a_nomination_is_remembered_through_a_restart() -> None:
    rig = Rig()
    rig.pods.added(pod(status={"nominatedNodeName": "n"}))
    assert rig.nominator.node_of("uid-pod-1") == "n"
    rig.pods.deleted(pod())
    assert rig.nominator.node_of("uid-pod-1") == ""


def test_a_pod_bound_but_never_seen_makes_room_in_the_end(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    rig.nodes.added(node("n", cpu="1"))
    rig.pods.added(pod(cpu="1"))
    rig.run()
    rig.clock.advance(EXPIRY)
    rig.pods.added(pod("next", cpu="1"))
    rig.run()
    assert rig.count(Place.UNSCHEDULABLE) == 1
    rig.scheduler.keep_house()
    rig.run()
    assert rig.recorder.events[-1][3] == "Successfully assigned default/next to n"
    assert "has not been seen there" in caplog.text
