"""The order of a merged list: applied items in applied order, live ones as near to their places as that allows.

Source: sigs.k8s.io/structured-merge-diff/typed/merge.go.
"""

from __future__ import annotations

from typing import Any, Final

from server.patch.typed_shape import Shape

_ABSENT: Final = object()

Items = list[tuple[str, Any]]
"""A list with the path element of each item."""


class Weaving:
    """The merge of an applied list into a live one: applied items in applied order, live ones where they were."""

    def __init__(self, item: Shape, old: Items, new: Items) -> None:
        self._item = item
        self._old = old
        self._new = new
        self._in_new = dict(new)
        self._in_old: dict[str, Any] = {}
        for element, value in old:
            # Two of the same are not merged with the new value but replaced by it.
            self._in_old[element] = _ABSENT if element in self._in_old else value
        self._shared = iter([element for element, _ in new if element in self._in_old])

    def result(self) -> list[Any]:
        out: list[Any] = []
        done: set[str] = set()
        next_shared = next(self._shared, None)
        left = right = 0
        while left < len(self._old) or right < len(self._new):
            here = self._old[left][0] if left < len(self._old) else None
            there = self._new[right][0] if right < len(self._new) else None
            if here is not None and there is not None:
                if here == there:
                    out.append(self._merged(here))
                    done.add(here)
                    left, right = left + 1, right + 1
                    next_shared = next(self._shared, None)
                    continue
                if here in self._in_new and next_shared is not None and next_shared != here:
                    left += 1
                    continue
            if here is not None:
                if here not in self._in_new:
                    out.append(self._old[left][1])
                    left += 1
                    continue
                if here in done:
                    left += 1
            if there is not None:
                out.append(self._merged(there))
                done.add(there)
                right += 1
                if there == next_shared:
                    next_shared = next(self._shared, None)
        return out

    def _merged(self, element: str) -> Any:
        new = self._in_new[element]
        old = self._in_old.get(element, _ABSENT)
        return new if old is _ABSENT else self._item.merge(old, new)
