"""Replication controllers, and scale, which all scalable kinds share.

Source: k8s.io/kubernetes/pkg/apis/core/validation, pkg/apis/autoscaling/validation; the declarative rules of
k8s.io/api/core/v1 and autoscaling/v1, whose errors come last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.fielderrors import required
from apimachinery.labels import equality
from apimachinery.objects import Object
from server.validation.checks import Errors, nonnegative
from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.podoptions import FOR_TEMPLATE, PodOptions
from server.validation.rules import name_is_dns_subdomain
from server.validation.validator import Validator, validator
from server.validation.workloads import (
    check_counts,
    check_replica_counts,
    check_replicated_template,
    template_validated,
)

Source = Mapping[str, Any]

_PARTS = ("fullyLabeledReplicas", "readyReplicas", "availableReplicas")


def _check_spec(errors: Errors, spec: Source, options: PodOptions = FOR_TEMPLATE) -> None:
    selector = spec.get("selector") or {}
    if not selector:
        errors.append(required("spec.selector"))
    if spec.get("replicas") is None:
        errors.append(required("spec.replicas"))
    if spec.get("template") is None:
        errors.append(required("spec.template"))
    else:
        check_replicated_template(errors, equality(selector), spec, "spec", "ReplicationController", options)
    nonnegative(errors, "spec.replicas", spec.get("replicas"))
    nonnegative(errors, "spec.minReadySeconds", spec.get("minReadySeconds"))


def _create(obj: Object) -> Errors:
    meta = {**obj["metadata"], "generateName": ""}  # only the finished name is checked
    errors = validate_object_meta(meta, True, name_is_dns_subdomain)
    _check_spec(errors, obj.get("spec") or {})
    return errors


def _update(new: Object, old: Object) -> Errors:
    def check(options: PodOptions) -> Errors:
        errors = validate_object_meta_update(new["metadata"], old["metadata"])
        _check_spec(errors, new.get("spec") or {}, options)
        return errors

    return template_validated(check, new, old)


def _status(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    status = new.get("status") or {}
    check_counts(errors, status, "status", ("replicas", *_PARTS, "observedGeneration"))
    check_replica_counts(errors, status, "status", _PARTS, "readyReplicas")
    return errors


def validate_scale(scale: Object) -> Errors:
    """A Scale, whatever it is the scale of: metadata and the number."""
    errors = validate_object_meta(scale["metadata"], True, name_is_dns_subdomain)
    nonnegative(errors, "spec.replicas", (scale.get("spec") or {}).get("replicas"))
    return errors


REPLICATION_CONTROLLER = validator(_create, _update, _status)
SCALE = Validator(validate_scale, lambda new, old: validate_scale(new))
