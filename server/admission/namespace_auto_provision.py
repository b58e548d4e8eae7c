"""NamespaceAutoProvision: whoever writes into a namespace that is not there gets it made.

Source: k8s.io/kubernetes plugin/pkg/admission/namespace/autoprovision. Off unless asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from server.admission.chain import Attributes
from server.admission.namespace_lifecycle import NAMESPACES
from storage.cache import ResourceCache

Provide = Callable[[str], Awaitable[None]]
"""Makes the namespace of that name unless it is there."""


class NamespaceAutoProvision:
    name = "NamespaceAutoProvision"

    def __init__(self, namespaces: ResourceCache, provide: Provide) -> None:
        self._namespaces = namespaces
        self._provide = provide

    async def mutate(self, attributes: Attributes) -> None:
        if attributes.operation != "CREATE" or attributes.dry_run or not attributes.namespace:
            return
        if attributes.group_resource != NAMESPACES and self._namespaces.get("", attributes.namespace) is None:
            await self._provide(attributes.namespace)

    async def validate(self, attributes: Attributes) -> None:
        return None
