"""The claims of a set's pods, and who owns them: with an owner they go when it goes.

Pure functions. Source: updateClaimOwnerRefForSetAndPod in stateful_set_utils.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object, is_terminating, namespace_of
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


def owners_wanted(statefulset: Object, claim: Object, pod: Object, ordinal: int) -> list[Object] | None:
    """The claim's owner references as the retention policy wants them; None: they are right."""
    policy = statefulset["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    scaled, deleted = policy.get("whenScaled") == "Delete", policy.get("whenDeleted") == "Delete"
    by_pod = scaled and not is_in_range(statefulset, ordinal)
    by_set = deleted and not by_pod
    set_uid, pod_uid = statefulset["metadata"]["uid"], pod["metadata"].get("uid")
    current: list[Object] = claim["metadata"].get("ownerReferences") or []
    wanted = [reference for reference in current if not _is_ours(reference, set_uid, pod_uid, by_set, by_pod)]
    uids = {reference.get("uid") for reference in wanted}
    if by_set and set_uid not in uids:
        wanted.append(controller_reference(statefulset, STATEFULSET))
    if by_pod and pod_uid not in uids:
        wanted.append(controller_reference(pod, POD))
    return None if wanted == current else wanted


def _is_ours(reference: Object, set_uid: str, pod_uid: str | None, by_set: bool, by_pod: bool) -> bool:
    """Whether it is a reference of ours that is not wanted any more."""
    uid = reference.get("uid")
    return (uid == set_uid and not by_set) or (uid == pod_uid and not by_pod)


def _claim(statefulset: Object, template: Object, ordinal: int) -> Object:
    metadata = dict(template.get("metadata") or {})
    metadata.pop("creationTimestamp", None)
    selected = (statefulset["spec"].get("selector") or {}).get("matchLabels") or {}
    metadata |= {
        "name": claim_name(statefulset, template, ordinal),
        "namespace": namespace_of(statefulset),
        "labels": {**(metadata.get("labels") or {}), **selected},
    }
    policy = statefulset["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    if policy.get("whenDeleted") == "Delete":
        metadata["ownerReferences"] = [controller_reference(statefulset, STATEFULSET)]
    spec = template.get("spec") or {}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}
