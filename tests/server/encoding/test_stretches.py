"""Long lists are encoded in stretches, between which others have their turns."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from server.encoding.responder import _STRETCH, _in_stretches


def others(count: int, seconds: float) -> tuple[list[int], int]:
    """What was encoded, at so many seconds an object; and how many turns others had meanwhile."""

    async def play() -> tuple[list[int], int]:
        done: list[int] = []
        turns = [0]

        def step(few: Sequence[Any]) -> None:
            end = perf_counter() + seconds * len(few)
            done.extend(few)
            while perf_counter() < end:
                pass

        async def count_turns() -> None:
            while True:
                turns[0] += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count_turns())
        entries: Any = list(range(count))
        await _in_stretches(step, entries)
        counting.cancel()
        return done, turns[0]

    return asyncio.run(play())


def test_everything_is_encoded_once_and_in_order() -> None:
    for count in (0, 1, 7, 8, 9, 100, 5000):
        assert others(count, 0)[0] == list(range(count))


def test_others_have_turns_while_objects_are_encoded_that_take_long() -> None:
    done, turns = others(40, 2 * _STRETCH)
    assert done == list(range(40))
    assert turns >= 30  # only the first few are taken together


def test_a_short_list_is_made_in_one_go() -> None:
    assert min(others(20, 0)[1] for _ in range(20)) == 0
