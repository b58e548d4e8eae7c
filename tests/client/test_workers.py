import logging
import threading

import pytest

from apimachinery.clock import FakeClock
from apimachinery.gvk import GroupResource
from apimachinery.status import Conflict, Forbidden
from client.errors import ClientClosed
from client.workers import Workers, work_off
from client.workqueue import WorkQueue

PODS = GroupResource("", "pods")


def test_success_forgets_and_failure_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock = FakeClock()
    queue = WorkQueue(clock)
    errors: list[Exception | None] = [Conflict.of(PODS, "a", "stale"), Forbidden("no"), ValueError("bug"), None]

    def sync(key: str) -> None:
        error = errors.pop(0)
        if error is not None:
            raise error

    queue.add("a")
    for failures in (1, 2, 3, 0):
        clock.advance(1)
        key = queue.get(0)
        assert key == "a"
        work_off("test", queue, sync, key)
        queue.done(key)
        assert queue.failures("a") == failures
    levels = [record.levelname for record in caplog.records]
    assert levels == ["INFO", "WARNING", "ERROR"]
    assert caplog.records[2].exc_info is not None


def test_a_closed_client_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    queue = WorkQueue(FakeClock())

    def sync(key: str) -> None:
        raise ClientClosed("closed")

    work_off("test", queue, sync, "a")
    assert queue.failures("a") == 0 and caplog.records == []


def test_workers_work_in_parallel_until_stopped() -> None:
    queue, stop = WorkQueue(), threading.Event()
    barrier = threading.Barrier(3, timeout=10)
    workers = Workers("test", queue, lambda key: barrier.wait(), 2)
    workers.start(stop)
    queue.add("a")
    queue.add("b")
    barrier.wait()
    stop.set()
    assert workers.join(5)
    assert queue.shutting_down
