"""Label selectors inside objects, node selectors and topology terms.

Source: k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go; k8s.io/kubernetes/pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, required
from apimachinery.labels import Selector, SelectorError, from_label_selector
from server.validation.checks import Errors, flag
from server.validation.objectmeta import check_label_name, check_labels
from server.validation.rules import label_value, name_is_dns_subdomain

NEEDS_VALUES = "must be specified when `operator` is 'In' or 'NotIn'"
NEEDS_NO_VALUES = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
UNKNOWN_OPERATOR = "not a valid selector operator"


def check_label_selector(
    errors: Errors, selector: Mapping[str, Any] | None, path: str, *, any_value: bool = False
) -> None:
    """``any_value`` lets invalid label values pass, for objects that were stored with them."""
    if selector is None:
        return
    check_labels(errors, selector.get("matchLabels"), f"{path}.matchLabels")
    for index, expression in enumerate(selector.get("matchExpressions") or ()):
        _check_requirement(errors, expression, f"{path}.matchExpressions[{index}]", any_value)


def _check_requirement(errors: Errors, expression: Mapping[str, Any], path: str, any_value: bool) -> None:
    operator, values = expression.get("operator") or "", expression.get("values") or ()
    if operator in ("In", "NotIn"):
        if not values:
            errors.append(required(f"{path}.values", NEEDS_VALUES))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            errors.append(forbidden(f"{path}.values", NEEDS_NO_VALUES))
    else:
        errors.append(invalid(f"{path}.operator", operator, UNKNOWN_OPERATOR))
    check_label_name(errors, f"{path}.key", expression.get("key") or "")
    if not any_value:
        _check_values(errors, values, path)


def _check_values(errors: Errors, values: Sequence[str], path: str) -> None:
    for index, value in enumerate(values):
        flag(errors, f"{path}.values[{index}]", value, label_value(value))


def is_empty(selector: Mapping[str, Any]) -> bool:
    """A selector without conditions: it selects everything."""
    return not selector.get("matchLabels") and not selector.get("matchExpressions")


def as_selector(selector: Mapping[str, Any] | None) -> Selector | None:
    """The selector ready to match, or None when it is invalid."""
    try:
        return from_label_selector(selector)
    except SelectorError:
        return None


def check_node_selector(errors: Errors, selector: Mapping[str, Any], path: str, *, any_value: bool = False) -> None:
    terms = selector.get("nodeSelectorTerms") or ()
    if not terms:
        errors.append(required(f"{path}.nodeSelectorTerms", "must have at least one node selector term"))
    for index, term in enumerate(terms):
        check_node_selector_term(errors, term, f"{path}.nodeSelectorTerms[{index}]", any_value=any_value)


def check_node_selector_term(errors: Errors, term: Mapping[str, Any], path: str, *, any_value: bool = False) -> None:
    for index, expression in enumerate(term.get("matchExpressions") or ()):
        _check_node_requirement(errors, expression, f"{path}.matchExpressions[{index}]", any_value)
    for index, expression in enumerate(term.get("matchFields") or ()):
        _check_node_field(errors, expression, f"{path}.matchFields[{index}]")


def _check_node_requirement(errors: Errors, expression: Mapping[str, Any], path: str, any_value: bool) -> None:
    operator, values = expression.get("operator") or "", expression.get("values") or ()
    if operator in ("In", "NotIn"):
        if not values:
            errors.append(required(f"{path}.values", NEEDS_VALUES))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            errors.append(forbidden(f"{path}.values", NEEDS_NO_VALUES))
    elif operator in ("Gt", "Lt"):
        if len(values) != 1:
            problem = "must be specified single value when `operator` is 'Lt' or 'Gt'"
            errors.append(required(f"{path}.values", problem))
    else:
        errors.append(invalid(f"{path}.operator", operator, UNKNOWN_OPERATOR))
    check_label_name(errors, f"{path}.key", expression.get("key") or "")
    if not any_value:
        _check_values(errors, values, path)


def _check_node_field(errors: Errors, expression: Mapping[str, Any], path: str) -> None:
    operator, values = expression.get("operator") or "", expression.get("values") or ()
    if operator not in ("In", "NotIn"):
        errors.append(invalid(f"{path}.operator", operator, UNKNOWN_OPERATOR))
    elif len(values) != 1:
        problem = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        errors.append(required(f"{path}.values", problem))
    if expression.get("key") != "metadata.name":
        errors.append(invalid(f"{path}.key", expression.get("key") or "", "not a valid field selector key"))
        return
    for index, value in enumerate(values):
        flag(errors, f"{path}.values[{index}]", value, name_is_dns_subdomain(value))


def check_topology_terms(errors: Errors, terms: Sequence[Mapping[str, Any]], path: str) -> None:
    """``allowedTopologies`` of a storage class."""
    seen: list[dict[str, frozenset[str]]] = [{}] * len(terms)  # upstream finds an empty term once for every term
    for index, term in enumerate(terms):
        raw = _check_topology_term(errors, term, f"{path}[{index}]")
        errors.extend([duplicate(f"{path}[{index}].matchLabelExpressions", "")] * seen.count(raw))
        seen.append(raw)


def _check_topology_term(errors: Errors, term: Mapping[str, Any], path: str) -> dict[str, frozenset[str]]:
    raw: dict[str, frozenset[str]] = {}
    for index, expression in enumerate(term.get("matchLabelExpressions") or ()):
        here = f"{path}.matchLabelExpressions[{index}]"
        key, values = expression.get("key") or "", expression.get("values") or ()
        if not values:
            errors.append(required(f"{here}.values"))
        for place, value in enumerate(values):
            if value in values[:place]:
                errors.append(duplicate(f"{here}.values[{place}]", value))
        check_label_name(errors, f"{here}.key", key)
        if key in raw:
            errors.append(duplicate(f"{here}.key", key))
        raw[key] = frozenset(values)
    return raw
