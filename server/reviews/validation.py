"""What may be asked in a SubjectAccessReview and its relatives.

Source: k8s.io/kubernetes pkg/apis/authorization/validation; k8s.io/apimachinery pkg/apis/meta/v1/validation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from apimachinery.fielderrors import FieldError, forbidden, invalid, required
from apimachinery.names import is_label_value, is_qualified_name
from apimachinery.objects import Object

_SETS: Final = ("In", "NotIn")
_UNARY: Final = ("Exists", "DoesNotExist")


def access_review_errors(kind: str, review: Object) -> list[FieldError]:
    spec = review.get("spec") or {}
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    errors = list(_spec_errors(spec, names_subject=kind != "SelfSubjectAccessReview"))
    metadata = {key: value for key, value in review["metadata"].items() if key != "managedFields" and value}
    if kind != "LocalSubjectAccessReview":
        return errors + ([invalid("metadata", metadata, "must be empty")] if metadata else [])
    namespace = metadata.pop("namespace", "")
    if metadata:
        errors.append(invalid("metadata", metadata, "must be empty except for namespace"))
    if resource is not None and resource.get("namespace", "") != namespace:
        message = "must match metadata.namespace"
        errors.append(invalid("spec.resourceAttributes.namespace", resource.get("namespace", ""), message))
    if path is not None:
        errors.append(invalid("spec.nonResourceAttributes", path, "disallowed on this kind of request"))
    return errors


def _spec_errors(spec: Object, *, names_subject: bool) -> Iterator[FieldError]:
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and path is not None:
        message = "cannot be specified in combination with resourceAttributes"
        yield invalid("spec.nonResourceAttributes", path, message)
    if resource is None and path is None:
        message = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        yield invalid("spec.resourceAttributes", None, message)
    if names_subject and not spec.get("user") and not spec.get("groups"):
        yield invalid("spec.user", "", "at least one of user or group must be specified")
    for field in ("fieldSelector", "labelSelector"):
        selector = (resource or {}).get(field)
        if selector is not None:
            yield from _selector_errors(selector, f"spec.resourceAttributes.{field}", labels=field == "labelSelector")


def _selector_errors(selector: Object, path: str, *, labels: bool) -> Iterator[FieldError]:
    raw, requirements = selector.get("rawSelector"), selector.get("requirements") or ()
    if raw and requirements:
        yield invalid(f"{path}.rawSelector", raw, "may not specified at the same time as requirements")
    if not raw and not requirements:
        yield required(f"{path}.requirements", f"when {path} is specified, requirements or rawSelector is required")
    for index, requirement in enumerate(requirements):
        where, key, values = (
            f"{path}.requirements[{index}]",
            requirement.get("key", ""),
            requirement.get("values") or (),
        )
        if not labels and not key:
            yield required(f"{where}.key", "must be specified")
        if requirement.get("operator") in _SETS and not values:
            yield required(f"{where}.values", "must be specified when `operator` is 'In' or 'NotIn'")
        elif requirement.get("operator") in _UNARY and values:
            yield forbidden(f"{where}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
        if labels:
            yield from (invalid(f"{where}.key", key, message) for message in is_qualified_name(key))
            for number, value in enumerate(values):
                yield from (invalid(f"{where}.values[{number}]", value, text) for text in is_label_value(value))
