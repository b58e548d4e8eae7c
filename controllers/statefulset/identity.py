"""Names, ordinals and volumes: what makes a pod the n-th of its set. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object, name_of, namespace_of
from controllers.shared.history import HASH
from controllers.shared.ownership import controller_reference, labels_of
from controllers.shared.pods import pod_from_template

STATEFULSET = GroupVersion("apps", "v1").kind("StatefulSet")
POD_NAME = "statefulset.kubernetes.io/pod-name"
POD_INDEX = "apps.kubernetes.io/pod-index"
_NAME = re.compile(r"(.*)-([0-9]{1,9})")


def ordinal_of(statefulset: Mapping[str, Any], pod: Mapping[str, Any]) -> int | None:
    """None: the pod's name is not one of the set's."""
    match = _NAME.fullmatch(name_of(pod))
    return int(match[2]) if match and match[1] == name_of(statefulset) else None


def start_of(statefulset: Mapping[str, Any]) -> int:
    return int((statefulset["spec"].get("ordinals") or {}).get("start") or 0)


def replicas_of(statefulset: Mapping[str, Any]) -> int:
    replicas = statefulset["spec"].get("replicas")
    return 1 if replicas is None else int(replicas)


def is_in_range(statefulset: Mapping[str, Any], ordinal: int) -> bool:
    start = start_of(statefulset)
    return start <= ordinal < start + replicas_of(statefulset)


def pod_name(statefulset: Mapping[str, Any], ordinal: int) -> str:
    return f"{name_of(statefulset)}-{ordinal}"


def claim_name(statefulset: Mapping[str, Any], template: Mapping[str, Any], ordinal: int) -> str:
    return f"{name_of(template)}-{name_of(statefulset)}-{ordinal}"


def stateful_pod(statefulset: Object, template: Mapping[str, Any], revision: str, ordinal: int) -> Object:
    """``template``: the pod template of that revision, by its name."""
    pod = pod_from_template(template, name_of(statefulset), controller_reference(statefulset, STATEFULSET))
    metadata = pod["metadata"]
    del metadata["generateName"]
    metadata["labels"] = {**(metadata.get("labels") or {}), HASH: revision}
    return with_identity(statefulset, pod, ordinal)


def with_identity(statefulset: Object, pod: Object, ordinal: int) -> Object:
    """The pod as the set's n-th should be."""
    name, spec = pod_name(statefulset, ordinal), {**pod["spec"]}
    spec["hostname"] = name
    service = statefulset["spec"].get("serviceName")
    if service:
        spec["subdomain"] = service
    volumes = _volumes(statefulset, pod, ordinal)
    if volumes:
        spec["volumes"] = volumes
    labels = {**labels_of(pod), POD_NAME: name, POD_INDEX: str(ordinal)}
    metadata = {**pod["metadata"], "name": name, "namespace": namespace_of(statefulset), "labels": labels}
    return {**pod, "metadata": metadata, "spec": spec}


def has_identity(statefulset: Object, pod: Object, ordinal: int) -> bool:
    labels = labels_of(pod)
    return labels.get(POD_NAME) == name_of(pod) and _storage_matches(statefulset, pod, ordinal)


def revision_of(pod: Mapping[str, Any]) -> str:
    return labels_of(pod).get(HASH) or ""


def _storage_matches(statefulset: Object, pod: Object, ordinal: int) -> bool:
    claims = {
        volume["name"]: (volume.get("persistentVolumeClaim") or {}).get("claimName")
        for volume in pod["spec"].get("volumes") or ()
    }
    templates = statefulset["spec"].get("volumeClaimTemplates") or ()
    return all(claims.get(name_of(t)) == claim_name(statefulset, t, ordinal) for t in templates)


def _volumes(statefulset: Object, pod: Object, ordinal: int) -> list[Object]:
    """Those of the claims take the place of others of that name."""
    templates = statefulset["spec"].get("volumeClaimTemplates") or ()
    names = {name_of(template) for template in templates}
    own = [
        {"name": name_of(t), "persistentVolumeClaim": {"claimName": claim_name(statefulset, t, ordinal)}}
        for t in templates
    ]
    return own + [volume for volume in pod["spec"].get("volumes") or () if volume["name"] not in names]
