from __future__ import annotations

import pytest

from kubelet.pods.backoff import Backoff, go_duration


def test_the_first_failure_is_retried_at_once() -> None:
    assert Backoff().remaining(100.0, 100.0) == 0


def test_the_pause_doubles_up_to_five_minutes() -> None:
    backoff, now, pauses = Backoff(), 0.0, []
    for _ in range(8):
        backoff.advance(now, now)
        pauses.append(backoff.remaining(now, now))
        now += pauses[-1]
    assert pauses == [10, 20, 40, 80, 160, 300, 300, 300]


def test_the_pause_counts_from_the_failure() -> None:
    backoff = Backoff()
    backoff.advance(0.0, 0.0)
    assert backoff.remaining(5.0, 8.0) == 7.0
    assert backoff.remaining(5.0, 20.0) == 0.0


def test_ten_minutes_without_failure_reset_it() -> None:
    backoff = Backoff()
    backoff.advance(0.0, 0.0)
    backoff.advance(20.0, 20.0)
    assert backoff.remaining(620.0, 620.0) == 20
    assert backoff.remaining(621.0, 621.0) == 0
    backoff.advance(621.0, 621.0)
    assert backoff.delay == 10


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.25, "250ms"), (1.5, "1.5s"), (10, "10s"), (80, "1m20s"), (300, "5m0s"), (7200, "2h0m0s")],
)
def test_durations_are_printed_as_go_does(seconds: float, text: str) -> None:
    assert go_duration(seconds) == text
