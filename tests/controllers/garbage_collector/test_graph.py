"""Who is looked at after which change: the cases of upstream's garbagecollector_test.go and graph_builder_test.go."""

from __future__ import annotations

from typing import Any

import pytest

from controllers.garbage_collector.graph import FOREGROUND, ORPHAN, Graph, Identity, Work

Object = dict[str, Any]


def identity(name: str, kind: str = "ReplicaSet", namespace: str = "ns", uid: str = "") -> Identity:
    return Identity("apps/v1", kind, namespace, name, uid or name)


def reference(owner: Identity, **more: Any) -> Object:
    return {"apiVersion": owner.api_version, "kind": owner.kind, "name": owner.name, "uid": owner.uid, **more}


def owned_by(*owners: Identity, **more: Any) -> Object:
    return {"ownerReferences": [reference(owner, **more) for owner in owners]}


def deleted(*finalizers: str, **metadata: Any) -> Object:
    return {"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": list(finalizers), **metadata}


OWNER, OTHER = identity("owner"), identity("other")
A, B = identity("a", "Pod"), identity("b", "Pod")


def names(entries: dict[str, None]) -> set[str]:
    return set(entries)


def family() -> Graph:
    """An owner with two dependents."""
    graph = Graph()
    graph.observe(OWNER, {})
    graph.observe(A, owned_by(OWNER))
    graph.observe(B, owned_by(OWNER))
    return graph


def test_a_dependent_of_a_known_owner_is_nobodys_business() -> None:
    graph = Graph()
    graph.observe(OWNER, {})
    assert graph.observe(A, owned_by(OWNER)) == Work()
    view = graph.view(OWNER.uid)
    assert view is not None
    assert view.dependents == (A,)


def test_an_owner_that_nobody_has_seen_is_verified() -> None:
    graph = Graph()
    assert names(graph.observe(A, owned_by(OWNER)).verify) == {OWNER.uid}
    view = graph.view(OWNER.uid)
    assert view is not None
    assert view.virtual
    assert graph.observe(B, owned_by(OWNER)) == Work(), "one look is enough"
    assert graph.observe(OWNER, {}) == Work()
    view = graph.view(OWNER.uid)
    assert view is not None
    assert not view.virtual


def test_dependents_are_looked_at_when_their_owner_is_gone() -> None:
    graph = family()
    assert names(graph.remove(OWNER).delete) == {A.uid, B.uid}
    assert OWNER in graph.absent
    assert graph.view(OWNER.uid) is None


def test_an_object_that_nobody_knew_leaves_no_trace() -> None:
    graph = Graph()
    assert graph.remove(OWNER) == Work()
    assert len(graph) == 0


def test_a_virtual_owner_that_does_not_exist_takes_its_dependents_with_it() -> None:
    graph = Graph()
    graph.observe(A, owned_by(OWNER))
    assert names(graph.remove_verified(OWNER).delete) == {A.uid}
    assert OWNER in graph.absent


def test_an_owner_that_begins_to_wait_is_looked_at_with_its_dependents_once() -> None:
    graph = family()
    waiting = deleted(FOREGROUND)
    assert names(graph.observe(OWNER, waiting, {}).delete) == {OWNER.uid, A.uid, B.uid}
    view = graph.view(OWNER.uid)
    assert view is not None
    assert view.deleting_dependents
    assert graph.observe(OWNER, {**waiting, "labels": {}}, waiting) == Work()


def test_an_owner_that_waits_already_when_first_seen_is_looked_at() -> None:
    assert names(Graph().observe(OWNER, deleted(FOREGROUND)).delete) == {OWNER.uid}


def test_an_owner_that_lets_its_dependents_go_is_looked_at_once() -> None:
    graph = family()
    assert names(graph.observe(OWNER, deleted(ORPHAN), {}).orphan) == {OWNER.uid}
    assert graph.observe(OWNER, deleted(ORPHAN, labels={}), deleted(ORPHAN)) == Work()


def test_a_waiting_owner_is_looked_at_when_a_dependent_is_gone_or_no_longer_blocks_it() -> None:
    graph = Graph()
    graph.observe(OWNER, {})
    blocking = owned_by(OWNER, blockOwnerDeletion=True)
    for dependent in (A, B):
        graph.observe(dependent, blocking)
    graph.observe(OWNER, deleted(FOREGROUND), {})
    view = graph.view(OWNER.uid)
    assert view is not None
    assert view.blocking == ((A, False), (B, False))
    assert names(graph.remove(A).delete) == {OWNER.uid}
    assert names(graph.observe(B, owned_by(OWNER, blockOwnerDeletion=False), blocking).delete) == {OWNER.uid}
    view = graph.view(OWNER.uid)
    assert view is not None
    assert view.blocking == ()


def test_a_dependent_that_drops_its_owner_is_no_longer_its_dependent() -> None:
    graph = family()
    graph.observe(A, {}, owned_by(OWNER))
    assert names(graph.remove(OWNER).delete) == {B.uid}


def test_a_dependent_that_takes_another_owner_belongs_to_both() -> None:
    graph = family()
    graph.observe(OTHER, {})
    graph.observe(A, owned_by(OWNER, OTHER), owned_by(OWNER))
    assert names(graph.remove(OTHER).delete) == {A.uid}


def test_a_dependent_that_waits_for_its_own_is_told_apart() -> None:
    graph = family()
    graph.observe(A, {**owned_by(OWNER), **deleted(FOREGROUND)}, owned_by(OWNER))
    view = graph.view(OWNER.uid)
    assert view is not None
    assert view.dependents_wait


# References that say something wrong


def test_an_owner_in_another_namespace_is_complained_about_and_the_dependent_looked_at() -> None:
    graph = Graph()
    graph.observe(OWNER, {})
    stray = identity("stray", "Pod", namespace="elsewhere")
    work = graph.observe(stray, owned_by(OWNER))
    assert names(work.delete) == {stray.uid}
    assert [(str(one.dependent.name), one.owner.namespace) for one in work.invalid] == [("stray", "elsewhere")]
    assert str(work.invalid[0].owner) == "[apps/v1/ReplicaSet, namespace: elsewhere, name: owner, uid: owner]"


def test_the_same_when_the_owner_is_seen_only_later() -> None:
    graph = Graph()
    stray = identity("stray", "Pod", namespace="elsewhere")
    graph.observe(stray, owned_by(OWNER))
    graph.observe(A, owned_by(OWNER))
    work = graph.observe(OWNER, {})
    assert names(work.delete) == {stray.uid}
    assert len(work.invalid) == 1


@pytest.mark.parametrize("field", ["apiVersion", "kind", "name"])
def test_a_reference_that_names_the_uid_of_something_else_is_doubted(field: str) -> None:
    graph = Graph()
    graph.observe(OWNER, {})
    wrong = {"ownerReferences": [{**reference(OWNER), field: "wrong"}]}
    work = graph.observe(A, wrong)
    assert names(work.delete) == {A.uid}
    assert work.invalid == []


def test_a_cluster_scoped_owner_may_own_in_every_namespace() -> None:
    node = identity("n1", "Node", namespace="")
    graph = Graph()
    graph.observe(node, {})
    assert graph.observe(A, owned_by(node)) == Work()
    assert graph.observe(identity("c", "ClusterRole", namespace=""), owned_by(node)) == Work()


def test_an_absent_owner_in_one_namespace_does_not_condemn_dependents_in_another() -> None:
    graph = Graph()
    here, there = identity("here", "Pod"), identity("there", "Pod", namespace="elsewhere")
    graph.observe(there, owned_by(OWNER))
    graph.observe(here, owned_by(OWNER))
    wrong = OWNER._replace(namespace="elsewhere")
    work = graph.remove_verified(wrong)
    assert names(work.delete) == {there.uid}
    assert names(work.later) == {OWNER.uid}, "it is looked for where the other dependent says"
    assert wrong in graph.absent
    assert OWNER not in graph.absent
    view = graph.view(OWNER.uid)
    assert view is not None
    assert view.identity == OWNER


def test_a_wrong_reference_to_a_living_owner_condemns_only_the_one_who_made_it() -> None:
    graph = family()
    wrong = OWNER._replace(name="wrong")
    graph.observe(identity("c", "Pod"), {"ownerReferences": [reference(wrong)]})
    work = graph.remove_verified(wrong)
    assert names(work.delete) == {"c"}
    assert graph.view(OWNER.uid) is not None


def test_alternatives_are_tried_one_after_the_other_and_then_from_the_start() -> None:
    graph = Graph()
    kinds = ["Deployment", "Job", "StatefulSet"]
    for kind in kinds:
        graph.observe(identity(f"of-{kind}", "Pod"), owned_by(identity("x", kind, uid="u")))
    seen = []
    for _ in range(4):
        view = graph.view("u")
        assert view is not None
        seen.append(view.identity.kind)
        graph.remove_verified(view.identity)
    assert seen == ["Deployment", "Job", "StatefulSet", "Deployment"]


def test_only_the_newest_absences_are_remembered() -> None:
    graph = Graph()
    for number in range(501):
        graph.absent.add(identity(f"o{number}"))
    assert identity("o0") not in graph.absent
    assert identity("o500") in graph.absent
