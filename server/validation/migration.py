"""Storage version migrations. Source: k8s.io/kubernetes/pkg/apis/storagemigration/validation."""

from __future__ import annotations

import re

from apimachinery.fielderrors import invalid, required
from apimachinery.names import is_dns1035_label, is_dns1123_subdomain
from apimachinery.objects import Object
from server.validation.checks import IMMUTABLE, Errors, immutable
from server.validation.conditions import check_conditions
from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.rules import name_is_dns_subdomain
from server.validation.validator import validator

_version = re.compile("[1-9][0-9]*").fullmatch


def _create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain)
    target = (obj.get("spec") or {}).get("resource") or {}
    resource, group = target.get("resource"), target.get("group")
    if not resource:
        errors.append(required("spec.resource.resource", "resource is required to be set"))
    elif problems := is_dns1035_label(resource):
        errors.append(invalid("spec.resource.resource", resource, ",".join(problems)))
    if group and (problems := is_dns1123_subdomain(group)):
        errors.append(invalid("spec.resource.group", group, ",".join(problems)))
    return errors


def _update(new: Object, old: Object) -> Errors:
    errors = _create(new) + validate_object_meta_update(new["metadata"], old["metadata"])
    immutable(errors, "spec", new.get("spec"), old.get("spec"))
    return errors


def _is_true(obj: Object, condition: str) -> bool:
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return any(one.get("type") == condition and one.get("status") == "True" for one in conditions)


def _status(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    status = new.get("status") or {}
    version, before = status.get("resourceVersion") or "", (old.get("status") or {}).get("resourceVersion") or ""
    conditions = status.get("conditions")
    if version and not _version(version):
        problem = f"resource version is not well formed: {version}"
        errors.append(invalid("status.resourceVersion", version, problem))
    check_conditions(errors, conditions, "status.conditions")
    if before and before != version:
        errors.append(invalid("status.resourceVersion", version, IMMUTABLE))
    if _is_true(new, "Succeeded") and _is_true(new, "Failed"):
        problem = "Both success and failed conditions cannot be true at the same time"
        errors.append(invalid("status.conditions", conditions, problem))
    for kind, word in (("Succeeded", "Success"), ("Failed", "Failed")):
        if _is_true(old, kind) and not _is_true(new, kind):
            problem = f"{word} condition cannot be set to false once it is true"
            errors.append(invalid("status.conditions", conditions, problem))
    return errors


STORAGE_VERSION_MIGRATION = validator(_create, _update, _status, namespaced=False)
