from __future__ import annotations

from server.flowcontrol.hold import LONGEST, SHARE, Hold

_STEP = 0.0001


def test_a_crowd_is_held_back_while_one_waits_and_no_longer() -> None:
    hold = Hold()
    assert not hold.look(1.0, wanted=True)
    hold.begin(1.0)
    assert hold.look(1.0, wanted=True)
    assert hold.on
    hold.end()
    assert not hold.look(1.0 + _STEP, wanted=True)


def test_not_if_there_is_nothing_to_be_had_by_it() -> None:
    hold = Hold()
    hold.begin(1.0)
    assert not hold.look(1.0, wanted=False)
    assert hold.look(1.0 + _STEP, wanted=True)


def test_one_that_waits_for_long_does_not_hold_it_back_for_long() -> None:
    hold = Hold()
    hold.begin(1.0)
    assert hold.look(1.0 + LONGEST * 0.9, wanted=True)
    assert not hold.look(1.0 + LONGEST, wanted=True)


def test_many_one_after_the_other_leave_the_crowd_its_share() -> None:
    hold, now, held, looks = Hold(), 1.0, 0, 10_000
    for number in range(looks):
        if not number % 5:
            if number:
                hold.end()
            hold.begin(now)
        held += hold.look(now, wanted=True)
        now += _STEP
    assert SHARE * 0.9 < held / looks < SHARE * 1.1


def test_a_long_time_without_a_look_is_not_saved_up() -> None:
    hold = Hold()
    hold.begin(1.0)
    hold.look(1.0, wanted=True)
    hold.end()
    hold.look(1.0 + _STEP, wanted=True)
    hold.begin(1000.0)
    assert hold.look(1000.0, wanted=True)
