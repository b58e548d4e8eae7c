"""Pod templates, and the annotations that mean something on a pod or a template.

Source: k8s.io/kubernetes/pkg/apis/core/validation (ValidatePodTemplateSpec, ValidatePodSpecificAnnotations).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from apimachinery.fielderrors import forbidden, invalid
from apimachinery.objects import Object
from openapi.decode import DecodeError
from server.validation.annotationjson import TOLERATIONS, read_annotation
from server.validation.checks import Errors
from server.validation.objectmeta import (
    check_annotations,
    check_labels,
    validate_object_meta,
    validate_object_meta_update,
)
from server.validation.podoptions import FOR_TEMPLATE, PodOptions
from server.validation.podspec import MIRROR_ANNOTATION, check_pod_spec
from server.validation.profileannotations import (
    check_app_armor_annotations,
    check_profile_annotations_match,
    check_seccomp_annotations,
)
from server.validation.rules import name_is_dns_subdomain
from server.validation.scheduling import check_tolerations
from server.validation.validator import validator

TOLERATIONS_ANNOTATION = "scheduler.alpha.kubernetes.io/tolerations"
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_cost = re.compile("0|[1-9][0-9]*|-[0-9]+").fullmatch


def check_template(
    errors: Errors, template: Mapping[str, Any] | None, path: str, options: PodOptions = FOR_TEMPLATE
) -> None:
    template = template or {}
    meta, spec = template.get("metadata") or {}, template.get("spec") or {}
    annotations = meta.get("annotations") or {}
    check_labels(errors, meta.get("labels"), f"{path}.labels")
    if annotations:
        check_annotations(errors, annotations, f"{path}.annotations")
        check_pod_annotations(errors, annotations, spec, f"{path}.annotations", options)
    check_pod_spec(errors, spec, f"{path}.spec", options)
    if annotations:
        check_profile_annotations_match(errors, annotations, spec, f"{path}.spec")
    if spec.get("ephemeralContainers"):
        problem = "ephemeral containers not allowed in pod template"
        errors.append(forbidden(f"{path}.spec.ephemeralContainers", problem))


def check_pod_annotations(
    errors: Errors, annotations: Mapping[str, str], spec: Mapping[str, Any], path: str, options: PodOptions
) -> None:
    """Annotations that the system reads."""
    if MIRROR_ANNOTATION in annotations and not spec.get("nodeName"):
        problem = "must set spec.nodeName if mirror pod annotation is set"
        errors.append(invalid(f"{path}[{MIRROR_ANNOTATION}]", annotations[MIRROR_ANNOTATION], problem))
    if annotations.get(TOLERATIONS_ANNOTATION):
        _check_tolerations_annotation(errors, annotations[TOLERATIONS_ANNOTATION], path, options)
    cost = annotations.get(DELETION_COST)
    if cost is not None and not options.any_deletion_cost and not is_deletion_cost(cost):
        errors.append(invalid(f"{path}[{DELETION_COST}]", cost, "must be a 32bit integer"))
    check_seccomp_annotations(errors, annotations, path)
    check_app_armor_annotations(errors, annotations, spec, path)


def is_deletion_cost(text: str) -> bool:
    """A 32-bit integer without a plus sign or leading zeros."""
    return len(text) < 64 and _cost(text) is not None and -(1 << 31) <= int(text) < 1 << 31


def _check_tolerations_annotation(errors: Errors, text: str, path: str, options: PodOptions) -> None:
    try:
        tolerations = read_annotation(text, TOLERATIONS)
    except DecodeError as error:
        errors.append(invalid(path, TOLERATIONS_ANNOTATION, str(error)))
    else:
        check_tolerations(errors, tolerations or (), f"{path}.{TOLERATIONS_ANNOTATION}", options)


def _create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    check_template(errors, obj.get("template"), "template")
    return errors


def _update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    check_template(errors, new.get("template"), "template")
    return errors


POD_TEMPLATE = validator(_create, _update)
