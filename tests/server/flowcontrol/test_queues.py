"""Shuffle sharding and fair order in the queues of one level."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from server.flowcontrol.queues import GRACE, SLICE, Queues, Waiting, deal

FAR = 1e9


def waiting(hand: tuple[int, ...], *, width: int = 1, begun: bool = False, deadline: float = FAR) -> Waiting:
    return Waiting(width, deadline, hand, lambda _: None, begun=begun)


def serve(queues: Queues) -> Waiting:
    item = queues.head()
    assert item is not None
    queues.take(item)
    queues.charge(item.hand, item.width * SLICE)
    return item


def test_hands_are_of_different_cards_and_every_hand_is_dealt() -> None:
    hands = Counter(deal(value, 5, 2) for value in range(5 * 4 * 3))
    assert set(hands) == set(itertools.permutations(range(5), 2))
    assert set(hands.values()) == {3}


def test_a_flow_has_the_same_hand_every_time_and_others_another() -> None:
    queues = Queues(128, 6, 50)
    hands = {queues.hand("schema", f"user-{i}") for i in range(200)}
    assert len(hands) == 200
    assert queues.hand("schema", "user-1") == Queues(128, 6, 50).hand("schema", "user-1")
    assert all(len(set(hand)) == 6 for hand in hands)


def test_a_flows_requests_go_to_the_shortest_queue_of_its_hand_until_all_are_full() -> None:
    queues = Queues(8, 3, 2)
    assert [queues.put(waiting((1, 4, 6))) for _ in range(7)] == [True] * 6 + [False]
    assert queues.put(waiting((2, 3, 5)))
    assert queues.waiting == 7


def test_what_has_been_begun_is_never_refused_and_goes_before_the_rest() -> None:
    queues = Queues(4, 1, 1)
    first = waiting((0,))
    assert queues.put(first)
    begun = waiting((0,), begun=True)
    assert queues.put(begun)
    assert [serve(queues), serve(queues)] == [begun, first]


def test_a_crowd_in_six_queues_gets_no_more_turns_than_one_in_another() -> None:
    queues = Queues(16, 6, 50)
    crowd, single = (0, 1, 2, 3, 4, 5), (8, 9, 10, 11, 12, 13)
    for _ in range(200):
        queues.put(waiting(crowd))
    for _ in range(20):
        queues.put(waiting(single))
    served = Counter(serve(queues).hand for _ in range(30))
    assert 13 <= served[single] <= 17


def test_a_newcomer_is_among_the_next() -> None:
    queues = Queues(16, 2, 200)
    for _ in range(300):
        queues.put(waiting((0, 1)))
    for _ in range(100):
        serve(queues)
    late = waiting((5, 6))
    queues.put(late)
    assert late in [serve(queues) for _ in range(3)]


def test_nobody_saves_up_time_by_being_idle() -> None:
    queues = Queues(16, 1, 500)
    for _ in range(200):
        queues.put(waiting((0,)))
    for _ in range(100):
        serve(queues)
    for _ in range(100):
        queues.put(waiting((5,)))
    served = Counter(serve(queues).hand for _ in range(40))
    assert 18 <= served[(5,)] <= 22


def test_wide_requests_count_for_more() -> None:
    queues = Queues(16, 1, 500)
    for _ in range(100):
        queues.put(waiting((0,), width=10))
        queues.put(waiting((5,)))
    served = Counter(serve(queues).hand for _ in range(55))
    assert 4 <= served[(0,)] <= 6


def test_a_flow_of_which_nobody_waits_is_behind_until_it_has_had_more_than_its_grace() -> None:
    queues = Queues(16, 2, 50)
    queues.put(waiting((0, 1)))
    quiet = (5, 6)
    assert queues.is_behind(quiet)
    queues.charge(quiet, GRACE + SLICE)
    assert not queues.is_behind(quiet)
    assert not queues.is_behind((0, 2))


def test_who_has_waited_too_long_is_taken_out_and_who_is_gone_is_passed_over() -> None:
    queues = Queues(4, 1, 50)
    late, gone, patient = waiting((0,), deadline=5.0), waiting((0,)), waiting((0,), deadline=50.0)
    for item in (late, gone, patient):
        queues.put(item)
    gone.gone = True
    assert list(queues.expired(10.0)) == [late]
    assert queues.head() is patient
    assert queues.waiting == 1


@pytest.mark.parametrize("begun", [True, False])
def test_only_what_has_been_begun_can_be_asked_for(begun: bool) -> None:
    queues = Queues(4, 1, 50)
    queues.put(waiting((0,)))
    item = waiting((2,), begun=begun)
    queues.put(item)
    assert queues.head(begun=True) is (item if begun else None)


def test_a_hand_of_more_queues_than_there_are_now_is_still_a_hand() -> None:
    queues = Queues(4, 2, 50)
    assert queues.put(waiting((120, 7)))
    assert serve(queues).hand == (120, 7)
