from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from apimachinery.clock import FakeClock
from client.recorder import EventRecorder
from kubelet.events import QUEUE, PacedEvents
from kubelet.pods.steps import PodEvent
from tests.kubelet.builders import pod


class _Recorder:
    def __init__(self, node: str) -> None:
        self.node = node
        self.recorded: list[tuple[dict[str, Any], str, str, str]] = []
        self.arrived = threading.Event()

    def event(self, about: dict[str, Any], type: str, reason: str, message: str) -> None:
        self.recorded.append((about, type, reason, message))
        self.arrived.set()

    def close(self, timeout: float) -> None:
        pass


class Desk:
    def __init__(self) -> None:
        self.recorders: dict[str, _Recorder] = {}
        self.events = PacedEvents(self._make, FakeClock(), rate=100.0, burst=100)

    def _make(self, node: str) -> EventRecorder:
        return cast(EventRecorder, self.recorders.setdefault(node, _Recorder(node)))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_event_names_its_container_and_comes_from_the_pods_node(desk: Desk) -> None:
    desk.events.pod_event(pod(), PodEvent("Normal", "Started", "Container started", "spec.containers{main}"))
    thread = threading.Thread(target=desk.events.run)
    thread.start()
    for _ in range(100):
        if desk.recorders and desk.recorders["node-1"].arrived.wait(0.05):
            break
    desk.events.close()
    thread.join(1)
    assert not thread.is_alive()
    ((about, type, reason, message),) = desk.recorders["node-1"].recorded
    assert about == {
        "kind": "Pod",
        "apiVersion": "v1",
        "namespace": "default",
        "name": "web",
        "uid": "uid-1",
        "resourceVersion": "1",
        "fieldPath": "spec.containers{main}",
    }
    assert (type, reason, message) == ("Normal", "Started", "Container started")


def test_each_node_has_one_recorder(desk: Desk) -> None:
    for name in ("a", "b", "a"):
        desk.events.record((name, {"kind": "Node", "name": name}, PodEvent("Normal", "Starting", "")))
    assert {name: len(recorder.recorded) for name, recorder in desk.recorders.items()} == {"a": 2, "b": 1}


def test_a_flood_drops_ordinary_events_before_warnings(desk: Desk) -> None:
    for _ in range(QUEUE + 10):
        desk.events.node_event({"metadata": {"name": "n"}}, "Starting", "Starting kubelet.")
    assert desk.events.dropped == 10
    desk.events.pod_event(pod(), PodEvent("Warning", "BackOff", "Back-off"))
    assert desk.events.dropped == 10
