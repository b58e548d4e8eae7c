"""All nodes and the pods on them, as the API says or as the scheduler has decided and the API will say.

Informers and binding threads change it; the scheduling thread takes snapshots. A pod that has been given a node is
*assumed* to be there until the API confirms it, or the binding fails and it is forgotten, or it never shows.
"""

from __future__ import annotations

import logging
import threading

from apimachinery.clock import Clock
from apimachinery.objects import Object, name_of
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot

log = logging.getLogger(__name__)

EXPIRY = 900.0
"""Seconds after its binding that a pod stays assumed without a sign of it."""


class Cache:
    """Thread-safe."""

    def __init__(self, clock: Clock, *, expiry: float = EXPIRY) -> None:
        self._clock = clock
        self._expiry = expiry
        self._lock = threading.Lock()
        self._nodes: dict[str, NodeInfo] = {}
        self._pods: dict[str, PodInfo] = {}
        """By uid; assumed ones too."""
        self._assumed: dict[str, float | None] = {}
        """When it expires, None while it is being bound."""
        self._changed: dict[str, None] = {}
        """Names of nodes, in the order of their change."""

    def set_node(self, node: Object) -> None:
        """A node was added or updated."""
        with self._lock:
            self._node(name_of(node)).set_node(node)

    def remove_node(self, name: str) -> None:
        """Pods still on it are kept, for they may outlive what was seen of the node."""
        with self._lock:
            self._node(name).set_node(None)
            self._drop_if_empty(name)

    def set_pod(self, pod: PodInfo) -> None:
        """The API shows the pod with a node: adds, updates, or confirms what was assumed."""
        with self._lock:
            if pod.uid in self._assumed:
                del self._assumed[pod.uid]
                assumed = self._pods[pod.uid]
                if assumed.node_name != pod.node_name:
                    log.warning("pod %s is on %s, not on %s", pod.key, pod.node_name, assumed.node_name)
            self._take_off(pod.uid)
            self._put_on(pod)

    def remove_pod(self, uid: str) -> PodInfo | None:
        """The pod has ended or is gone; returns what was known of it."""
        with self._lock:
            self._assumed.pop(uid, None)
            return self._take_off(uid)

    def assume(self, pod: PodInfo) -> None:
        """It goes to ``pod.node_name``. ValueError: it is on a node already."""
        with self._lock:
            if pod.uid in self._pods:
                raise ValueError(f"pod {pod.key} is on node {self._pods[pod.uid].node_name} already")
            self._put_on(pod)
            self._assumed[pod.uid] = None

    def finish_binding(self, uid: str) -> None:
        """The API has accepted the binding: unless it shows the pod in time, it is taken to be lost."""
        with self._lock:
            if uid in self._assumed:
                self._assumed[uid] = self._clock.monotonic() + self._expiry

    def forget(self, uid: str) -> bool:
        """The binding has failed; False: it is not assumed (any more), so nothing happened."""
        with self._lock:
            if uid not in self._assumed:
                return False
            del self._assumed[uid]
            self._take_off(uid)
            return True

    def is_assumed(self, uid: str) -> bool:
        return uid in self._assumed

    def get(self, uid: str) -> PodInfo | None:
        """The pod as it is, or is assumed to be, on its node, if it has one."""
        return self._pods.get(uid)

    def expire(self) -> list[PodInfo]:
        """Forget the pods that were bound but never seen so; returns them."""
        now = self._clock.monotonic()
        with self._lock:
            due = [uid for uid, at in self._assumed.items() if at is not None and at <= now]
            for uid in due:
                del self._assumed[uid]
            return [pod for uid in due if (pod := self._take_off(uid)) is not None]

    def update(self, snapshot: Snapshot) -> None:
        """Bring the snapshot up to date; only nodes that changed since the last call are copied.

        There can be only one snapshot that is kept up to date.
        """
        with self._lock:
            if not self._changed:
                return
            changed: dict[str, NodeInfo | None] = {}
            for name in self._changed:
                node = self._nodes.get(name)
                changed[name] = node.copy() if node is not None and node.known else None
            self._changed.clear()
        snapshot.update(changed)

    def _node(self, name: str) -> NodeInfo:
        self._changed[name] = None
        node = self._nodes.get(name)
        if node is None:
            node = self._nodes[name] = NodeInfo(name)
        return node

    def _put_on(self, pod: PodInfo) -> None:
        self._node(pod.node_name).add(pod)
        self._pods[pod.uid] = pod

    def _take_off(self, uid: str) -> PodInfo | None:
        pod = self._pods.pop(uid, None)
        if pod is not None:
            self._node(pod.node_name).remove(uid)
            self._drop_if_empty(pod.node_name)
        return pod

    def _drop_if_empty(self, name: str) -> None:
        node = self._nodes[name]
        if not node.known and not node.pods:
            del self._nodes[name]
