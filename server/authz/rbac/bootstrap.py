"""The roles and bindings every cluster has, brought about at each start.

``data/bootstrap_policy.json`` holds upstream's (names and rules of v1.36: plugin/pkg/auth/authorizer/rbac/
bootstrappolicy), one object a line, without the label and the annotation that all of them carry.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.status import AlreadyExists, NotFound
from server.authz.rbac.policy import GROUP
from server.authz.rbac.reconcile import AUTOUPDATE, names_another_role, reconciled
from server.authz.rbac.rules import Rule, rules_of
from server.registry.codec import decode
from server.registry.context import WriteContext
from server.registry.delete import delete
from server.registry.options import DeleteOptions
from server.registry.registry import Registry

RESOURCES: Mapping[str, GroupResource] = {
    "ClusterRole": GroupResource(GROUP, "clusterroles"),
    "ClusterRoleBinding": GroupResource(GROUP, "clusterrolebindings"),
    "Role": GroupResource(GROUP, "roles"),
    "RoleBinding": GroupResource(GROUP, "rolebindings"),
}
"""In the order of their making: bindings are of no use before their roles, but do no harm."""
_RETIRED = (("ClusterRoleBinding", "kubejazz:nodes"),)
"""What earlier versions gave away: every node's rights to all nodes, before there was a Node authorizer."""
_DATA = Path(__file__).parent / "data" / "bootstrap_policy.json"
_ACTOR = '{"user":"system:apiserver","manager":"kube-apiserver","verb":"%s"}'


def policy() -> list[Object]:
    """Complete objects; new ones at each call."""
    return [_completed(obj) for obj in orjson.loads(_DATA.read_bytes())]


def _completed(obj: Object) -> Object:
    """A new object with what all of the policy carry."""
    metadata = obj["metadata"]
    labels = {"kubernetes.io/bootstrapping": "rbac-defaults", **metadata.get("labels", {})}
    metadata = {**metadata, "labels": labels, "annotations": {AUTOUPDATE: "true"}}
    return copy.deepcopy({**obj, "apiVersion": f"{GROUP}/v1", "metadata": metadata})


def rules_of_role(name: str) -> tuple[Rule, ...]:
    """Of a cluster role as upstream has it, whatever has become of it. Raises KeyError."""
    for obj in policy():
        if obj["kind"] == "ClusterRole" and obj["metadata"]["name"] == name:
            return rules_of(obj)
    raise KeyError(name)


async def bootstrap_policy(registries: Mapping[GroupResource, Registry], more: Iterable[Object] = ()) -> None:
    """All at once: the store commits them together. ``more``: roles and bindings that are to be there as well."""
    for kind, name in _RETIRED:
        registry = registries[RESOURCES[kind]]
        if registry.cache.get("", name) is not None:
            await delete(registry, _context("", "delete"), name, DeleteOptions())
    wanted = [*policy(), *map(_completed, more)]
    await asyncio.gather(*(_bring_about(registries[RESOURCES[obj["kind"]]], obj) for obj in wanted))


async def _bring_about(registry: Registry, expected: Object) -> None:
    metadata = expected["metadata"]
    namespace, name = metadata.get("namespace", ""), metadata["name"]
    live = registry.cache.get(namespace, name)
    if live is not None:
        stored = decode(live.value)
        if names_another_role(stored, expected):
            await delete(registry, _context(namespace, "delete"), name, DeleteOptions())
        else:
            await _mend(registry, stored, expected)
            return
    try:
        await registry.create(_context(namespace, "create"), expected)
    except AlreadyExists:
        return


async def _mend(registry: Registry, stored: Object, expected: Object) -> None:
    if reconciled(stored, expected) is stored:
        return

    async def transform(now: Object | None) -> Object:
        if now is None:
            raise NotFound.of(registry.resource, expected["metadata"]["name"])
        return reconciled(now, expected)

    metadata = stored["metadata"]
    await registry.update(_context(metadata.get("namespace", ""), "update"), metadata["name"], transform)


def _context(namespace: str, verb: str) -> WriteContext:
    return WriteContext(namespace=namespace, actor=_ACTOR % verb)
