from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any

import pytest

from server.http.eager import EagerTask

_MARK: ContextVar[str] = ContextVar("mark", default="")


async def start(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """In a turn of its own, as a connection does it."""
    loop = asyncio.get_running_loop()
    began: asyncio.Future[asyncio.Task[None]] = loop.create_future()

    def begin() -> None:
        eager = EagerTask(loop, coroutine)
        eager.begin()
        began.set_result(eager.task)

    loop.call_soon(begin)
    return await began


async def test_the_first_step_is_taken_at_once_as_the_tasks_own() -> None:
    loop, seen = asyncio.get_running_loop(), []

    async def work() -> None:
        seen.append(asyncio.current_task())

    def begin() -> None:
        eager = EagerTask(loop, work())
        assert seen == []
        eager.begin()
        assert seen == [eager.task]
        assert asyncio.current_task() is None
        tasks.append(eager.task)

    tasks: list[asyncio.Task[None]] = []
    loop.call_soon(begin)
    await asyncio.sleep(0)
    assert await tasks[0] is None
    assert len(seen) == 1


async def test_later_steps_are_taken_by_the_task() -> None:
    gate, steps = asyncio.Event(), []

    async def work() -> None:
        for _ in range(3):
            steps.append(asyncio.current_task())
            await gate.wait()
            await asyncio.sleep(0)

    task = await start(work())
    assert steps == [task]
    gate.set()
    await task
    assert steps == [task] * 3


async def test_what_is_there_by_the_tasks_own_first_step_is_not_waited_for() -> None:
    loop, turns = asyncio.get_running_loop(), []
    answer: asyncio.Future[str] = loop.create_future()

    async def work() -> None:
        turns.append(await answer)

    def begin() -> None:
        EagerTask(loop, work()).begin()
        answer.set_result("here")

    loop.call_soon(begin)
    await asyncio.sleep(0)
    assert turns == []
    await asyncio.sleep(0)
    assert turns == ["here"]


@pytest.mark.parametrize("waits", [False, True])
async def test_an_error_is_the_tasks(waits: bool) -> None:
    async def work() -> None:
        if waits:
            await asyncio.sleep(0)
        raise LookupError("as asked")

    task = await start(work())
    with pytest.raises(LookupError, match="as asked"):
        await task


async def test_a_failure_of_what_is_waited_for_can_be_handled() -> None:
    loop, seen = asyncio.get_running_loop(), []
    first: asyncio.Future[None] = loop.create_future()

    async def work() -> None:
        try:
            await first
        except LookupError as error:
            await asyncio.sleep(0)
            seen.append(str(error))

    task = await start(work())
    first.set_exception(LookupError("as asked"))
    await task
    assert seen == ["as asked"]


@pytest.mark.parametrize("turns", [0, 1, 2, 5])
async def test_it_can_be_cancelled_at_any_time_together_with_what_it_waits_for(turns: int) -> None:
    loop, seen = asyncio.get_running_loop(), []
    inner = loop.create_task(asyncio.Event().wait())

    async def work() -> None:
        try:
            await inner
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            seen.append("cleared up")
            raise

    def begin() -> None:
        eager = EagerTask(loop, work())
        eager.begin()
        tasks.append(eager.task)
        if not turns:
            eager.task.cancel()

    tasks: list[asyncio.Task[None]] = []
    loop.call_soon(begin)
    await asyncio.sleep(0)
    for _ in range(turns - 1):
        await asyncio.sleep(0)
    tasks[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    assert seen == ["cleared up"]
    assert inner.cancelled()


async def test_one_that_has_ended_in_its_first_step_is_not_cancelled_any_more() -> None:
    loop, ran = asyncio.get_running_loop(), []

    async def work() -> None:
        ran.append(True)

    def begin() -> None:
        eager = EagerTask(loop, work())
        eager.begin()
        eager.task.cancel()
        tasks.append(eager.task)

    tasks: list[asyncio.Task[None]] = []
    loop.call_soon(begin)
    await asyncio.sleep(0)
    assert await tasks[0] is None
    assert ran == [True]


async def test_a_timeout_that_begins_in_the_first_step_works() -> None:
    seen = []

    async def work() -> None:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            seen.append("late")

    await (await start(work()))
    assert seen == ["late"]


async def test_it_has_a_context_of_its_own_in_all_steps() -> None:
    seen = []

    async def work() -> None:
        _MARK.set("mine")
        await asyncio.sleep(0)
        seen.append(_MARK.get())

    task = await start(work())
    assert _MARK.get() == ""
    await task
    assert seen == ["mine"]
