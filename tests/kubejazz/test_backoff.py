from __future__ import annotations

from kubejazz.backoff import LONGEST, STEADY, Backoff


def test_the_pause_doubles_up_to_the_longest() -> None:
    backoff = Backoff()
    pauses = [backoff.after(0.1) for _ in range(7)]
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, LONGEST, LONGEST]


def test_it_starts_over_after_a_steady_life() -> None:
    backoff = Backoff()
    for _ in range(4):
        backoff.after(0.1)
    assert backoff.after(STEADY) == 1.0
    assert backoff.after(0.1) == 2.0
