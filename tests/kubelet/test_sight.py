"""What a watch of one node's pods tells the engine."""

from __future__ import annotations

from typing import Any

from kubelet.sight import _Node, _Pods


class Told:
    def __init__(self) -> None:
        self.changes: list[tuple[str, str]] = []
        self.nodes: list[str] = []

    def pod_changed(self, pod: dict[str, Any]) -> None:
        self.changes.append(("changed", pod["metadata"]["uid"]))

    def pod_removed(self, uid: str) -> None:
        self.changes.append(("removed", uid))

    def node_seen(self, node: dict[str, Any]) -> None:
        self.nodes.append(node["metadata"]["name"])


def pod(name: str, uid: str, version: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "default", "uid": uid, "resourceVersion": version}, "spec": {}}


def test_a_new_state_tells_what_has_changed_and_what_is_gone() -> None:
    told = Told()
    pods = _Pods(told)
    pods.replace([pod("a", "1", "1"), pod("b", "2", "1")], "1")
    assert told.changes == [("changed", "1"), ("changed", "2")]
    told.changes.clear()
    pods.replace([pod("b", "2", "1"), pod("c", "3", "2")], "2")
    assert told.changes == [("changed", "3"), ("removed", "1")]
    assert [each["metadata"]["uid"] for each in pods.known()] == ["2", "3"]


def test_a_pod_made_again_under_its_name_is_another() -> None:
    told = Told()
    pods = _Pods(told)
    pods.event("ADDED", pod("a", "1", "1"))
    pods.event("ADDED", pod("a", "2", "3"))
    assert told.changes == [("changed", "1"), ("removed", "1"), ("changed", "2")]


def test_events_are_told_and_what_is_deleted_is_forgotten() -> None:
    told = Told()
    pods = _Pods(told)
    pods.event("ADDED", pod("a", "1", "1"))
    pods.event("MODIFIED", pod("a", "1", "2"))
    pods.event("MODIFIED", pod("a", "1", "2"))
    pods.event("DELETED", pod("a", "1", "3"))
    assert told.changes == [("changed", "1"), ("changed", "1"), ("removed", "1")]
    assert pods.known() == []


def test_a_node_is_seen_whenever_it_is_there() -> None:
    told = Told()
    node = _Node(told.node_seen)
    one = {"metadata": {"name": "one"}}
    node.replace([one], "1")
    node.event("MODIFIED", one)
    node.event("DELETED", one)
    assert told.nodes == ["one", "one"]
