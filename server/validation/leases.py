"""Leases and runtime classes.

Source: k8s.io/kubernetes/pkg/apis/coordination/validation, pkg/apis/node/validation; the declarative rules of
k8s.io/api/node/v1, whose errors come last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, required
from apimachinery.objects import Object
from server.validation.checks import IMMUTABLE, Errors, check_label, check_qualified, supported
from server.validation.objectmeta import check_labels, validate_object_meta, validate_object_meta_update
from server.validation.podoptions import FOR_TEMPLATE
from server.validation.resources import check_requirements
from server.validation.rules import name_is_dns_subdomain
from server.validation.scheduling import check_tolerations
from server.validation.validator import validator

Source = Mapping[str, Any]

_STRATEGIES = ("OldestEmulationVersion",)


def _check_lease(errors: Errors, spec: Source) -> None:
    duration, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    if duration is not None and duration <= 0:
        errors.append(invalid("spec.leaseDurationSeconds", duration, "must be greater than 0"))
    if transitions is not None and transitions < 0:
        errors.append(invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0"))
    strategy = spec.get("strategy")
    if strategy is not None:
        path = "spec.strategy.strategy"  # upstream names it twice
        if "/" in strategy:
            check_qualified(errors, path, strategy)
        else:
            supported(errors, path, strategy, _STRATEGIES)
    if spec.get("preferredHolder") and not strategy:
        problem = "may only be specified if `strategy` is defined"
        errors.append(forbidden("spec.preferredHolder", problem))


def _lease_create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_subdomain, standard_finalizers=False)
    _check_lease(errors, obj.get("spec") or {})
    return errors


def _lease_update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"], standard_finalizers=False)
    _check_lease(errors, new.get("spec") or {})
    return errors


def _check_class(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain, standard_finalizers=False)
    overhead, scheduling = obj.get("overhead"), obj.get("scheduling") or {}
    if overhead is not None:
        check_requirements(errors, {"limits": overhead.get("podFixed")}, "overhead")
    check_labels(errors, scheduling.get("nodeSelector"), "scheduling.nodeSelector")
    tolerations = scheduling.get("tolerations") or ()
    check_tolerations(errors, tolerations, "scheduling.tolerations", FOR_TEMPLATE)
    _check_unique(errors, tolerations, "scheduling.tolerations")
    return errors


def _check_unique(errors: Errors, tolerations: Sequence[Source], path: str) -> None:
    seen: set[tuple[str, ...]] = set()
    for index, toleration in enumerate(tolerations):
        key = tuple(toleration.get(field) or "" for field in ("key", "operator", "value", "effect"))
        if key in seen:
            errors.append(duplicate(f"{path}[{index}]", toleration))
        seen.add(key)


def _class_create(obj: Object) -> Errors:
    errors = _check_class(obj)
    if handler := obj.get("handler"):
        check_label(errors, "handler", handler)
    else:
        errors.append(required("handler"))
    return errors


def _class_update(new: Object, old: Object) -> Errors:
    errors = _check_class(new)
    errors += validate_object_meta_update(new["metadata"], old["metadata"], standard_finalizers=False)
    handler = new.get("handler") or ""
    if handler != (old.get("handler") or ""):
        if not handler:
            errors.append(required("handler"))
        errors.append(invalid("handler", None, IMMUTABLE))
    return errors


LEASE = validator(_lease_create, _lease_update)
RUNTIME_CLASS = validator(_class_create, _class_update, namespaced=False)
