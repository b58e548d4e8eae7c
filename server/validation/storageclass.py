"""Storage classes, classes of volume attributes, and storage capacities.

Source: k8s.io/kubernetes/pkg/apis/storage/validation; the declarative rules of k8s.io/api/storage/v1, whose errors
come last.
"""

from __future__ import annotations

from collections.abc import Mapping

from apimachinery.fielderrors import forbidden, invalid, not_supported, required, too_long
from apimachinery.objects import Object
from server.validation.checks import IMMUTABLE, NEGATIVE, Errors, check_qualified, flag, same
from server.validation.objectmeta import byte_length, validate_object_meta, validate_object_meta_update
from server.validation.rules import name_is_dns_subdomain
from server.validation.selectors import check_label_selector, check_topology_terms
from server.validation.validator import validator

_MAX_PARAMETERS = 512
_MAX_PARAMETERS_SIZE = 256 * 1024
_RECLAIM_POLICIES = ("Delete", "Retain")
_BINDING_MODES = ("Immediate", "WaitForFirstConsumer")
_FIXED = ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode")


def _check_parameters(errors: Errors, parameters: Mapping[str, str]) -> None:
    if len(parameters) > _MAX_PARAMETERS:
        errors.append(too_long("parameters", _MAX_PARAMETERS))
        return
    if "" in parameters:
        errors.append(invalid("parameters", "", "field can not be empty."))
    if sum(byte_length(name) + byte_length(value) for name, value in parameters.items()) > _MAX_PARAMETERS_SIZE:
        errors.append(too_long("parameters", _MAX_PARAMETERS_SIZE))


def _check_class(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain)
    if provisioner := obj.get("provisioner"):
        check_qualified(errors, "provisioner", provisioner.lower())
    _check_parameters(errors, obj.get("parameters") or {})
    policy, mode = obj.get("reclaimPolicy"), obj.get("volumeBindingMode")
    if policy and policy not in _RECLAIM_POLICIES:
        errors.append(not_supported("reclaimPolicy", policy, _RECLAIM_POLICIES))
    if mode is None:
        errors.append(required("volumeBindingMode"))
    elif mode not in _BINDING_MODES:
        errors.append(not_supported("volumeBindingMode", mode, _BINDING_MODES))
    check_topology_terms(errors, obj.get("allowedTopologies") or (), "allowedTopologies")
    return errors


def _class_create(obj: Object) -> Errors:
    errors = _check_class(obj)
    if not obj.get("provisioner"):
        errors.append(required("provisioner"))
    return errors


def _class_update(new: Object, old: Object) -> Errors:
    errors = _check_class(new) + validate_object_meta_update(new["metadata"], old["metadata"])
    for field in _FIXED:
        if not same(new.get(field), old.get(field)):
            if field == "provisioner" and not new.get(field):
                errors.append(required(field))
            errors.append(invalid(field, None, IMMUTABLE))
    return errors


def _attributes_create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain)
    if driver := obj.get("driverName"):
        check_qualified(errors, "driverName", driver.lower())
    else:
        errors.append(required("driverName"))
    parameters = obj.get("parameters") or {}
    _check_parameters(errors, parameters)
    if not parameters:
        errors.append(required("parameters", "must contain at least one key/value pair"))
    return errors


def _attributes_update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    for field in ("driverName", "parameters"):
        if (new.get(field) or None) != (old.get(field) or None):
            errors.append(forbidden(field, f"updates to {field} are forbidden."))
    return errors + _attributes_create(new)


def _check_capacity(obj: Object, any_value: bool) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    check_label_selector(errors, obj.get("nodeTopology"), "nodeTopology", any_value=any_value)
    name = obj.get("storageClassName") or ""
    flag(errors, "storageClassName", name, name_is_dns_subdomain(name))
    if (capacity := obj.get("capacity")) is not None and capacity.startswith("-"):
        errors.append(invalid("capacity", capacity, NEGATIVE))
    return errors


def _capacity_create(obj: Object) -> Errors:
    return _check_capacity(obj, False)


def _capacity_update(new: Object, old: Object) -> Errors:
    problems: Errors = []
    check_label_selector(problems, old.get("nodeTopology"), "")
    errors = _check_capacity(new, bool(problems))
    errors += validate_object_meta_update(new["metadata"], old["metadata"])
    if not same(new.get("nodeTopology"), old.get("nodeTopology")):
        errors.append(invalid("nodeTopology", new.get("nodeTopology"), IMMUTABLE))
    name = new.get("storageClassName") or ""
    if name != (old.get("storageClassName") or ""):
        errors.append(invalid("storageClassName", name, IMMUTABLE))
    return errors


STORAGE_CLASS = validator(_class_create, _class_update, namespaced=False)
VOLUME_ATTRIBUTES_CLASS = validator(_attributes_create, _attributes_update, namespaced=False)
CSI_STORAGE_CAPACITY = validator(_capacity_create, _capacity_update)
