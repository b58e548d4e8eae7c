"""Reads messages into the JSON form of objects, by functions compiled per type on first use.

What is read is well-typed but not canonical: zero values are there, fields come as they came. Unknown fields are
skipped.
"""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import orjson

from apimachinery.timefmt import format_micro_time, format_time
from openapi.schema import Field, Form, Type
from openapi.wire import BYTES, FIXED64, VARINT, WireError, read_length, read_varint, skip
from server.encoding.protowrite import EPOCH, is_repeated, is_wrapped, wire_type

Read = Callable[[bytes, int, int], Any]
"""Reads the content between two positions."""
Store = Callable[[dict[str, Any], bytes, int, int], None]
"""Reads the content of a field into the object it belongs to, where that is more than setting one value."""
Convert = Callable[[int], Any]
"""Makes a value of an unsigned varint."""


class _Entry(NamedTuple):
    """What to do with a field of a certain key: exactly one of the last three is given."""

    name: str
    repeated: bool = False
    read: Read | None = None
    convert: Convert | None = None
    store: Store | None = None


_Entries = Mapping[int, _Entry]
_WIRE_TYPES: Final = (VARINT, FIXED64, BYTES)


def message_reader(type_: Type) -> Read:
    """Reads a value of a type that is a message; raises WireError."""
    memo = type_.memo
    if "protobuf.read" not in memo:
        memo["protobuf.read"] = _compile(type_)
    found: Read = memo["protobuf.read"]
    return found


def _compile(type_: Type) -> Read:
    if is_wrapped(type_):
        return _wrapped_list(type_.element)
    match type_.form:
        case Form.STRUCT:
            return _struct(lambda: _entries(list(type_.fields.values()), depth=0))
        case Form.UNION:
            return _union(type_)
        case _:
            return _MESSAGES[type_.form]


def _struct(make_entries: Callable[[], _Entries]) -> Read:
    """Reads a message whose fields are described when the first one is read."""
    entries: _Entries = {}

    def read(data: bytes, at: int, end: int) -> dict[str, Any]:
        nonlocal entries
        entries = entries or make_entries()
        made: dict[str, Any] = {}
        while at < end:
            # Keys, lengths and most numbers are one byte; reading beyond the end is noticed below, or by decode().
            field_key = data[at]
            at += 1
            if field_key >= 0x80:
                field_key, at = read_varint(data, at - 1, end)
            entry = entries.get(field_key)
            if entry is None:
                at = _skip_unknown(entries, field_key, data, at, end)
                continue
            name, repeated, read_one, convert, store = entry
            number = data[at]
            if convert is not None:
                at += 1
                if number >= 0x80:
                    number, at = read_varint(data, at - 1, end)
                value = convert(number)
            else:
                if field_key & 7 == FIXED64:
                    stop = at + 8
                elif number < 0x80:
                    at += 1
                    stop = at + number
                else:
                    at, stop = read_length(data, at, end)
                if stop > end:
                    raise WireError("unexpected EOF")
                if store is not None:
                    store(made, data, at, stop)
                    at = stop
                    continue
                assert read_one is not None
                value = read_one(data, at, stop)
                at = stop
            if not repeated:
                made[name] = value
            elif name in made:
                made[name].append(value)
            else:
                made[name] = [value]
        if at > end:
            raise WireError("unexpected EOF")
        return made

    return read


def _skip_unknown(entries: _Entries, field_key: int, data: bytes, at: int, end: int) -> int:
    number, kind = field_key >> 3, field_key & 7
    if any(number << 3 | other in entries for other in _WIRE_TYPES):
        raise WireError(f"proto: wrong wireType = {kind} for field {number}")
    if number == 0:
        raise WireError(f"proto: illegal tag {number} (wire type {kind})")
    return skip(data, at, end, kind)


def _entries(fields: list[Field], depth: int) -> dict[int, _Entry]:
    """By key; embedded messages give their fields to the object around them."""
    entries: dict[int, _Entry] = {}
    embedded: dict[int, list[Field]] = {}
    for field in fields:
        if len(field.inline) > depth:
            embedded.setdefault(field.inline[depth], []).append(field)
        elif field.number:
            entries.update(_field_entries(field))
    for number, inner in embedded.items():
        entries[number << 3 | BYTES] = _Entry("", store=_embedded(inner, depth + 1))
    return entries


def _embedded(fields: list[Field], depth: int) -> Store:
    read = _struct(lambda: _entries(fields, depth))
    return lambda made, data, at, end: made.update(read(data, at, end))


def _field_entries(field: Field) -> dict[int, _Entry]:
    name, type_, begin = field.name, field.type, field.number << 3
    if type_.form is Form.MAP:
        return {begin | BYTES: _Entry(name, store=_map_store(name, type_.element))}
    repeated = is_repeated(type_)
    value = type_.element if repeated else type_
    convert = _NUMBERS.get(value.form)
    if convert is None:
        return {begin | wire_type(value): _Entry(name, repeated, read=value_reader(value))}
    entries = {begin | VARINT: _Entry(name, repeated, convert=convert)}
    if repeated:
        entries[begin | BYTES] = _Entry(name, store=_packed_store(name, convert))
    return entries


def _packed_store(name: str, convert: Convert) -> Store:
    def store(made: dict[str, Any], data: bytes, at: int, end: int) -> None:
        into = made.setdefault(name, [])
        while at < end:
            number, at = read_varint(data, at, end)
            into.append(convert(number))

    return store


def _map_store(name: str, element: Type) -> Store:
    entry = _struct(lambda: {1 << 3 | BYTES: _Entry("key", read=_text), **_field_entries(Field("value", element, 2))})

    def store(made: dict[str, Any], data: bytes, at: int, end: int) -> None:
        found = entry(data, at, end)
        # An entry without a value has the zero value, which null stands for.
        made.setdefault(name, {})[found.get("key", "")] = found.get("value")

    return store


def value_reader(type_: Type) -> Read:
    plain = _SCALARS.get(type_.form) or _MESSAGES.get(type_.form)
    if plain is not None:
        return plain
    # Looked up late: types are recursive.
    return lambda data, at, end: message_reader(type_)(data, at, end)


def _wrapped_list(element: Type) -> Read:
    items = Field("items", Type(Form.LIST, "[]string", element=element), number=1)
    read = _struct(lambda: _field_entries(items))
    return lambda data, at, end: read(data, at, end).get("items", [])


def _union(type_: Type) -> Read:
    """The option whose field is there; of a schema beside a boolean, the schema."""
    options = [Field(str(number), option, number) for option, number in type_.options]
    read = _struct(lambda: {key: entry for field in options for key, entry in _field_entries(field).items()})
    order = sorted(options, key=lambda field: field.type.form is not Form.STRUCT)

    def read_one(data: bytes, at: int, end: int) -> Any:
        found = read(data, at, end)
        return next((found[field.name] for field in order if field.name in found), None)

    return read_one


def _text(data: bytes, at: int, end: int) -> str:
    return data[at:end].decode(errors="replace")


def _bytes(data: bytes, at: int, end: int) -> str:
    return b64encode(data[at:end]).decode()


def _int64(number: int) -> int:
    return number if number < 1 << 63 else number - (1 << 64)


def _int32(number: int) -> int:
    low = number & 0xFFFFFFFF
    return low if low < 1 << 31 else low - (1 << 32)


def _double(data: bytes, at: int, end: int) -> float:
    found: float = struct.unpack_from("<d", data, at)[0]
    return found


def _plain_message(**fields: tuple[int, Form]) -> Read:
    """A message of scalars, none of which is a type of the API."""
    described = [Field(name, Type(form, form.value), number) for name, (number, form) in fields.items()]
    return _struct(lambda: _entries(described, depth=0))


_READ_QUANTITY: Final = _plain_message(string=(1, Form.STRING))
_READ_INT_OR_STRING: Final = _plain_message(type=(1, Form.INT64), number=(2, Form.INT32), text=(3, Form.STRING))
_READ_TIMESTAMP: Final = _plain_message(seconds=(1, Form.INT64), nanos=(2, Form.INT32))
_READ_RAW: Final = _struct(lambda: {1 << 3 | BYTES: _Entry("raw", read=lambda data, at, end: data[at:end])})


def _quantity(data: bytes, at: int, end: int) -> str:
    found: str = _READ_QUANTITY(data, at, end).get("string", "0")
    return found


def _int_or_string(data: bytes, at: int, end: int) -> int | str:
    found = _READ_INT_OR_STRING(data, at, end)
    read: int | str = found.get("text", "") if found.get("type") == 1 else found.get("number", 0)
    return read


def _time(data: bytes, at: int, end: int) -> str | None:
    return _timestamp(data[at:end], micro=False) if at < end else None


def _micro_time(data: bytes, at: int, end: int) -> str | None:
    return _timestamp(data[at:end], micro=True) if at < end else None


@lru_cache(maxsize=4096)
def _timestamp(message: bytes, *, micro: bool) -> str:
    found = _READ_TIMESTAMP(message, 0, len(message))
    try:
        moment = EPOCH + timedelta(seconds=found.get("seconds", 0))
        if micro:
            return format_micro_time(moment + timedelta(microseconds=found.get("nanos", 0) // 1000))
        return format_time(moment)
    except OverflowError:
        raise WireError("proto: time out of range") from None


def _json(data: bytes, at: int, end: int) -> Any:
    """The JSON text in a message with one field of bytes."""
    text = _READ_RAW(data, at, end).get("raw")
    try:
        return orjson.loads(text) if text else None
    except orjson.JSONDecodeError as error:
        raise WireError(f"raw value is not JSON: {error}") from None


_NUMBERS: Final[Mapping[Form, Convert]] = MappingProxyType({Form.INT32: _int32, Form.INT64: _int64, Form.BOOL: bool})
_SCALARS: Final[Mapping[Form, Read]] = MappingProxyType(
    {
        Form.STRING: _text,
        Form.BYTES: _bytes,
        Form.DOUBLE: _double,
    }
)
_MESSAGES: Final[Mapping[Form, Read]] = MappingProxyType(
    {
        Form.QUANTITY: _quantity,
        Form.INT_OR_STRING: _int_or_string,
        Form.TIME: _time,
        Form.MICRO_TIME: _micro_time,
        Form.RAW: _json,
        Form.FIELDS_V1: _json,
    }
)
