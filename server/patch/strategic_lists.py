"""How a strategic merge patch makes one list of two, and in which order.

The order asked for by ``$setElementOrder`` wins over the order in the patch, and that over the live order; elements
only the server knows keep their order among themselves and are woven in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.patch.errors import FailedPatch, InapplicablePatch
from server.patch.gotext import show
from server.patch.strategic_rules import (
    DELETE,
    DIRECTIVE,
    MERGE,
    REPLACE,
    SET_ELEMENT_ORDER,
    Rules,
    expect_map,
    go_kind,
)

MergeMaps = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]


def merge_lists(original: list[Any], patch: list[Any], rules: Rules, merge_maps: MergeMaps) -> list[Any]:
    """Both lists in one: of scalars the union, of objects merged by key, deletions and replacements obeyed."""
    if not original and not patch:
        return original
    if element_kind(original, patch) is dict:
        if not rules.merge_key:
            raise FailedPatch(f"cannot merge lists without merge key for {go_kind(rules.type)}")
        original, patch = _obey_directives(original, patch, rules.merge_key)
        merged = _merge_by_key(original, patch, rules.merge_key, merge_maps)
    else:
        merged = list({identity(item, ""): item for item in reversed(original + patch)}.values())
    return in_order(merged, patch, original, rules.merge_key)


def delete_scalars(original: list[Any], unwanted: list[Any]) -> list[Any]:
    gone = {identity(item, "") for item in unwanted}
    return [item for item in original if identity(item, "") not in gone]


def element_kind(*lists: list[Any]) -> type:
    """The one type of all elements; an error when they differ, are lists or there are none."""
    kinds = {type(item) for items in lists for item in items}
    if list in kinds:
        raise InapplicablePatch("lists of lists are not supported")
    if not kinds:
        raise FailedPatch("no elements in any of the given slices")
    if len(kinds) > 1 or kinds == {type(None)}:
        raise FailedPatch(f"list element types are not identical: {show(list(lists))}")
    return kinds.pop()


def identity(item: Any, merge_key: str) -> Any:
    """A hashable value that is equal for two elements the merge takes for the same."""
    value = item.get(merge_key) if merge_key and isinstance(item, dict) else item
    if isinstance(value, (dict, list)):
        raise InapplicablePatch(f"{show(value)} cannot identify a list element")
    return type(value), value


def in_order(merged: list[Any], wanted: list[Any], live: list[Any], merge_key: str) -> list[Any]:
    """``merged`` with the elements named in ``wanted`` in that order and the others woven in by their live order."""
    if merge_key:
        for item in (*merged, *wanted, *live):
            _require_key(expect_map(item), merge_key)
    wanted_order, live_order = _positions(wanted, merge_key), _positions(live, merge_key)
    patched: list[Any] = []
    server_only: list[Any] = []
    for item in merged:
        (patched if identity(item, merge_key) in wanted_order else server_only).append(item)
    patched.sort(key=lambda item: wanted_order[identity(item, merge_key)])
    server_only.sort(key=lambda item: live_order.get(identity(item, merge_key), -1))
    return _weave(server_only, patched, live_order, merge_key)


def _positions(items: list[Any], merge_key: str) -> dict[Any, int]:
    positions: dict[Any, int] = {}
    for position, item in enumerate(items):
        positions.setdefault(identity(item, merge_key), position)
    return positions


def _weave(left: list[Any], right: list[Any], order: dict[Any, int], merge_key: str) -> list[Any]:
    """Insert each of ``left`` before the first remaining of ``right`` known to come later."""
    woven: list[Any] = []
    i = 0
    for item in right:
        place = order.get(identity(item, merge_key))
        while place is not None and i < len(left):
            other = order.get(identity(left[i], merge_key))
            if other is None or other >= place:
                break
            woven.append(left[i])
            i += 1
        woven.append(item)
    return woven + left[i:]


def _obey_directives(original: list[Any], patch: list[Any], merge_key: str) -> tuple[list[Any], list[Any]]:
    """Take the elements with ``$patch`` out of the patch and do what they say to the original."""
    rest: list[Any] = []
    replace = False
    for item in patch:
        if DIRECTIVE not in item:
            rest.append(item)
            continue
        directive = item[DIRECTIVE]
        if directive == DELETE:
            _require_key(item, merge_key)
            gone = identity(item, merge_key)
            original = [kept for kept in original if merge_key not in kept or identity(kept, merge_key) != gone]
        elif directive == REPLACE:
            replace = True
        elif directive == MERGE:
            raise FailedPatch("merging lists cannot yet be specified in the patch")
        else:
            raise unknown_directive(directive, item)
    return (rest, []) if replace else (original, rest)


def unknown_directive(directive: Any, patch: dict[str, Any]) -> FailedPatch:
    text = directive if isinstance(directive, str) else show(directive)
    return FailedPatch(f"unknown patch type: {text} in map: {show(patch)}")


def _merge_by_key(original: list[Any], patch: list[Any], merge_key: str, merge_maps: MergeMaps) -> list[Any]:
    merged = list(original)
    places: dict[Any, int] = {}
    for place, item in enumerate(merged):
        if merge_key in item:
            places.setdefault(identity(item, merge_key), place)
    for item in patch:
        _require_key(item, merge_key)
        place = places.setdefault(identity(item, merge_key), len(merged))
        if place == len(merged):
            merged.append(item)
        else:
            merged[place] = merge_maps(merged[place], item)
    return merged


def _require_key(item: dict[str, Any], merge_key: str) -> None:
    if merge_key not in item:
        raise FailedPatch(f"map: {show(item)} does not contain declared merge key: {merge_key}")


def check_order(patch: list[Any], order: list[Any], merge_key: str) -> None:
    """The elements of the patch must occur in ``$setElementOrder``, in the same relative order."""
    if not order or not patch:
        return
    kept = [item for item in patch if not merge_key or expect_map(item).get(DIRECTIVE) != DELETE]
    remaining = iter(order)
    for item in kept:
        if isinstance(item, dict) and DIRECTIVE in item:
            continue
        for other in remaining:
            if merge_key:
                _require_key(expect_map(item), merge_key)
                _require_key(expect_map(other), merge_key)
            if identity(item, merge_key) == identity(other, merge_key):
                break
        else:
            raise FailedPatch(
                f"The order in patch list:\n{show(patch)}\n doesn't match {SET_ELEMENT_ORDER} list:\n{show(order)}\n"
            )
