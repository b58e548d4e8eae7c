"""Watches the metadata of everything that can be deleted, and deletes what nobody owns any more.

Nothing is deleted because of what a cache says: the object and its owners are read afresh before, and the deletion
holds only for the object that was read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from apimachinery.gvk import GroupVersionKind, GroupVersionResource
from apimachinery.objects import Object, is_terminating, name_of, namespace_of
from apimachinery.status import Conflict, NotFound
from client.errors import TryAgain
from client.informer import Informer
from client.recorder import WARNING
from client.resources import APISERVICES, CUSTOMRESOURCEDEFINITIONS
from controllers.controller import Context, Controller, Loop
from controllers.garbage_collector.graph import (
    FOREGROUND,
    ORPHAN,
    Graph,
    Identity,
    View,
    Work,
    identity_of,
)
from controllers.garbage_collector.resources import Place, Served, served
from controllers.garbage_collector.verdict import Delete, Disown, Owner, decide

log = logging.getLogger(__name__)

REDISCOVER = 30.0
"""Seconds between looks at what the API serves; a new definition of a resource is noticed at once."""
_DEFINITIONS = (CUSTOMRESOURCEDEFINITIONS, APISERVICES)
_DEFINITION_TIME = 0.5  # seconds until a new definition is served
_INITIAL_SYNC = 30.0
_SOON = 0.05
_WORKERS = 16
_DISCOVERY = "discovery"
_VERIFY = "?"  # before a uid in the queue: nobody has seen the object, ask whether it exists


class _NamespacedOwner(Exception):
    """A cluster-scoped object names a namespaced owner, which cannot be looked up: it is left alone."""


class GarbageCollector:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._client = context.client
        self._clock = context.clock
        self._recorder = context.recorder("garbage-collector-controller")
        self.delete_queue = context.queue()
        self.orphan_queue = context.queue()
        self.discovery_queue = context.queue()
        self.graph = Graph()
        self._served = Served({}, {})
        self._informers: dict[GroupVersionResource, Informer] = {}
        self._told: dict[GroupVersionResource, Callable[[], bool]] = {}
        self._open = False
        self._since = 0.0

    def prepare(self) -> None:
        self._since = self._clock.monotonic()
        self.discovery_queue.add(_DISCOVERY)

    # What is served

    def rediscover(self, _: str) -> None:
        """Follow every resource that has come, leave those that have gone; then again after a while."""
        try:
            found = served(self._client.discover())
            if not found.watched:
                return
            self._served = found
            for gvr, kind in found.watched.items():
                if gvr not in self._informers:
                    self._follow(gvr, kind)
            for gvr in self._informers.keys() - found.watched.keys():
                self._told.pop(gvr)
                self._context.drop_informer(self._informers.pop(gvr))
        finally:
            self.discovery_queue.add_after(_DISCOVERY, REDISCOVER)

    def _follow(self, gvr: GroupVersionResource, kind: GroupVersionKind) -> None:
        informer = self._informers[gvr] = self._context.late_informer(gvr)
        added, changed, gone = (partial(handler, kind) for handler in (self._added, self._changed, self._gone))
        self._told[gvr] = informer.add_handler(added, changed, gone)
        if gvr in _DEFINITIONS:
            informer.add_handler(self._redefined, lambda old, new: self._redefined(new), self._redefined)

    def _redefined(self, _: Object) -> None:
        self.discovery_queue.add_after(_DISCOVERY, _DEFINITION_TIME)

    def _is_open(self) -> bool:
        """Whether everything has been seen once (or has had time enough): before, nothing is decided."""
        if not self._open and self._told:
            late = self._clock.monotonic() - self._since > _INITIAL_SYNC
            self._open = late or all(told() for told in list(self._told.values()))
        return self._open

    # What happens

    def _added(self, kind: GroupVersionKind, obj: Object) -> None:
        self._queue(self.graph.observe(_identity(kind, obj), obj["metadata"]))

    def _changed(self, kind: GroupVersionKind, old: Object, new: Object) -> None:
        self._queue(self.graph.observe(_identity(kind, new), new["metadata"], old["metadata"]))

    def _gone(self, kind: GroupVersionKind, obj: Object) -> None:
        self._queue(self.graph.remove(_identity(kind, obj)))

    def _queue(self, work: Work) -> None:
        for uid in work.delete:
            self.delete_queue.add(uid)
        for uid in work.verify:
            self.delete_queue.add(_VERIFY + uid)
        for uid in work.later:
            self.delete_queue.add_rate_limited(_VERIFY + uid)
        for uid in work.orphan:
            self.orphan_queue.add(uid)
        for dependent, owner in work.invalid:
            about = {
                "kind": dependent.kind,
                "apiVersion": dependent.api_version,
                "namespace": dependent.namespace,
                "name": dependent.name,
                "uid": dependent.uid,
            }
            message = f'ownerRef {owner} does not exist in namespace "{dependent.namespace}"'
            self._recorder.event(about, WARNING, "OwnerRefInvalidNamespace", message)

    # Deleting

    def attempt_to_delete(self, key: str) -> None:
        """Delete the object if its owners are gone; let it go if it waited and nothing blocks it any more."""
        if not self._is_open():
            self.delete_queue.add_after(key, _SOON)
            return
        node = self.graph.view(key.removeprefix(_VERIFY))
        if node is None or (key.startswith(_VERIFY) and not node.virtual):
            return
        try:
            if self._judge(node) and node.virtual:
                # It exists, but no informer has shown it yet; one that came and went unseen must be found out.
                raise TryAgain(f"{node.identity} has not been seen yet")
        except _NamespacedOwner:
            return

    def _judge(self, node: View) -> bool:
        """False: it turned out not to exist."""
        if node.being_deleted and not node.deleting_dependents:
            return True
        live = self._live(node.identity)
        if live is None:
            self._queue(self.graph.remove_verified(node.identity))
            return False
        if node.deleting_dependents:
            self._let_go_when_unblocked(node, live)
            return True
        references = live["metadata"].get("ownerReferences") or []
        owners = [(reference, self._state_of(reference, node.identity)) for reference in references]
        verdict = decide(live, owners, has_dependents=bool(node.dependents), dependents_wait=node.dependents_wait)
        if isinstance(verdict, Disown):
            self._patch(node.identity, live, {"ownerReferences": verdict.references})
        elif isinstance(verdict, Delete):
            return self._delete(node, live, verdict)
        return True

    def _delete(self, node: View, live: Object, verdict: Delete) -> bool:
        """False: it turned out to be gone."""
        if verdict.unblock:
            references = live["metadata"]["ownerReferences"]
            unblocked = [{**reference, "blockOwnerDeletion": False} for reference in references]
            live = self._patch(node.identity, live, {"ownerReferences": unblocked})
        identity, version = node.identity, live["metadata"]["resourceVersion"]
        place, namespace = self._place(identity)
        delete = partial(
            self._client.delete, place.gvr, namespace, identity.name, propagation=verdict.propagation, uid=identity.uid
        )
        try:
            try:
                delete(resource_version=version)
            except Conflict:
                fresh = self._client.get(place.gvr, namespace, identity.name)
                if not _same_owners(live, fresh):
                    raise
                delete()  # only something else about it has changed
        except NotFound:
            self._queue(self.graph.remove_verified(identity))
            return False
        return True

    def _let_go_when_unblocked(self, node: View, live: Object) -> None:
        for dependent, waits in node.blocking:
            if not waits:
                self.delete_queue.add(dependent.uid)
        if not node.blocking:
            self._drop_finalizer(node.identity, live, FOREGROUND)

    # Looking things up

    def _place(self, identity: Identity) -> tuple[Place, str]:
        """Where it is, and the namespace to look in. TryAgain for a kind that is not served."""
        place = self._served.places.get((identity.api_version, identity.kind))
        if place is None:
            raise TryAgain(f"unable to get REST mapping for {identity.api_version}/{identity.kind}.")
        if place.namespaced and not identity.namespace:
            raise _NamespacedOwner
        return place, identity.namespace if place.namespaced else ""

    def _live(self, identity: Identity) -> Object | None:
        """The object itself, not another of its name; None if there is none."""
        place, namespace = self._place(identity)
        try:
            live = self._client.get(place.gvr, namespace, identity.name)
        except NotFound:
            return None
        return live if live["metadata"]["uid"] == identity.uid else None

    def _state_of(self, reference: dict[str, Any], dependent: Identity) -> Owner:
        owner = identity_of(reference, dependent.namespace)
        anywhere = owner._replace(namespace="")
        absent = self.graph.absent
        if anywhere in absent or owner in absent:
            return Owner.ABSENT
        live = self._live(owner)
        if live is None:
            place, _ = self._place(owner)
            absent.add(owner if place.namespaced else anywhere)
            return Owner.ABSENT
        waiting = is_terminating(live) and FOREGROUND in (live["metadata"].get("finalizers") or ())
        return Owner.WAITING if waiting else Owner.SOLID

    # Orphaning

    def orphan(self, uid: str) -> None:
        """Take the owner out of its dependents, then let it go."""
        if not self._is_open():
            self.orphan_queue.add_after(uid, _SOON)
            return
        node = self.graph.view(uid)
        if node is None:
            return
        errors = self._context.in_parallel([partial(self._disown, dependent, uid) for dependent in node.dependents])
        if errors:
            raise errors[0]
        live = self._live(node.identity)
        if live is not None:
            self._drop_finalizer(node.identity, live, ORPHAN)

    def _disown(self, dependent: Identity, owner_uid: str) -> None:
        live = self._live(dependent)
        if live is None:
            return
        references = live["metadata"].get("ownerReferences") or []
        kept = [reference for reference in references if reference.get("uid") != owner_uid]
        if len(kept) != len(references):
            self._patch(dependent, live, {"ownerReferences": kept})

    # Writing

    def _drop_finalizer(self, identity: Identity, live: Object, finalizer: str) -> None:
        finalizers = live["metadata"].get("finalizers") or []
        if finalizer in finalizers:
            self._patch(identity, live, {"finalizers": [name for name in finalizers if name != finalizer]})

    def _patch(self, identity: Identity, live: Object, metadata: Object) -> Object:
        """Change metadata of exactly the object that was read; raises Conflict when it has changed meanwhile."""
        exact = {"uid": identity.uid, "resourceVersion": live["metadata"]["resourceVersion"]}
        place, namespace = self._place(identity)
        try:
            return self._client.patch(place.gvr, namespace, identity.name, {"metadata": {**metadata, **exact}})
        except NotFound:
            return live


def _identity(kind: GroupVersionKind, obj: Object) -> Identity:
    return Identity(kind.api_version, kind.kind, namespace_of(obj), name_of(obj), obj["metadata"]["uid"])


def _same_owners(one: Object, other: Object) -> bool:
    left, right = one["metadata"], other["metadata"]
    return bool(left["uid"] == right["uid"] and left.get("ownerReferences") == right.get("ownerReferences"))


def build_garbage_collector(context: Context) -> Controller:
    collector = GarbageCollector(context)
    loops = (
        Loop(collector.discovery_queue, collector.rediscover),
        Loop(collector.delete_queue, collector.attempt_to_delete, _WORKERS),
        Loop(collector.orphan_queue, collector.orphan, 4),
    )
    return Controller("garbage-collector-controller", loops, collector.prepare)
