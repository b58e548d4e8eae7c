"""A node with the pods on it, summed up so that a filter looks at integers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.objects import Object
from scheduler.podinfo import HostPort, PodInfo
from scheduler.resources import NO_SCALARS, Amounts, parse_amounts
from scheduler.terms import NO_AFFINITY

ZONE = "topology.kubernetes.io/zone"
REGION = "topology.kubernetes.io/region"
HOSTNAME = "kubernetes.io/hostname"

_NO_LABELS: Mapping[str, str] = {}
_HARD = ("NoSchedule", "NoExecute")
_NO_NODE: Object = {"metadata": {"name": ""}}


class NodeInfo:
    """Only the cache changes one; a snapshot holds copies that nobody changes.

    ``known`` is False while pods are on a node that has not been seen itself.
    """

    __slots__ = (
        "affinity_pods",
        "allocatable",
        "anti_affinity_pods",
        "cpu",
        "hard_taints",
        "images",
        "known",
        "labels",
        "memory",
        "name",
        "node",
        "pods",
        "ports",
        "scalars",
        "scored_cpu",
        "scored_memory",
        "soft_taints",
        "storage",
        "unschedulable",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.pods: dict[str, PodInfo] = {}
        """By uid."""
        self.affinity_pods: dict[str, PodInfo] = {}
        """Those with any affinity or anti-affinity to other pods."""
        self.anti_affinity_pods: dict[str, PodInfo] = {}
        """Those with required anti-affinity."""
        self.ports: dict[HostPort, int] = {}
        """How many pods claim each."""
        self.cpu = self.memory = self.storage = self.scored_cpu = self.scored_memory = 0
        self.scalars: Mapping[str, int] = NO_SCALARS
        self.set_node(None)

    def set_node(self, node: Object | None) -> None:
        """Take over the node's facts; None: it is gone."""
        self.known = node is not None
        self.node: Object = node or _NO_NODE
        spec: Mapping[str, Any] = self.node.get("spec") or {}
        status: Mapping[str, Any] = self.node.get("status") or {}
        self.labels: Mapping[str, str] = self.node["metadata"].get("labels") or _NO_LABELS
        taints = spec.get("taints") or ()
        self.hard_taints = tuple(taint for taint in taints if taint.get("effect") in _HARD)
        self.soft_taints = tuple(taint for taint in taints if taint.get("effect") == "PreferNoSchedule")
        self.unschedulable = bool(spec.get("unschedulable"))
        self.allocatable: Amounts = parse_amounts(status.get("allocatable"))
        self.images: Mapping[str, int] = {
            name: image.get("sizeBytes") or 0
            for image in status.get("images") or ()
            for name in image.get("names") or ()
        }

    def add(self, pod: PodInfo) -> None:
        """A pod that is not on it yet."""
        self.pods[pod.uid] = pod
        affinity = pod.affinity
        if affinity is not NO_AFFINITY:
            self.affinity_pods[pod.uid] = pod
            if affinity.forbidden:
                self.anti_affinity_pods[pod.uid] = pod
        for port in pod.ports:
            self.ports[port] = self.ports.get(port, 0) + 1
        self._count(pod, 1)

    def remove(self, uid: str) -> PodInfo | None:
        pod = self.pods.pop(uid, None)
        if pod is None:
            return None
        self.affinity_pods.pop(uid, None)
        self.anti_affinity_pods.pop(uid, None)
        for port in pod.ports:
            self.ports[port] -= 1
            if not self.ports[port]:
                del self.ports[port]
        self._count(pod, -1)
        return pod

    def copy(self) -> NodeInfo:
        """Independent of further changes."""
        copy = NodeInfo.__new__(NodeInfo)
        for slot in _SHARED:
            setattr(copy, slot, getattr(self, slot))
        copy.pods = self.pods.copy()
        copy.affinity_pods = self.affinity_pods.copy()
        copy.anti_affinity_pods = self.anti_affinity_pods.copy()
        copy.ports = self.ports.copy()
        return copy

    def zone(self) -> str:
        """Region and zone as one name, "" without both."""
        region, zone = self.labels.get(REGION, ""), self.labels.get(ZONE, "")
        return f"{region}:\x00:{zone}" if region or zone else ""

    def _count(self, pod: PodInfo, sign: int) -> None:
        asked, scored_cpu, scored_memory = pod.requests
        self.cpu += sign * asked.cpu
        self.memory += sign * asked.memory
        self.storage += sign * asked.storage
        self.scored_cpu += sign * scored_cpu
        self.scored_memory += sign * scored_memory
        if asked.scalars:
            scalars = dict(self.scalars)
            for name, amount in asked.scalars.items():
                scalars[name] = scalars.get(name, 0) + sign * amount
            self.scalars = scalars

    def __repr__(self) -> str:
        return f"NodeInfo({self.name!r}, {len(self.pods)} pods)"


_COPIED = ("affinity_pods", "anti_affinity_pods", "pods", "ports")
_SHARED = tuple(slot for slot in NodeInfo.__slots__ if slot not in _COPIED)
