"""NamespaceLifecycle: nothing is created in a namespace that is missing or going away; some namespaces stay for ever.

Source: k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle.
"""

from __future__ import annotations

from apimachinery.gvk import GroupResource
from apimachinery.status import Forbidden, NotFound
from server.admission.chain import Attributes
from server.registry.codec import decode
from storage.cache import ResourceCache
from storage.types import Entry

NAMESPACES = GroupResource("", "namespaces")
IMMORTAL = frozenset({"default", "kube-system", "kube-public"})
_ALLOWED_WHILE_TERMINATING = frozenset(
    {
        GroupResource("authorization.k8s.io", "localsubjectaccessreviews"),
    }
)


class NamespaceLifecycle:
    name = "NamespaceLifecycle"

    def __init__(self, namespaces: ResourceCache) -> None:
        self._namespaces = namespaces

    async def mutate(self, attributes: Attributes) -> None:
        """Works in the mutating step, so that nothing is done to objects that cannot be created."""
        if attributes.group_resource == NAMESPACES:
            if attributes.operation == "DELETE" and attributes.name in IMMORTAL:
                raise Forbidden.of(NAMESPACES, attributes.name, "this namespace may not be deleted")
            return
        if attributes.operation != "CREATE" or not attributes.namespace:
            return
        namespace = self._namespaces.get("", attributes.namespace)
        if namespace is None:
            if attributes.group_resource in _ALLOWED_WHILE_TERMINATING:
                return
            raise NotFound.of(NAMESPACES, attributes.namespace)
        if _is_terminating(namespace) and attributes.group_resource not in _ALLOWED_WHILE_TERMINATING:
            raise _terminating(attributes)

    async def validate(self, attributes: Attributes) -> None:
        """DELETE of a namespace reaches only this step."""
        if attributes.operation == "DELETE":
            await self.mutate(attributes)


def _is_terminating(namespace: Entry) -> bool:
    memo = namespace.memo.get("terminating")
    if memo is None:
        memo = namespace.memo["terminating"] = "deletionTimestamp" in decode(namespace.value)["metadata"]
    return bool(memo)


def _terminating(attributes: Attributes) -> Forbidden:
    namespace = attributes.namespace
    error = Forbidden.of(
        attributes.group_resource,
        attributes.name,
        f"unable to create new content in namespace {namespace} because it is being terminated",
    )
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {namespace} is being terminated",
        "field": "metadata.namespace",
    }
    error.details = {**(error.details or {}), "causes": [cause]}
    return error
