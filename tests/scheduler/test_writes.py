from __future__ import annotations

import threading

import pytest

from scheduler.writes import Writes


def test_writes_under_one_key_keep_their_order() -> None:
    writes, done, order = Writes(4), threading.Event(), list[int]()
    for number in range(100):
        writes.submit("pod", lambda number=number: order.append(number))  # type: ignore[misc]
    writes.submit("pod", done.set)
    assert done.wait(5)
    writes.stop()
    assert writes.join(5)
    assert order == list(range(100))


def test_writes_under_different_keys_run_beside_each_other() -> None:
    writes, meeting = Writes(2), threading.Barrier(2, timeout=5)
    met = threading.Semaphore(0)

    def meet() -> None:
        meeting.wait()
        met.release()

    writes.submit("a", meet)
    writes.submit("b", meet)
    assert met.acquire(timeout=5)
    assert met.acquire(timeout=5)
    writes.stop()
    assert writes.join(5)


def test_a_write_that_fails_does_not_end_its_thread(caplog: pytest.LogCaptureFixture) -> None:
    writes, done = Writes(1), threading.Event()
    writes.submit("a", lambda: 1 / 0)
    writes.submit("a", done.set)
    assert done.wait(5)
    assert "failed unexpectedly" in caplog.text
    writes.stop()
    assert writes.join(5)


def test_after_the_stop_nothing_begins() -> None:
    writes, begun, go = Writes(1), threading.Event(), threading.Event()
    ran: list[str] = []

    def first() -> None:
        begun.set()
        go.wait(5)
        ran.append("first")

    writes.submit("a", first)
    writes.submit("b", lambda: ran.append("second"))
    assert begun.wait(5)
    writes.stop()
    go.set()
    assert writes.join(5)
    writes.submit("c", lambda: ran.append("third"))
    assert ran == ["first"]
