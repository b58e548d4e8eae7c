"""The lease by which a node shows that it lives.

Source: k8s.io/component-helpers/apimachinery/lease, pkg/kubelet/util/nodelease.go; KEP-589.
"""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object
from apimachinery.timefmt import format_micro_time

NAMESPACE = "kube-node-lease"
DURATION = 40
RENEW_INTERVAL = DURATION * 0.25
JITTER = 0.04
"""The interval grows by up to this fraction, so that nodes started together drift apart."""


def node_lease(node: Object, now: datetime, existing: Object | None = None) -> Object:
    """The lease of a node, held from ``now``; one that exists keeps everything else it has."""
    meta = node["metadata"]
    owner = {"apiVersion": "v1", "kind": "Node", "name": meta["name"], "uid": meta["uid"]}
    lease = existing or {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": meta["name"], "namespace": NAMESPACE},
    }
    spec = {
        **(lease.get("spec") or {}),
        "holderIdentity": meta["name"],
        "leaseDurationSeconds": DURATION,
        "renewTime": format_micro_time(now),
    }
    metadata = {**lease["metadata"], "ownerReferences": [owner]}
    return {**lease, "metadata": metadata, "spec": spec}
