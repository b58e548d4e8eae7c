"""Lists for server-side apply whose items are owned one by one: sets of scalars, and objects told apart by keys.

Live lists may hold the same item twice (older schemas, loose validation): such items are owned whole, as one path.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from server.patch import pathelement
from server.patch.fieldset import LEAF, FieldSet
from server.patch.gotext import quote, show
from server.patch.pathelement import SELF, order
from server.patch.typed_shape import CHANGED, Delta, Problem, Shape, Unfit, marked
from server.patch.typed_weaving import Items, Weaving

_CACHE_LIMIT: Final = 4096
_ABSENT: Final = object()


class Associative(Shape):
    """A list whose items have an identity other than their index."""

    __slots__ = ("_elements", "item")

    def __init__(self, item: Shape) -> None:
        super().__init__()
        self.item = item
        self._elements: dict[Any, str] = {}

    def inner(self) -> Iterator[Shape]:
        yield self.item

    @abstractmethod
    def element(self, item: Any) -> str:
        """The path element of an item; raises Unfit."""

    def _remember(self, identity: Any, element: str) -> str:
        if len(self._elements) >= _CACHE_LIMIT:
            self._elements.clear()
        self._elements[identity] = element
        return element

    def members(self, value: Any) -> FieldSet:
        if not value or type(value) is not list:
            return LEAF
        node: FieldSet = {SELF: LEAF}
        for item in value:
            element = self.element(item)
            node[element] = LEAF if element in node else self.item.members(item)
        return _in_order(node) if len(value) > 1 else node

    def compare(self, old: Any, new: Any) -> Delta | None:
        before = self._by_element(old)
        after = self._by_element(new)
        if not before and not after:
            return None if self.same(old, new) else CHANGED
        changed: FieldSet = {}
        removed: FieldSet = {}
        for element, items in after.items():
            self._compare_items(element, before.get(element, []), items, changed, removed)
        for element in before.keys() - after.keys():
            self._compare_items(element, before[element], [], changed, removed)
        if not changed and not removed:
            return None
        return Delta(_in_order(changed) or None, _in_order(removed) or None)

    def _with_elements(self, value: Any) -> Items:
        return [(self.element(item), item) for item in value] if type(value) is list else []

    def _by_element(self, value: Any) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for item in value if type(value) is list else ():
            found.setdefault(self.element(item), []).append(item)
        return found

    def _compare_items(
        self, element: str, old: list[Any], new: list[Any], changed: FieldSet, removed: FieldSet
    ) -> None:
        if len(old) > 1 and len(new) > 1:
            if len(old) != len(new) or not all(map(self.item.same, old, new)):
                changed[element] = LEAF
        elif len(old) > 1:
            removed[element] = LEAF
            if new:
                changed[element] = self.item.members(new[0])
        elif len(new) > 1:
            changed[element] = LEAF
            if old:
                removed[element] = self.item.members(old[0])
        elif not old:
            changed[element] = self.item.members(new[0])
        elif not new:
            removed[element] = self.item.members(old[0])
        elif not self.item.same(old[0], new[0]):
            delta = self.item.compare(old[0], new[0])
            if delta is not None and delta.changed is not None:
                changed[element] = delta.changed
            if delta is not None and delta.removed is not None:
                removed[element] = delta.removed

    def owned(self, value: Any) -> FieldSet | None:
        if type(value) is not list:
            return None
        node: FieldSet = {}
        for item in value:
            element = self.element(item)
            node[element] = LEAF if element in node else marked(self.item.owned(item))
        return _in_order(node) or None

    def merge(self, old: Any, new: Any) -> Any:
        if not old or type(old) is not list:
            return new
        woven = Weaving(self.item, self._with_elements(old), self._with_elements(new))
        return woven.result() or new

    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        if value is None:
            return
        if type(value) is not list:
            problems.append(Problem(path, f"expected list, got &{{{show(value)}}}"))
            return
        seen: set[str] = set()
        for index, item in enumerate(value):
            try:
                element = self.element(item)
            except Unfit as unfit:
                problems.append(Problem(path, f"element {index}: {unfit}"))
                return
            shown = pathelement.display(element)
            if element in seen:
                problems.append(Problem(path, f"duplicate entries for key {shown}"))
            seen.add(element)
            self.item.check(item, path + shown, problems)

    def without(self, value: Any, unwanted: FieldSet) -> Any:
        if type(value) is not list:
            return None
        kept: list[Any] = []
        for item in value:
            below = unwanted.get(self.element(item))
            if below is None:
                kept.append(item)
            elif below and SELF not in below:
                kept.append(self.item.without(item, below))
        return kept or None

    def only(self, value: Any, wanted: FieldSet) -> Any:
        if type(value) is not list or not value:
            return value
        kept: list[Any] = []
        for item in value:
            below = wanted.get(self.element(item))
            if below is not None:
                kept.append(self.item.only(item, below) if below else item)
        return kept or None

    def conform(self, fields: FieldSet) -> FieldSet:
        if not any(fields.values()):
            return fields
        return {key: self.item.conform(child) if child else child for key, child in fields.items()}

    def named(self, fields: FieldSet) -> FieldSet:
        return {key: self.item.named(child) if child else child for key, child in fields.items()}


def _in_order(node: FieldSet) -> FieldSet:
    if len(node) > 1:
        return {element: node[element] for element in sorted(node, key=order)}
    return node


class Scalars(Associative):
    """A set: the items are their own identity."""

    __slots__ = ()

    def element(self, item: Any) -> str:
        if isinstance(item, (dict, list)) or item is None:
            raise Unfit(self._why_not(item))
        identity = (type(item), item)
        return self._elements.get(identity) or self._remember(identity, pathelement.value(item))

    def _why_not(self, item: Any) -> str:
        if isinstance(item, dict):
            return "associative list without keys has an element that's a map type"
        if isinstance(item, list):
            return "not supported: associative list with lists as elements"
        return "associative list without keys has an element that's an explicit null"


class Keyed(Associative):
    """Objects told apart by the values of some of their fields, some of which may have a default."""

    __slots__ = ("_defaults", "_keys")

    def __init__(self, item: Shape, keys: Sequence[str], defaults: Mapping[str, Any]) -> None:
        super().__init__(item)
        self._keys = tuple(sorted(keys))
        self._defaults = tuple((key, defaults.get(key, _ABSENT)) for key in self._keys)

    def element(self, item: Any) -> str:
        if type(item) is not dict:
            what = "a null element" if item is None else "non-map elements"
            raise Unfit(f"associative list with keys may not have {what}")
        identity = tuple([item.get(key, default) for key, default in self._defaults])
        try:
            known = self._elements.get(identity)
        except TypeError:
            raise Unfit(f"the key fields of {show(item)} are no scalars") from None
        return known or self._remember(identity, self._spell(identity))

    def _spell(self, identity: tuple[Any, ...]) -> str:
        fields = {key: value for key, value in zip(self._keys, identity, strict=True) if value is not _ABSENT}
        if not fields:
            keys = " ".join(map(quote, self._keys))
            raise Unfit(
                f"associative list with keys has an element that omits all key fields [{keys}] "
                "(and doesn't have default values for any key fields)"
            )
        return pathelement.key(fields)
