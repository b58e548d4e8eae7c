"""Nobody gives away by a role or a binding what they do not have themselves.

Upstream does this in the registry of the four kinds, after mutating admission and before validation; here it is the
last of the mutating steps, which is the same moment. Source: k8s.io/kubernetes pkg/registry/rbac.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.status import Forbidden, NotFound
from server.admission.chain import Attributes
from server.authn.user import MASTERS, User
from server.authz.authorizer import Attributes as Asked
from server.authz.authorizer import Authorizer
from server.authz.rbac.coverage import escalation, missing
from server.authz.rbac.policy import GROUP, Policy
from server.authz.rbac.rules import Rule, rules_of

_ROLES = frozenset({"clusterroles", "roles"})
_BINDINGS = frozenset({"clusterrolebindings", "rolebindings"})
_FULL = (Rule(("*",), ("*",), ("*",)), Rule(("*",), urls=("*",)))
_COLLECTOR_FIELDS = ("ownerReferences", "finalizers", "managedFields")
_ONLY_ADMINS = "must have cluster-admin privileges to use the aggregationRule"


class RbacEscalation:
    name = "RbacEscalation"

    def __init__(self, authorizer: Authorizer, current: Callable[[], Policy]) -> None:
        self._authorizer = authorizer
        self._current = current

    async def mutate(self, attributes: Attributes) -> None:
        """Changes nothing; refuses with upstream's sentence."""
        if attributes.resource.group != GROUP or attributes.obj is None or MASTERS in attributes.user.groups:
            return
        if attributes.old is not None and _only_for_the_collector(attributes.obj, attributes.old):
            return
        if attributes.resource.resource in _ROLES:
            await self._check_role(attributes, attributes.obj)
        elif attributes.resource.resource in _BINDINGS:
            await self._check_binding(attributes, attributes.obj)

    async def validate(self, attributes: Attributes) -> None:
        """All is said in the other step."""

    async def _check_role(self, attributes: Attributes, role: Object) -> None:
        resource = attributes.resource.resource
        if await self._may(attributes, "escalate", resource, attributes.name, attributes.namespace):
            return
        self._confirm(attributes, rules_of(role))
        aggregates = _aggregates(role) or (attributes.old is not None and _aggregates(attributes.old))
        if aggregates and missing(self._own(attributes.user, attributes.namespace), _FULL):
            raise Forbidden.of(attributes.group_resource, attributes.name, _ONLY_ADMINS)

    async def _check_binding(self, attributes: Attributes, binding: Object) -> None:
        role: dict[str, Any] = binding.get("roleRef") or {}
        kind, name = role.get("kind", ""), role.get("name", "")
        resource = {"ClusterRole": "clusterroles", "Role": "roles"}.get(kind)
        if resource is None:
            return  # validation refuses it
        if await self._may(attributes, "bind", resource, name, attributes.namespace):
            return
        rules, trouble = self._current().rules(kind, name, attributes.namespace)
        if trouble:
            raise NotFound.of(GroupResource(GROUP, resource), name)
        self._confirm(attributes, rules)

    async def _may(self, attributes: Attributes, verb: str, resource: str, name: str, namespace: str) -> bool:
        asked = Asked(
            user=attributes.user,
            verb=verb,
            is_resource=True,
            group=GROUP,
            version="*",
            resource=resource,
            namespace=namespace,
            name=name,
        )
        return (await self._authorizer.authorize(asked)).allowed

    def _confirm(self, attributes: Attributes, wanted: tuple[Rule, ...]) -> None:
        lacking = missing(self._own(attributes.user, attributes.namespace), wanted)
        if lacking:
            why = escalation(attributes.user, lacking)
            raise Forbidden.of(attributes.group_resource, attributes.name, why)

    def _own(self, user: User, namespace: str) -> list[Rule]:
        return [rule for grant in self._current().grants(user, namespace) for rule in grant.rules]


def _aggregates(role: Object) -> bool:
    return bool((role.get("aggregationRule") or {}).get("clusterRoleSelectors"))


def _only_for_the_collector(new: Object, old: Object) -> bool:
    """Whether nothing but what the garbage collector handles is different."""

    def rest(obj: Object) -> Object:
        metadata = {name: value for name, value in obj["metadata"].items() if name not in _COLLECTOR_FIELDS}
        return {**obj, "metadata": metadata}

    return rest(new) == rest(old)
