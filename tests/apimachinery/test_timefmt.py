from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apimachinery.durations import format_duration, parse_duration
from apimachinery.timefmt import format_micro_time, format_time, human_duration, parse_micro_time, parse_time

MOMENT = datetime(2026, 11, 24, 5, 22, 9, 120_000, UTC)


def test_times_are_written_in_utc() -> None:
    local = MOMENT.astimezone(timezone(timedelta(hours=2)))
    assert format_time(local) == "2026-11-24T05:22:09Z"
    assert format_micro_time(local) == "2026-11-24T05:22:09.120000Z"
    assert format_time(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24T05:22:09Z", MOMENT.replace(microsecond=0)),
        ("2026-11-24T07:22:09.12+02:00", MOMENT),
        ("2026-11-24T05:22:09.120000999Z", MOMENT),
        ("2026-11-24T05:22:09,12Z", MOMENT),
    ],
)
def test_times_are_read(text: str, expected: datetime) -> None:
    assert parse_time(text) == expected


LAYOUT = "2006-01-02T15:04:05Z07:00"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f'parsing time "" as "{LAYOUT}": cannot parse "" as "2006"'),
        ("yesterday", f'parsing time "yesterday" as "{LAYOUT}": cannot parse "yesterday" as "2006"'),
        ("2026-01-01", f'parsing time "2026-01-01" as "{LAYOUT}": cannot parse "" as "T"'),
        ("2026-01-01T00:00:00", f'parsing time "2026-01-01T00:00:00" as "{LAYOUT}": cannot parse "" as "Z07:00"'),
        ("2026-13-01T00:00:00Z", 'parsing time "2026-13-01T00:00:00Z": month out of range'),
        ("2026-02-30T00:00:00Z", 'parsing time "2026-02-30T00:00:00Z": day out of range'),
        ("2026-01-01T00:00:00Z!", 'parsing time "2026-01-01T00:00:00Z!": extra text: "!"'),
    ],
)
def test_a_bad_time_is_refused_in_gos_words(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_time(text)
    assert str(caught.value) == message


def test_a_micro_time_needs_six_digits() -> None:
    assert parse_micro_time("2026-11-24T05:22:09.120000Z") == MOMENT
    with pytest.raises(ValueError, match=r'cannot parse "Z" as ".000000"'):
        parse_micro_time("2026-11-24T05:22:09Z")


@settings(max_examples=100, deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_a_written_time_reads_back(moment: datetime) -> None:
    assert parse_time(format_time(moment)) == moment.replace(microsecond=0)
    assert parse_micro_time(format_micro_time(moment)) == moment


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-2, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (121, "2m1s"),
        (599, "9m59s"),
        (600, "10m"),
        (3 * 3600 - 1, "179m"),
        (3 * 3600, "3h"),
        (3 * 3600 + 60, "3h1m"),
        (8 * 3600, "8h"),
        (48 * 3600, "2d"),
        (49 * 3600, "2d1h"),
        (8 * 86400, "8d"),
        (730 * 86400, "2y"),
        (731 * 86400, "2y1d"),
        (8 * 365 * 86400, "8y"),
    ],
)
def test_ages_have_two_units_at_most(seconds: float, text: str) -> None:
    assert human_duration(seconds) == text


@pytest.mark.parametrize(
    ("text", "nanoseconds", "printed"),
    [
        ("0", 0, "0s"),
        ("1h", 3600 * 10**9, "1h0m0s"),
        ("1.5h", 5400 * 10**9, "1h30m0s"),
        ("-1m30s", -90 * 10**9, "-1m30s"),
        ("300ms", 3 * 10**8, "300ms"),
        ("1.5us", 1500, "1.5µs"),
        ("5ns", 5, "5ns"),
        ("1m0.5s", 605 * 10**8, "1m0.5s"),
    ],
)
def test_durations(text: str, nanoseconds: int, printed: str) -> None:
    assert parse_duration(text) == nanoseconds
    assert format_duration(nanoseconds) == printed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'time: invalid duration ""'),
        ("3", 'time: missing unit in duration "3"'),
        ("3x", 'time: unknown unit "x" in duration "3x"'),
        ("h", 'time: invalid duration "h"'),
        ("9223372037s", 'time: invalid duration "9223372037s"'),
    ],
)
def test_a_bad_duration_is_refused_in_gos_words(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_duration(text)
    assert str(caught.value) == message


@settings(max_examples=100, deadline=None)
@given(st.integers(-(2**62), 2**62))
def test_a_printed_duration_reads_back(nanoseconds: int) -> None:
    assert parse_duration(format_duration(nanoseconds)) == nanoseconds
