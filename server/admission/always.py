"""AlwaysAdmit and AlwaysDeny: without meaning of their own; for trying out what happens then.

Source: k8s.io/kubernetes plugin/pkg/admission/admit and /deny. Off unless asked for.
"""

from __future__ import annotations

from server.admission.chain import Attributes
from server.admission.refusal import forbidden


class AlwaysAdmit:
    name = "AlwaysAdmit"

    async def mutate(self, attributes: Attributes) -> None:
        return None

    async def validate(self, attributes: Attributes) -> None:
        return None


class AlwaysDeny:
    name = "AlwaysDeny"

    async def mutate(self, attributes: Attributes) -> None:
        raise forbidden(attributes, "admission control is denying all modifications")

    async def validate(self, attributes: Attributes) -> None:
        raise forbidden(attributes, "admission control is denying all modifications")
