"""CSI drivers and nodes, and volume attachments.

Source: k8s.io/kubernetes/pkg/apis/storage/validation; the declarative rules of k8s.io/api/storage/v1, whose errors
come last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, required, too_long, too_long_characters
from apimachinery.names import inclusive_range_error, is_dns1123_subdomain_caseless
from apimachinery.objects import Object
from server.validation.checks import (
    IMMUTABLE,
    MAX_INT32,
    Errors,
    check_qualified,
    flag,
    immutable,
    nonnegative,
    same,
    supported,
)
from server.validation.objectmeta import byte_length, validate_object_meta, validate_object_meta_update
from server.validation.persistentvolume import check_volume_spec
from server.validation.rules import name_is_dns_subdomain
from server.validation.validator import validator
from server.validation.volumesources import check_driver_name

Source = Mapping[str, Any]

_GROUP_POLICIES = ("File", "None", "ReadWriteOnceWithFSType")
_MODES = ("Persistent", "Ephemeral")
_MAX_NODE_ID = 256
_MAX_METADATA = 256 * 1024
_MAX_MESSAGE = 1024
_MAX_ATTACHER = 63
_ONE_SOURCE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"


def _check_driver(errors: Errors, spec: Source) -> None:
    for field, name in (("attachRequired", "attachedRequired"), ("podInfoOnMount",) * 2, ("storageCapacity",) * 2):
        if spec.get(field) is None:
            errors.append(required(f"spec.{name}"))
    if (policy := spec.get("fsGroupPolicy")) is not None:
        supported(errors, "spec.fsGroupPolicy", policy, _GROUP_POLICIES)
    requests = spec.get("tokenRequests") or ()
    _check_token_requests(errors, requests)
    for mode in spec.get("volumeLifecycleModes") or ():
        supported(errors, "spec.volumeLifecycleModes", mode, _MODES)
    if spec.get("seLinuxMount") is None:
        errors.append(required("spec.seLinuxMount"))
    period = spec.get("nodeAllocatableUpdatePeriodSeconds")
    if period is not None and period < 10:
        problem = "must be greater than or equal to 10 seconds"
        errors.append(invalid("spec.nodeAllocatableUpdatePeriodSeconds", period, problem))
    in_secrets = spec.get("serviceAccountTokenInSecrets")
    if in_secrets is not None and not requests:
        problem = "serviceAccountTokenInSecrets is set but no tokenRequests are specified"
        errors.append(invalid("spec.serviceAccountTokenInSecrets", in_secrets, problem))


def _check_token_requests(errors: Errors, requests: Sequence[Source]) -> None:
    audiences: set[str] = set()
    for index, request in enumerate(requests):
        path, audience = f"spec.tokenRequests[{index}]", request.get("audience") or ""
        if audience in audiences:
            errors.append(duplicate(f"{path}.audience", audience))
            continue
        audiences.add(audience)
        seconds, here = request.get("expirationSeconds"), f"{path}.expirationSeconds"
        if seconds is not None and seconds < 600:
            errors.append(invalid(here, seconds, "may not specify a duration less than 10 minutes"))
        if seconds is not None and seconds > 1 << 32:
            errors.append(invalid(here, seconds, "may not specify a duration larger than 2^32 seconds"))


def _driver_create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain)
    _check_driver(errors, obj.get("spec") or {})
    return errors


def _driver_update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    _check_driver(errors, spec)
    immutable(errors, "spec.attachedRequired", spec.get("attachRequired"), before.get("attachRequired"))
    field = "volumeLifecycleModes"
    immutable(errors, f"spec.{field}", spec.get(field), before.get(field))
    return errors


def _node_create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain)
    names: set[str] = set()
    for index, driver in enumerate((obj.get("spec") or {}).get("drivers") or ()):
        here, name = f"spec.drivers[{index}]", driver.get("name") or ""
        _check_node_driver(errors, driver, here)
        if name in names:
            errors.append(duplicate(f"{here}.name", name))
        names.add(name)
        _check_topology_keys(errors, driver.get("topologyKeys") or (), here)
    return errors


def _check_node_driver(errors: Errors, driver: Source, path: str) -> None:
    node = driver.get("nodeID") or ""
    check_driver_name(errors, f"{path}.name", driver.get("name") or "")
    if not node:
        errors.append(required(f"{path}.nodeID"))
    if byte_length(node) > _MAX_NODE_ID:
        errors.append(invalid(f"{path}.nodeID", node, f"must be {_MAX_NODE_ID} characters or less"))
    nonnegative(errors, f"{path}.allocatable.count", (driver.get("allocatable") or {}).get("count"))


def _check_topology_keys(errors: Errors, keys: Sequence[str], path: str) -> None:
    for index, key in enumerate(keys):
        if not key:
            errors.append(required(path))
        if key in keys[:index]:
            errors.append(duplicate(path, key))
        check_qualified(errors, path, key)


def _node_update(new: Object, old: Object) -> Errors:
    errors = _node_create(new)
    drivers = [_without_limits(driver) for driver in (new.get("spec") or {}).get("drivers") or ()]
    for stored in (old.get("spec") or {}).get("drivers") or ():
        for driver in drivers:
            if driver.get("name") == stored.get("name"):
                immutable(errors, "spec.drivers", driver, _without_limits(stored))
    return errors


def _without_limits(driver: Source) -> dict[str, Any]:
    """How many volumes fit may change."""
    return {field: value for field, value in driver.items() if field != "allocatable"}


def _check_attachment(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain)
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    source, node = spec.get("source") or {}, spec.get("nodeName") or ""
    _check_attached(errors, source)
    flag(errors, "spec.nodeName", node, name_is_dns_subdomain(node))
    metadata = status.get("attachmentMetadata") or {}
    if sum(byte_length(name) + byte_length(value) for name, value in metadata.items()) > _MAX_METADATA:
        errors.append(too_long("status.attachmentMetadata", _MAX_METADATA))
    for field in ("attachError", "detachError"):
        _check_volume_error(errors, status.get(field) or {}, f"status.{field}")
    if (name := source.get("persistentVolumeName")) is not None:
        flag(errors, "spec.source.persistentVolumeName", name, name_is_dns_subdomain(name))
    return errors


def _check_attached(errors: Errors, source: Source) -> None:
    inline, name = source.get("inlineVolumeSpec"), source.get("persistentVolumeName")
    if inline is None and name is None:
        errors.append(required("spec.source", _ONE_SOURCE))
    elif inline is not None and name is not None:
        errors.append(forbidden("spec.source", _ONE_SOURCE))
    elif inline is not None:
        check_volume_spec(errors, inline, "", "spec.source.inlineVolumeSpec", inline=True)
    elif not name:
        problem = "must specify non empty persistentVolumeName"
        errors.append(required("spec.source.persistentVolumeName", problem))


def _check_volume_error(errors: Errors, error: Source, path: str) -> None:
    if byte_length(error.get("message") or "") > _MAX_MESSAGE:
        errors.append(too_long(f"{path}.message", _MAX_METADATA))  # upstream tells the wrong limit
    code = error.get("errorCode")
    if code is not None and code < 0:
        errors.append(invalid(f"{path}.errorCode", code, inclusive_range_error(0, MAX_INT32)))


def _attachment_create(obj: Object) -> Errors:
    errors = _check_attachment(obj)
    attacher = (obj.get("spec") or {}).get("attacher")
    if not attacher:
        errors.append(required("spec.attacher"))
        return errors
    flag(errors, "spec.attacher", attacher, is_dns1123_subdomain_caseless(attacher))
    if len(attacher) > _MAX_ATTACHER:
        errors.append(too_long_characters("spec.attacher", _MAX_ATTACHER))
    return errors


def _attachment_update(new: Object, old: Object) -> Errors:
    errors = _check_attachment(new)
    if not same(new.get("spec"), old.get("spec")):
        errors.append(invalid("spec", None, IMMUTABLE))
    return errors


CSI_DRIVER = validator(_driver_create, _driver_update, namespaced=False)
CSI_NODE = validator(_node_create, _node_update, namespaced=False)
VOLUME_ATTACHMENT = validator(_attachment_create, _attachment_update, namespaced=False)
