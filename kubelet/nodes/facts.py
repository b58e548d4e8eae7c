"""What is fixed about a node of this process, and the Node object that says so.

Source: pkg/kubelet/kubelet_node_status.go initialNode, pkg/kubelet/nodestatus/setters.go.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apimachinery.objects import Object

KUBELET_VERSION = "v1.37.0+kubejazz"
KUBELET_PORT = 10250
_ATTACH = "volumes.kubernetes.io/controller-managed-attach-detach"
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
ARCHITECTURE = _MACHINES.get(platform.machine(), platform.machine() or "amd64")
OPERATING_SYSTEM = "linux"
DEFAULT_CAPACITY: Mapping[str, str] = {
    "cpu": "32",
    "ephemeral-storage": "1Ti",
    "memory": "256Gi",
    "pods": "110",
}


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """``runtime``: ``hollow://1.0.0``."""

    name: str
    ip: str
    runtime: str
    capacity: Mapping[str, str] = field(default_factory=lambda: DEFAULT_CAPACITY)
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Mapping[str, Any], ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)

    def all_annotations(self) -> dict[str, str]:
        return {_ATTACH: "true", **self.annotations}

    def all_labels(self) -> dict[str, str]:
        """The default labels and those of the configuration, which win."""
        return {**default_labels(self.name), **self.labels}


def default_labels(name: str) -> dict[str, str]:
    return {
        "beta.kubernetes.io/arch": ARCHITECTURE,
        "beta.kubernetes.io/os": OPERATING_SYSTEM,
        "kubernetes.io/arch": ARCHITECTURE,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": OPERATING_SYSTEM,
    }


def new_node(facts: NodeFacts, status: Object) -> Object:
    """The object to register with; taints are only ever set here."""
    spec: Object = {"taints": [dict(taint) for taint in facts.taints]} if facts.taints else {}
    metadata = {"name": facts.name, "labels": facts.all_labels(), "annotations": facts.all_annotations()}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": spec, "status": status}


def adoption_patch(facts: NodeFacts, existing: Object) -> Object | None:
    """The merge patch that gives an existing Node this node's labels and annotations; None when it has them."""
    meta = existing["metadata"]
    labels = _missing(facts.all_labels(), meta.get("labels") or {})
    annotations = _missing(facts.all_annotations(), meta.get("annotations") or {})
    changes = {name: value for name, value in (("labels", labels), ("annotations", annotations)) if value}
    return {"metadata": changes} if changes else None


def _missing(wanted: Mapping[str, str], present: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in wanted.items() if present.get(key) != value}


def node_info(facts: NodeFacts) -> Object:
    """``status.nodeInfo``; the ids follow from the name, so a node keeps them."""
    digest = hashlib.sha256(facts.name.encode()).hexdigest()
    return {
        "machineID": digest[:32],
        "systemUUID": _uuid(digest[:32]),
        "bootID": _uuid(digest[32:]),
        "kernelVersion": platform.release() or "unknown",
        "osImage": "kubejazz hollow node",
        "containerRuntimeVersion": facts.runtime,
        "kubeletVersion": KUBELET_VERSION,
        "kubeProxyVersion": "",
        "operatingSystem": OPERATING_SYSTEM,
        "architecture": ARCHITECTURE,
    }


def _uuid(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
