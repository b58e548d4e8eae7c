"""Persistent volume claims. Source: k8s.io/kubernetes/pkg/apis/core/validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.fielderrors import forbidden, not_supported, required
from apimachinery.objects import Object
from apimachinery.quantity import Quantity, parse_quantity
from server.validation.checks import Errors, flag, immutable, same
from server.validation.claimspec import STRICT, ClaimOptions, check_claim_spec
from server.validation.diff import unified_diff
from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.resources import check_basic_quantity, check_quantity, is_native
from server.validation.rules import name_is_dns_subdomain, qualified_name
from server.validation.selectors import check_label_selector
from server.validation.validator import validator

Source = Mapping[str, Any]

_CLASS = "volume.beta.kubernetes.io/storage-class"
_RESIZE_STATES = (
    "ControllerResizeInProgress",
    "ControllerResizeInfeasible",
    "NodeResizeInProgress",
    "NodeResizeInfeasible",
    "NodeResizePending",
)
_FIXED = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
_ATTRIBUTES = "spec.volumeAttributesClassName"


def _check_claim(errors: Errors, obj: Object, options: ClaimOptions) -> None:
    errors += validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    check_claim_spec(errors, obj.get("spec") or {}, "spec", options)


def _create(obj: Object) -> Errors:
    errors: Errors = []
    _check_claim(errors, obj, STRICT)
    return errors


def _options(spec: Source) -> ClaimOptions:
    """What the stored claim has wrong."""
    problems: Errors = []
    check_label_selector(problems, spec.get("selector"), "")
    groups = [(spec.get(field) or {}).get("apiGroup") for field in ("dataSource", "dataSourceRef")]
    return ClaimOptions(any_selector_value=bool(problems), any_api_group=any(group is not None for group in groups))


def _update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    _check_claim(errors, new, _options(before))
    masked, kept = dict(spec), dict(before)
    if not before.get("volumeName"):
        _copy(kept, spec, "volumeName")
    _mask_class(errors, masked, new, old)
    if (new.get("status") or {}).get("phase") == "Bound":
        _mask_bound(masked, before)
    if not same(masked, kept):
        errors.append(forbidden("spec", f"{_FIXED}\n{unified_diff(kept, masked)}"))
    _check_size(errors, spec, before, old.get("status") or {})
    immutable(errors, "volumeMode", spec.get("volumeMode"), before.get("volumeMode"))
    _check_attributes_class(errors, spec, before, old.get("status") or {})
    return errors


def _copy(target: dict[str, Any], source: Source, field: str) -> None:
    if source.get(field) is None:
        target.pop(field, None)
    else:
        target[field] = source[field]


def _mask_class(errors: Errors, masked: dict[str, Any], new: Object, old: Object) -> None:
    """The class may move from the old annotation to the field, and be filled in where there was none."""
    ours, theirs = (obj["metadata"].get("annotations") or {} for obj in (new, old))
    name, before = masked.get("storageClassName"), (old.get("spec") or {}).get("storageClassName")
    annotated = theirs.get(_CLASS)
    if annotated is not None and before is None and name == annotated == ours.get(_CLASS, annotated):
        masked.pop("storageClassName", None)
        return
    path = f"metadata.annotations.{_CLASS}"
    immutable(errors, path, ours.get(_CLASS, ""), theirs.get(_CLASS, ""))
    if name is not None and before is None and annotated in (None, name):
        masked.pop("storageClassName", None)


def _mask_bound(masked: dict[str, Any], before: Source) -> None:
    """A bound claim may change its size and the attributes of its volume."""
    resources = masked.get("resources") or {}
    if resources.get("requests") is not None:
        stored = ((before.get("resources") or {}).get("requests") or {}).get("storage", "0")
        masked["resources"] = {**resources, "requests": {**resources["requests"], "storage": stored}}
    _copy(masked, before, "volumeAttributesClassName")


def _storage(amounts: Source | None) -> Quantity:
    return parse_quantity((amounts or {}).get("storage", "0"))


def _check_size(errors: Errors, spec: Source, before: Source, status: Source) -> None:
    """A request may shrink, to recover from a failed expansion, but not to what the volume has already."""
    new, old = (_storage((s.get("resources") or {}).get("requests")) for s in (spec, before))
    if new < old and new <= _storage(status.get("capacity")):
        problem = "field can not be less than status.capacity"
        errors.append(forbidden("spec.resources.requests.storage", problem))


def _check_attributes_class(errors: Errors, spec: Source, before: Source, status: Source) -> None:
    name = spec.get("volumeAttributesClassName")
    if name == before.get("volumeAttributesClassName") or status.get("currentVolumeAttributesClassName") is None:
        return
    rest = "is forbidden when status.currentVolumeAttributesClassName is not nil"
    if name is None:
        errors.append(forbidden(_ATTRIBUTES, f"update to nil {rest}"))
    elif not name:
        errors.append(forbidden(_ATTRIBUTES, f"update to empty string {rest}"))


def _status(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    if not new["metadata"].get("resourceVersion"):
        errors.append(required("resourceVersion"))
    if not (new.get("spec") or {}).get("accessModes"):
        errors.append(required("Spec.accessModes"))
    status = new.get("status") or {}
    for name, text in (status.get("capacity") or {}).items():
        check_basic_quantity(errors, f"status.capacity[{name}]", text)
    path = "status.allocatedResourceStatuses"
    for name, state in (status.get("allocatedResourceStatuses") or {}).items():
        _check_key(errors, path, name)
        if state not in _RESIZE_STATES:
            errors.append(not_supported(path, name, _RESIZE_STATES))
    path = "status.allocatedResources"
    for name, text in (status.get("allocatedResources") or {}).items():
        if _check_key(errors, path, name) and check_basic_quantity(errors, f"{path}[{name}]", text):
            check_quantity(errors, f"{path}[{name}]", "storage", text)
    return errors


def _check_key(errors: Errors, path: str, name: str) -> bool:
    before = len(errors)
    flag(errors, path, name, qualified_name(name))
    if len(errors) == before and is_native(name) and name != "storage":
        errors.append(not_supported(path, name, ("storage",)))
    return len(errors) == before


PERSISTENT_VOLUME_CLAIM = validator(_create, _update, _status)
