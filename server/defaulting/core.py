"""The kinds of the core group that are neither pods nor services."""

from __future__ import annotations

from base64 import b64encode

from apimachinery.objects import Object
from server.defaulting import volume
from server.defaulting.fields import child, fill, fill_empty
from server.defaulting.resources import round_up

_LIMIT_RANGE_LISTS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")


def namespace(obj: Object) -> None:
    metadata = child(obj, "metadata")
    if metadata.get("name"):
        child(metadata, "labels")["kubernetes.io/metadata.name"] = metadata["name"]
    fill_empty(child(obj, "status"), "phase", "Active")


def node(obj: Object) -> None:
    status = child(obj, "status")
    if status.get("allocatable") is None and status.get("capacity") is not None:
        status["allocatable"] = dict(status["capacity"])
    round_up(status.get("capacity"))
    round_up(status.get("allocatable"))
    spec = obj.get("spec")
    if spec:
        _pod_cidrs(spec)


def _pod_cidrs(spec: Object) -> None:
    """``podCIDR`` and the first of ``podCIDRs`` are one field, as in upstream's conversion."""
    cidr, cidrs = spec.get("podCIDR"), spec.get("podCIDRs")
    if cidr and (not cidrs or cidrs[0] != cidr):
        spec["podCIDRs"] = [cidr]
    elif cidrs:
        spec["podCIDR"] = cidrs[0]


def secret(obj: Object) -> None:
    """Also moves the write-only ``stringData`` into ``data``, as upstream's conversion does."""
    fill_empty(obj, "type", "Opaque")
    texts = obj.pop("stringData", None)
    if texts:
        data = child(obj, "data")
        for key, text in texts.items():
            data[key] = b64encode(text.encode()).decode()


def endpoints(obj: Object) -> None:
    for subset in obj.get("subsets") or ():
        for port in subset.get("ports") or ():
            fill_empty(port, "protocol", "TCP")


def limit_range(obj: Object) -> None:
    for limit in child(obj, "spec").get("limits") or ():
        if limit.get("type") == "Container":
            limit["default"] = {**(limit.get("max") or {}), **(limit.get("default") or {})}
            requests = limit.get("defaultRequest") or {}
            limit["defaultRequest"] = {**(limit.get("min") or {}), **limit["default"], **requests}
        for name in _LIMIT_RANGE_LISTS:
            round_up(limit.get(name))


def resource_quota(obj: Object) -> None:
    round_up(child(obj, "spec").get("hard"))
    status = obj.get("status")
    if status:
        round_up(status.get("hard"))
        round_up(status.get("used"))


def persistent_volume(obj: Object) -> None:
    spec = child(obj, "spec")
    fill_empty(child(obj, "status"), "phase", "Pending")
    fill_empty(spec, "persistentVolumeReclaimPolicy", "Retain")
    fill(spec, "volumeMode", "Filesystem")
    volume.persistent_volume_source(spec)


def persistent_volume_claim(obj: Object) -> None:
    volume.claim(obj)
