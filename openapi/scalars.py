"""The leaves of a type: reading them as Go's UnmarshalJSON does, and printing them as its MarshalJSON does.

``READ`` is for input nobody has checked: a function returns the canonical JSON value, or raises Mismatch (another JSON
type was given) or ValueError (the type's own complaint, in Go's words). ``PRINT`` is for values already checked; None
stands for "as it is".
"""

from __future__ import annotations

from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from functools import lru_cache
from string import ascii_letters, digits
from types import MappingProxyType
from typing import Any, Final

from apimachinery.quantity import QuantityError, canonical_quantity
from apimachinery.remembering import remembered
from apimachinery.timefmt import format_micro_time, format_time, parse_micro_time, parse_time
from openapi.schema import Form

Convert = Callable[[Any], Any]

ZERO_TIME: Final = "0001-01-01T00:00:00Z"
_INT32: Final = 1 << 31
_INT64: Final = 1 << 63
_BASE64: Final = frozenset(ascii_letters + digits + "+/")


class Mismatch(Exception):
    """A value of another JSON type than expected.

    ``given`` and ``wanted`` are Go's names for the two, where they are not those of the value and the type.
    """

    def __init__(self, given: str = "", wanted: str = "") -> None:
        self.given = given
        self.wanted = wanted


def json_type(value: Any) -> str:
    """What Go calls the JSON type of a value."""
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "array" if isinstance(value, list) else "object"


def _number(value: float) -> str:
    """A number for a message. The text of the body is gone; this is how Go itself would print it."""
    return str(value) if isinstance(value, int) else f"{value:.17g}" if value % 1 else f"{value:.1f}"


def text(value: Any) -> str:
    if type(value) is not str:
        raise Mismatch
    return value


def boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise Mismatch
    return value


def int32(value: Any) -> int:
    if type(value) is not int or not -_INT32 <= value < _INT32:
        raise Mismatch(f"number {_number(value)}" if type(value) in (int, float) else "")
    return value


def int64(value: Any) -> int:
    if type(value) is not int or not -_INT64 <= value < _INT64:
        raise Mismatch(f"number {_number(value)}" if type(value) in (int, float) else "")
    return value


def double(value: Any) -> int | float:
    if type(value) not in (int, float):
        raise Mismatch
    return plain_double(value)


def plain_double(value: float) -> int | float:
    """Go prints a float without a fraction as an integer, until it takes an exponent."""
    return int(value) if abs(value) < 1e21 and value % 1 == 0 else value


def base64(value: Any) -> str | None:
    if type(value) is not str:
        raise Mismatch
    try:
        raw = a2b_base64(value, strict_mode=True)
    except ValueError:
        raw = _loose_base64(value)
    return b64encode(raw).decode() if raw else ""


def _loose_base64(value: str) -> bytes:
    """Go's decoder skips line ends and does not mind bits after the last byte."""
    fault = _base64_fault(value)
    if fault is not None:
        raise ValueError(f"illegal base64 data at input byte {fault}")
    return a2b_base64(value)


def _base64_fault(value: str) -> int | None:
    """The offset Go's decoder complains of."""
    in_quantum = 0
    for at, char in enumerate(value):
        if char in "\r\n":
            continue
        if char in _BASE64:
            in_quantum = (in_quantum + 1) % 4
            continue
        if char != "=" or in_quantum < 2:
            return at
        rest = [after for after in range(at + 1, len(value)) if value[after] not in "\r\n"]
        if in_quantum == 2:
            if not rest:
                return len(value)
            if value[rest[0]] != "=":
                return rest[0] - 1
            del rest[0]
        return rest[0] if rest else None
    return len(value) - in_quantum if in_quantum else None


@remembered(4096)
def _quantity_text(value: str) -> str:
    return canonical_quantity(value.strip(" "))


def quantity(value: Any) -> str:
    """Any JSON value but a string is taken by its text, as upstream does."""
    if type(value) is str:
        return _quantity_text(value)
    if type(value) in (int, float):
        return _quantity_text(str(value))
    raise QuantityError(_quantity_complaint())


@lru_cache(maxsize=1)
def _quantity_complaint() -> str:
    try:
        canonical_quantity("{")
    except QuantityError as error:
        return str(error)
    raise AssertionError("a brace is no quantity")


def int_or_string(value: Any) -> int | str:
    if type(value) is str:
        return value
    try:
        return int32(value)
    except Mismatch as mismatch:
        raise Mismatch(mismatch.given, "int32") from None


@remembered(4096)
def _time_text(value: str) -> str | None:
    moment = format_time(parse_time(value))
    return None if moment == ZERO_TIME else moment


def time(value: Any) -> str | None:
    if type(value) is not str:
        raise Mismatch("", "string")
    return _time_text(value)


@remembered(4096)
def _micro_time_text(value: str) -> str | None:
    moment = format_micro_time(parse_micro_time(value))
    return None if moment == f"{ZERO_TIME[:-1]}.000000Z" else moment


def micro_time(value: Any) -> str | None:
    if type(value) is not str:
        raise Mismatch("", "string")
    return _micro_time_text(value)


def as_it_is(value: Any) -> Any:
    return value


READ: Final[Mapping[Form, Convert]] = MappingProxyType(
    {
        Form.STRING: text,
        Form.BOOL: boolean,
        Form.INT32: int32,
        Form.INT64: int64,
        Form.DOUBLE: double,
        Form.BYTES: base64,
        Form.QUANTITY: quantity,
        Form.INT_OR_STRING: int_or_string,
        Form.TIME: time,
        Form.MICRO_TIME: micro_time,
        Form.RAW: as_it_is,
        Form.FIELDS_V1: as_it_is,
    }
)

PRINT: Final[Mapping[Form, Convert | None]] = MappingProxyType(
    {
        **dict.fromkeys(READ, None),
        Form.DOUBLE: plain_double,
        Form.QUANTITY: quantity,
        Form.TIME: time,
        Form.MICRO_TIME: micro_time,
    }
)

ZERO: Final[Mapping[Form, Any]] = MappingProxyType(
    {
        Form.STRING: "",
        Form.BOOL: False,
        Form.INT32: 0,
        Form.INT64: 0,
        Form.DOUBLE: 0,
        Form.QUANTITY: "0",
        Form.INT_OR_STRING: 0,
    }
)
"""What Go prints for the zero value; null where nothing is given here. Structs are made of their fields' zeros."""
