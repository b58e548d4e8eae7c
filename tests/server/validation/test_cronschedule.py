"""Cron schedules that can be read, and what is said of others."""

from __future__ import annotations

import pytest

from server.validation.cronschedule import ScheduleError, check_schedule


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *",
        "*/5 0-23/2 1,15 jan-MAR Sun",
        "? ? ? ? ?",
        "59/7 0 31 12 6",
        "  0   0  *  *  * ",
        "@daily",
        "@every 1h30m",
        "TZ=UTC 0 0 * * *",
        "CRON_TZ=Asia/Tokyo @hourly",
        "0,, 0 * * *",
    ],
)
def test_schedules(text: str) -> None:
    check_schedule(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("0 0 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("9-3 * * * *", "beginning of range (9) beyond end of range (3): 9-3"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("1/2/3 * * * *", "too many slashes: 1/2/3"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("a * * * *", 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'),
        ("* * * * mon-tuesday", 'failed to parse int from tuesday: strconv.Atoi: parsing "tuesday": invalid syntax'),
        (
            "99999999999999999999 * * * *",
            "failed to parse int from 99999999999999999999: "
            'strconv.Atoi: parsing "99999999999999999999": value out of range',
        ),
        ("*/-5 * * * *", "negative number (-5) not allowed: -5"),
        ("@noon", "unrecognized descriptor: @noon"),
        ("@every x", 'failed to parse duration @every x: time: invalid duration "x"'),
        ("TZ=UTC", "invalid schedule format: runtime error: slice bounds out of range [3:-1]"),
    ],
)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(ScheduleError) as error:
        check_schedule(text)
    assert str(error.value) == message
