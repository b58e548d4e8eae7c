from __future__ import annotations

import logging
import sys

from kubejazz.logs import LineFormatter


def record(error: bool = False, message: str = "it %s") -> logging.LogRecord:
    info = None
    if error:
        try:
            raise LookupError("lost\nfound")
        except LookupError:
            info = sys.exc_info()
    made = logging.LogRecord("kubejazz.x", logging.WARNING, __file__, 1, message, ("happened",), info)
    made.created, made.msecs = 0.0, 7.0
    return made


def test_an_event_is_one_line_with_time_level_and_logger() -> None:
    line = LineFormatter(tracebacks=False).format(record())
    assert line == "1970-01-01T00:00:00.007Z WARNING kubejazz.x: it happened"


def test_an_exception_is_still_one_line_and_says_where() -> None:
    line = LineFormatter(tracebacks=False).format(record(error=True))
    assert "\n" not in line
    assert "it happened | LookupError: lost | found at " in line
    assert line.endswith("in record")


def test_tracebacks_are_there_when_asked_for() -> None:
    text = LineFormatter(tracebacks=True).format(record(error=True))
    assert "Traceback (most recent call last)" in text
