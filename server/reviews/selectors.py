"""The selectors in a SubjectAccessReview, as an authorizer is told of them.

What cannot be read is left out: a selector only narrows, so the question becomes a broader one.
Source: k8s.io/kubernetes pkg/registry/authorization/util/helpers.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from apimachinery.fields import FieldRequirement, FieldSelectorError, parse_field_selector
from apimachinery.labels import Operator, Requirement, SelectorError, parse_selector, requirement
from apimachinery.objects import Object

_FIELD_OPERATORS: Final[Mapping[str, str]] = {"In": "=", "NotIn": "!="}
_LABEL_OPERATORS: Final[Mapping[str, Operator]] = {
    "In": Operator.IN,
    "NotIn": Operator.NOT_IN,
    "Exists": Operator.EXISTS,
    "DoesNotExist": Operator.DOES_NOT_EXIST,
}


class Selected(NamedTuple):
    fields: tuple[FieldRequirement, ...]
    labels: tuple[Requirement, ...]
    trouble: str
    """Of which of the two something was left out, "" if nothing was."""


def selected_by(resource: Object) -> Selected:
    """Of ``resourceAttributes``."""
    fields, fields_trouble = _fields(resource.get("fieldSelector") or {})
    labels, labels_trouble = _labels(resource.get("labelSelector") or {})
    troubles = (
        _trouble("fieldSelector", bool(fields), fields_trouble),
        _trouble("labelSelector", bool(labels), labels_trouble),
    )
    return Selected(fields, labels, "; ".join(text for text in troubles if text))


def _trouble(field: str, some: bool, trouble: bool) -> str:
    how = "partially ignored" if some else "ignored"
    return f"spec.resourceAttributes.{field} {how} due to parse error" if trouble else ""


def _fields(selector: Object) -> tuple[tuple[FieldRequirement, ...], bool]:
    listed = selector.get("requirements") or []
    if not listed:
        try:
            return parse_field_selector(selector.get("rawSelector", "")).requirements, False
        except FieldSelectorError:
            return (), True
    found = tuple(
        FieldRequirement(each.get("key", ""), _FIELD_OPERATORS[each["operator"]], each["values"][0])
        for each in listed
        if each.get("operator") in _FIELD_OPERATORS and len(each.get("values") or ()) == 1
    )
    return found, len(found) < len(listed)


def _labels(selector: Object) -> tuple[tuple[Requirement, ...], bool]:
    listed = selector.get("requirements") or []
    if not listed:
        try:
            return parse_selector(selector.get("rawSelector", "")).requirements, False
        except SelectorError:
            return (), True
    found = []
    for each in listed:
        operator = _LABEL_OPERATORS.get(each.get("operator", ""))
        if operator is not None:
            try:
                found.append(requirement(each.get("key", ""), operator, each.get("values") or ()))
            except SelectorError:
                continue
    return tuple(found), len(found) < len(listed)
