"""Pods for which room is being made on a node: until they get there, the room is theirs."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from scheduler.podinfo import PodInfo


class Nominator:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nodes: dict[str, str] = {}
        """The node of each pod, by uid."""
        self._pods: dict[str, dict[str, PodInfo]] = {}
        """By node and uid."""

    def add(self, pod: PodInfo, node: str) -> None:
        """``node`` "": it is nominated no longer."""
        with self._lock:
            self._remove(pod.uid)
            if node:
                self._nodes[pod.uid] = node
                self._pods.setdefault(node, {})[pod.uid] = pod

    def remove(self, uid: str) -> None:
        with self._lock:
            self._remove(uid)

    def node_of(self, uid: str) -> str:
        """The node that is being made room on for it, "" if none is."""
        return self._nodes.get(uid, "")

    def on(self, node: str, *, rivals_of: PodInfo) -> Sequence[PodInfo]:
        """The pods nominated there whose claim is as good as the pod's or better."""
        if node not in self._pods:
            return ()
        with self._lock:
            nominated = self._pods.get(node, {}).values()
            return [pod for pod in nominated if pod.priority >= rivals_of.priority and pod.uid != rivals_of.uid]

    def weaker(self, node: str, pod: PodInfo) -> Sequence[PodInfo]:
        """The pods nominated there with a lower priority."""
        with self._lock:
            return [other for other in self._pods.get(node, {}).values() if other.priority < pod.priority]

    def __len__(self) -> int:
        return len(self._nodes)

    def _remove(self, uid: str) -> None:
        node = self._nodes.pop(uid, None)
        if node is not None:
            pods = self._pods[node]
            del pods[uid]
            if not pods:
                del self._pods[node]
