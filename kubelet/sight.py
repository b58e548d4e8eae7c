"""How a process sees its nodes and the pods bound to them: each node through a watch of its own, or all through one.

A node with an identity of its own may see no more than its own Node and its own pods. One identity that speaks for many
nodes sees them all with one watch, which costs less.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from apimachinery.clock import Clock
from apimachinery.objects import Object, key_of
from client.api import Client
from client.informer import Informer
from client.reflector import Reflector
from client.resources import NODES, PODS

_BY_NODE = "node"


class Watcher(Protocol):
    """Told what is seen, from threads of the watches; must not block."""

    def pod_changed(self, pod: Object) -> None: ...

    def pod_removed(self, uid: str) -> None: ...

    def node_seen(self, node: Object) -> None: ...


class Sight(Protocol):
    def start(self) -> None:
        """Called once, before any node is followed."""

    def follow(self, node: str, client: Client) -> None:
        """Called once for each node, when it has joined; must not block."""

    def pods(self, node: str) -> Iterator[Object]:
        """Those known to be bound to a node that is followed."""

    def stop(self) -> None:
        """Watch no longer."""


class CommonSight:
    """One watch for all: of the one node and its pods, or of every node, and every pod that is bound at all."""

    def __init__(self, client: Client, nodes: Sequence[str], watcher: Watcher, clock: Clock) -> None:
        pods = f"spec.nodeName={nodes[0]}" if len(nodes) == 1 else "spec.nodeName!="
        names = f"metadata.name={nodes[0]}" if len(nodes) == 1 else ""
        self._pods = Informer(client, PODS, field_selector=pods, indexers={_BY_NODE: _node_of}, clock=clock)
        self._pods.add_handler(
            watcher.pod_changed,
            lambda old, new: watcher.pod_changed(new),
            lambda pod: watcher.pod_removed(pod["metadata"]["uid"]),
        )
        self._nodes = Informer(client, NODES, field_selector=names, clock=clock)
        self._nodes.add_handler(watcher.node_seen, lambda old, new: watcher.node_seen(new), None)

    def start(self) -> None:
        self._pods.start()
        self._nodes.start()

    def wait(self, seconds: float) -> bool:
        """Whether everything there is has been seen, within so much time for each watch."""
        return self._pods.wait_for_sync(seconds) and self._nodes.wait_for_sync(seconds)

    def follow(self, node: str, client: Client) -> None:
        """It is followed already."""

    def pods(self, node: str) -> Iterator[Object]:
        yield from self._pods.store.by_index(_BY_NODE, node)

    def stop(self) -> None:
        self._pods.stop()
        self._nodes.stop()


class OwnSight:
    """Two watches for each node: of itself and of its pods."""

    def __init__(self, watcher: Watcher, clock: Clock) -> None:
        self._watcher = watcher
        self._clock = clock
        self._pods: dict[str, _Pods] = {}
        self._reflectors: list[Reflector] = []
        self._lock = threading.Lock()
        self._stopped = False

    def start(self) -> None:
        """Nothing is to be seen before a node has joined."""

    def follow(self, node: str, client: Client) -> None:
        pods = _Pods(self._watcher)
        watches = (
            Reflector(client, PODS, pods, field_selector=f"spec.nodeName={node}", clock=self._clock),
            Reflector(
                client, NODES, _Node(self._watcher.node_seen), field_selector=f"metadata.name={node}", clock=self._clock
            ),
        )
        with self._lock:
            if self._stopped:
                return
            self._pods[node] = pods
            self._reflectors.extend(watches)
        for watch, what in zip(watches, ("pods of", "node"), strict=True):
            threading.Thread(target=watch.run, name=f"{what} {node}", daemon=True).start()

    def pods(self, node: str) -> Iterator[Object]:
        yield from self._pods[node].known()

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
        for reflector in self._reflectors:
            reflector.stop()


class _Pods:
    """The sink of a watch of one node's pods."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._known: dict[str, Object] = {}

    def known(self) -> list[Object]:
        return list(self._known.values())

    def replace(self, items: Iterable[Object], resource_version: str) -> None:
        gone = dict(self._known)
        for pod in items:
            gone.pop(key_of(pod), None)
            self._put(pod)
        for pod in gone.values():
            self._remove(pod)

    def event(self, kind: str, obj: Object) -> None:
        if kind == "DELETED":
            self._remove(obj)
        else:
            self._put(obj)

    def _put(self, pod: Object) -> None:
        before = self._known.get(key_of(pod))
        self._known[key_of(pod)] = pod
        if before is not None and before["metadata"]["uid"] != pod["metadata"]["uid"]:
            self._watcher.pod_removed(before["metadata"]["uid"])
        if before is None or before["metadata"].get("resourceVersion") != pod["metadata"].get("resourceVersion"):
            self._watcher.pod_changed(pod)

    def _remove(self, pod: Object) -> None:
        self._known.pop(key_of(pod), None)
        self._watcher.pod_removed(pod["metadata"]["uid"])


class _Node:
    """The sink of a watch of one node."""

    def __init__(self, seen: Callable[[Object], None]) -> None:
        self._seen = seen

    def replace(self, items: Iterable[Object], resource_version: str) -> None:
        for node in items:
            self._seen(node)

    def event(self, kind: str, obj: Object) -> None:
        if kind != "DELETED":
            self._seen(obj)


def _node_of(pod: Object) -> list[str]:
    return [pod["spec"].get("nodeName") or ""]
