"""DenyServiceExternalIPs: no service claims addresses as its own, and others' traffic with them (CVE-2020-8554).

Source: k8s.io/kubernetes plugin/pkg/admission/network/denyserviceexternalips. Off unless asked for.
"""

from __future__ import annotations

from apimachinery.gvk import GroupResource
from server.admission.chain import Attributes
from server.admission.refusal import forbidden

_SERVICES = GroupResource("", "services")


class DenyServiceExternalIPs:
    name = "DenyServiceExternalIPs"

    async def mutate(self, attributes: Attributes) -> None:
        return None

    async def validate(self, attributes: Attributes) -> None:
        """What was there before may stay."""
        if attributes.group_resource != _SERVICES or attributes.subresource or attributes.obj is None:
            return
        if attributes.operation not in ("CREATE", "UPDATE"):
            return
        before = ((attributes.old or {}).get("spec") or {}).get("externalIPs") or ()
        if not set(attributes.obj["spec"].get("externalIPs") or ()) <= set(before):
            raise forbidden(attributes, "Use of external IPs is denied by admission control")
