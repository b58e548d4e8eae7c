"""How many pods the owners of some pods want together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from apimachinery.gvk import GroupVersion, GroupVersionResource
from apimachinery.objects import Object, controller_of, name_of, namespace_of
from apimachinery.status import NotFound
from client.api import Client
from client.resources import DEPLOYMENTS, REPLICASETS, REPLICATIONCONTROLLERS, STATEFULSETS
from controllers.controller import Context

_KINDS = {
    ("apps", "ReplicaSet"): REPLICASETS,
    ("apps", "Deployment"): DEPLOYMENTS,
    ("apps", "StatefulSet"): STATEFULSETS,
    ("", "ReplicationController"): REPLICATIONCONTROLLERS,
}


_OFFER_LASTS = 30.0
"""Seconds."""


class _Offered(NamedTuple):
    gvr: GroupVersionResource
    has_scale: bool


class NoScale(Exception):
    """A pod's owner has no scale, or is not there."""


class Expected(NamedTuple):
    """``unmanaged``: names of pods that nobody owns and that therefore do not count."""

    pods: int
    unmanaged: list[str]


class Scales:
    """Knows the built-in owners from informers and asks for the scale of others, as of custom resources."""

    def __init__(self, context: Context) -> None:
        self._client: Client = context.client
        self._stores = {gvr: context.informer(gvr).store for gvr in _KINDS.values()}
        self._clock = context.clock
        self._offered: dict[tuple[str, str], _Offered] = {}
        self._asked_at = -_OFFER_LASTS

    def expected(self, pods: Iterable[Object]) -> Expected:
        """Raises NoScale."""
        scales: dict[str, int] = {}
        known: dict[str, str] = {}
        unmanaged = []
        for pod in pods:
            reference = controller_of(pod)
            if reference is None:
                unmanaged.append(name_of(pod))
            elif reference["uid"] not in known:
                uid, scale = self._scale_of(pod, reference)
                known[reference["uid"]] = uid
                scales[uid] = scale
        return Expected(sum(scales.values()), unmanaged)

    def _scale_of(self, pod: Object, reference: Mapping[str, Any]) -> tuple[str, int]:
        """The uid and the scale of the topmost owner: of a Deployment rather than of its ReplicaSet."""
        group, kind = GroupVersion.parse(reference["apiVersion"]).group, str(reference["kind"])
        gvr = _KINDS.get((group, kind))
        if gvr is None:
            return self._ask(pod, reference, group, kind)
        owner = self._stores[gvr].get(f"{namespace_of(pod)}/{reference['name']}")
        if owner is None or owner["metadata"]["uid"] != reference["uid"]:
            raise NoScale(f'found no controllers for pod "{name_of(pod)}"')
        above = controller_of(owner) if gvr == REPLICASETS else None
        if above is not None and above.get("kind") == "Deployment":
            return self._scale_of(pod, above)
        replicas = owner["spec"].get("replicas")
        return owner["metadata"]["uid"], 1 if replicas is None else int(replicas)

    def _ask(self, pod: Object, reference: Mapping[str, Any], group: str, kind: str) -> tuple[str, int]:
        offered = self._offer(group, kind)
        if offered is None:
            raise NoScale(f'no matches for kind "{kind}" in version "{reference["apiVersion"]}"')
        if not offered.has_scale:
            raise NoScale(f"{offered.gvr.group_resource} does not implement the scale subresource")
        try:
            scale = self._client.get(offered.gvr, namespace_of(pod), reference["name"], subresource="scale")
        except NotFound as error:
            raise NoScale(f'found no controllers for pod "{name_of(pod)}"') from error
        if scale["metadata"].get("uid") != reference["uid"]:
            raise NoScale(f'found no controllers for pod "{name_of(pod)}"')
        return reference["uid"], int((scale.get("spec") or {}).get("replicas") or 0)

    def _offer(self, group: str, kind: str) -> _Offered | None:
        """What the server offers of a kind; it is asked again now and then, as definitions come and change."""
        found, now = self._offered.get((group, kind)), self._clock.monotonic()
        if (found is None or not found.has_scale) and now - self._asked_at >= _OFFER_LASTS:
            self._asked_at = now
            offered = self._client.discover()
            with_scale = {r.gvr for r in offered if r.subresource == "scale"}
            self._offered = {
                (resource.gvr.group, resource.kind.kind): _Offered(resource.gvr, resource.gvr in with_scale)
                for resource in reversed(offered)
                if not resource.subresource
            }
        return self._offered.get((group, kind))
