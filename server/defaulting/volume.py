"""Volumes of a pod, the sources of persistent volumes, and the specs of claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from apimachinery.objects import Object
from server.defaulting.container import field_ref
from server.defaulting.fields import child, fill, fill_empty
from server.defaulting.images import pull_policy
from server.defaulting.resources import requirements, round_up

_FILE_MODE = 0o644
_TOKEN_LIFETIME = 3600


def volume(obj: Object) -> None:
    if not obj.keys() - {"name"}:
        obj["emptyDir"] = {}
    for kind, source in obj.items():
        fill_source = _POD_SOURCES.get(kind)
        if fill_source is not None and source is not None:
            fill_source(source)


def persistent_volume_source(spec: Object) -> None:
    """The part of a persistent volume's spec that says where it is; also used for volumes attached inline."""
    round_up(spec.get("capacity"))
    for kind, fill_source in _PERSISTENT_SOURCES.items():
        if spec.get(kind) is not None:
            fill_source(spec[kind])


def claim(obj: Object) -> None:
    """A PersistentVolumeClaim."""
    status = child(obj, "status")
    fill_empty(status, "phase", "Pending")
    claim_spec(child(obj, "spec"))
    round_up(status.get("capacity"))
    round_up(status.get("allocatedResources"))


def claim_spec(spec: Object) -> None:
    fill(spec, "volumeMode", "Filesystem")
    requirements(spec)


def _mode(source: Object) -> None:
    fill(source, "defaultMode", _FILE_MODE)


def _downward(source: Object) -> None:
    _mode(source)
    _downward_items(source)


def _downward_items(source: Object) -> None:
    for item in source.get("items") or ():
        field_ref(item)


def _projected(source: Object) -> None:
    _mode(source)
    for projection in source.get("sources") or ():
        if projection.get("downwardAPI") is not None:
            _downward_items(projection["downwardAPI"])
        token = projection.get("serviceAccountToken")
        if token is not None:
            fill(token, "expirationSeconds", _TOKEN_LIFETIME)


def _image(source: Object) -> None:
    if not source.get("pullPolicy"):
        source["pullPolicy"] = pull_policy(source.get("reference") or "")


def _ephemeral(source: Object) -> None:
    template = source.get("volumeClaimTemplate")
    if template is not None:
        claim_spec(child(template, "spec"))


def _host_path(source: Object) -> None:
    fill(source, "type", "")


def _iscsi(source: Object) -> None:
    fill_empty(source, "iscsiInterface", "default")


def _rbd(source: Object) -> None:
    fill_empty(source, "pool", "rbd")
    fill_empty(source, "user", "admin")
    fill_empty(source, "keyring", "/etc/ceph/keyring")


def _azure_disk(source: Object) -> None:
    fill(source, "cachingMode", "ReadWrite")
    fill(source, "fsType", "ext4")
    fill(source, "readOnly", False)
    fill(source, "kind", "Shared")


def _scale_io(source: Object) -> None:
    fill_empty(source, "storageMode", "ThinProvisioned")
    fill_empty(source, "fsType", "xfs")


_PERSISTENT_SOURCES: Mapping[str, Callable[[Object], None]] = {
    "hostPath": _host_path,
    "iscsi": _iscsi,
    "rbd": _rbd,
    "azureDisk": _azure_disk,
    "scaleIO": _scale_io,
}
_POD_SOURCES: Mapping[str, Callable[[Object], None]] = {
    **_PERSISTENT_SOURCES,
    "secret": _mode,
    "configMap": _mode,
    "downwardAPI": _downward,
    "projected": _projected,
    "image": _image,
    "ephemeral": _ephemeral,
}
