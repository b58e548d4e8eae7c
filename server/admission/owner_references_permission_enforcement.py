"""OwnerReferencesPermissionEnforcement: who names an owner could delete the object; who blocks the owner's deletion
could set finalizers on it.

Source: k8s.io/kubernetes plugin/pkg/admission/gc. Off unless asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from apimachinery.gvk import GroupResource, GroupVersion, GroupVersionKind
from apimachinery.objects import Object
from openapi.resources import Resource
from server.admission.chain import Attributes
from server.admission.refusal import forbidden
from server.authn.user import User
from server.authz.authorizer import Attributes as Asked
from server.authz.authorizer import Authorizer

_PODS = GroupResource("", "pods")
_FINALIZERS = "finalizers"

Mappings = Callable[[GroupVersionKind], Sequence[Resource]]
"""The resources that a kind is served as; none for a kind there is not."""


class OwnerReferencesPermissionEnforcement:
    name = "OwnerReferencesPermissionEnforcement"

    def __init__(self, authorizer: Authorizer, mappings: Mappings) -> None:
        self._authorizer = authorizer
        self._mappings = mappings

    async def mutate(self, attributes: Attributes) -> None:
        return None

    async def validate(self, attributes: Attributes) -> None:
        if attributes.operation not in ("CREATE", "UPDATE") or attributes.obj is None:
            return
        if attributes.group_resource == _PODS and attributes.subresource == "status":
            return
        before, after = _owners(attributes.old), _owners(attributes.obj)
        if before == after:
            return
        if attributes.operation == "UPDATE":
            await self._check_deletes(attributes)
        blocking = list(_newly_blocking(before, after))
        if blocking and not await self._finalizes_anything(attributes.user):
            for owner in blocking:
                await self._check_finalizes(attributes, owner)

    async def _check_deletes(self, attributes: Attributes) -> None:
        """Who makes an object could have left it; who changes its owners makes the garbage collector delete it."""
        resource = attributes.resource
        verdict = await self._authorizer.authorize(
            Asked(
                attributes.user,
                "delete",
                "",
                True,
                resource.group,
                resource.version,
                resource.resource,
                attributes.subresource,
                attributes.namespace,
                attributes.name,
            )
        )
        if not verdict.allowed:
            why = f"cannot set an ownerRef on a resource you can't delete: {verdict.reason}, {_nil(verdict.trouble)}"
            raise forbidden(attributes, why)

    async def _finalizes_anything(self, user: User) -> bool:
        asked = Asked(user, "update", "", True, "*", "*", "*", _FINALIZERS, name="*")
        return (await self._authorizer.authorize(asked)).allowed

    async def _check_finalizes(self, attributes: Attributes, owner: Object) -> None:
        version, kind = owner.get("apiVersion", ""), owner.get("kind", "")
        gvk = GroupVersion.parse(version).kind(kind)
        resources = self._mappings(gvk)
        if not resources:
            why = f'no matches for kind "{kind}" in version "{version}"'
            raise forbidden(
                attributes,
                "cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion "
                f"{version} Kind {kind}: {why}",
            )
        for resource in resources:
            namespace = attributes.namespace if resource.namespaced else ""
            asked = Asked(
                attributes.user,
                "update",
                "",
                True,
                resource.group,
                resource.version,
                resource.plural,
                _FINALIZERS,
                namespace,
                owner.get("name", ""),
            )
            verdict = await self._authorizer.authorize(asked)
            if not verdict.allowed:
                raise forbidden(
                    attributes,
                    "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers "
                    f"on: {verdict.reason}, {_nil(verdict.trouble)}",
                )


def _owners(obj: Object | None) -> list[Object]:
    return ((obj or {}).get("metadata") or {}).get("ownerReferences") or []


def _newly_blocking(before: Sequence[Object], after: Sequence[Object]) -> Iterator[Object]:
    blocked = {owner.get("uid") for owner in before if owner.get("blockOwnerDeletion")}
    return (owner for owner in after if owner.get("blockOwnerDeletion") and owner.get("uid") not in blocked)


def _nil(trouble: str) -> str:
    """As Go prints an error that is none."""
    return trouble or "<nil>"
