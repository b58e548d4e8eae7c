"""Namespaces and service accounts. Source: k8s.io/kubernetes/pkg/apis/core/validation."""

from __future__ import annotations

from apimachinery.fielderrors import invalid
from apimachinery.objects import Object
from server.validation.checks import Errors, check_qualified
from server.validation.objectmeta import check_standard_finalizer, validate_object_meta, validate_object_meta_update
from server.validation.rules import name_is_dns_label, name_is_dns_subdomain
from server.validation.validator import metadata_update, on_update, validator


def _check_finalizer(errors: Errors, path: str, finalizer: str) -> None:
    check_qualified(errors, path, finalizer)
    check_standard_finalizer(errors, path, finalizer)


def _create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_label)
    for finalizer in (obj.get("spec") or {}).get("finalizers") or ():
        _check_finalizer(errors, "spec.finalizers", finalizer)
    return errors


def _update(new: Object, old: Object) -> Errors:
    return _create(new) + metadata_update(new, old)


def _status(new: Object, old: Object) -> Errors:
    errors = metadata_update(new, old)
    deleted = new["metadata"].get("deletionTimestamp") is not None
    wanted, state = ("Terminating", "is not empty") if deleted else ("Active", "is empty")
    phase = (new.get("status") or {}).get("phase") or ""
    if phase != wanted:
        errors.append(invalid("status.Phase", phase, f"may only be '{wanted}' if `deletionTimestamp` {state}"))
    return errors


def _finalize(new: Object, old: Object) -> Errors:
    errors = metadata_update(new, old)
    for index, finalizer in enumerate((new.get("spec") or {}).get("finalizers") or ()):
        _check_finalizer(errors, f"spec.finalizers[{index}]", finalizer)
    return errors


def _account_create(obj: Object) -> Errors:
    return validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)


def _account_update(new: Object, old: Object) -> Errors:
    return validate_object_meta_update(new["metadata"], old["metadata"]) + _account_create(new)


NAMESPACE = validator(_create, _update, _status, namespaced=False)
SERVICE_ACCOUNT = validator(_account_create, _account_update)

validate_namespace_finalize = on_update(_finalize, namespaced=False)
"""(new, old): a write to namespaces/finalize."""
