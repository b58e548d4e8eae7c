"""Who owns whom, as the informers tell it, and whom a change concerns. Decides nothing about any object.

An owner that a dependent names and that nobody has seen yet is *virtual*: whether it exists has to be asked. References
lead from uid to uid; what else they say (kind, name, and the namespace of the dependent) may be wrong, and then the
dependent is looked at, for its owner is absent where the reference points to.
Source: k8s.io/kubernetes pkg/controller/garbagecollector (graph.go, graph_builder.go). Thread-safe.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from apimachinery.objects import Object

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
_REMEMBERED = 500

References = tuple[Mapping[str, Any], ...]


class Identity(NamedTuple):
    """``namespace``: for an owner known from a reference alone that of the dependent, which may not be its own."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str

    def __str__(self) -> str:
        return f"[{self.api_version}/{self.kind}, namespace: {self.namespace}, name: {self.name}, uid: {self.uid}]"


class Invalid(NamedTuple):
    """A dependent that names an owner which is in another namespace."""

    dependent: Identity
    owner: Identity


@dataclass(slots=True)
class Work:
    """uids of objects to look at: ``delete`` whether they should go, ``verify`` whether they exist (``later``: not at
    once), ``orphan`` to let their dependents go. ``invalid``: references to complain about."""

    delete: dict[str, None] = field(default_factory=dict)
    verify: dict[str, None] = field(default_factory=dict)
    later: dict[str, None] = field(default_factory=dict)
    orphan: dict[str, None] = field(default_factory=dict)
    invalid: list[Invalid] = field(default_factory=list)


class View(NamedTuple):
    """An object as the graph knows it now."""

    identity: Identity
    virtual: bool
    being_deleted: bool
    deleting_dependents: bool
    owners: References
    dependents: tuple[Identity, ...]
    blocking: tuple[tuple[Identity, bool], ...]  # dependents that hold up its deletion; whether they wait for theirs
    dependents_wait: bool


class Absent:
    """Owners that are known not to exist, in the coordinates by which they were looked for; the newest 500."""

    def __init__(self) -> None:
        self._known: OrderedDict[Identity, None] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, identity: Identity) -> None:
        with self._lock:
            self._known[identity] = None
            self._known.move_to_end(identity)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)

    def __contains__(self, identity: Identity) -> bool:
        return identity in self._known


@dataclass(slots=True, eq=False)
class _Node:
    identity: Identity
    owners: References = ()
    dependents: dict[str, _Node] = field(default_factory=dict)
    virtual: bool = False
    being_deleted: bool = False
    deleting_dependents: bool = False


class Graph:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nodes: dict[str, _Node] = {}
        self.absent = Absent()

    def __len__(self) -> int:
        return len(self._nodes)

    def view(self, uid: str) -> View | None:
        with self._lock:
            node = self._nodes.get(uid)
            if node is None:
                return None
            dependents = list(node.dependents.values())
            return View(
                node.identity,
                node.virtual,
                node.being_deleted,
                node.deleting_dependents,
                node.owners,
                tuple(dependent.identity for dependent in dependents),
                tuple((d.identity, d.deleting_dependents) for d in dependents if _blocks(d.owners, uid)),
                any(dependent.deleting_dependents for dependent in dependents),
            )

    def observe(self, identity: Identity, metadata: Object, before: Object | None = None) -> Work:
        """An object was added or has changed. ``before``: its metadata until now, None for an addition."""
        work = Work()
        owners = tuple(metadata.get("ownerReferences") or ())
        with self._lock:
            node = self._nodes.get(identity.uid)
            if node is None:
                node = self._nodes[identity.uid] = _Node(identity, owners)
                self._attach(node, owners, work)
            else:
                if node.virtual:
                    self._materialise(node, identity, work)
                self._set_owners(node, owners, work)
            self._set_deletion(node, metadata, before, work)
        return work

    def remove(self, identity: Identity) -> Work:
        """An object is gone: its dependents may have to follow, an owner may have waited for it."""
        work = Work()
        with self._lock:
            node = self._nodes.get(identity.uid)
            if node is not None:
                if node.virtual:
                    self._materialise(node, identity, work)
                self._remove(node, identity, work)
        return work

    def remove_verified(self, identity: Identity) -> Work:
        """The API says that there is no such object in these coordinates; the uid may well exist in others."""
        work = Work()
        with self._lock:
            node = self._nodes.get(identity.uid)
            if node is None:
                return work
            matching, others = _partition(node.dependents.values(), identity)
            if (node.virtual and not others) or (not node.virtual and node.identity == identity):
                self._remove(node, identity, work)
                return work
            if matching:
                self.absent.add(identity)
                work.delete.update((dependent.identity.uid, None) for dependent in matching)
            if node.virtual and node.identity == identity:
                self._look_elsewhere(node, others, work)
        return work

    # Under the lock

    def _remove(self, node: _Node, identity: Identity, work: Work) -> None:
        uid = node.identity.uid
        del self._nodes[uid]
        for reference in node.owners:
            owner = self._nodes.get(reference.get("uid", ""))
            if owner is not None:
                owner.dependents.pop(uid, None)
                if owner.deleting_dependents:
                    work.delete[owner.identity.uid] = None
        if node.dependents:
            self.absent.add(identity)
            work.delete.update(dict.fromkeys(node.dependents))

    def _look_elsewhere(self, node: _Node, others: list[_Node], work: Work) -> None:
        """The owner is not where one dependent says; another says otherwise, and that is looked at next."""
        alternative = _alternative(others, node.identity)
        if alternative is not None:
            node.identity = alternative
            work.later[alternative.uid] = None

    def _materialise(self, node: _Node, identity: Identity, work: Work) -> None:
        """A virtual owner has been seen: dependents that described it otherwise have named an absent one."""
        if identity != node.identity:
            _, mistaken = _partition(node.dependents.values(), identity)
            for dependent in mistaken:
                if identity.namespace and dependent.identity.namespace != identity.namespace:
                    self._complain(dependent, identity.uid, work)
                work.delete[dependent.identity.uid] = None
            node.identity = identity
        node.virtual = False

    def _set_owners(self, node: _Node, owners: References, work: Work) -> None:
        if owners == node.owners:
            return
        before = {reference.get("uid", ""): reference for reference in node.owners}
        after = {reference.get("uid", ""): reference for reference in owners}
        for uid, old in before.items():
            unblocked = old.get("blockOwnerDeletion") and not after.get(uid, {}).get("blockOwnerDeletion")
            if unblocked and uid in self._nodes:
                work.delete[uid] = None
        node.owners = owners
        self._attach(node, [after[uid] for uid in after if uid not in before], work)
        for uid in before.keys() - after.keys():
            if uid in self._nodes:
                self._nodes[uid].dependents.pop(node.identity.uid, None)

    def _attach(self, node: _Node, owners: Iterable[Mapping[str, Any]], work: Work) -> None:
        doubtful = False
        for reference in owners:
            uid = reference.get("uid", "")
            owner = self._nodes.get(uid)
            if owner is None:
                named = identity_of(reference, node.identity.namespace)
                self._nodes[uid] = _Node(named, dependents={node.identity.uid: node}, virtual=True)
                work.verify[uid] = None
                continue
            owner.dependents[node.identity.uid] = node
            doubtful = doubtful or self._is_doubtful(node, owner, reference, work)
        if doubtful:
            work.delete[node.identity.uid] = None

    def _is_doubtful(self, node: _Node, owner: _Node, reference: Mapping[str, Any], work: Work) -> bool:
        """The reference may mean something else than the owner with that uid."""
        elsewhere = owner.identity.namespace != node.identity.namespace
        if owner.identity.namespace and elsewhere:
            if not owner.virtual:
                self._complain(node, owner.identity.uid, work)
            return True
        if not _means(reference, owner.identity):
            return True
        return elsewhere and owner.virtual

    def _set_deletion(self, node: _Node, metadata: Object, before: Object | None, work: Work) -> None:
        if "deletionTimestamp" in metadata:
            node.being_deleted = True
        uid = node.identity.uid
        if _begins(before, metadata, ORPHAN):
            work.orphan[uid] = None
        elif _begins(before, metadata, FOREGROUND):
            node.deleting_dependents = True
            work.delete.update(dict.fromkeys(node.dependents))
            work.delete[uid] = None

    def _complain(self, dependent: _Node, uid: str, work: Work) -> None:
        for reference in dependent.owners:
            if reference.get("uid") == uid:
                work.invalid.append(Invalid(dependent.identity, identity_of(reference, dependent.identity.namespace)))
                return


def identity_of(reference: Mapping[str, Any], namespace: str) -> Identity:
    """The owner that a reference in an object of that namespace means."""
    api_version, kind = reference.get("apiVersion", ""), reference.get("kind", "")
    return Identity(api_version, kind, namespace, reference.get("name", ""), reference.get("uid", ""))


def _means(reference: Mapping[str, Any], identity: Identity) -> bool:
    return identity_of(reference, identity.namespace) == identity


def _blocks(owners: References, uid: str) -> bool:
    return any(reference.get("uid") == uid and reference.get("blockOwnerDeletion") for reference in owners)


def _begins(before: Object | None, after: Object, finalizer: str) -> bool:
    """The object is being deleted and held by the finalizer, and was not before."""
    return _held(after, finalizer) and (before is None or not _held(before, finalizer))


def _held(metadata: Object, finalizer: str) -> bool:
    return "deletionTimestamp" in metadata and finalizer in (metadata.get("finalizers") or ())


def _partition(dependents: Iterable[_Node], owner: Identity) -> tuple[list[_Node], list[_Node]]:
    """Dependents that mean just this owner, and those that name its uid but mean another. One may be in both."""
    matching, others = [], []
    for dependent in dependents:
        if owner.namespace and owner.namespace != dependent.identity.namespace:
            others.append(dependent)
            continue
        named = [reference for reference in dependent.owners if reference.get("uid") == owner.uid]
        if any(_means(reference, owner) for reference in named):
            matching.append(dependent)
        if not all(_means(reference, owner) for reference in named):
            others.append(dependent)
    return matching, others


def _alternative(dependents: Iterable[_Node], absent: Identity) -> Identity | None:
    """Other coordinates for an owner: the next ones in order after those that were in vain, round and round."""
    named = set()
    for dependent in dependents:
        for reference in dependent.owners:
            if reference.get("uid") == absent.uid:
                identity = identity_of(reference, dependent.identity.namespace)
                same_kind = (identity.api_version, identity.kind) == (absent.api_version, absent.kind)
                named.add(identity._replace(namespace="") if same_kind and not absent.namespace else identity)
    named.discard(absent)
    if not named:
        return None
    following = [identity for identity in named if _order(identity) > _order(absent)]
    return min(following or named, key=_order)


def _order(identity: Identity) -> tuple[str, ...]:
    return identity.kind, identity.api_version, identity.namespace, identity.name, identity.uid
