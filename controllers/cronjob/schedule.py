"""Cron schedules: when next? As robfig/cron's ParseStandard reads them, daylight saving included.

A time that a clock skips does not come; one that it shows twice comes twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apimachinery.durations import parse_duration

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_SHORTHANDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FURTHEST = timedelta(days=5 * 366)
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_ZONE = re.compile(r"(?:CRON_)?TZ=(\S+)\s+(.*)")


class ScheduleError(ValueError):
    """The schedule, or its time zone, cannot be read."""


class Schedule(Protocol):
    def after(self, moment: datetime) -> datetime | None:
        """The first time later than that, in UTC; None: there is none in the next five years."""


@dataclass(frozen=True, slots=True)
class Every:
    """``@every 90s``: relative to the time before."""

    period: timedelta

    def after(self, moment: datetime) -> datetime | None:
        return moment.replace(microsecond=0) + self.period


@dataclass(frozen=True, slots=True)
class Cron:
    """``any_day``: one of the two fields of days is a star, so the other decides alone."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    zone: tzinfo

    def after(self, moment: datetime) -> datetime | None:
        time = moment.astimezone(UTC).replace(second=0, microsecond=0) + _MINUTE
        last = time + _FURTHEST
        while time < last:
            local = time.astimezone(self.zone)
            if local.month not in self.months:
                first = local.replace(day=1, hour=0, minute=0) + timedelta(days=32)
                time = self._utc(first.replace(day=1))
            elif not self._is_day(local):
                time = self._utc(local.replace(hour=0, minute=0, fold=0) + _DAY)
            elif local.hour not in self.hours:
                time += timedelta(minutes=60 - local.minute)
            elif local.minute not in self.minutes:
                time += _MINUTE
            else:
                return time
        return None

    def _is_day(self, local: datetime) -> bool:
        day, weekday = local.day in self.days, local.isoweekday() % 7 in self.weekdays
        return (day and weekday) if self.any_day else (day or weekday)

    def _utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self.zone).astimezone(UTC)


@lru_cache(maxsize=1024)
def parse_schedule(text: str, time_zone: str | None = None) -> Schedule:
    """``time_zone`` None: UTC. Raises ScheduleError."""
    match = _ZONE.fullmatch(text.strip())
    if match:
        time_zone, text = match[1], match[2]
    zone = parse_zone(time_zone) if time_zone else UTC
    text = _SHORTHANDS.get(text.strip(), text.strip())
    if text.startswith("@every "):
        return Every(_period(text))
    fields = text.split()
    if len(fields) != 5:
        raise ScheduleError(f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]")
    minutes, hours, days, months, weekdays = fields
    return Cron(
        _field(minutes, 0, 59),
        _field(hours, 0, 23),
        _field(days, 1, 31),
        _field(months, 1, 12, _MONTHS),
        _field(weekdays, 0, 6, _DAYS),
        _is_star(days) or _is_star(weekdays),
        zone,
    )


def parse_zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ScheduleError(f"unknown time zone {name}") from error


def _period(text: str) -> timedelta:
    try:
        nanoseconds = parse_duration(text.removeprefix("@every "))
    except ValueError as error:
        raise ScheduleError(f"failed to parse duration {text}: {error}") from error
    return timedelta(seconds=max(nanoseconds // 10**9, 1))


def _is_star(field: str) -> bool:
    return any(part.split("/")[0] in ("*", "?") and part.partition("/")[2] in ("", "1") for part in field.split(","))


def _field(field: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if first in ("*", "?") and not dash:
            start, end = low, high
        else:
            start = _number(first, low, names)
            end = _number(last, low, names) if dash else high if slash else start
        every = _number(step, 1, ()) if slash else 1
        if start < low or end > high or start > end or every < 1:
            raise ScheduleError(f"{part} is not within {low}-{high}: {field}")
        found.update(range(start, end + 1, every))
    return frozenset(found)


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + low
    if not (text.isascii() and text.isdecimal()):
        raise ScheduleError(f"failed to parse int from {text}")
    return int(text)
