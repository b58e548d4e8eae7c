"""Durations as Go writes them (``1h15m0.5s``): ``metav1.Duration``, command-line flags, leases' printed ages.

Source: Go's time.ParseDuration and time.Duration.String. A duration is an int of nanoseconds.
"""

from __future__ import annotations

import re

from apimachinery.fielderrors import quote

NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
SECOND = NANOSECONDS["s"]
_PART = re.compile(r"(?P<whole>[0-9]*+)(?:\.(?P<fraction>[0-9]*+))?(?P<unit>[^0-9.]*+)")
_LIMIT = 1 << 63


def parse_duration(text: str) -> int:
    """Nanoseconds; raises ValueError in Go's words."""
    body = text[1:] if text[:1] in ("+", "-") else text
    sign = -1 if text.startswith("-") else 1
    if body == "0":
        return 0
    if not body:
        raise ValueError(f"time: invalid duration {quote(text)}")
    total = position = 0
    while position < len(body):
        match = _PART.match(body, position)
        if match is None or not (match["whole"] or match["fraction"]):
            raise ValueError(f"time: invalid duration {quote(text)}")
        total += _nanoseconds(match, text)
        position = match.end()
    if total >= _LIMIT + (sign < 0):
        raise ValueError(f"time: invalid duration {quote(text)}")
    return sign * total


def _nanoseconds(match: re.Match[str], text: str) -> int:
    unit = match["unit"]
    if not unit:
        raise ValueError(f"time: missing unit in duration {quote(text)}")
    if unit not in NANOSECONDS:
        raise ValueError(f"time: unknown unit {quote(unit)} in duration {quote(text)}")
    size = NANOSECONDS[unit]
    fraction = (match["fraction"] or "")[:30]
    if len(match["whole"]) > 19:
        raise ValueError(f"time: invalid duration {quote(text)}")
    divisor: int = 10 ** len(fraction)
    return int(match["whole"] or "0") * size + int(fraction or "0") * size // divisor


def format_duration(nanoseconds: int) -> str:
    """``72h3m0.5s``; below a second ``1.5ms``; zero is ``0s``."""
    sign, rest = ("-" if nanoseconds < 0 else ""), abs(nanoseconds)
    if not rest:
        return "0s"
    if rest < SECOND:
        unit = "ns" if rest < 1_000 else "µs" if rest < 1_000_000 else "ms"
        return f"{sign}{_decimal(rest, NANOSECONDS[unit])}{unit}"
    seconds = f"{_decimal(rest % NANOSECONDS['m'], SECOND)}s"
    minutes = rest // NANOSECONDS["m"]
    if not minutes:
        return f"{sign}{seconds}"
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}h{minutes}m{seconds}" if hours else f"{sign}{minutes}m{seconds}"


def _decimal(number: int, unit: int) -> str:
    whole, rest = divmod(number, unit)
    if not rest:
        return str(whole)
    return f"{whole}.{str(rest).rjust(len(str(unit)) - 1, '0').rstrip('0')}"
