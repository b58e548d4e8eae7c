"""Functions compiled per type, on first use, that bring a value into the form Go prints.

One shape of closure serves two purposes: *reading* checks every value and raises IRREGULAR at the first oddity (then
``openapi.irregular`` finds out what was odd, for a message), *printing* trusts its input. A struct's table of fields
grows as fields are met, so a type costs what is used of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openapi.scalars import PRINT, READ, ZERO, Convert, Mismatch
from openapi.schema import ALWAYS_PRINTED, Field, Form, Type

# Of a field: its place in Go's order, the conversion (None: as it is), and whether an empty value is left out.
_Entry = tuple[int, Convert | None, bool]


class Irregular(Exception):
    """The value is not what the type says, or says more; which, is not known here."""


IRREGULAR = Irregular()
ODDITIES = (Irregular, Mismatch, ValueError)
"""What a reader may raise."""


def reader(type_: Type) -> Convert:
    """Checks and converts; raises one of ODDITIES. Always returns new containers."""
    made = _compiled(type_, reading=True)
    assert made is not None
    return made


def printer(type_: Type) -> Convert:
    """Converts what was read before; keys the type does not know are dropped. May share parts of its argument."""
    return _compiled(type_, reading=False) or (lambda value: value)


def _compiled(type_: Type, reading: bool) -> Convert | None:
    """The conversion of values that are not null; None when there is nothing to do."""
    if type_.form in READ:
        return READ[type_.form] if reading else PRINT[type_.form]
    memo = type_.memo
    key = "reader" if reading else "printer"
    if key not in memo:
        build = {Form.STRUCT: _struct, Form.LIST: _list, Form.MAP: _map, Form.UNION: _union}[type_.form]
        memo[key] = build(type_, reading)
    found: Convert | None = memo[key]
    return found


def zero_maker(type_: Type) -> Callable[[], Any]:
    """Makes what Go prints for the zero value of a type."""
    if type_.form is not Form.STRUCT:
        zero = ZERO.get(type_.form)
        return lambda: zero
    if "zero" not in type_.memo:
        always = _always(type_)
        type_.memo["zero"] = (lambda: {name: make() for name, make in always}) if always else dict
    made: Callable[[], Any] = type_.memo["zero"]
    return made


def _zero_element_maker(type_: Type) -> Callable[[], Any]:
    """What null becomes in a list or a map: bytes that are not there are stored as none, and read as empty ones."""
    return (lambda: "") if type_.form is Form.BYTES else zero_maker(type_)


def _omitted_when_empty(field: Field) -> bool:
    return field.omitzero or (field.omitempty and not field.pointer and field.type.form not in ALWAYS_PRINTED)


def _always(type_: Type) -> tuple[tuple[str, Callable[[], Any]], ...]:
    """The fields that are printed whatever their value, with what makes their zero."""
    return tuple(
        (name, (lambda: None) if field.pointer else zero_maker(field.type))
        for name, field in type_.fields.items()
        if not (_omitted_when_empty(field) or (field.pointer and field.omitempty))
    )


def _struct(type_: Type, reading: bool) -> Convert:
    fields = type_.fields
    rank = {name: position for position, name in enumerate(fields)}
    always = _always(type_)
    table: dict[str, _Entry] = {}

    def meet(name: str) -> _Entry | None:
        """The entry of a field seen for the first time; None for a name that is no field."""
        field = fields.get(name)
        if field is None:
            if reading:
                raise IRREGULAR
            return None
        table[name] = (rank[name], _compiled(field.type, reading), _omitted_when_empty(field))
        return table[name]

    def convert(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise IRREGULAR
        made: dict[str, Any] = {}
        last = -1
        ordered = True
        for name, item in value.items():
            entry = table.get(name) or meet(name)
            if entry is None or item is None:
                continue
            place, inner, omit = entry
            if inner is not None:
                item = inner(item)
            if omit and not item:
                continue
            made[name] = item
            if place < last:
                ordered = False
            last = place
        for name, make in always:
            if name not in made:
                made[name] = make()
                ordered = False
        return made if ordered else {name: made[name] for name in sorted(made, key=rank.__getitem__)}

    return convert


def _list(type_: Type, reading: bool) -> Convert | None:
    inner = _compiled(type_.element, reading)
    zero = _zero_element_maker(type_.element)
    if inner is None:
        return None

    def convert(value: Any) -> list[Any]:
        if type(value) is not list:
            raise IRREGULAR
        return [zero() if item is None else inner(item) for item in value]

    return convert


def _map(type_: Type, reading: bool) -> Convert:
    inner = _compiled(type_.element, reading)
    zero = _zero_element_maker(type_.element)

    def convert(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise IRREGULAR
        if inner is None:
            return {key: value[key] for key in sorted(value)}
        return {key: zero() if value[key] is None else inner(value[key]) for key in sorted(value)}

    return convert


def _union(type_: Type, reading: bool) -> Convert:
    """By the JSON shape; a shape that is no option becomes the zero value, printed as null."""
    shapes = {Form.STRUCT: dict, Form.LIST: list, Form.BOOL: bool}
    options = [(shapes[option.form], option) for option, _ in type_.options]

    def convert(value: Any) -> Any:
        for shape, option in options:
            if isinstance(value, shape):
                inner = _compiled(option, reading)
                return value if inner is None else inner(value)
        if reading and bool in (shape for shape, _ in options):
            raise ValueError("boolean or JSON schema expected")
        return None

    return convert
