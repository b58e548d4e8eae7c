"""Sets of field paths, and their algebra, directly in the shape of FieldsV1.

A set is a tree of dicts: the keys are path elements (see :mod:`server.patch.pathelement`), a node that is a member of
the set has a ``.`` or nothing below it, ``{}`` as a whole is the empty set. So what is stored, what is computed with
and what goes out are one thing; nothing is encoded or decoded on the way. Keys are kept in upstream's order.

Sets are immutable by convention: functions return new sets that share nodes with their arguments.
Source: sigs.k8s.io/structured-merge-diff/fieldpath (set.go, serialize.go).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from server.patch.pathelement import SELF, canonical, display, order

FieldSet = dict[str, Any]
Path = tuple[str, ...]
Filter = Callable[[FieldSet], FieldSet]


class FieldsError(ValueError):
    """What is no FieldsV1."""


EMPTY: Final[FieldSet] = {}
"""The empty set. Shared, never changed."""

LEAF: Final[FieldSet] = {}
"""The node of a member without children. Shared, never changed."""


def field_set(*names: str) -> FieldSet:
    """A set of plain fields, each named with dots: ``field_set("status", "metadata.labels")``."""
    return from_paths(*(tuple(f"f:{part}" for part in name.split(".")) for name in names))


def from_paths(*paths: Path) -> FieldSet:
    result: FieldSet = {}
    for path in paths:
        node: FieldSet = LEAF
        for element in reversed(path):
            node = {element: node}
        result = union(result, node)
    return result


def decode(raw: Any) -> FieldSet:
    """Read FieldsV1 written by others: canonical keys in order, unknown kinds dropped. Raises FieldsError."""
    if not isinstance(raw, dict):
        raise FieldsError(f"expected an object of fields, got {raw!r}")
    node = _decode_node(raw)
    return {key: child for key, child in node.items() if key != SELF}


def _decode_node(raw: dict[str, Any]) -> FieldSet:
    node: FieldSet = {SELF: LEAF} if SELF in raw else {}
    for spelling, child in raw.items():
        element = None if spelling == SELF else canonical(spelling)
        if element is None:
            continue
        if not isinstance(child, dict):
            raise FieldsError(f"expected an object below {spelling}")
        node[element] = _decode_node(child)
    if len(node) == 1 and SELF in node:
        return LEAF
    return _sorted(node)


def _sorted(node: FieldSet) -> FieldSet:
    return {key: node[key] for key in sorted(node, key=order)} if len(node) > 1 else node


def is_member(node: FieldSet) -> bool:
    """Whether a node below the root stands for a member of the set."""
    return not node or SELF in node


def union(a: FieldSet, b: FieldSet) -> FieldSet:
    """Everything in either."""
    if not a or a is b:
        return b
    return _join(a, b) if b else a


def _join(a: FieldSet, b: FieldSet) -> FieldSet:
    joined = dict(a)
    added = False
    for key, theirs in b.items():
        mine = joined.get(key)
        if mine is None:
            joined[key] = theirs
            added = True
        elif mine is not theirs:
            joined[key] = _join_node(mine, theirs)
    return _sorted(joined) if added else joined


def _join_node(a: FieldSet, b: FieldSet) -> FieldSet:
    if not a:
        return b if is_member(b) else {SELF: LEAF, **b}
    if not b:
        return a if SELF in a else {SELF: LEAF, **a}
    return _join(a, b)


def intersection(a: FieldSet, b: FieldSet) -> FieldSet:
    """Everything in both."""
    return {
        key: common
        for key, mine in a.items()
        if (theirs := b.get(key)) is not None and (common := _common(mine, theirs)) is not None
    }


def _common(a: FieldSet, b: FieldSet) -> FieldSet | None:
    if a and b:
        shared = intersection(a, b)
        shared.pop(SELF, None)
    else:
        shared = {}
    if is_member(a) and is_member(b):
        return {SELF: LEAF, **shared} if shared else LEAF
    return shared or None


def difference(a: FieldSet, b: FieldSet) -> FieldSet:
    """Everything in ``a`` that is not in ``b``; children of what goes stay. ``a`` itself when nothing goes."""
    kept: FieldSet | None = None
    for key, theirs in b.items():
        mine = a.get(key)
        if mine is None:
            continue
        rest = None if key == SELF else _minus(mine, theirs)
        if rest is mine:
            continue
        if kept is None:
            kept = dict(a)
        if rest is None:
            del kept[key]
        else:
            kept[key] = rest
    return a if kept is None else kept


def _minus(a: FieldSet, b: FieldSet) -> FieldSet | None:
    if not a:
        return None if is_member(b) else a
    if not b:
        if SELF not in a:
            return a
        return {key: child for key, child in a.items() if key != SELF}
    return _compact(a, difference(a, b))


def _compact(before: FieldSet, after: FieldSet) -> FieldSet | None:
    """The node that is left of ``before``, which had children or a mark."""
    if after is before:
        return before
    if len(after) == 1 and SELF in after:
        return LEAF
    return after or None


def taken(a: FieldSet, b: FieldSet) -> FieldSet:
    """What is left of ``a`` when others take over ``b``: as :func:`difference`, but a leaf of ``b`` takes all below it.

    The same wherever a leaf can have nothing below; where a field became atomic since ``a`` was written, the stale
    fields below it go too.
    """
    kept: FieldSet | None = None
    for key, theirs in b.items():
        mine = a.get(key)
        if mine is None:
            continue
        rest = None if not theirs else _compact(mine, taken(mine, theirs)) if mine else _minus(mine, theirs)
        if rest is mine:
            continue
        if kept is None:
            kept = dict(a)
        if rest is None:
            del kept[key]
        else:
            kept[key] = rest
    return a if kept is None else kept


def recursive_difference(a: FieldSet, b: FieldSet) -> FieldSet:
    """Everything in ``a`` that is neither in ``b`` nor below a member of ``b``."""
    kept: FieldSet | None = None
    for key, theirs in b.items():
        mine = a.get(key)
        if mine is None or key == SELF:
            continue
        rest = None if is_member(theirs) else _compact(mine, recursive_difference(mine, theirs)) if mine else mine
        if rest is mine:
            continue
        if kept is None:
            kept = dict(a)
        if rest is None:
            del kept[key]
        else:
            kept[key] = rest
    return a if kept is None else kept


def leaves(a: FieldSet) -> FieldSet:
    """The members that have no members below them."""
    return {key: leaves(node) for key, node in a.items() if key != SELF}


def has(a: FieldSet, path: Path) -> bool:
    """Whether the path itself is a member."""
    node: FieldSet | None = a
    for element in path:
        node = node.get(element) if node is not None else None
    return bool(path) and node is not None and is_member(node)


def paths(a: FieldSet) -> Iterator[Path]:
    """Every member, in upstream's order: those of a node before those below it."""
    return _paths(a, ())


def _paths(node: FieldSet, prefix: Path) -> Iterator[Path]:
    for key, child in node.items():
        if key != SELF and is_member(child):
            yield (*prefix, key)
    for key, child in node.items():
        if key != SELF and child:
            yield from _paths(child, (*prefix, key))


def display_path(path: Path) -> str:
    """``.spec.containers[name="app"].image``"""
    return "".join(map(display, path))


def excluding(unwanted: FieldSet) -> Filter:
    """A filter that takes the members of ``unwanted`` and all below them out of a set."""
    return lambda fields: recursive_difference(fields, unwanted)


Pattern = Mapping[str, Any]
"""Like a set, with ``*`` for any element; ``{}`` matches everything below."""


def including(pattern: Pattern) -> Filter:
    """A filter that keeps only what the pattern matches."""
    return lambda fields: _matching(fields, pattern)


def _matching(node: FieldSet, pattern: Pattern) -> FieldSet:
    kept: FieldSet = {}
    for key, child in node.items():
        below = pattern.get("*", pattern.get(key))
        if key == SELF or below is None:
            continue
        inner = _matching(child, below) if child and below else child
        if is_member(child):
            kept[key] = {SELF: LEAF, **inner} if inner and below else inner
        elif inner:
            kept[key] = inner
    return kept
