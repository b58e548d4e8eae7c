from __future__ import annotations

import math

from kubelet.timers import Timers


def test_keys_come_when_due_earliest_first() -> None:
    timers = Timers()
    for key, at in (("c", 3.0), ("a", 1.0), ("b", 2.0)):
        timers.set(key, at)
    assert timers.due(2.0) == ["a", "b"]
    assert timers.due(2.0) == []
    assert timers.next_at() == 3.0


def test_a_new_moment_replaces_the_old_one() -> None:
    timers = Timers()
    timers.set("a", 1.0)
    timers.set("a", 5.0)
    assert timers.due(4.0) == []
    assert timers.next_at() == 5.0
    timers.set("a", 2.0)
    assert timers.due(4.0) == ["a"]
    assert len(timers) == 0


def test_infinity_and_cancel_take_a_wish_back() -> None:
    timers = Timers()
    timers.set("a", 1.0)
    timers.set("b", 1.0)
    timers.set("a", math.inf)
    timers.cancel("b")
    assert timers.due(9.0) == []
    assert timers.next_at() == math.inf


def test_the_same_moment_twice_counts_once() -> None:
    timers = Timers()
    timers.set("a", 1.0)
    timers.set("a", 1.0)
    assert timers.due(1.0) == ["a"]


def test_replaced_moments_do_not_pile_up() -> None:
    timers = Timers()
    timers.set("other", 5.0)
    for number in range(10_000):
        timers.set("a", 1e6 + number)
    assert len(timers._heap) < 100
    assert timers.due(5.0) == ["other"]
    assert timers.due(2e6) == ["a"]
