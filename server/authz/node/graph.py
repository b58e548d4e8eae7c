"""Which objects have to do with which node, followed out of the server's own caches.

Nothing is pushed: before an answer the graph reads the events it has not seen, about a microsecond each, and only
notes which pods of which node have changed. What a pod refers to is read when its node asks for the first time, so a
node's first question costs some 20 µs for each of its pods, and nodes that never ask cost nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson

from server.authz.node.references import Vertex, pod_references, volume_secrets
from storage.cache import ResourceCache
from storage.types import Entry

_MAY_GROW = (b'"ephemeralContainers":', b'"resourceClaimStatuses":', b'"extendedResourceClaimStatus":')
"""What can be added to a pod that is bound; everything else it refers to is fixed."""


@dataclass(slots=True)
class _Node:
    """The pods of one node, by path: their uids, and what those that have been read refer to."""

    uids: dict[str, str] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    references: dict[str, tuple[Vertex, ...]] = field(default_factory=dict)
    counts: Counter[Vertex] = field(default_factory=Counter)

    def put(self, path: str, entry: Entry) -> None:
        known = self.uids.get(path)
        if known != entry.uid or any(name in entry.value for name in _MAY_GROW):
            self.uids[path] = entry.uid
            self.unread.add(path)

    def drop(self, path: str) -> None:
        self.uids.pop(path, None)
        self.unread.discard(path)
        self._forget(path)

    def read(self, path: str, entry: Entry | None) -> None:
        self._forget(path)
        if entry is not None:
            self.references[path] = vertices = tuple(set(pod_references(orjson.loads(entry.value))))
            self.counts.update(vertices)

    def _forget(self, path: str) -> None:
        for vertex in self.references.pop(path, ()):
            self.counts[vertex] -= 1
            if not self.counts[vertex]:
                del self.counts[vertex]


@dataclass(frozen=True, slots=True)
class _Volume:
    claim: Vertex
    secrets: tuple[Vertex, ...]


class Graph:
    """For one event loop. ``pods`` are indexed by ``spec.nodeName``."""

    def __init__(self, pods: ResourceCache, volumes: ResourceCache) -> None:
        self._pods = pods
        self._volumes = volumes
        self._pods_seen = -1
        self._volumes_seen = -1
        self._nodes: dict[str, _Node] = {}
        self._node_of: dict[str, str] = {}
        self._bound: dict[str, _Volume] = {}
        self._volumes_of: dict[Vertex, set[str]] = {}

    def related(self, node: str, vertex: Vertex) -> bool:
        """Whether a pod on the node refers to the object, directly or by a claim and its volume."""
        counts = self._counts(node)
        if vertex in counts:
            return True
        if not counts or vertex.resource not in ("secrets", "persistentvolumes"):
            return False
        self._follow_volumes()
        if vertex.resource == "persistentvolumes":
            bound = self._bound.get(vertex.name)
            return bound is not None and bound.claim in counts
        return any(self._bound[name].claim in counts for name in self._volumes_of.get(vertex, ()))

    def _counts(self, name: str) -> Counter[Vertex]:
        self._follow_pods()
        node = self._nodes.get(name)
        if node is None:
            return Counter()
        if node.unread:
            for path in node.unread:
                node.read(path, self._pods.get(*path.split("/", 1)))
            node.unread.clear()
        return node.counts

    def _follow_pods(self) -> None:
        end = self._pods.changes
        if self._pods_seen == end:
            return
        events = self._pods.changed(self._pods_seen)
        self._pods_seen = end
        if events is None:
            self._nodes, self._node_of = {}, {}
            for entry in self._pods.list().entries:
                self._put_pod(entry)
            return
        for event in events:
            if event.deleted:
                self._drop_pod(event.entry.key.path)
            else:
                self._put_pod(event.entry)

    def _put_pod(self, entry: Entry) -> None:
        name = entry.index.fields.get("spec.nodeName")
        if not name:
            return
        path = entry.key.path
        if self._node_of.get(path, name) != name:
            self._drop_pod(path)
        self._node_of[path] = name
        node = self._nodes.get(name)
        if node is None:
            node = self._nodes[name] = _Node()
        node.put(path, entry)

    def _drop_pod(self, path: str) -> None:
        name = self._node_of.pop(path, None)
        if name is None:
            return
        node = self._nodes[name]
        node.drop(path)
        if not node.uids:
            del self._nodes[name]

    def _follow_volumes(self) -> None:
        end = self._volumes.changes
        if self._volumes_seen == end:
            return
        events = self._volumes.changed(self._volumes_seen)
        self._volumes_seen = end
        if events is None:
            self._bound, self._volumes_of = {}, {}
            self._put_volumes(self._volumes.list().entries)
            return
        newest = {event.entry.key.name: event for event in events}
        for name in newest:
            self._drop_volume(name)
        self._put_volumes(event.entry for event in newest.values() if not event.deleted)

    def _put_volumes(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            volume = orjson.loads(entry.value)
            claim = volume["spec"].get("claimRef")
            if not claim:
                continue
            name = entry.key.name
            vertex = Vertex("persistentvolumeclaims", claim.get("namespace", ""), claim.get("name", ""))
            self._bound[name] = _Volume(vertex, tuple(volume_secrets(volume)))
            for secret in self._bound[name].secrets:
                self._volumes_of.setdefault(secret, set()).add(name)

    def _drop_volume(self, name: str) -> None:
        bound = self._bound.pop(name, None)
        for secret in bound.secrets if bound is not None else ():
            volumes = self._volumes_of[secret]
            volumes.discard(name)
            if not volumes:
                del self._volumes_of[secret]
