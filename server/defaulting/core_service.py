"""Services."""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.fields import child, fill, fill_empty

_AFFINITY_SECONDS = 10800
_REACHED_FROM_INSIDE = ("ClusterIP", "NodePort", "LoadBalancer")


def service(obj: Object) -> None:
    spec = child(obj, "spec")
    _session_affinity(spec)
    fill_empty(spec, "type", "ClusterIP")
    for port in spec.get("ports") or ():
        fill_empty(port, "protocol", "TCP")
        if port.get("targetPort") in (None, 0, ""):
            port["targetPort"] = port.get("port") or 0
    kind = spec["type"]
    if kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and spec.get("externalIPs")):
        fill_empty(spec, "externalTrafficPolicy", "Cluster")
    if kind in _REACHED_FROM_INSIDE:
        fill(spec, "internalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        fill(spec, "allocateLoadBalancerNodePorts", True)
        for point in ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ():
            if point.get("ip"):
                fill(point, "ipMode", "VIP")


def _session_affinity(spec: Object) -> None:
    fill_empty(spec, "sessionAffinity", "None")
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    elif spec["sessionAffinity"] == "ClientIP":
        client = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
        if client.get("timeoutSeconds") is None:
            spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": _AFFINITY_SECONDS}}
