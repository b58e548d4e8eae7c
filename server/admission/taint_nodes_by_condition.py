"""TaintNodesByCondition: a new node takes no pods until it is known to be ready.

Source: k8s.io/kubernetes plugin/pkg/admission/nodetaint.
"""

from __future__ import annotations

from apimachinery.gvk import GroupResource
from server.admission.chain import Attributes

_NODES = GroupResource("", "nodes")
_NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


class TaintNodesByCondition:
    name = "TaintNodesByCondition"

    async def mutate(self, attributes: Attributes) -> None:
        if attributes.group_resource != _NODES or attributes.subresource or attributes.operation != "CREATE":
            return
        if attributes.obj is None:
            return
        spec = attributes.obj.setdefault("spec", {})
        taints = spec.get("taints") or []
        if not any(taint.get("key") == _NOT_READY["key"] and taint.get("effect") == "NoSchedule" for taint in taints):
            spec["taints"] = [*taints, dict(_NOT_READY)]

    async def validate(self, attributes: Attributes) -> None:
        return None
