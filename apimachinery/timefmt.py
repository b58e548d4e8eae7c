"""Times and durations as the API writes them (RFC 3339, UTC) and as tables print them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from apimachinery.fielderrors import quote

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,](\d+))?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_LAYOUT = "2006-01-02T15:04:05Z07:00"
_MICRO_LAYOUT = "2006-01-02T15:04:05.000000Z07:00"
_ELEMENTS = re.compile(r"2006|01|02|15|04|05|\.000000|Z07:00|[-T:]")
_DIGITS = {"2006": 4, "01": 2, "02": 2, "15": 2, "04": 2, "05": 2, ".000000": 6}
_RANGES = {"01": ("month", 1, 12), "15": ("hour", 0, 23), "04": ("minute", 0, 59), "05": ("second", 0, 59)}
_ZONE = re.compile(r"Z|[+-]\d\d:\d\d", re.ASCII)


def format_time(moment: datetime) -> str:
    """``metav1.Time``: whole seconds, ``2026-11-24T05:22:09Z``."""
    return f"{moment.astimezone(UTC).isoformat(timespec='seconds')[:19]}Z"


def format_micro_time(moment: datetime) -> str:
    """``metav1.MicroTime``: always six digits of fraction."""
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:26]}Z"


def parse_time(text: str) -> datetime:
    """Read RFC 3339 as Go does; raises ValueError in Go's words. Fractions beyond microseconds are cut."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(_explain(text, _LAYOUT))
    fraction = match[1]
    exact = text if fraction is None else f"{text[:19]}.{fraction[:6].ljust(6, '0')}{text[20 + len(fraction) :]}"
    try:
        return datetime.fromisoformat(exact).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(_explain(text, _LAYOUT)) from None


def parse_micro_time(text: str) -> datetime:
    """Read a ``metav1.MicroTime``, which must have six digits of fraction; raises ValueError in Go's words."""
    match = _RFC3339.fullmatch(text)
    if match is None or len(match[1] or "") != 6:
        raise ValueError(_explain(text, _MICRO_LAYOUT))
    return parse_time(text)


def _explain(text: str, layout: str) -> str:
    """Why Go would not read the text: the first element of the layout that does not fit."""
    rest, shown = text, quote(text)
    for element in _ELEMENTS.findall(layout):
        size = _fit(element, rest)
        if not size:
            return f'parsing time {shown} as "{layout}": cannot parse {quote(rest)} as "{element}"'
        if element in _RANGES:
            name, low, high = _RANGES[element]
            if not low <= int(rest[:size]) <= high:
                return f"parsing time {shown}: {name} out of range"
        rest = rest[size:]
        if element == "05" and layout == _LAYOUT and (fraction := re.match(r"[.,][0-9]+", rest)):
            rest = rest[fraction.end() :]
    return f"parsing time {shown}: extra text: {quote(rest)}" if rest else f"parsing time {shown}: day out of range"


def _fit(element: str, rest: str) -> int:
    """How many characters of the rest make up the element; 0 when it does not start with one."""
    if element == "Z07:00":
        zone = _ZONE.match(rest)
        return zone.end() if zone else 0
    if element not in _DIGITS:
        return 1 if rest.startswith(element) else 0
    digits, lead = _DIGITS[element], element.startswith(".")
    body = rest[lead : digits + lead]
    fits = len(body) == digits and body.isascii() and body.isdecimal() and (not lead or rest[0] in ".,")
    return digits + lead if fits else 0


def human_duration(seconds: float) -> str:
    """How tables print an age: two units at most (``5m3s``, ``3h``, ``2y14d``).

    Source: k8s.io/apimachinery/pkg/util/duration HumanDuration.
    """
    total = int(seconds)
    if total < -1:
        return "<invalid>"
    if total < 0:
        return "0s"
    if total < 120:
        return f"{total}s"
    minutes, hours, days = total // 60, total // 3600, total // 86400
    if minutes < 10:
        return _two(minutes, "m", total % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return _two(days, "d", hours % 24, "h")
    if hours < 24 * 365 * 2:
        return f"{days}d"
    years = days // 365
    return _two(years, "y", days % 365, "d") if hours < 24 * 365 * 8 else f"{years}y"


def _two(major: int, major_unit: str, minor: int, minor_unit: str) -> str:
    return f"{major}{major_unit}{minor}{minor_unit}" if minor else f"{major}{major_unit}"
