"""Validation errors that name the field they are about, worded as upstream's ``field.Error``.

A path is a plain string, built with f-strings where it is needed (``f"{path}.containers[{i}].image"``);
:func:`key` quotes map keys the way upstream prints them.
Source: k8s.io/apimachinery/pkg/util/validation/field/errors.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class ErrorType(StrEnum):
    """Value: the machine-readable reason of a Status cause."""

    NOT_FOUND = "FieldValueNotFound"
    REQUIRED = "FieldValueRequired"
    DUPLICATE = "FieldValueDuplicate"
    INVALID = "FieldValueInvalid"
    NOT_SUPPORTED = "FieldValueNotSupported"
    FORBIDDEN = "FieldValueForbidden"
    TOO_LONG = "FieldValueTooLong"
    TOO_MANY = "FieldValueTooMany"
    TOO_FEW = "FieldValueTooFew"
    TOO_SHORT = "FieldValueTooShort"
    INTERNAL = "InternalError"
    TYPE_INVALID = "FieldValueTypeInvalid"


_WORDS = {
    ErrorType.NOT_FOUND: "Not found",
    ErrorType.REQUIRED: "Required value",
    ErrorType.DUPLICATE: "Duplicate value",
    ErrorType.INVALID: "Invalid value",
    ErrorType.NOT_SUPPORTED: "Unsupported value",
    ErrorType.FORBIDDEN: "Forbidden",
    ErrorType.TOO_LONG: "Too long",
    ErrorType.TOO_MANY: "Too many",
    ErrorType.TOO_FEW: "Too few",
    ErrorType.TOO_SHORT: "Too short",
    ErrorType.INTERNAL: "Internal error",
    ErrorType.TYPE_INVALID: "Invalid value",
}
_WITHOUT_VALUE = frozenset(
    {ErrorType.REQUIRED, ErrorType.FORBIDDEN, ErrorType.TOO_LONG, ErrorType.TOO_SHORT, ErrorType.INTERNAL}
)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One problem of one field. ``bad_value`` is the JSON value that is wrong."""

    type: ErrorType
    field: str
    bad_value: Any = None
    detail: str = ""

    @property
    def body(self) -> str:
        """The message without the field path, as used in a Status cause."""
        words = _WORDS[self.type]
        bare = self.type in _WITHOUT_VALUE or self.bad_value is OMITTED
        text = words if bare else f"{words}: {_show(self.bad_value)}"
        return f"{text}: {self.detail}" if self.detail else text

    def __str__(self) -> str:
        return f"{self.field}: {self.body}"


class _Omitted:
    """The type of OMITTED."""


OMITTED = _Omitted()
"""As a bad value: print none."""

_SHORT_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}
_HTML_ESCAPES = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def quote(text: str) -> str:
    """Quote as Go's ``%q`` does."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return f'"{"".join(map(_escape, text))}"'


def _escape(character: str) -> str:
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    if character.isprintable():
        return character
    number = ord(character)
    if number < 0x80:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _show(value: Any) -> str:
    """Print a bad value as Go's ``%q``/``%v``/JSON would in an error message."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return text.translate(_HTML_ESCAPES) if isinstance(value, dict | list | tuple) else text


def key(path: str, name: str) -> str:
    """The path of a map's entry or an item found by name: ``metadata.labels[app]``."""
    return f"{path}[{name}]"


def required(path: str, detail: str = "") -> FieldError:
    return FieldError(ErrorType.REQUIRED, path, "", detail)


def invalid(path: str, value: Any, detail: str = "") -> FieldError:
    return FieldError(ErrorType.INVALID, path, value, detail)


def type_invalid(path: str, value: Any, detail: str = "") -> FieldError:
    return FieldError(ErrorType.TYPE_INVALID, path, value, detail)


def duplicate(path: str, value: Any) -> FieldError:
    return FieldError(ErrorType.DUPLICATE, path, value)


def not_found(path: str, value: Any) -> FieldError:
    return FieldError(ErrorType.NOT_FOUND, path, value)


def forbidden(path: str, detail: str) -> FieldError:
    return FieldError(ErrorType.FORBIDDEN, path, "", detail)


def internal(path: str, detail: str) -> FieldError:
    return FieldError(ErrorType.INTERNAL, path, "", detail)


def not_supported(path: str, value: Any, valid: Iterable[str]) -> FieldError:
    """``valid`` is printed in the order given; most of upstream's callers sort it."""
    names = ", ".join(quote(v) for v in valid)
    return FieldError(ErrorType.NOT_SUPPORTED, path, value, f"supported values: {names}" if names else "")


def too_long(path: str, limit: int) -> FieldError:
    """``limit`` in bytes; negative: not told."""
    return FieldError(ErrorType.TOO_LONG, path, "<value omitted>", _at_most(limit, "byte"))


def too_long_characters(path: str, limit: int) -> FieldError:
    """``limit`` in characters; negative: not told."""
    return FieldError(ErrorType.TOO_LONG, path, "<value omitted>", _at_most(limit, "character"))


def _at_most(limit: int, unit: str) -> str:
    return f"may not be more than {_count(limit, unit)}" if limit >= 0 else "value is too long"


def too_short(path: str, value: str, limit: int) -> FieldError:
    """``limit`` in characters; negative: not told."""
    detail = f"must be at least {_count(limit, 'character')}" if limit >= 0 else "value is too short"
    return FieldError(ErrorType.TOO_SHORT, path, value, detail)


def too_many(path: str, actual: int, limit: int) -> FieldError:
    """A negative ``actual`` or ``limit`` is not told."""
    detail = f"must have at most {_count(limit, 'item')}" if limit >= 0 else "has too many items"
    return FieldError(ErrorType.TOO_MANY, path, actual if actual >= 0 else OMITTED, detail)


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


MOST_TOLD: Final = 1000
"""Errors in an answer. Upstream tells all: 200,000 bad items in a body of 600 KB make 80 MB of them."""


def aggregate(errors: Sequence[FieldError]) -> str:
    """Join errors into one message as upstream's ``Aggregate.Error()``: alone bare, several in brackets, no repeats."""
    messages = list(dict.fromkeys(str(e) for e in errors))
    return messages[0] if len(messages) == 1 else f"[{', '.join(messages)}]"
