"""Objects for server-side apply: structs with declared fields, maps with entries, and both at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from server.patch.fieldset import LEAF, FieldSet
from server.patch.gotext import show
from server.patch.pathelement import SELF
from server.patch.typed_shape import CHANGED, Delta, Problem, Shape, marked

_MISSING: Final = object()


class Row(NamedTuple):
    """What there is to know of a name in an object."""

    element: str
    shape: Shape
    members: Callable[[Any], FieldSet] | None
    """Lists what is in the value; None for a leaf."""
    same: Callable[[Any, Any], bool]


def _row(name: str, shape: Shape) -> Row:
    return Row(f"f:{name}", shape, None if shape.is_leaf else shape.members, shape.same)


class Granular(Shape):
    """An object whose fields are owned one by one.

    ``rest`` is the shape of undeclared names: a map's entries, or anything where unknown fields are preserved. Without
    it a configuration may not name undeclared fields; ``stray`` is how they are treated where they occur nevertheless.
    """

    __slots__ = ("_undeclared", "fields", "rest", "rows")

    def __init__(self, stray: Shape) -> None:
        super().__init__()
        self.fields: Mapping[str, Shape] = {}
        self.rest: Shape | None = None
        self.rows: dict[str, Row] = {}
        self._undeclared = stray

    def declare(self, fields: Mapping[str, Shape], rest: Shape | None) -> None:
        """Fill in what is inside; before :meth:`seal`."""
        self.fields = fields
        self.rest = rest
        self._undeclared = rest or self._undeclared

    def seal(self) -> None:
        super().seal()
        self.rows = {name: _row(name, shape) for name, shape in self.fields.items()}

    def row_of(self, name: str) -> Row:
        return self.rows.get(name) or _row(name, self._undeclared)

    def inner(self) -> Iterator[Shape]:
        yield from self.fields.values()
        if self.rest is not None:
            yield self.rest

    def members(self, value: Any) -> FieldSet:
        if not value or type(value) is not dict:
            return LEAF
        rows = self.rows
        node: FieldSet = {SELF: LEAF}
        for name in sorted(value):
            element, _, members, _ = rows.get(name) or self.row_of(name)
            node[element] = LEAF if members is None else members(value[name])
        return node

    def compare(self, old: Any, new: Any) -> Delta | None:
        before = old if type(old) is dict else {}
        after = new if type(new) is dict else {}
        if not before and not after:
            return None if self.same(old, new) else CHANGED
        rows = self.rows
        changed: FieldSet = {}
        removed: FieldSet = {}
        for name, value in after.items():
            previous = before.get(name, _MISSING)
            if previous is value:
                continue
            element, shape, members, same = rows.get(name) or self.row_of(name)
            if previous is _MISSING:
                changed[element] = LEAF if members is None else members(value)
                continue
            if same(previous, value):
                continue
            delta = shape.compare(previous, value)
            if delta is not None:
                if delta.changed is not None:
                    changed[element] = delta.changed
                if delta.removed is not None:
                    removed[element] = delta.removed
        for name in before.keys() - after.keys():
            element, shape, _, _ = rows.get(name) or self.row_of(name)
            removed[element] = shape.members(before[name])
        if not changed and not removed:
            return None
        return Delta(_by_name(changed), _by_name(removed))

    def owned(self, value: Any) -> FieldSet | None:
        if type(value) is not dict:
            return None
        rows = self.rows
        node: FieldSet = {}
        for name in sorted(value):
            item = value[name]
            element, shape, _, _ = rows.get(name) or self.row_of(name)
            if item is None or item == {}:
                node[element] = LEAF
                continue
            owned = shape.owned(item)
            if name not in rows:
                node[element] = marked(owned)
            elif owned is not None:
                node[element] = owned
        return node or None

    def merge(self, old: Any, new: Any) -> Any:
        before = old if type(old) is dict else {}
        after = new if type(new) is dict else {}
        if not before and not after:
            return new
        merged = dict(before)
        for name, value in after.items():
            merged[name] = self.row_of(name).shape.merge(before[name], value) if name in before else value
        return merged

    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        if value is None:
            return
        if type(value) is not dict:
            problems.append(Problem(path, f"expected map, got &{{{show(value)}}}"))
            return
        for name, item in value.items():
            declared = self.rows.get(name)
            shape = declared.shape if declared is not None else self.rest
            if shape is None:
                problems.append(Problem(f"{path}.{name}", "field not declared in schema"))
                return
            shape.check(item, f"{path}.{name}", problems)

    def without(self, value: Any, unwanted: FieldSet) -> Any:
        if type(value) is not dict or not value:
            return None
        kept: dict[str, Any] = {}
        for name, item in value.items():
            below = unwanted.get(f"f:{name}")
            if below is None:
                kept[name] = item
            elif below and SELF not in below:
                kept[name] = self.row_of(name).shape.without(item, below)
        return kept or None

    def only(self, value: Any, wanted: FieldSet) -> Any:
        if type(value) is not dict or not value:
            return value
        kept: dict[str, Any] = {}
        for name, item in value.items():
            below = wanted.get(f"f:{name}")
            if below is not None:
                kept[name] = self.row_of(name).shape.only(item, below)
        return kept or None

    def conform(self, fields: FieldSet) -> FieldSet:
        return self._each(fields, lambda shape, child: shape.conform(child))

    def named(self, fields: FieldSet) -> FieldSet:
        rows = self.rows
        return {
            element: marked(child) if element[2:] in rows else child
            for element, child in self._each(fields, lambda shape, child: shape.named(child)).items()
        }

    def _each(self, fields: FieldSet, change: Callable[[Shape, FieldSet], FieldSet]) -> FieldSet:
        """The set with every child of a known field changed; the same object when none is."""
        result = fields
        for element, child in fields.items():
            if not child or element[0] != "f":
                continue
            declared = self.rows.get(element[2:])
            shape = declared.shape if declared is not None else self.rest
            if shape is None:
                continue
            made = change(shape, child)
            if made is not child:
                if result is fields:
                    result = dict(fields)
                result[element] = made
        return result


def _by_name(node: FieldSet) -> FieldSet | None:
    if len(node) > 1:
        return {element: node[element] for element in sorted(node)}
    return node or None
