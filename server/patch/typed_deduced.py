"""Values of unknown schema: the value itself tells. Objects are granular, lists and scalars are leaves.

This is how apply treats custom resources without a schema and fields that preserve what they do not know
(``__untyped_deduced_`` upstream).
"""

from __future__ import annotations

from typing import Any

from server.patch.fieldset import LEAF, FieldSet
from server.patch.pathelement import SELF
from server.patch.typed_maps import Granular
from server.patch.typed_shape import Delta, Problem, Scalar, Shape, marked

UNTYPED: Shape = Scalar(None, "any value")


class Deduced(Granular):
    """Any JSON. Null counts as an object without fields."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(self)
        self.loose = True
        self.declare({}, self)
        self.seal()

    def members(self, value: Any) -> FieldSet:
        return super().members(value) if isinstance(value, dict) else LEAF

    def compare(self, old: Any, new: Any) -> Delta | None:
        if isinstance(old, dict) and isinstance(new, dict):
            return super().compare(old, new)
        if self.same(old, new):
            return None
        gone, here = _inside(self, old), _inside(self, new)
        if here is None:
            return Delta(None if new is None and gone else LEAF, gone)
        return Delta(here if old is None else marked(here), gone)

    def owned(self, value: Any) -> FieldSet | None:
        if isinstance(value, dict) or value is None:
            return super().owned(value)
        return LEAF

    def merge(self, old: Any, new: Any) -> Any:
        if isinstance(new, (dict, type(None))):
            return super().merge(old, new)
        return new

    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        """Anything fits."""

    def without(self, value: Any, unwanted: FieldSet) -> Any:
        if isinstance(value, dict):
            return super().without(value, unwanted)
        return None if isinstance(value, list) else value

    def conform(self, fields: FieldSet) -> FieldSet:
        """Unknown types say nothing of what is atomic."""
        return fields


def _inside(shape: Granular, value: Any) -> FieldSet | None:
    """The fields of an object, without the object itself."""
    if not isinstance(value, dict) or not value:
        return None
    return {element: node for element, node in Granular.members(shape, value).items() if element != SELF}


DEDUCED: Shape = Deduced()
