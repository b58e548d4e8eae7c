"""Finds out what is odd about a value that a compiled reader stumbled over, and says it in Go's words.

Slow and thorough: walks value and type together, keeping the path. What it must not do is decide what a good value
looks like: it only removes the keys a type does not know, and the reader has the last word.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from apimachinery.fielderrors import quote
from openapi.gojson import MAX_STRICT_MESSAGES, DecodeError, RepeatedKeys
from openapi.scalars import READ, Mismatch, json_type
from openapi.schema import Form, Type

# Types with an UnmarshalJSON of their own, whose errors end the decoding at once; others' are saved until the end.
_UNMARSHALERS = frozenset({Form.QUANTITY, Form.INT_OR_STRING, Form.TIME, Form.MICRO_TIME})


class _Place(NamedTuple):
    """Where the walk is, in the two ways messages tell it."""

    path: str = ""
    """As strict messages have it: ``spec.containers[0]``."""
    struct: str = ""
    """The innermost Go struct, without its package."""
    fields: tuple[str, ...] = ()
    """The struct fields on the way, without keys and indices."""
    inside_union: bool = False
    """Below an UnmarshalJSON: no strict checks, and errors keep the place of the union."""

    def field(self, name: str, struct: str) -> _Place:
        if self.inside_union:
            return self
        return _Place(f"{self.path}.{name}" if self.path else name, struct, (*self.fields, name))

    def key(self, name: str) -> _Place:
        return self._replace(path=f"{self.path}.{name}" if self.path else name)

    def element(self, number: int) -> _Place:
        return self._replace(path=f"{self.path}[{number}]")


def examine(value: Any, type_: Type) -> tuple[Any, list[str]]:
    """(the value without unknown keys, strict messages in the order of the text).

    Raises DecodeError for a value that Go would not unmarshal. Source: sigs.k8s.io/json decode.go.
    """
    walk = _Walk()
    pruned = walk.value(value, type_, _Place())
    if walk.saved:
        raise DecodeError(walk.saved)
    return pruned, list(walk.strict)


class _Walk:
    def __init__(self) -> None:
        self.saved = ""
        """The first error that does not end the decoding."""
        self.strict: dict[str, None] = {}

    def value(self, value: Any, type_: Type, place: _Place) -> Any:
        if value is None:
            return None
        match type_.form:
            case Form.STRUCT if isinstance(value, dict):
                return self.struct(value, type_, place)
            case Form.MAP if isinstance(value, dict):
                return {key: self.value(item, type_.element, place.key(key)) for key, item in self.pairs(value, place)}
            case Form.LIST if isinstance(value, list):
                return [self.value(item, type_.element, place.element(at)) for at, item in enumerate(value)]
            case Form.STRUCT | Form.MAP | Form.LIST:
                self.mismatch(json_type(value), type_.name, place, type_.form)
            case Form.UNION:
                return self.union(value, type_, place)
            case Form.RAW | Form.FIELDS_V1:
                return value
            case _:
                self.scalar(value, type_, place)
        return value

    def struct(self, value: dict[str, Any], type_: Type, place: _Place) -> dict[str, Any]:
        made: dict[str, Any] = {}
        struct = type_.name.rpartition(".")[2]
        for name, item in self.pairs(value, place, type_):
            if name in type_.fields:
                made[name] = self.value(item, type_.fields[name].type, place.field(name, struct))
        return made

    def pairs(self, value: dict[str, Any], place: _Place, type_: Type | None = None) -> list[tuple[str, Any]]:
        """The members in the order of the text, complaining of unknown and repeated ones on the way."""
        pairs = value.pairs if isinstance(value, RepeatedKeys) else list(value.items())
        seen: set[str] = set()
        for name, _ in pairs:
            if type_ is not None and name not in type_.fields:
                self.complain("unknown", name, place)
            elif name in seen:
                self.complain("duplicate", name, place)
            seen.add(name)
        return pairs

    def complain(self, what: str, name: str, place: _Place) -> None:
        if not place.inside_union and len(self.strict) < MAX_STRICT_MESSAGES:
            self.strict[f"{what} field {quote(place.key(name).path)}"] = None

    def scalar(self, value: Any, type_: Type, place: _Place) -> None:
        try:
            READ[type_.form](value)
        except Mismatch as mismatch:
            self.mismatch(mismatch.given or json_type(value), mismatch.wanted or type_.name, place, type_.form)
        except ValueError as error:
            self.error(str(error), place, type_.form)

    def union(self, value: Any, type_: Type, place: _Place) -> Any:
        inner = place._replace(inside_union=True)
        for option, _ in type_.options:
            fits = {Form.STRUCT: dict, Form.LIST: list, Form.BOOL: bool}[option.form]
            if isinstance(value, fits):
                return self.value(value, option, inner)
        if any(option.form is Form.BOOL for option, _ in type_.options):
            raise DecodeError("boolean or JSON schema expected")
        return value

    def mismatch(self, given: str, wanted: str, place: _Place, form: Form) -> None:
        into = f"struct field {place.struct}.{'.'.join(place.fields)}" if place.struct else "value"
        self.error(f"json: cannot unmarshal {given} into Go {into} of type {wanted}", place, form)

    def error(self, message: str, place: _Place, form: Form) -> None:
        if form in _UNMARSHALERS or place.inside_union:
            raise DecodeError(message)
        self.saved = self.saved or message
