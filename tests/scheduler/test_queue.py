from __future__ import annotations

import threading
from typing import Any

import pytest

from apimachinery.clock import FakeClock
from scheduler.events import Action, ClusterEvent, EventOfInterest, Resource
from scheduler.podinfo import PodInfo
from scheduler.queue import Place, QueuedPod, SchedulingQueue
from tests.scheduler.builders import info, node

ANY_NODE = EventOfInterest(Resource.NODE, Action.ADD | Action.NODE_LABEL)
GOLD_NODE = EventOfInterest(
    Resource.NODE, Action.ADD, lambda pod, event: bool(event.new["metadata"]["labels"].get("gold"))
)
OWN_TOLERATIONS = EventOfInterest(Resource.TARGET_POD, Action.POD_TOLERATION)
INTERESTS = {"Any": (ANY_NODE,), "Gold": (GOLD_NODE,), "Own": (OWN_TOLERATIONS,)}

NODE_ADDED = ClusterEvent(Resource.NODE, Action.ADD, None, node())
GOLD_ADDED = ClusterEvent(Resource.NODE, Action.ADD, None, node(labels={"gold": "yes"}))
POD_GONE = ClusterEvent(Resource.ASSIGNED_POD, Action.DELETE, info("other"))


class Bench:
    """A queue, its clock, and short names for what tests do to it."""

    def __init__(self, **options: Any) -> None:
        self.clock = FakeClock()
        self.queue = SchedulingQueue(self.clock, INTERESTS, **options)

    def pop(self) -> QueuedPod:
        found = self.queue.pop(timeout=0)
        assert found is not None
        return found

    def popped(self) -> list[str]:
        """Everything that comes out now, by name, in order."""
        names = []
        while (found := self.queue.pop(timeout=0)) is not None:
            names.append(found.pod.name)
        return names

    def fail(self, *plugins: str, pod: PodInfo | None = None, attempts: int = 1) -> QueuedPod:
        """A pod whose attempts have been in vain."""
        self.queue.add(pod or info())
        for _ in range(attempts - 1):
            self.queue.give_back(self.pop(), ())
            self.clock.advance(60)
        found = self.pop()
        self.queue.give_back(found, plugins)
        return found


def test_priority_goes_first_then_who_came_first() -> None:
    bench = Bench()
    for name, priority in (("a", 0), ("b", 0), ("vip", 10), ("c", 0)):
        bench.clock.advance(1)
        bench.queue.add(info(name, priority=priority))
    assert bench.popped() == ["vip", "a", "b", "c"]


def test_a_rejected_pod_waits_for_a_change_that_helps() -> None:
    bench = Bench()
    found = bench.fail("Any")
    bench.clock.advance(60)
    assert bench.popped() == []
    bench.queue.move(POD_GONE)
    assert bench.popped() == []
    bench.queue.move(NODE_ADDED)
    assert bench.pop() is found


def test_hints_say_which_changes_help() -> None:
    bench = Bench()
    bench.fail("Gold")
    bench.clock.advance(60)
    bench.queue.move(NODE_ADDED)
    assert bench.popped() == []
    bench.queue.move(GOLD_ADDED)
    assert bench.popped() == ["pod-1"]


def test_a_hint_that_fails_counts_as_a_yes(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.fail("Gold")
    bench.queue.move(ClusterEvent(Resource.NODE, Action.ADD, None, {}))
    assert bench.popped() == ["pod-1"]
    assert "a queueing hint failed" in caplog.text


def test_any_of_the_plugins_that_rejected_it_may_bring_it_back() -> None:
    bench = Bench()
    bench.fail("Gold", "Any")
    bench.queue.move(NODE_ADDED)
    assert bench.popped() == ["pod-1"]


def test_a_change_during_the_attempt_is_not_missed() -> None:
    bench = Bench()
    bench.queue.add(info())
    found = bench.pop()
    bench.queue.move(NODE_ADDED)
    bench.queue.give_back(found, ("Any",))
    assert bench.queue.counts()[Place.BACKOFF] == 1


def test_a_change_before_the_attempt_is_old_news() -> None:
    bench = Bench()
    bench.queue.add(info("first"))
    first = bench.pop()
    bench.queue.move(NODE_ADDED)
    bench.queue.add(info("second"))
    second = bench.pop()
    bench.queue.give_back(second, ("Any",))
    bench.queue.give_back(first, ("Gold",))
    counts = bench.queue.counts()
    assert (counts[Place.UNSCHEDULABLE], counts[Place.BACKOFF]) == (2, 0)


@pytest.mark.parametrize(("attempts", "delay"), [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 10.0), (9, 10.0)])
def test_after_an_error_the_delay_grows_up_to_ten_seconds(attempts: int, delay: float) -> None:
    bench = Bench()
    bench.fail(attempts=attempts)
    bench.clock.advance(delay - 0.01)
    assert bench.popped() == []
    bench.clock.advance(0.01)
    assert bench.popped() == ["pod-1"]


def test_pods_in_their_delay_come_after_all_others_but_do_not_wait_for_nothing() -> None:
    """KEP-5142: an idle scheduler takes from the back-off queue."""
    bench = Bench()
    bench.fail("Any")
    bench.queue.move(NODE_ADDED)
    bench.queue.add(info("fresh"))
    assert bench.queue.counts()[Place.BACKOFF] == 1
    assert bench.popped() == ["fresh", "pod-1"]


def test_a_delay_that_is_over_counts_no_more() -> None:
    bench = Bench()
    bench.fail("Any")
    bench.clock.advance(1)
    bench.queue.move(NODE_ADDED)
    assert bench.queue.counts()[Place.ACTIVE] == 1


def test_after_five_minutes_it_is_tried_without_a_reason() -> None:
    bench = Bench()
    bench.fail("Any")
    bench.clock.advance(299)
    bench.queue.flush()
    assert bench.popped() == []
    bench.clock.advance(1)
    bench.queue.flush()
    assert bench.popped() == ["pod-1"]


def test_an_update_of_the_pod_helps_if_its_plugins_say_so() -> None:
    bench = Bench()
    bench.fail("Own")
    bench.queue.add(info(labels={"new": "label"}))
    assert bench.popped() == []
    bench.queue.add(info(labels={"new": "label"}, tolerations=[{"operator": "Exists"}]))
    found = bench.pop()
    assert found.pod.tolerations == ({"operator": "Exists"},)


def test_an_update_of_one_pod_does_not_move_another() -> None:
    bench = Bench()
    bench.fail("Own", pod=info("a"))
    bench.fail("Own", pod=info("b"))
    bench.queue.add(info("a", tolerations=[{"operator": "Exists"}]))
    assert bench.popped() == ["a"]


def test_a_gated_pod_stays_out_until_it_is_updated() -> None:
    bench = Bench(pre_enqueue=lambda pod: "Gates" if pod.spec.get("schedulingGates") else "")
    bench.queue.add(info(schedulingGates=[{"name": "a"}]))
    bench.queue.move(NODE_ADDED)
    bench.clock.advance(1000)
    bench.queue.flush()
    assert bench.popped() == []
    assert bench.queue.counts()[Place.GATED] == 1
    bench.queue.add(info())
    assert bench.popped() == ["pod-1"]


@pytest.mark.parametrize("place", [Place.ACTIVE, Place.UNSCHEDULABLE, Place.ERROR_BACKOFF])
def test_a_deleted_pod_does_not_come_back(place: Place) -> None:
    bench = Bench()
    if place is Place.ACTIVE:
        bench.queue.add(info())
    else:
        bench.fail(*(("Any",) if place is Place.UNSCHEDULABLE else ()))
    assert bench.queue.counts()[place] == 1
    bench.queue.delete("uid-pod-1")
    bench.queue.move(NODE_ADDED)
    bench.clock.advance(1000)
    assert bench.popped() == []


def test_a_pod_deleted_during_its_attempt_is_not_taken_back() -> None:
    bench = Bench()
    bench.queue.add(info())
    found = bench.pop()
    bench.queue.delete(found.pod.uid)
    assert bench.queue.give_back(found, ("Any",)) is False
    assert sum(bench.queue.counts().values()) == 0


def test_an_update_during_the_attempt_is_kept() -> None:
    bench = Bench()
    bench.queue.add(info())
    found = bench.pop()
    bench.queue.add(info(tolerations=[{"operator": "Exists"}]))
    assert bench.queue.give_back(found, ("Own",))
    assert bench.queue.counts()[Place.BACKOFF] == 1
    assert bench.pop().pod.tolerations


def test_the_pod_whose_binding_failed_is_not_moved_by_its_own_failure() -> None:
    bench = Bench()
    bench.fail("Any", pod=info("a"))
    bench.fail("Any", pod=info("b"))
    bench.queue.move(NODE_ADDED, except_for="uid-a")
    assert bench.popped() == ["b"]


def test_closing_wakes_whoever_waits() -> None:
    bench = Bench()
    results: list[QueuedPod | None] = []
    waiter = threading.Thread(target=lambda: results.append(bench.queue.pop()))
    waiter.start()
    bench.queue.close()
    waiter.join(5)
    assert results == [None]
    bench.queue.add(info())
    assert bench.queue.pop(timeout=0) is None
