"""Services, pods and nodes for the tests."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def service(*ports: Object, **spec: Any) -> Object:
    given = {"selector": {"app": "web"}, "clusterIP": "10.0.0.1", "ipFamilies": ["IPv4"], "ports": list(ports)}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "ns", "uid": "s1", "labels": {"team": "a"}},
        "spec": given | spec,
    }


HTTP = {"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}


def pod(number: int, *, ready: bool = True, phase: str = "Running", deleted: bool = False, **spec: Any) -> Object:
    metadata: Object = {"name": f"web-{number}", "namespace": "ns", "uid": f"p{number}", "labels": {"app": "web"}}
    if deleted:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    ip = f"10.1.{number // 250}.{number % 250 + 1}"
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    return {
        "metadata": metadata,
        "spec": {"nodeName": "node-1", "containers": [{"name": "c"}]} | spec,
        "status": {"phase": phase, "podIP": ip, "podIPs": [{"ip": ip}], "conditions": [condition]},
    }


def node(name: str) -> Object | None:
    labels = {"topology.kubernetes.io/zone": "zone-a"}
    return {"metadata": {"name": name, "labels": labels}} if name == "node-1" else None
