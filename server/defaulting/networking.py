"""Network policies and ingress classes."""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.fields import child, fill


def network_policy(obj: Object) -> None:
    spec = child(obj, "spec")
    for direction in ("ingress", "egress"):
        for rule in spec.get(direction) or ():
            for port in rule.get("ports") or ():
                fill(port, "protocol", "TCP")
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


def ingress_class(obj: Object) -> None:
    parameters = (obj.get("spec") or {}).get("parameters")
    if parameters is not None:
        fill(parameters, "scope", "Cluster")
