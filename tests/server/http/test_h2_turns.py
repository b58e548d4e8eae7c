from __future__ import annotations

import pytest
from priority.priority import DeadlockError, DuplicateStreamError, MissingStreamError

from server.http.h2_turns import Turns


def test_streams_take_turns() -> None:
    turns = Turns()
    for stream in (1, 3, 5):
        turns.insert_stream(stream)
    assert [next(turns) for _ in range(6)] == [1, 3, 5, 1, 3, 5]
    turns.block(3)
    assert [next(turns) for _ in range(4)] == [1, 5, 1, 5]
    turns.unblock(3)
    turns.unblock(3)
    turns.remove_stream(1)
    assert sorted(next(turns) for _ in range(4)) == [3, 3, 5, 5]


def test_nobody_may_send() -> None:
    turns = Turns()
    with pytest.raises(DeadlockError):
        next(turns)
    turns.insert_stream(1)
    turns.block(1)
    turns.block(1)
    with pytest.raises(DeadlockError):
        next(turns)


def test_streams_that_are_not_there_or_there_twice() -> None:
    turns = Turns()
    for act in (turns.block, turns.unblock, turns.remove_stream):
        with pytest.raises(MissingStreamError):
            act(1)
    turns.insert_stream(1)
    with pytest.raises(DuplicateStreamError):
        turns.insert_stream(1)
