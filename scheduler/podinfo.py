"""What scheduling needs to know of a pod, worked out once when the pod is seen, not for every node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from apimachinery.objects import Object, key_of
from apimachinery.pods import pod_priority
from scheduler.nodeselector import NodeSelection
from scheduler.resources import Requests, requests_of
from scheduler.terms import PodAffinity

_NO_LABELS: Mapping[str, str] = {}


class HostPort(NamedTuple):
    ip: str
    """``0.0.0.0``: every address."""
    protocol: str
    port: int


class PodInfo:
    """Immutable; shared between threads. ``pod`` is the wire object and must not be changed."""

    __slots__ = (
        "affinity",
        "has_claims",
        "key",
        "labels",
        "name",
        "namespace",
        "node_name",
        "pod",
        "ports",
        "priority",
        "requests",
        "selection",
        "spec",
        "terminating",
        "tolerations",
        "uid",
    )

    def __init__(self, pod: Object, node_name: str = "") -> None:
        """``node_name``: the node it is assumed to be on; by default the one it is bound to."""
        metadata, spec = pod["metadata"], pod["spec"]
        self.pod = pod
        self.spec: Mapping[str, Any] = spec
        self.uid: str = metadata.get("uid") or ""
        self.key = key_of(pod)
        self.name: str = metadata["name"]
        self.namespace: str = metadata.get("namespace") or ""
        self.labels: Mapping[str, str] = metadata.get("labels") or _NO_LABELS
        self.node_name: str = node_name or spec.get("nodeName") or ""
        self.priority = pod_priority(pod)
        self.terminating = metadata.get("deletionTimestamp") is not None
        self.tolerations: tuple[Mapping[str, Any], ...] = tuple(spec.get("tolerations") or ())
        self.requests: Requests = requests_of(pod)
        self.ports = host_ports(spec)
        self.selection = NodeSelection.of(spec)
        self.affinity = PodAffinity.of(pod)
        self.has_claims = any("persistentVolumeClaim" in v or "ephemeral" in v for v in spec.get("volumes") or ())

    def on(self, node_name: str) -> PodInfo:
        """The same pod, assumed to be on that node."""
        copy = PodInfo.__new__(PodInfo)
        for slot in PodInfo.__slots__:
            setattr(copy, slot, getattr(self, slot))
        copy.node_name = node_name
        return copy

    def __repr__(self) -> str:
        return f"PodInfo({self.key!r}, node_name={self.node_name!r})"


def host_ports(spec: Mapping[str, Any]) -> tuple[HostPort, ...]:
    """The node's ports that the pod's containers claim; of init containers those of sidecars alone."""
    sidecars = (c for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always")
    return tuple(
        HostPort(port.get("hostIP") or "0.0.0.0", port.get("protocol") or "TCP", port["hostPort"])
        for container in (*(spec.get("containers") or ()), *sidecars)
        for port in container.get("ports") or ()
        if port.get("hostPort")
    )
