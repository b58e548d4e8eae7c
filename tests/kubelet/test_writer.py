from __future__ import annotations

import copy
from typing import Any, cast

import pytest

from apimachinery.clock import FakeClock
from apimachinery.objects import Object
from apimachinery.status import Forbidden, Invalid
from client.api import Client
from client.errors import TransportError
from client.workers import work_off
from kubelet.writer import StatusWriter
from tests.kubelet.builders import pod
from tests.kubelet.fakes import FakeClient

_RUNNING: Object = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
_FAILED: Object = {"phase": "Failed", "conditions": [{"type": "Ready", "status": "False"}]}


class Desk:
    """A writer over a fake API holding one pod."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.api = FakeClient()
        self.api.put("pods", pod())
        self.writer = StatusWriter(lambda node: cast(Client, self.api), self.clock)

    @property
    def pod(self) -> Object:
        return copy.deepcopy(self.api.stored("pods", "web"))

    def submit(self, status: Object | None, *, delete: bool = False) -> None:
        self.writer.submit(self.pod, status, delete=delete)

    def work(self) -> None:
        """Everything that is due now."""
        queue = self.writer.queue
        while (uid := queue.get(0)) is not None:
            work_off("test", queue, self.writer.sync, uid)
            queue.done(uid)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_status_is_one_patch_with_the_uid(desk: Desk) -> None:
    desk.submit(_RUNNING)
    desk.work()
    assert desk.pod["status"]["phase"] == "Running"
    assert [call[0] for call in desk.api.calls] == ["patch"]
    assert desk.api.patches[0]["metadata"] == {"uid": "uid-1"}


def test_an_equal_status_is_not_written(desk: Desk) -> None:
    desk.submit(_RUNNING)
    desk.work()
    desk.submit(copy.deepcopy(_RUNNING))
    desk.work()
    assert desk.api.count("patch", "pods") == 1


def test_the_newest_of_several_statuses_wins(desk: Desk) -> None:
    desk.submit({"phase": "Pending", "reason": "x"})
    desk.submit(_RUNNING)
    desk.work()
    assert desk.pod["status"]["phase"] == "Running"
    assert desk.api.count("patch", "pods") == 1


def test_a_status_that_came_during_the_write_is_written_next(desk: Desk) -> None:
    desk.submit(_RUNNING)

    def meanwhile(verb: str, resource: str) -> None:
        desk.api.fail = lambda verb, resource: None
        desk.submit(_FAILED)

    desk.api.fail = meanwhile
    desk.work()
    assert desk.pod["status"]["phase"] == "Failed"


def test_what_others_wrote_into_our_part_is_mended(desk: Desk) -> None:
    desk.submit(_RUNNING)
    desk.work()
    changed = desk.pod
    changed["status"]["phase"] = "Pending"
    desk.api.put("pods", changed)
    desk.submit(_RUNNING)
    desk.work()
    assert desk.pod["status"]["phase"] == "Running"


def test_an_older_version_of_the_pod_does_not_hide_what_was_written(desk: Desk) -> None:
    old = desk.pod
    desk.submit(_RUNNING)
    desk.work()
    desk.writer.submit(old, _RUNNING, delete=False)
    desk.work()
    assert desk.api.count("patch", "pods") == 1


def test_a_deleted_pod_goes_after_its_final_status_is_stored(desk: Desk) -> None:
    desk.submit(_FAILED, delete=True)
    desk.work()
    assert [call[0] for call in desk.api.calls] == ["patch", "delete"]
    assert desk.api.objects == {}


def test_a_pod_that_had_ended_goes_without_a_write(desk: Desk) -> None:
    desk.api.put("pods", pod(status=_FAILED))
    desk.submit(None, delete=True)
    desk.work()
    assert [call[0] for call in desk.api.calls] == ["delete"]


def test_a_pod_is_deleted_once(desk: Desk) -> None:
    desk.api.put("pods", pod(status=_FAILED))
    kept = desk.pod
    desk.writer.submit(kept, None, delete=True)
    desk.work()
    desk.writer.submit(kept, None, delete=True)
    desk.work()
    assert desk.api.count("delete", "pods") == 1


def test_a_pod_that_is_gone_is_forgotten(desk: Desk) -> None:
    gone = desk.pod
    desk.api.objects.clear()
    desk.writer.submit(gone, _RUNNING, delete=False)
    desk.work()
    desk.clock.advance(1000)
    desk.work()
    assert desk.api.count("patch", "pods") == 1


def test_another_pod_of_the_same_name_is_not_touched(desk: Desk) -> None:
    old = desk.pod
    desk.api.put("pods", pod(uid="uid-2"))
    desk.writer.submit(old, _FAILED, delete=True)
    desk.work()
    assert desk.pod["status"]["phase"] == "Pending"
    desk.writer.forget("uid-1")
    desk.clock.advance(1000)
    desk.work()
    assert desk.api.count("patch", "pods") == 1


@pytest.mark.parametrize("error", [TransportError("refused"), Forbidden("no")])
def test_a_failed_write_is_tried_again_later(desk: Desk, error: Exception) -> None:
    def refuse(verb: str, resource: str) -> None:
        raise error

    desk.api.fail = refuse
    desk.submit(_RUNNING)
    desk.work()
    desk.work()
    assert desk.api.count("patch", "pods") == 1
    desk.api.fail = lambda verb, resource: None
    desk.clock.advance(10)
    desk.work()
    assert desk.pod["status"]["phase"] == "Running"


def test_a_refused_status_waits_for_the_next_one(desk: Desk) -> None:
    def refuse(*_: Any) -> None:
        raise Invalid("status is invalid")

    desk.api.fail = refuse
    desk.submit(_RUNNING)
    desk.work()
    desk.clock.advance(1000)
    desk.work()
    assert desk.api.count("patch", "pods") == 1
    desk.api.fail = lambda verb, resource: None
    desk.submit(_FAILED)
    desk.work()
    assert desk.pod["status"]["phase"] == "Failed"
