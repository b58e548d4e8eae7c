"""NamespaceExists: nothing is written in a namespace that is not there.

Source: k8s.io/kubernetes plugin/pkg/admission/namespace/exists. Off unless asked for: NamespaceLifecycle does more.
"""

from __future__ import annotations

from apimachinery.status import NotFound
from server.admission.chain import Attributes
from server.admission.namespace_lifecycle import NAMESPACES
from storage.cache import ResourceCache


class NamespaceExists:
    name = "NamespaceExists"

    def __init__(self, namespaces: ResourceCache) -> None:
        self._namespaces = namespaces

    async def mutate(self, attributes: Attributes) -> None:
        return None

    async def validate(self, attributes: Attributes) -> None:
        namespace = attributes.namespace
        if namespace and attributes.group_resource != NAMESPACES and self._namespaces.get("", namespace) is None:
            raise NotFound.of(NAMESPACES, namespace)
