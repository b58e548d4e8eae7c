"""Answers of others: remembered for their time, asked for once, lost by nobody who leaves."""

from __future__ import annotations

import asyncio

import pytest

from apimachinery.clock import FakeClock
from server.outbound.lookups import Lookups


class Asked:
    """Answers with how often it has been asked, once it may."""

    def __init__(self) -> None:
        self.times = 0
        self.may = asyncio.Event()
        self.may.set()

    async def __call__(self) -> int:
        self.times += 1
        await self.may.wait()
        return self.times


def test_an_answer_is_good_for_its_time_and_the_oldest_is_forgotten() -> None:
    async def scenario() -> None:
        clock, asked = FakeClock(), Asked()
        lookups: Lookups[int] = Lookups(clock, size=2)

        async def get(key: str, seconds: float = 10.0) -> int:
            return await lookups.get(key, asked, lambda _: seconds)

        assert [await get("a"), await get("a")] == [1, 1]
        clock.advance(10)
        assert await get("a") == 2
        assert [await get("b"), await get("a"), await get("c")] == [3, 2, 4]
        assert [await get("a"), await get("b")] == [2, 5]
        assert [await get("d", 0.0), await get("d", 0.0)] == [6, 7]

    asyncio.run(scenario())


def test_who_leaves_does_not_take_the_answer_from_the_others() -> None:
    async def scenario() -> None:
        asked = Asked()
        asked.may.clear()
        lookups: Lookups[int] = Lookups(FakeClock())
        waiting = [asyncio.ensure_future(lookups.get("a", asked, lambda _: 10.0)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        asked.may.set()
        assert await asyncio.gather(*waiting[1:]) == [1, 1]
        assert waiting[0].cancelled()
        assert asked.times == 1

    asyncio.run(scenario())


def test_a_failure_is_everybodys_and_not_remembered() -> None:
    async def scenario() -> None:
        lookups: Lookups[int] = Lookups(FakeClock())
        times: list[int] = []

        async def fail() -> int:
            times.append(1)
            raise LookupError("no")

        async def get() -> int:
            return await lookups.get("a", fail, lambda _: 10.0)

        both = await asyncio.gather(get(), get(), return_exceptions=True)
        assert [type(one) for one in both] == [LookupError, LookupError]
        assert len(times) == 1
        with pytest.raises(LookupError):
            await get()
        assert len(times) == 2

    asyncio.run(scenario())
