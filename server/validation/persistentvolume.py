"""Persistent volumes. Source: k8s.io/kubernetes/pkg/apis/core/validation, pkg/volume/validation."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import forbidden, invalid, not_supported, required
from apimachinery.objects import Object
from server.validation import volumesources as sources
from server.validation.checks import IMMUTABLE, Errors, flag, immutable, same, supported
from server.validation.claimspec import VOLUME_MODES, check_access_modes, check_class_name
from server.validation.diff import unified_diff
from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.resources import check_basic_quantity, check_positive_quantity
from server.validation.rules import label_value, name_is_dns_subdomain
from server.validation.selectors import check_node_selector
from server.validation.validator import validator

Source = Mapping[str, Any]
Check = Callable[[Errors, Source, str], None]

_RECLAIM_POLICIES = ("Delete", "Recycle", "Retain")
_MOUNT_OPTIONS = "volume.beta.kubernetes.io/mount-options"
_ONE_TYPE = "may not specify more than 1 volume type"


def _check_nothing(errors: Errors, source: Source, path: str) -> None:
    """Checked with the name of the volume."""


_SOURCES: tuple[tuple[str, str, str, Check], ...] = (
    ("hostPath", "hostPath", "hostPath", sources.check_host_path),
    ("gcePersistentDisk", "persistentDisk", "gcePersistentDisk", sources.check_gce_disk),
    ("awsElasticBlockStore", "awsElasticBlockStore", "awsElasticBlockStore", sources.check_aws_disk),
    ("glusterfs", "glusterfs", "glusterfs", sources.check_persistent_glusterfs),
    ("flocker", "flocker", "flocker", sources.check_flocker),
    ("nfs", "nfs", "nfs", sources.check_nfs),
    ("rbd", "rbd", "rbd", sources.check_rbd),
    ("quobyte", "quobyte", "quobyte", sources.check_quobyte),
    ("cephfs", "cephfs", "cephFS", sources.check_cephfs),
    ("iscsi", "iscsi", "iscsi", _check_nothing),
    ("cinder", "cinder", "cinder", sources.check_persistent_cinder),
    ("fc", "fc", "fc", sources.check_fc),
    ("flexVolume", "flexVolume", "flexVolume", sources.check_flex),
    ("azureFile", "azureFile", "azureFile", sources.check_persistent_azure_file),
    ("vsphereVolume", "vsphereVolume", "vsphereVolume", sources.check_vsphere),
    ("photonPersistentDisk", "photonPersistentDisk", "photonPersistentDisk", sources.check_photon),
    ("portworxVolume", "portworxVolume", "portworxVolume", sources.check_portworx),
    ("azureDisk", "azureDisk", "azureDisk", sources.check_azure_disk),
    ("scaleIO", "scaleIO", "scaleIO", sources.check_scale_io),
    ("local", "local", "local", sources.check_local_volume),
    ("storageos", "storageos", "storageos", sources.check_persistent_storage_os),
    ("csi", "csi", "csi", sources.check_persistent_csi),
)
"""(JSON name, path in upstream's errors, path when it is one too many, check), in upstream's order."""

_MOUNTABLE = frozenset(
    {
        "gcePersistentDisk",
        "awsElasticBlockStore",
        "glusterfs",
        "nfs",
        "rbd",
        "quobyte",
        "iscsi",
        "cinder",
        "cephfs",
        "azureFile",
        "vsphereVolume",
        "azureDisk",
        "photonPersistentDisk",
    }
)
_NEW_LABELS = {
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "beta.kubernetes.io/os": "kubernetes.io/os",
    "beta.kubernetes.io/arch": "kubernetes.io/arch",
    "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
}
"""Labels that became stable under a new name; a volume may follow."""


def check_volume_spec(
    errors: Errors, spec: Source, name: str, path: str, *, inline: bool = False, any_value: bool = False
) -> None:
    """``inline``: as part of a volume attachment. ``any_value``: invalid label values of the stored volume may stay."""
    if inline:
        _check_inline(errors, spec, path)
    if not spec.get("accessModes"):
        errors.append(required(f"{path}.accessModes"))
    check_access_modes(errors, spec.get("accessModes") or (), f"{path}.accessModes")
    if not inline:
        _check_capacity(errors, spec.get("capacity") or {}, f"{path}.capacity")
    policy = spec.get("persistentVolumeReclaimPolicy")
    if policy and not inline:
        supported(errors, f"{path}.persistentVolumeReclaimPolicy", policy, _RECLAIM_POLICIES)
    elif policy and policy != "Retain":
        problem = "may only be Retain in the context of inline volumes"
        errors.append(forbidden(f"{path}.persistentVolumeReclaimPolicy", problem))
    _check_affinity(errors, spec, path, inline, any_value)
    _check_sources(errors, spec, name, path, inline)
    target = (spec.get("hostPath") or {}).get("path")
    if policy == "Recycle" and target and posixpath.normpath(target) in ("/", "//"):
        problem = "may not be 'recycle' for a hostPath mount of '/'"
        errors.append(forbidden(f"{path}.persistentVolumeReclaimPolicy", problem))
    _check_class(errors, spec, path, inline)
    if not inline:
        _check_attributes_class(errors, spec, path)


def _check_inline(errors: Errors, spec: Source, path: str) -> None:
    for field in ("claimRef", "capacity"):
        if spec.get(field):
            errors.append(forbidden(f"{path}.{field}", "may not be specified in the context of inline volumes"))
    if spec.get("csi") is None:
        errors.append(required(f"{path}.csi", "has to be specified in the context of inline volumes"))


def _check_capacity(errors: Errors, capacity: Mapping[str, str], path: str) -> None:
    if not capacity:
        errors.append(required(path))
    if list(capacity) != ["storage"]:
        errors.append(not_supported(path, capacity or None, ("storage",)))
    for resource, text in capacity.items():
        check_basic_quantity(errors, f"{path}[{resource}]", text)
        check_positive_quantity(errors, f"{path}[{resource}]", text)


def _check_affinity(errors: Errors, spec: Source, path: str, inline: bool, any_value: bool) -> None:
    affinity = spec.get("nodeAffinity")
    if affinity is None:
        return
    if inline:
        errors.append(forbidden(f"{path}.nodeAffinity", "may not be specified in the context of inline volumes"))
    elif affinity.get("required") is None:
        problem = "must specify required node constraints"
        errors.append(required(f"{path}.nodeAffinity.required", problem))
    else:
        check_node_selector(errors, affinity["required"], f"{path}.nodeAffinity.required", any_value=any_value)


def _check_sources(errors: Errors, spec: Source, name: str, path: str, inline: bool) -> None:
    found = False
    for field, checked, refused, check in _SOURCES:
        source = spec.get(field)
        if source is None:
            continue
        if found and field != "flexVolume":
            errors.append(forbidden(f"{path}.{refused}", _ONE_TYPE))
            continue
        found = True
        check(errors, source, f"{path}.{checked}")
        if field == "iscsi":
            sources.check_persistent_iscsi(errors, source, f"{path}.iscsi", name)
        elif field == "local" and (inline or spec.get("nodeAffinity") is None):
            errors.append(required(f"{path}.nodeAffinity", "Local volume requires node affinity"))
    if not found:
        errors.append(required(path, "must specify a volume type"))


def _check_class(errors: Errors, spec: Source, path: str, inline: bool) -> None:
    name, mode = spec.get("storageClassName"), spec.get("volumeMode")
    if name and inline:
        problem = "may not be specified in the context of inline volumes"
        errors.append(forbidden(f"{path}.storageClassName", problem))
    else:
        check_class_name(errors, f"{path}.storageClassName", name)
    if mode is None:
        return
    if not inline:
        supported(errors, f"{path}.volumeMode", mode, VOLUME_MODES)
    elif mode != "Filesystem":
        problem = "may not specify volumeMode other than Filesystem in the context of inline volumes"
        errors.append(forbidden(f"{path}.volumeMode", problem))


def _check_attributes_class(errors: Errors, spec: Source, path: str) -> None:
    name = spec.get("volumeAttributesClassName")
    if name is None:
        return
    if name:
        flag(errors, f"{path}.volumeAttributesClassName", name, name_is_dns_subdomain(name))
    else:
        errors.append(required(f"{path}.volumeAttributesClassName", "an empty string is disallowed"))
    if spec.get("csi") is None:
        errors.append(required(f"{path}.csi", "has to be specified when using volumeAttributesClassName"))


def _check_volume(errors: Errors, obj: Object, any_value: bool = False) -> None:
    meta = obj["metadata"]
    errors += validate_object_meta(meta, False, name_is_dns_subdomain)
    check_volume_spec(errors, obj.get("spec") or {}, meta.get("name") or "", "spec", any_value=any_value)


def _check_mount_options(errors: Errors, obj: Object) -> None:
    if _MOUNT_OPTIONS in (obj["metadata"].get("annotations") or {}) and not _MOUNTABLE & obj.get("spec", {}).keys():
        problem = "may not specify mount options for this volume type"
        errors.append(forbidden(f"metadata.annotations.{_MOUNT_OPTIONS}", problem))


def _create(obj: Object) -> Errors:
    errors: Errors = []
    _check_volume(errors, obj)
    _check_mount_options(errors, obj)
    return errors


def _update(new: Object, old: Object) -> Errors:
    errors: Errors = []
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    any_value = _has_bad_label_value(before)
    _check_volume(errors, new, any_value)
    _check_mount_options(errors, new)
    _check_volume(errors, new, any_value)
    _check_source_kept(errors, spec, before)
    immutable(errors, "volumeMode", spec.get("volumeMode"), before.get("volumeMode"))
    affinity = spec.get("nodeAffinity")
    if before.get("nodeAffinity") is not None and not same(affinity, _modernised(before["nodeAffinity"], affinity)):
        errors.append(invalid("nodeAffinity", affinity, f"{IMMUTABLE}, except for updating from beta label to GA"))
    if before.get("volumeAttributesClassName") is not None and spec.get("volumeAttributesClassName") is None:
        problem = "update from non-nil value to nil is forbidden"
        errors.append(forbidden("spec.volumeAttributesClassName", problem))
    return errors


def _has_bad_label_value(spec: Source) -> bool:
    terms = ((spec.get("nodeAffinity") or {}).get("required") or {}).get("nodeSelectorTerms") or ()
    return any(
        label_value(value)
        for term in terms
        for expression in term.get("matchExpressions") or ()
        for value in expression.get("values") or ()
    )


def _source_of(spec: Source) -> dict[str, Any]:
    return {row[0]: spec[row[0]] for row in _SOURCES if spec.get(row[0]) is not None}


def _check_source_kept(errors: Errors, spec: Source, before: Source) -> None:
    new, old = _source_of(spec), _source_of(before)
    csi, stored = new.get("csi"), old.get("csi")
    if csi is not None and stored is not None and stored.get("controllerExpandSecretRef") is None:
        new["csi"] = {field: value for field, value in csi.items() if field != "controllerExpandSecretRef"}
    if not same(new, old):
        problem = f"spec.persistentvolumesource is immutable after creation\n{unified_diff(old, new)}"
        errors.append(forbidden("spec.persistentvolumesource", problem))


def _modernised(old: Any, new: Any) -> Any:
    """The old affinity with labels renamed where the new one has their new name in the same place."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        changed = {field: _modernised(value, new.get(field)) for field, value in old.items()}
        if "operator" in old and _NEW_LABELS.get(old.get("key", "")) == new.get("key", ""):
            changed["key"] = new.get("key")
        return changed
    if isinstance(old, Sequence) and isinstance(new, Sequence) and not isinstance(old, str) and len(old) == len(new):
        return [_modernised(a, b) for a, b in zip(old, new, strict=True)]
    return old


def _status(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    if not new["metadata"].get("resourceVersion"):
        errors.append(required("resourceVersion"))
    return errors


PERSISTENT_VOLUME = validator(_create, _update, _status, namespaced=False)
