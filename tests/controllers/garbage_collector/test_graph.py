from __future__ import annotations

from typing import Any

from client.resources import DEPLOYMENTS, PODS, REPLICASETS
from controllers.garbage_collector.graph import Graph, Identity, Work

OWNER = Identity(REPLICASETS, "ns", "web", "owner")


def _pod(uid: str) -> Identity:
    return Identity(PODS, "ns", f"pod-{uid}", uid)


def _ref(owner: Identity, *, blocks: bool = False) -> tuple[dict[str, Any], Identity]:
    return {"uid": owner.uid, "name": owner.name, "blockOwnerDeletion": blocks}, owner


def _observe(graph: Graph, identity: Identity, *owners: Any, **metadata: Any) -> Work:
    return graph.observe(identity, metadata, owners)


def test_an_owner_that_is_there_gives_nothing_to_do() -> None:
    graph = Graph()
    assert _observe(graph, OWNER) == Work(set(), set())
    assert _observe(graph, _pod("a"), _ref(OWNER)) == Work(set(), set())


def test_an_owner_nobody_has_seen_is_looked_at() -> None:
    graph = Graph()
    assert _observe(graph, _pod("a"), _ref(OWNER)).delete == {"owner"}
    node = graph.get("owner")
    assert node is not None
    assert node.virtual
    _observe(graph, OWNER)
    assert not node.virtual


def test_the_dependents_of_an_owner_that_is_gone_are_looked_at() -> None:
    graph = Graph()
    _observe(graph, OWNER)
    _observe(graph, _pod("a"), _ref(OWNER))
    _observe(graph, _pod("b"), _ref(OWNER))
    assert graph.remove("owner").delete == {"a", "b"}
    assert graph.remove("owner") == Work(set(), set())


def test_a_foreground_deletion_looks_at_the_owner_and_all_its_dependents_once() -> None:
    graph = Graph()
    _observe(graph, OWNER)
    _observe(graph, _pod("a"), _ref(OWNER, blocks=True))
    deleting = {"deletionTimestamp": "now", "finalizers": ["foregroundDeletion"]}
    assert _observe(graph, OWNER, **deleting).delete == {"owner", "a"}
    assert _observe(graph, OWNER, **deleting).delete == set()


def test_a_waiting_owner_is_looked_at_when_a_dependent_goes_leaves_or_no_longer_blocks() -> None:
    for change in ("goes", "leaves", "unblocks"):
        graph = Graph()
        _observe(graph, OWNER)
        _observe(graph, _pod("a"), _ref(OWNER, blocks=True))
        _observe(graph, OWNER, deletionTimestamp="now", finalizers=["foregroundDeletion"])
        if change == "goes":
            work = graph.remove("a")
        elif change == "leaves":
            work = _observe(graph, _pod("a"))
        else:
            work = _observe(graph, _pod("a"), _ref(OWNER))
        assert work.delete == {"owner"}, change


def test_an_orphaning_deletion_is_told_once() -> None:
    graph = Graph()
    _observe(graph, OWNER)
    deleting = {"deletionTimestamp": "now", "finalizers": ["orphan"]}
    assert _observe(graph, OWNER, **deleting).orphan == {"owner"}
    assert _observe(graph, OWNER, **deleting).orphan == set()


def test_a_reference_to_the_wrong_place_makes_the_dependent_suspect() -> None:
    graph = Graph()
    _observe(graph, OWNER)
    elsewhere = Identity(REPLICASETS, "other", "web", "owner")
    assert _observe(graph, _pod("a"), _ref(elsewhere)).delete == {"a"}


def test_a_virtual_owner_without_dependents_is_forgotten() -> None:
    graph = Graph()
    _observe(graph, _pod("a"), _ref(OWNER))
    graph.remove("a")
    assert graph.get("owner") is None
    assert len(graph) == 0


def test_objects_of_a_resource_that_is_gone_become_unknown() -> None:
    graph = Graph()
    deployment = Identity(DEPLOYMENTS, "ns", "d", "d")
    _observe(graph, deployment)
    graph.forget(DEPLOYMENTS)
    node = graph.get("d")
    assert node is not None
    assert node.virtual
