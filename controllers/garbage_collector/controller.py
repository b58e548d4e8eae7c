"""Watches the metadata of everything that can be deleted, and deletes what nobody owns any more."""

from __future__ import annotations

import collections
import logging
import threading
from functools import partial

from apimachinery.gvk import GroupVersionResource
from apimachinery.objects import Object, name_of, namespace_of
from apimachinery.status import Conflict, NotFound
from client.informer import Informer
from client.recorder import WARNING
from controllers.controller import Context, Controller, Loop
from controllers.garbage_collector.graph import FOREGROUND, ORPHAN, Graph, Identity, Node, Work
from controllers.garbage_collector.resources import Served, served
from controllers.garbage_collector.verdict import Delete, Disown, Owner, decide

log = logging.getLogger(__name__)

REDISCOVER = 30.0
"""Seconds between looks at what the API serves."""
_SOON = 0.05
_WORKERS = 16
_REMEMBERED = 5000
_DISCOVERY = "discovery"


class _Absent:
    """Owners that the API said are gone: uids are never used again. Bounded, oldest forgotten first."""

    def __init__(self) -> None:
        self._uids: collections.OrderedDict[str, None] = collections.OrderedDict()
        self._lock = threading.Lock()

    def add(self, uid: str) -> None:
        with self._lock:
            self._uids[uid] = None
            while len(self._uids) > _REMEMBERED:
                self._uids.popitem(last=False)

    def __contains__(self, uid: str) -> bool:
        return uid in self._uids


class GarbageCollector:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._client = context.client
        self._recorder = context.recorder("garbage-collector-controller")
        self.delete_queue = context.queue()
        self.orphan_queue = context.queue()
        self.discovery_queue = context.queue()
        self.graph = Graph()
        self._absent = _Absent()
        self._served = Served(frozenset(), {})
        self._informers: dict[GroupVersionResource, Informer] = {}

    def prepare(self) -> None:
        self.discovery_queue.add(_DISCOVERY)

    # What is served

    def rediscover(self, _: str) -> None:
        """Follow every resource that has come, leave those that have gone; then again after a while."""
        try:
            self._served = served(self._client.discover())
            for gvr in self._served.watched - self._informers.keys():
                informer = self._informers[gvr] = self._context.late_informer(gvr)
                informer.add_handler(partial(self._seen, gvr), partial(self._changed, gvr), self._gone)
            for gvr in self._informers.keys() - self._served.watched:
                self._context.drop_informer(self._informers.pop(gvr))
                self.graph.forget(gvr)
        finally:
            self.discovery_queue.add_after(_DISCOVERY, REDISCOVER)

    def _synced(self) -> bool:
        """Nothing is decided before everything has been seen once: an owner may just not have come by yet."""
        return bool(self._informers) and all(informer.synced for informer in list(self._informers.values()))

    # What happens

    def _seen(self, gvr: GroupVersionResource, obj: Object) -> None:
        metadata = obj["metadata"]
        namespace = namespace_of(obj)
        identity = Identity(gvr, namespace, name_of(obj), metadata["uid"])
        references = metadata.get("ownerReferences") or ()
        owners = [(reference, self._served.locate(reference, namespace)) for reference in references]
        self._queue(self.graph.observe(identity, metadata, owners))

    def _changed(self, gvr: GroupVersionResource, old: Object, new: Object) -> None:
        self._seen(gvr, new)

    def _gone(self, obj: Object) -> None:
        uid = obj["metadata"]["uid"]
        self._absent.add(uid)
        self._queue(self.graph.remove(uid))

    def _queue(self, work: Work) -> None:
        for uid in work.delete:
            self.delete_queue.add(uid)
        for uid in work.orphan:
            self.orphan_queue.add(uid)

    # Deleting

    def attempt_to_delete(self, uid: str) -> None:
        """Delete the object if its owners are gone; let it go if it waited and nothing blocks it any more."""
        node = self.graph.get(uid)
        if node is None:
            return
        if not self._synced():
            self.delete_queue.add_after(uid, _SOON)
            return
        if node.being_deleted and not node.waits_for_dependents and not node.virtual:
            return
        live = self._live(node.identity)
        if live is None:
            self._absent.add(uid)
            self._queue(self.graph.remove(uid))
            return
        if node.virtual:
            # It exists, though no informer has it: its own watch will tell more, or cannot.
            return
        if node.waits_for_dependents:
            self._let_go_when_unblocked(node, live)
            return
        self._judge(node, live)

    def _live(self, identity: Identity) -> Object | None:
        try:
            live = self._client.get(identity.gvr, identity.namespace, identity.name)
        except NotFound:
            return None
        return live if live["metadata"]["uid"] == identity.uid else None

    def _judge(self, node: Node, live: Object) -> None:
        references = live["metadata"].get("ownerReferences") or []
        owners = [(reference, self._state_of(reference, live)) for reference in references]
        dependents = self.graph.dependents_of(node)
        verdict = decide(
            live,
            owners,
            has_dependents=bool(dependents),
            dependents_wait=any(dependent.waits_for_dependents for dependent in dependents),
        )
        if isinstance(verdict, Disown):
            self._patch(node.identity, live, {"ownerReferences": verdict.references})
        elif isinstance(verdict, Delete):
            if verdict.unblock:
                unblocked = [{**reference, "blockOwnerDeletion": False} for reference in references]
                live = self._patch(node.identity, live, {"ownerReferences": unblocked})
            self._delete(node, live, verdict.propagation)

    def _delete(self, node: Node, live: Object, propagation: str) -> None:
        identity = node.identity
        try:
            self._client.delete(
                identity.gvr,
                identity.namespace,
                identity.name,
                propagation=propagation,
                uid=identity.uid,
                resource_version=live["metadata"]["resourceVersion"],
            )
        except NotFound:
            return
        except Conflict:
            self.delete_queue.add_rate_limited(node.uid)

    def _state_of(self, reference: Object, dependent: Object) -> Owner:
        uid = reference.get("uid", "")
        if uid in self._absent:
            return Owner.ABSENT
        where = self._served.locate(reference, namespace_of(dependent))
        if where is None:
            self._report_unresolvable(reference, dependent)
            return Owner.UNKNOWN
        try:
            owner = self._client.get(where.gvr, where.namespace, where.name)
        except NotFound:
            self._absent.add(uid)
            return Owner.ABSENT
        metadata = owner["metadata"]
        if metadata["uid"] != uid:
            self._absent.add(uid)
            return Owner.ABSENT
        waiting = "deletionTimestamp" in metadata and FOREGROUND in (metadata.get("finalizers") or ())
        return Owner.WAITING if waiting else Owner.SOLID

    def _report_unresolvable(self, reference: Object, dependent: Object) -> None:
        if namespace_of(dependent):
            return
        message = 'ownerRef [{}/{}, namespace: , name: {}, uid: {}] does not exist in namespace ""'.format(
            *(reference.get(part, "") for part in ("apiVersion", "kind", "name", "uid"))
        )
        self._recorder.event(dependent, WARNING, "OwnerRefInvalidNamespace", message)

    def _let_go_when_unblocked(self, node: Node, live: Object) -> None:
        blocking = [d for d in self.graph.dependents_of(node) if d.blocks(node.uid)]
        for dependent in blocking:
            if not dependent.waits_for_dependents:
                self.delete_queue.add(dependent.uid)
        if not blocking:
            self._drop_finalizer(node.identity, live, FOREGROUND)

    # Orphaning

    def orphan(self, uid: str) -> None:
        """Take the owner out of its dependents, then let it go."""
        node = self.graph.get(uid)
        if node is None:
            return
        if not self._synced():
            self.orphan_queue.add_after(uid, _SOON)
            return
        errors = self._context.in_parallel(
            [partial(self._disown, dependent, uid) for dependent in self.graph.dependents_of(node)]
        )
        if errors:
            raise errors[0]
        live = self._live(node.identity)
        if live is not None:
            self._drop_finalizer(node.identity, live, ORPHAN)

    def _disown(self, dependent: Node, owner_uid: str) -> None:
        live = self._live(dependent.identity)
        if live is None:
            return
        references = live["metadata"].get("ownerReferences") or []
        kept = [reference for reference in references if reference.get("uid") != owner_uid]
        if len(kept) != len(references):
            self._patch(dependent.identity, live, {"ownerReferences": kept})

    # Writing

    def _drop_finalizer(self, identity: Identity, live: Object, finalizer: str) -> None:
        finalizers = live["metadata"].get("finalizers") or []
        if finalizer in finalizers:
            self._patch(identity, live, {"finalizers": [name for name in finalizers if name != finalizer]})

    def _patch(self, identity: Identity, live: Object, metadata: Object) -> Object:
        """Change metadata of exactly the object that was read; raises Conflict when it has changed meanwhile."""
        exact = {"uid": identity.uid, "resourceVersion": live["metadata"]["resourceVersion"]}
        try:
            return self._client.patch(
                identity.gvr, identity.namespace, identity.name, {"metadata": {**metadata, **exact}}
            )
        except NotFound:
            return live


def build_garbage_collector(context: Context) -> Controller:
    collector = GarbageCollector(context)
    loops = (
        Loop(collector.discovery_queue, collector.rediscover),
        Loop(collector.delete_queue, collector.attempt_to_delete, _WORKERS),
        Loop(collector.orphan_queue, collector.orphan, 4),
    )
    return Controller("garbage-collector-controller", loops, collector.prepare)
