"""LimitPodHardAntiAffinityTopology: a pod may keep others off its node, not off its zone.

Source: k8s.io/kubernetes plugin/pkg/admission/antiaffinity. Off unless asked for.
"""

from __future__ import annotations

from apimachinery.gvk import GroupResource
from apimachinery.status import Forbidden
from server.admission.chain import Attributes

_PODS = GroupResource("", "pods")
_HOSTNAME = "kubernetes.io/hostname"
_FIELD = "requiredDuringSchedulingIgnoredDuringExecution"


class LimitPodHardAntiAffinityTopology:
    name = "LimitPodHardAntiAffinityTopology"

    async def mutate(self, attributes: Attributes) -> None:
        return None

    async def validate(self, attributes: Attributes) -> None:
        pod = attributes.obj
        if attributes.group_resource != _PODS or attributes.subresource or pod is None:
            return
        if attributes.operation not in ("CREATE", "UPDATE"):
            return
        anti = ((pod["spec"].get("affinity") or {}).get("podAntiAffinity") or {}).get(_FIELD) or ()
        for term in anti:
            key = term.get("topologyKey", "")
            if key != _HOSTNAME:
                why = (
                    f"affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey {key} but only key {_HOSTNAME} "
                    "is allowed"
                )
                raise Forbidden.of(_PODS, pod["metadata"].get("name", ""), why)
