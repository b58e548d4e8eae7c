"""Strategic merge patch: a merge patch that knows, from the type, which lists merge and by which key.

Follows k8s.io/apimachinery/pkg/util/strategicpatch as the server uses it: parallel lists are merged, unmatched nulls
dropped. Custom resources have no such patch: the caller answers 415 for them.
"""

from __future__ import annotations

from typing import Any

from openapi.schema import Type
from server.patch.errors import FailedPatch, MalformedPatch
from server.patch.gotext import json_kind
from server.patch.strategic_lists import (
    check_order,
    delete_scalars,
    element_kind,
    in_order,
    merge_lists,
    unknown_directive,
)
from server.patch.strategic_rules import (
    BAD_RETAIN_KEYS,
    DELETE,
    DELETE_FROM_PRIMITIVE_LIST,
    DIRECTIVE,
    MERGE,
    REPLACE,
    RETAIN_KEYS,
    SET_ELEMENT_ORDER,
    Rules,
    expect_list,
    list_rules,
    map_rules,
    suffix_of,
)

_REMOVED = object()


def apply_strategic_patch(document: dict[str, Any], patch: Any, type: Type) -> dict[str, Any]:
    """The document with the patch merged in, ``$`` directives obeyed and gone.

    ``type`` describes the document. Neither argument is changed; unchanged parts are shared with the result. Raises
    MalformedPatch (400), InapplicablePatch (422) or FailedPatch (500), worded as upstream.
    """
    if patch is None:
        return document
    if not isinstance(patch, dict):
        raise MalformedPatch(
            f"json: cannot unmarshal {json_kind(patch)} into Go value of type map[string]interface {{}}"
        )
    return _merge_maps(document, patch, type)


def _merge_maps(original: dict[str, Any], patch: dict[str, Any], type: Type) -> dict[str, Any]:
    if DIRECTIVE in patch:
        return _obey(patch[DIRECTIVE], patch)
    merged, patch = dict(original), dict(patch)
    _retain_keys(merged, patch)
    for key in [key for key in patch if key.startswith(SET_ELEMENT_ORDER)]:
        _set_element_order(merged, patch, key, type)
    for key, value in patch.items():
        if key.startswith(DELETE_FROM_PRIMITIVE_LIST):
            _delete_from_list(merged, suffix_of(key, DELETE_FROM_PRIMITIVE_LIST), value, type)
        elif value is None:
            merged.pop(key, None)
        else:
            _merge_field(merged, key, value, type)
    return merged


def _obey(directive: Any, patch: dict[str, Any]) -> dict[str, Any]:
    if directive == REPLACE:
        return {key: value for key, value in patch.items() if key != DIRECTIVE}
    if directive == DELETE:
        return {}
    raise unknown_directive(directive, patch)


def _merge_field(merged: dict[str, Any], key: str, value: Any, type: Type) -> None:
    current = merged.get(key)
    if isinstance(current, dict) and isinstance(value, dict):
        rules = map_rules(type, key)
        merged[key] = value if rules.strategy == REPLACE else _merge_maps(current, value, rules.type)
    elif isinstance(current, list) and isinstance(value, list):
        merged[key] = _merge_list_field(current, value, list_rules(type, key))
    else:
        clean = _clean(value)
        if clean is _REMOVED:
            merged.pop(key, None)
        else:
            merged[key] = clean


def _merge_list_field(current: list[Any], value: list[Any], rules: Rules) -> list[Any]:
    if rules.strategy != MERGE:
        return value
    return merge_lists(current, value, rules, lambda left, right: _merge_maps(left, right, rules.type))


def _delete_from_list(merged: dict[str, Any], key: str, unwanted: Any, type: Type) -> None:
    """``$deleteFromPrimitiveList/key``: acts whatever the field's strategy, on lists that exist."""
    current = merged.get(key)
    if unwanted is None:
        merged.pop(key, None)
    elif isinstance(current, list) and isinstance(unwanted, list):
        rules = list_rules(type, key)
        if not current and not unwanted:
            return
        if element_kind(current, unwanted) is dict:
            merged[key] = merge_lists(current, unwanted, rules, lambda a, b: _merge_maps(a, b, rules.type))
        else:
            merged[key] = delete_scalars(current, unwanted)
    elif isinstance(current, dict) and isinstance(unwanted, dict):
        _merge_field(merged, key, unwanted, type)


def _retain_keys(merged: dict[str, Any], patch: dict[str, Any]) -> None:
    """``$retainKeys``: clear every field not in the list; the patch may set no others."""
    if RETAIN_KEYS not in patch:
        return
    keep = patch.pop(RETAIN_KEYS)
    if not isinstance(keep, list):
        raise MalformedPatch(BAD_RETAIN_KEYS)
    for key, value in patch.items():
        directive = key.startswith((DELETE_FROM_PRIMITIVE_LIST, SET_ELEMENT_ORDER))
        if value is not None and not directive and key not in keep:
            raise MalformedPatch(BAD_RETAIN_KEYS)
    for key in [key for key in merged if key not in keep]:
        del merged[key]


def _set_element_order(merged: dict[str, Any], patch: dict[str, Any], directive: str, type: Type) -> None:
    """``$setElementOrder/key``: merge that list now and put it in order; what is done leaves ``patch``."""
    order = expect_list(patch.pop(directive))
    key = suffix_of(directive, SET_ELEMENT_ORDER)
    current = expect_list(merged[key]) if key in merged else []
    changes = expect_list(patch[key]) if key in patch else []
    rules = list_rules(type, key)
    check_order(changes, order, rules.merge_key)
    if key in merged and key in patch:
        elements = _merge_list_field(current, changes, rules)
    elif key in patch:
        elements = _clean_list(changes)
    elif key in merged:
        elements = current
    else:
        return
    if element_kind(current, changes) is dict and not rules.merge_key:
        raise FailedPatch(f"cannot merge lists without merge key for {rules.type.name}")
    merged[key] = in_order(elements, order, current, rules.merge_key)
    patch.pop(key, None)


def _clean(value: Any) -> Any:
    """A value to take over whole: without nulls, without objects that carry a directive."""
    if isinstance(value, list):
        return _clean_list(value)
    if not isinstance(value, dict):
        return value
    if DIRECTIVE in value:
        return _REMOVED
    cleaned = {key: _clean(item) for key, item in value.items() if item is not None}
    return {key: item for key, item in cleaned.items() if item is not _REMOVED}


def _clean_list(items: list[Any]) -> list[Any]:
    return [item for item in map(_clean, items) if item is not _REMOVED]
