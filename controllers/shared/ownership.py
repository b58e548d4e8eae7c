"""Who controls what: adopting orphans that a selector matches, releasing what it no longer matches.

Rules of pkg/controller/controller_ref_manager.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from apimachinery.gvk import GroupVersionKind, GroupVersionResource
from apimachinery.labels import Selector, SelectorError, from_label_selector
from apimachinery.objects import Object, controller_of, is_terminating, name_of, namespace_of
from apimachinery.status import Invalid, NotFound, StatusError
from client.api import STRATEGIC, Client
from client.errors import TryAgain
from client.store import Store


class Claims(NamedTuple):
    kept: list[Object]
    adopt: list[Object]
    release: list[Object]


def labels_of(obj: Mapping[str, Any]) -> Mapping[str, str]:
    return obj["metadata"].get("labels") or {}


def selects(owner: Object, pod: Object) -> bool:
    """Whether the owner's selector, if it has one that can be used, matches the pod."""
    try:
        selector = from_label_selector(owner["spec"].get("selector"))
    except SelectorError:
        return False
    return not selector.empty and selector.matches(labels_of(pod))


def sort_claims(owner: Object, selector: Selector, objects: Iterable[Object]) -> Claims:
    """What the owner has, should adopt, and should release. An owner that is being deleted takes and releases none."""
    uid, ending = owner["metadata"]["uid"], is_terminating(owner)
    claims = Claims([], [], [])
    for obj in objects:
        reference = controller_of(obj)
        if reference is not None:
            if reference.get("uid") != uid:
                continue
            if selector.matches(labels_of(obj)):
                claims.kept.append(obj)
            elif not ending:
                claims.release.append(obj)
        elif not ending and not is_terminating(obj) and selector.matches(labels_of(obj)):
            claims.adopt.append(obj)
    return claims


def controller_reference(owner: Object, kind: GroupVersionKind) -> Object:
    return {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "name": name_of(owner),
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def resolve(owners: Store, kind: str, namespace: str, reference: Mapping[str, Any] | None) -> Object | None:
    """The object that a controller reference means, if it is of that kind and still the same."""
    if reference is None or reference.get("kind") != kind:
        return None
    owner = owners.get(f"{namespace}/{reference.get('name')}")
    return owner if owner is not None and owner["metadata"]["uid"] == reference.get("uid") else None


class Claimer:
    """Carries claims out for owners of one kind and dependents of one resource."""

    def __init__(
        self,
        client: Client,
        kind: GroupVersionKind,
        owners: GroupVersionResource,
        dependents: GroupVersionResource,
        finalizers: tuple[str, ...] = (),
    ) -> None:
        """``finalizers`` are added to what is adopted and taken off what is released."""
        self._client = client
        self._kind = kind
        self._owners = owners
        self._dependents = dependents
        self._finalizers = list(finalizers)

    def claim(self, owner: Object, selector: Selector, objects: Iterable[Object]) -> list[Object]:
        """The objects that the owner controls now. Raises the first failure, after all have been tried."""
        claims = sort_claims(owner, selector, objects)
        claimed, failure = claims.kept, None
        if claims.adopt:
            self._recheck(owner)
        for obj in claims.adopt:
            try:
                claimed.append(self._adopt(owner, obj))
            except NotFound:
                continue
            except StatusError as error:
                failure = failure or error
        for obj in claims.release:
            try:
                self.release(owner, obj)
            except StatusError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return claimed

    def release(self, owner: Object, obj: Object) -> None:
        """Take the owner's reference off; nothing happens when the object is gone or another of that name."""
        metadata: Object = {
            "uid": obj["metadata"]["uid"],
            "ownerReferences": [{"$patch": "delete", "uid": owner["metadata"]["uid"]}],
        }
        if self._finalizers:
            metadata["$deleteFromPrimitiveList/finalizers"] = self._finalizers
        try:
            self._patch(obj, metadata)
        except (NotFound, Invalid):
            return

    def _adopt(self, owner: Object, obj: Object) -> Object:
        metadata: Object = {
            "uid": obj["metadata"]["uid"],
            "ownerReferences": [controller_reference(owner, self._kind)],
        }
        if self._finalizers:
            metadata["finalizers"] = self._finalizers
        return self._patch(obj, metadata)

    def _patch(self, obj: Object, metadata: Object) -> Object:
        patch = {"metadata": metadata}
        return self._client.patch(self._dependents, namespace_of(obj), name_of(obj), patch, kind=STRATEGIC)

    def _recheck(self, owner: Object) -> None:
        """The owner must not have been deleted since it was cached: what it adopts would go with it."""
        name, namespace, uid = name_of(owner), namespace_of(owner), owner["metadata"]["uid"]
        try:
            fresh = self._client.get(self._owners, namespace, name)
        except NotFound as error:
            raise TryAgain(f"can't recheck DeletionTimestamp: {error}") from error
        if fresh["metadata"]["uid"] != uid:
            was = f"{self._kind.kind} {namespace}/{name}"
            raise TryAgain(f"original {was} is gone: got uid {fresh['metadata']['uid']}, wanted {uid}")
        if is_terminating(fresh):
            when = fresh["metadata"]["deletionTimestamp"]
            raise TryAgain(f"{namespace}/{name} has just been deleted at {when}")
