from __future__ import annotations

from datetime import UTC, datetime

import pytest

from controllers.cronjob.schedule import ScheduleError, parse_schedule


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "after", "comes"),
    [
        ("* * * * *", "2026-01-01T10:00:30", "2026-01-01T10:01"),
        ("* * * * *", "2026-01-01T10:01:00", "2026-01-01T10:02"),
        ("*/15 * * * *", "2026-01-01T10:46", "2026-01-01T11:00"),
        ("5 4 * * *", "2026-01-01T04:05", "2026-01-02T04:05"),
        ("0 0 31 * *", "2026-02-01T00:00", "2026-03-31T00:00"),
        ("0 0 29 feb *", "2026-03-01T00:00", "2028-02-29T00:00"),
        ("30 6-16/4 * * 1-5", "2026-01-02T14:30", "2026-01-05T06:30"),
        ("0 0 13 * fri", "2026-01-03T00:00", "2026-01-09T00:00"),
        ("0 0 13 * *", "2026-01-03T00:00", "2026-01-13T00:00"),
        ("10/20 0 * * *", "2026-01-03T00:11", "2026-01-03T00:30"),
        ("@weekly", "2026-01-01T00:00", "2026-01-04T00:00"),
        ("@every 90s", "2026-01-01T10:00:10", "2026-01-01T10:01:40"),
        ("0 12 1,15 6,12 ?", "2026-06-15T12:00", "2026-12-01T12:00"),
    ],
)
def test_the_next_time_of_a_schedule(schedule: str, after: str, comes: str) -> None:
    assert parse_schedule(schedule).after(at(after)) == at(comes)


@pytest.mark.parametrize(
    ("after", "comes"),
    [
        ("2026-01-01T00:00", "2026-01-01T01:30"),  # 02:30 in winter
        ("2026-03-28T02:00", "2026-03-30T00:30"),  # the 29th has no 02:30
        ("2026-07-01T00:00", "2026-07-01T00:30"),  # in summer
    ],
)
def test_a_time_zone_has_its_own_clock(after: str, comes: str) -> None:
    assert parse_schedule("30 2 * * *", "Europe/Berlin").after(at(after)) == at(comes)
    assert parse_schedule("TZ=Europe/Berlin 30 2 * * *").after(at(after)) == at(comes)


def test_a_day_that_never_comes_has_no_next_time() -> None:
    assert parse_schedule("0 0 30 2 *").after(at("2026-01-01T00:00")) is None


@pytest.mark.parametrize("text", ["", "* * * *", "60 * * * *", "* * 0 * *", "5-1 * * * *", "x * * * *", "*/0 * * * *"])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ScheduleError):
        parse_schedule(text)


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ScheduleError, match="unknown time zone Mars/Base"):
        parse_schedule("* * * * *", "Mars/Base")
