"""The claims of a set's pods, and who owns them: with an owner they go when it goes.

Pure functions. Source: updateClaimOwnerRefForSetAndPod in stateful_set_utils.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.gvk import GroupVersion, GroupVersionKind
from apimachinery.objects import Object, is_terminating, name_of, namespace_of
from controllers.shared.ownership import controller_reference
from controllers.statefulset.identity import STATEFULSET, claim_name, is_in_range

POD = GroupVersion("", "v1").kind("Pod")


def claims_of(statefulset: Object, ordinal: int) -> list[Object]:
    """The claims that the n-th pod needs, to be created."""
    return [_claim(statefulset, t, ordinal) for t in statefulset["spec"].get("volumeClaimTemplates") or ()]


def is_stale(claim: Mapping[str, Any], pod: Mapping[str, Any] | None) -> bool:
    """It belongs to an earlier pod of that name and will go with it. ``pod``: the one there is."""
    if is_terminating(claim):
        return True
    uid = pod["metadata"].get("uid") if pod is not None else None
    return any(r.get("kind") == "Pod" and r.get("uid") != uid for r in claim["metadata"].get("ownerReferences") or ())


def has_other_controller(statefulset: Object, claim: Object, pod: Object) -> bool:
    """Somebody else manages the claim, or an earlier set or pod of the same name did: how long it stays is not ours."""
    if set(_policy(statefulset)) == {False}:
        return False
    for reference in _owners(claim):
        ours = next((owner for owner, kind in _own(statefulset, pod) if _names(reference, owner, kind)), None)
        if ours is None and reference.get("controller"):
            return True
        if ours is not None and reference.get("uid") != ours["metadata"].get("uid"):
            return True
    return False


def owners_wanted(statefulset: Object, claim: Object, pod: Object, ordinal: int) -> list[Object] | None:
    """The claim's owner references as the retention policy wants them; None: they are right, or not ours to change."""
    own = _own(statefulset, pod)
    current = _owners(claim)
    if any(_is_stale_reference(current, owner, kind) for owner, kind in own):
        return None
    scaled, deleted = _policy(statefulset)
    by_pod = scaled and not is_in_range(statefulset, ordinal)
    wanted = [(pod, POD)] if by_pod else [(statefulset, STATEFULSET)] if deleted else []
    if has_other_controller(statefulset, claim, pod):
        wanted = []
    uids = {owner["metadata"].get("uid") for owner, _ in own}
    mine = [reference for reference in current if reference.get("uid") in uids]
    right = {reference["uid"] for reference in mine if reference.get("controller")}
    if len(right) == len(mine) and right == {owner["metadata"].get("uid") for owner, _ in wanted}:
        return None
    others = [entry for entry in current if not any(_names(entry, owner, kind) for owner, kind in own)]
    return others + [controller_reference(owner, kind) for owner, kind in wanted]


def _own(statefulset: Object, pod: Object) -> tuple[tuple[Object, GroupVersionKind], ...]:
    return (statefulset, STATEFULSET), (pod, POD)


def _owners(claim: Object) -> list[Object]:
    owners: list[Object] = claim["metadata"].get("ownerReferences") or []
    return owners


def _policy(statefulset: Object) -> tuple[bool, bool]:
    """Whether claims go when their pod is scaled away, and when the set is deleted."""
    policy = statefulset["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    return policy.get("whenScaled") == "Delete", policy.get("whenDeleted") == "Delete"


def _names(reference: Object, owner: Object, kind: GroupVersionKind) -> bool:
    named = (reference.get("apiVersion"), reference.get("kind"), reference.get("name"))
    return named == (kind.api_version, kind.kind, name_of(owner))


def _is_stale_reference(references: list[Object], owner: Object, kind: GroupVersionKind) -> bool:
    first = next((reference for reference in references if _names(reference, owner, kind)), None)
    return first is not None and first.get("uid") != owner["metadata"].get("uid")


def _claim(statefulset: Object, template: Object, ordinal: int) -> Object:
    metadata = dict(template.get("metadata") or {})
    metadata.pop("creationTimestamp", None)
    selected = (statefulset["spec"].get("selector") or {}).get("matchLabels") or {}
    metadata |= {
        "name": claim_name(statefulset, template, ordinal),
        "namespace": namespace_of(statefulset),
        "labels": {**(metadata.get("labels") or {}), **selected},
    }
    if _policy(statefulset)[1]:
        metadata["ownerReferences"] = [controller_reference(statefulset, STATEFULSET)]
    spec = template.get("spec") or {}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}
