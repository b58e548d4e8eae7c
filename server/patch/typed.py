"""From a type's description to its shape for server-side apply: the one place that decides what is atomic.

Follows k8s.io/kube-openapi/pkg/schemaconv, which reads the same facts out of OpenAPI: lists are atomic unless marked
``set`` or ``map`` (or, unmarked, given a merging patch strategy), maps and structs granular unless marked ``atomic``.
Types of custom resources take the same path; a STRUCT that also has an ``element`` accepts undeclared fields of it.
"""

from __future__ import annotations

from typing import Any, Final

from openapi.schema import ALWAYS_PRINTED, Field, Form, Type
from server.patch.typed_deduced import DEDUCED, UNTYPED
from server.patch.typed_lists import Keyed, Scalars
from server.patch.typed_maps import Granular
from server.patch.typed_shape import Atomic, AtomicList, Scalar, Shape

_STRING: Final = Scalar((str,), "string")
_NUMBER: Final = Scalar((int, float), "numeric (int or float)")
_ANY_SCALAR: Final = Scalar((str, int, float, bool), "any scalar")
_LEAVES: Final[dict[Form, Shape]] = {
    Form.STRING: _STRING,
    Form.BYTES: _STRING,
    Form.INT32: _NUMBER,
    Form.INT64: _NUMBER,
    Form.DOUBLE: _NUMBER,
    Form.BOOL: Scalar((bool,), "boolean"),
    Form.QUANTITY: _ANY_SCALAR,
    Form.INT_OR_STRING: _ANY_SCALAR,
    Form.TIME: _ANY_SCALAR,
    Form.MICRO_TIME: _ANY_SCALAR,
    Form.FIELDS_V1: Scalar((dict,), "map"),
    Form.UNION: DEDUCED,
}
_ZERO: Final[dict[Form, Any]] = {
    Form.STRING: "",
    Form.INT32: 0,
    Form.INT64: 0,
    Form.DOUBLE: 0,
    Form.BOOL: False,
    Form.QUANTITY: "0",
    Form.INT_OR_STRING: 0,
}
_SHAPE: Final = "server.patch.typed"
_ZERO_VALUE: Final = "server.patch.typed.zero"


def shape_of(type: Type) -> Shape:
    """The shape of objects of a type; compiled once and kept with the type."""
    shape: Shape | None = type.memo.get(_SHAPE)
    if shape is None:
        compiler = _Compiler()
        shape = compiler.of(type, type.struct_type)
        compiler.finish()
        type.memo[_SHAPE] = shape
    return shape


def zero_of(type: Type) -> Any:
    """How Go prints the zero value of a type, which is what a new object is compared with.

    Custom resources start from nothing: give their struct fields ``pointer``, and this is ``{}``.
    """
    if _ZERO_VALUE not in type.memo:
        type.memo[_ZERO_VALUE] = _zero(type)
    return type.memo[_ZERO_VALUE]


def _zero(type: Type) -> Any:
    if type.form is not Form.STRUCT:
        return _ZERO.get(type.form)
    return {
        name: None if field.pointer else _zero(field.type) for name, field in type.fields.items() if _printed(field)
    }


def _printed(field: Field) -> bool:
    if field.omitzero:
        return False
    return not field.omitempty or (not field.pointer and field.type.form in ALWAYS_PRINTED)


class _Compiler:
    """Makes the shapes of everything reachable from a type that has none yet."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, str], Shape] = {}
        self._shapes: list[Shape] = []

    def of(self, type: Type, map_type: str = "") -> Shape:
        """``map_type`` may make a MAP or STRUCT atomic, overruling the type itself."""
        if type.form in _LEAVES:
            return _LEAVES[type.form]
        if type.form is Form.RAW:
            return UNTYPED if type.name.endswith("RawExtension") else DEDUCED
        known = self._made.get((id(type), map_type))
        if known is not None:
            return known
        if type.form is Form.LIST:
            return self._keep(AtomicList(self._element(type)))
        if map_type == "atomic":
            return self._keep(Atomic(self.of(type)))
        granular = Granular(DEDUCED)
        self._made[id(type), map_type] = self._keep(granular)
        if type.form is Form.MAP:
            granular.declare({}, self._element(type))
        else:
            fields = {name: self._field(field) for name, field in type.fields.items()}
            granular.declare(fields, self._rest(type))
        return granular

    def _element(self, type: Type) -> Shape:
        return self.of(type.element, type.element.struct_type)

    def _rest(self, type: Type) -> Shape | None:
        try:
            return self._element(type)
        except TypeError:
            return None

    def _field(self, field: Field) -> Shape:
        if field.type.form is not Form.LIST:
            return self.of(field.type, field.map_type or field.struct_type)
        kind, keys = _list_type(field)
        if kind == "atomic":
            return self.of(field.type)
        item = self._element(field.type)
        if kind == "set":
            return self._keep(Scalars(item))
        element = field.type.element
        defaults = {key: element.fields[key].default for key in keys if key in element.fields}
        return self._keep(Keyed(item, keys, {key: value for key, value in defaults.items() if value is not None}))

    def _keep(self, shape: Shape) -> Shape:
        self._shapes.append(shape)
        return shape

    def finish(self) -> None:
        """Settle which shapes hold untyped values somewhere inside, then seal them all."""
        changing = True
        while changing:
            changing = False
            for shape in self._shapes:
                if not shape.loose and any(inner.loose for inner in shape.inner()):
                    shape.loose = changing = True
        for shape in self._shapes:
            shape.seal()


def _list_type(field: Field) -> tuple[str, tuple[str, ...]]:
    if field.list_type:
        return field.list_type, field.list_map_keys
    if "merge" not in field.patch_strategies:
        return "atomic", ()
    return ("map", (field.patch_merge_key,)) if field.patch_merge_key else ("set", ())
