"""Exact resource quantities (``100m``, ``1.5Gi``, ``12e6``), parsed, computed with and printed as Go does.

Source: k8s.io/apimachinery/pkg/api/resource (quantity.go, amount.go, suffix.go), including what looks odd there:
a text that upstream takes for canonical is kept as it is (``1.500``, ``+1``, ``007``); a decimal above the largest
suffix loses it. A Quantity is immutable, so parsed ones are shared.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache, total_ordering
from typing import NamedTuple

QUANTITY_PATTERN = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"


class QuantityError(ValueError):
    """The text is not a quantity; the message is upstream's."""


class Format(StrEnum):
    DECIMAL_EXPONENT = "DecimalExponent"
    BINARY_SI = "BinarySI"
    DECIMAL_SI = "DecimalSI"


_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_SUFFIX = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY_SUFFIX = {exponent: suffix for suffix, exponent in _BINARY.items()}
_MAX_INT64 = (1 << 63) - 1
_NANO = -9
_FAR = 4096
"""Powers of ten so far apart that the smaller operand of a sum is nothing beside the larger one."""


@total_ordering
class Quantity:
    """``mantissa * 10**scale``, and the format it is printed in."""

    __slots__ = ("_mantissa", "_scale", "_text", "format")

    def __init__(self, mantissa: int = 0, scale: int = 0, format: Format = Format.DECIMAL_SI, text: str = "") -> None:
        """``text`` is the printed form when it is known."""
        self._mantissa = mantissa
        self._scale = scale
        self.format = format
        self._text = text

    def __str__(self) -> str:
        if not self._text:
            self._text = self._canonical()
        return self._text

    def __repr__(self) -> str:
        return f"Quantity({str(self)!r})"

    def value(self) -> int:
        """Whole units, rounded away from zero."""
        return self.scaled_value(0)

    def milli_value(self) -> int:
        """Thousandths, rounded away from zero."""
        return self.scaled_value(-3)

    def scaled_value(self, scale: int) -> int:
        """Multiples of ``10**scale``, rounded away from zero."""
        return _shift(self._mantissa, self._scale - scale)[0]

    def as_float(self) -> float:
        """The nearest float; infinite when out of range."""
        return float(f"{self._mantissa}e{self._scale}")

    def sign(self) -> int:
        return (self._mantissa > 0) - (self._mantissa < 0)

    def __bool__(self) -> bool:
        return self._mantissa != 0

    def __add__(self, other: Quantity) -> Quantity:
        """The sum, in the format of the first operand that is not zero."""
        if not isinstance(other, Quantity):
            return NotImplemented
        if not self._mantissa:
            return other
        if not other._mantissa:
            return self
        high, low = (self, other) if self._scale >= other._scale else (other, self)
        distance = high._scale - low._scale
        if distance > _FAR:
            return Quantity(high._mantissa, high._scale, self.format)
        return Quantity(high._mantissa * 10**distance + low._mantissa, low._scale, self.format)

    def __neg__(self) -> Quantity:
        return Quantity(-self._mantissa, self._scale, self.format)

    def __sub__(self, other: Quantity) -> Quantity:
        return self + -other if isinstance(other, Quantity) else NotImplemented

    def __mul__(self, factor: int) -> Quantity:
        return Quantity(self._mantissa * factor, self._scale, self.format)

    def __eq__(self, other: object) -> bool:
        return self._compare(other) == 0 if isinstance(other, Quantity) else NotImplemented

    def __lt__(self, other: Quantity) -> bool:
        return self._compare(other) < 0 if isinstance(other, Quantity) else NotImplemented

    def __hash__(self) -> int:
        return hash(_strip(self._mantissa, self._scale))

    def _compare(self, other: Quantity) -> int:
        ours, theirs = self._mantissa, other._mantissa
        distance = self._scale - other._scale
        if distance and ours and theirs:
            if abs(distance) > _FAR:
                (ours, distance), (theirs, theirs_scale) = _strip(ours, distance), _strip(theirs, 0)
                distance -= theirs_scale
            if abs(distance) > _FAR + max(ours.bit_length(), theirs.bit_length()):
                return self.sign() if distance > 0 else -other.sign()
            if distance > 0:
                ours *= 10**distance
            else:
                theirs *= 10**-distance
        return (ours > theirs) - (ours < theirs)

    def _canonical(self) -> str:
        if not self._mantissa:
            return "0"
        if self.format is Format.BINARY_SI:
            whole, exact = _shift(self._mantissa, self._scale)
            if exact and abs(whole) >= 1024:
                return _print_binary(whole)
        mantissa, exponent = _strip(self._mantissa, self._scale)
        mantissa *= 10 ** (exponent % 3)
        exponent -= exponent % 3
        if self.format is Format.DECIMAL_EXPONENT:
            return f"{mantissa}e{exponent}" if exponent else str(mantissa)
        return f"{mantissa}{_DECIMAL_SUFFIX.get(exponent, '')}"


def _print_binary(value: int) -> str:
    exponent = 0
    while value % 1024 == 0:
        value //= 1024
        exponent += 10
    return f"{value}{_BINARY_SUFFIX.get(exponent, '')}"


def _strip(mantissa: int, scale: int) -> tuple[int, int]:
    """The same value with every factor of ten moved into the scale."""
    if not mantissa:
        return 0, 0
    while mantissa % 1000 == 0:
        mantissa //= 1000
        scale += 3
    while mantissa % 10 == 0:
        mantissa //= 10
        scale += 1
    return mantissa, scale


def _shift(mantissa: int, places: int) -> tuple[int, bool]:
    """``mantissa * 10**places`` as an integer, rounded away from zero, and whether that is exact."""
    if not mantissa:
        return 0, True
    if places >= 0:
        return mantissa * 10 ** min(places, _FAR), places <= _FAR
    sign = 1 if mantissa > 0 else -1
    if -places > mantissa.bit_length():
        return sign, False
    whole, rest = divmod(abs(mantissa), 10**-places)
    return sign * (whole + (rest > 0)), not rest


def parse_quantity(value: str | int | float) -> Quantity:
    """Read a quantity; a JSON number counts as its text. Raises QuantityError. Less than a nano is rounded up."""
    if isinstance(value, str):
        return _parse_short(value) if len(value) <= _SHORT else _parse(value)
    return parse_quantity(number_text(value))


def canonical_quantity(value: str | int | float) -> str:
    """The text a quantity has after a trip through the API. Blanks around it are dropped. Raises QuantityError."""
    if type(value) is str and len(value) <= _SHORT:
        return _canonical_short(value)
    return str(parse_quantity(value.strip() if isinstance(value, str) else value))


def number_text(number: int | float) -> str:
    """How Go's JSON encoder writes a number, which is what kubectl sends for one written in YAML."""
    if isinstance(number, int):
        return str(number)
    if number and not 1e-6 <= abs(number) < 1e21:
        return repr(number)
    return str(int(number)) if number.is_integer() else f"{Decimal(repr(number)):f}"


class Parts(NamedTuple):
    """What upstream keeps of a parsed text: ``mantissa * 10**scale``, the ``text`` itself if that was seen to be
    canonical, and whether the value ``fits`` its 64-bit form."""

    mantissa: int
    scale: int
    text: str
    format: Format
    fits: bool


def parts_of(text: str) -> Parts:
    """Raises QuantityError."""
    parsed = _parse(text)
    match = _TEXT.fullmatch(text)
    assert match is not None
    base, exponent, format = _interpret(match["suffix"])
    num, denom = match["num"] or "0", match["denom"] or ""
    digits = num + denom
    exact = _parse_exact(text, match["sign"], digits, int(digits), len(denom), base, exponent, format)
    return Parts(parsed._mantissa, parsed._scale, parsed._text, parsed.format, exact is not None)


_SHORT = 32  # longer texts are not worth the memory of a cache
_TEXT = re.compile(
    r"(?P<sign>[+-]?)0*+(?P<num>[0-9]*+)(?P<point>\.(?P<denom>[0-9]*+))?(?P<suffix>[eEinumkKMGTP]*+[+-]?[0-9]*+)",
    re.ASCII,
)
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]{1,18})")


def _parse(text: str) -> Quantity:
    match = _TEXT.fullmatch(text)
    if match is None or not text:
        raise QuantityError(f"quantities must match the regular expression '{QUANTITY_PATTERN}'")
    if text == "0":
        return Quantity(text=text)
    sign, num, denom, suffix = match["sign"], match["num"] or "0", match["denom"] or "", match["suffix"]
    base, exponent, format = _interpret(suffix)
    digits = num + denom
    if len(digits) > 4000:
        raise QuantityError("unable to parse numeric part of quantity")
    mantissa = int(digits)
    quantity = _parse_exact(text, sign, digits, mantissa, len(denom), base, exponent, format)
    return quantity if quantity is not None else _parse_rounded(sign, mantissa, len(denom), base, exponent, format)


def _interpret(suffix: str) -> tuple[int, int, Format]:
    """(base, exponent, format) of a suffix."""
    if suffix in _DECIMAL:
        return 10, _DECIMAL[suffix], Format.DECIMAL_SI
    if suffix in _BINARY:
        return 2, _BINARY[suffix], Format.BINARY_SI
    match = _EXPONENT.fullmatch(suffix)
    if match is None:
        raise QuantityError("unable to parse quantity's suffix")
    exponent = int(match[1]) & 0xFFFFFFFF  # upstream keeps 32 bits
    return 10, exponent - (exponent >> 31 << 32), Format.DECIMAL_EXPONENT


def _parse_exact(
    text: str, sign: str, digits: str, mantissa: int, places: int, base: int, exponent: int, format: Format
) -> Quantity | None:
    """Upstream's 64-bit path, which alone may keep the text as it is; None when the number does not fit there."""
    if base == 2:
        if places or 15 - len(digits) - exponent * 3 // 10 - 1 < 0:
            return None
        scale, value = 0, mantissa << exponent
        keep = mantissa & 7 != 0
    else:
        scale, value = exponent - places, mantissa
        if len(digits) > 18 or scale < _NANO:
            return None
        keep = scale % 3 == 0 and not digits.endswith("000") and digits[0] != "0"
    if value > _MAX_INT64:
        return None
    return Quantity(-value if sign == "-" else value, scale, format, text if keep else "")


def _parse_rounded(sign: str, mantissa: int, places: int, base: int, exponent: int, format: Format) -> Quantity:
    """The path for numbers of any size: rounded up to nano, binary ones capped at 2**63-1."""
    if base == 2:
        mantissa, scale = mantissa << exponent, -places
    else:
        scale = exponent - places
    if scale < _NANO:
        mantissa, scale = _shift(mantissa, scale - _NANO)[0], _NANO
    if base == 2:
        if _shift(mantissa, scale)[0] > _MAX_INT64:
            mantissa, scale = _MAX_INT64, 0
        elif mantissa and mantissa < 10**-scale:
            format = Format.DECIMAL_SI
    return Quantity(-mantissa if sign == "-" else mantissa, scale, format)


_parse_short = lru_cache(maxsize=8192)(_parse)


@lru_cache(maxsize=8192)
def _canonical_short(text: str) -> str:
    return str(_parse(text.strip()))
