"""Who owns whom, as the informers tell it. Thread-safe; decides nothing, but says whom a change concerns.

An owner that dependents name and nobody has seen yet is *virtual*: whoever looks at it has to ask the API.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from apimachinery.gvk import GroupVersionResource
from apimachinery.objects import Object

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


class Identity(NamedTuple):
    """Where an object is found; ``uid`` tells it from another of the same name."""

    gvr: GroupVersionResource
    namespace: str
    name: str
    uid: str


@dataclass(slots=True, eq=False)
class Node:
    identity: Identity
    owners: list[Object] = field(default_factory=list)
    dependents: dict[str, Node] = field(default_factory=dict)
    virtual: bool = False
    being_deleted: bool = False
    waits_for_dependents: bool = False
    """Deleted in the foreground: it goes when the dependents that block it are gone."""
    orphans_dependents: bool = False

    @property
    def uid(self) -> str:
        return self.identity.uid

    def blocks(self, owner_uid: str) -> bool:
        return any(ref.get("uid") == owner_uid and ref.get("blockOwnerDeletion") for ref in self.owners)


class Work(NamedTuple):
    """The uids of objects to look at: whether they should go, and whose dependents are to be orphaned."""

    delete: set[str]
    orphan: set[str]


class Graph:
    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._nodes: dict[str, Node] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    def get(self, uid: str) -> Node | None:
        with self._lock:
            return self._nodes.get(uid)

    def dependents_of(self, node: Node) -> list[Node]:
        with self._lock:
            return list(node.dependents.values())

    def observe(self, identity: Identity, metadata: Object, owners: Iterable[tuple[Object, Identity | None]]) -> Work:
        """An object was added or has changed. ``owners``: its references, each with what it refers to."""
        work = Work(set(), set())
        with self._lock:
            node = self._nodes.get(identity.uid)
            if node is None:
                node = self._nodes[identity.uid] = Node(identity)
            node.virtual = False
            node.identity = identity
            self._set_owners(node, list(owners), work)
            self._set_deletion(node, metadata, work)
        return work

    def _set_owners(self, node: Node, owners: list[tuple[Object, Identity | None]], work: Work) -> None:
        before = {ref.get("uid", ""): ref for ref in node.owners}
        node.owners = [reference for reference, _ in owners]
        after = {ref.get("uid", ""): ref for ref in node.owners}
        for uid in before.keys() - after.keys():
            self._let_go(uid, node, work)
        for reference, owner in owners:
            uid = reference.get("uid", "")
            if owner is None or uid in before:
                continue
            self._attach(node, owner, work)
        unblocked = (uid for uid in before.keys() & after.keys() if _unblocks(before[uid], after[uid]))
        for uid in unblocked:
            self._look_at_waiting(uid, work)

    def _attach(self, node: Node, owner: Identity, work: Work) -> None:
        owning = self._nodes.get(owner.uid)
        if owning is None:
            owning = self._nodes[owner.uid] = Node(owner, virtual=True)
            work.delete.add(owner.uid)
        elif not owning.virtual and owning.identity[:3] != owner[:3]:
            work.delete.add(node.uid)  # the reference means another place than where that uid lives
        owning.dependents[node.uid] = node
        if owning.waits_for_dependents:
            work.delete.add(owner.uid)

    def _let_go(self, owner_uid: str, node: Node, work: Work) -> None:
        owning = self._nodes.get(owner_uid)
        if owning is not None:
            owning.dependents.pop(node.uid, None)
            self._look_at_waiting(owner_uid, work)
            if owning.virtual and not owning.dependents:
                del self._nodes[owner_uid]

    def _look_at_waiting(self, owner_uid: str, work: Work) -> None:
        owning = self._nodes.get(owner_uid)
        if owning is not None and owning.waits_for_dependents:
            work.delete.add(owner_uid)

    def _set_deletion(self, node: Node, metadata: Object, work: Work) -> None:
        finalizers = metadata.get("finalizers") or ()
        deleting = "deletionTimestamp" in metadata
        waits, orphans = deleting and FOREGROUND in finalizers, deleting and ORPHAN in finalizers
        if waits and not node.waits_for_dependents:
            work.delete.add(node.uid)
            work.delete.update(node.dependents)
        if orphans and not node.orphans_dependents:
            work.orphan.add(node.uid)
        node.being_deleted, node.waits_for_dependents, node.orphans_dependents = deleting, waits, orphans

    def remove(self, uid: str) -> Work:
        """An object is gone: its dependents may have to follow, an owner may have waited for it."""
        work = Work(set(), set())
        with self._lock:
            node = self._nodes.pop(uid, None)
            if node is None:
                return work
            for reference in node.owners:
                self._let_go(reference.get("uid", ""), node, work)
            work.delete.update(node.dependents)
        return work

    def forget(self, gvr: GroupVersionResource) -> None:
        """A resource is no longer served: what was known of its objects is unknown."""
        with self._lock:
            for uid in [uid for uid, node in self._nodes.items() if node.identity.gvr == gvr and not node.virtual]:
                self._nodes[uid].virtual = True


def _unblocks(before: Object, after: Object) -> bool:
    return bool(before.get("blockOwnerDeletion")) and not after.get("blockOwnerDeletion")
