"""Whether a cron schedule can be read, in the words of the parser upstream uses.

Source: github.com/robfig/cron/v3 parser.go (ParseStandard): five fields, or a descriptor such as ``@daily``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from apimachinery.durations import parse_duration
from apimachinery.fielderrors import quote

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_DAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_FIELDS: tuple[tuple[int, int, Mapping[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, _MONTHS),
    (0, 6, _DAYS),
)
_DESCRIPTORS = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_number = re.compile("[+-]?[0-9]+").fullmatch


class ScheduleError(ValueError):
    """The schedule cannot be read; the message is the parser's."""


def check_schedule(text: str) -> None:
    """Raises ScheduleError. A time zone prefix (``TZ=``) is skipped: whether it may be there is decided elsewhere."""
    if text.startswith(("TZ=", "CRON_TZ=")):
        zone, space, text = text.partition(" ")
        if not space:
            low = zone.index("=") + 1
            raise ScheduleError(f"invalid schedule format: runtime error: slice bounds out of range [{low}:-1]")
        text = text.strip()
    if text.startswith("@"):
        _check_descriptor(text)
        return
    fields = text.split()
    if len(fields) != 5:
        raise ScheduleError(f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]")
    for field, (low, high, names) in zip(fields, _FIELDS, strict=True):
        for part in filter(None, field.split(",")):
            _check_range(part, low, high, names)


def _check_descriptor(text: str) -> None:
    if text in _DESCRIPTORS:
        return
    if not text.startswith("@every "):
        raise ScheduleError(f"unrecognized descriptor: {text}")
    try:
        parse_duration(text.removeprefix("@every "))
    except ValueError as error:
        raise ScheduleError(f"failed to parse duration {text}: {error}") from error


def _check_range(text: str, low: int, high: int, names: Mapping[str, int]) -> None:
    """``*``, ``5``, ``1-5``, each with a step."""
    span, *steps = text.split("/")
    bounds = span.split("-")
    if bounds[0] in ("*", "?"):
        start, end = low, high
    elif len(bounds) > 2:
        _parse(bounds[0], names)
        raise ScheduleError(f"too many hyphens: {text}")
    else:
        start = _parse(bounds[0], names)
        end = _parse(bounds[-1], names)
    step = 1
    if len(steps) > 1:
        raise ScheduleError(f"too many slashes: {text}")
    if steps:
        step = _parse(steps[0], {})
        end = high if len(bounds) == 1 else end
    if start < low:
        raise ScheduleError(f"beginning of range ({start}) below minimum ({low}): {text}")
    if end > high:
        raise ScheduleError(f"end of range ({end}) above maximum ({high}): {text}")
    if start > end:
        raise ScheduleError(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise ScheduleError(f"step of range should be a positive number: {text}")


def _parse(text: str, names: Mapping[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    if not _number(text):
        raise ScheduleError(f"failed to parse int from {text}: strconv.Atoi: parsing {quote(text)}: invalid syntax")
    if len(text) > 18:
        raise ScheduleError(f"failed to parse int from {text}: strconv.Atoi: parsing {quote(text)}: value out of range")
    if int(text) < 0:
        raise ScheduleError(f"negative number ({int(text)}) not allowed: {text}")
    return int(text)
