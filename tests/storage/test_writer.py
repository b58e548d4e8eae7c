"""How the writer thread makes batches."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from apimachinery.clock import FakeClock
from storage.backend import Batch, Outcome
from storage.pace import Pace
from storage.types import Entry, Write
from storage.writer import MAX_BATCH, Done, Pending, Writer
from tests.storage.objects import key, write


class Recorder:
    """A back end that commits everything, once it is let, and remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.gate = threading.Event()

        self.settled: list[int] = []
        """After how many batches."""

    def settle(self) -> None:
        self.settled.append(len(self.batches))

    def commit_batch(self, batch_id: int, at: float, writes: Sequence[Write]) -> Batch:
        self.gate.wait()
        self.batches.append([f"{one.key.name}{one.expected}" for one in writes])
        return Batch(len(self.batches), [Outcome(1, 1, 0)] * len(writes))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


class Bench:
    def __init__(self) -> None:
        self.backend = Recorder()
        self.done: list[Done] = []
        self.pace = Pace()
        self.writer = Writer(self.backend, FakeClock(), self.done.append, self.pace)

    def submit(self, name: str, expected: int = 0) -> None:
        answer: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        self.writer.submit(Pending(write(key(name), expected), answer))

    async def finish(self) -> list[list[str]]:
        self.backend.gate.set()
        await self.writer.stop()
        return self.backend.batches


async def test_what_queues_up_during_a_commit_is_the_next_batch() -> None:
    bench = Bench()
    bench.submit("first")
    while not bench.writer._queue.empty():
        await asyncio.sleep(0)
    for i in range(5):
        bench.submit(f"n{i}")
    batches = await bench.finish()
    assert batches == [["first0"], ["n00", "n10", "n20", "n30", "n40"]]
    assert [len(done.pending) for done in bench.done] == [1, 5]


async def test_a_batch_has_a_key_once_and_keeps_the_order_of_its_writes() -> None:
    bench = Bench()
    bench.submit("x")
    while not bench.writer._queue.empty():
        await asyncio.sleep(0)
    for expected in (1, 2, 3):
        bench.submit("a", expected)
        bench.submit(f"b{expected}-")
    assert await bench.finish() == [["x0"], ["a1", "b1-0", "b2-0", "b3-0"], ["a2"], ["a3"]]


async def test_a_batch_is_bounded() -> None:
    bench = Bench()
    for i in range(3 * MAX_BATCH):
        bench.submit(f"n{i}")
    batches = await bench.finish()
    assert max(map(len, batches)) == MAX_BATCH
    assert [name for batch in batches for name in batch] == [f"n{i}0" for i in range(3 * MAX_BATCH)]


async def test_a_job_runs_between_the_writes_before_and_after_it() -> None:
    bench = Bench()
    bench.submit("a")
    job = asyncio.create_task(bench.writer.run(lambda: list(bench.backend.batches)))
    await asyncio.sleep(0)
    bench.submit("b")
    batches = await bench.finish()
    assert await job == [["a0"]]
    assert sorted(name for batch in batches for name in batch) == ["a0", "b0"]


async def test_a_loop_that_gives_way_goes_on_once_a_batch_is_durable_and_has_delivered_it() -> None:
    bench = Bench()
    bench.backend.gate.set()
    bench.submit("one")
    began = perf_counter()
    assert not bench.pace.give_way(30.0)
    assert perf_counter() - began < 10.0
    assert bench.backend.batches == [["one0"]]
    assert len(bench.done) == 1
    await bench.finish()
    assert len(bench.done) == 1


async def test_a_loop_gives_way_no_longer_than_it_wants_and_not_at_all_without_writes() -> None:
    bench = Bench()
    assert not bench.pace.give_way(30.0)
    bench.submit("one")
    began = perf_counter()
    assert bench.pace.give_way(0.05)
    assert perf_counter() - began >= 0.05
    bench.backend.gate.set()
    while not bench.done:
        await asyncio.sleep(0)
    for _ in range(3):
        began = perf_counter()
        assert not bench.pace.give_way(30.0)
        assert perf_counter() - began < 10.0
    await bench.finish()


async def test_what_is_written_gathers_as_long_as_is_wanted() -> None:
    bench = Bench()
    bench.backend.gate.set()
    bench.pace.linger(0.2)
    for name in "abc":
        bench.submit(name)
        await asyncio.sleep(0.01)
    began = perf_counter()
    assert bench.pace.give_way(30.0)
    assert perf_counter() - began < 10.0  # nothing is being committed that it could wait for
    assert await bench.finish() == [["a0", "b0", "c0"]]


async def test_what_is_preferred_is_committed_at_once_and_before_what_has_gathered() -> None:
    bench = Bench()
    bench.backend.gate.set()
    bench.pace.linger(60.0)
    bench.submit("gathers")
    await asyncio.sleep(0.05)
    bench.pace.prefer(True)
    bench.submit("first")
    bench.pace.prefer(False)
    async with asyncio.timeout(10.0):
        while not bench.done:
            await asyncio.sleep(0)
    assert bench.backend.batches[0] == ["first0"]
    bench.pace.linger(0.0)
    assert await bench.finish() == [["first0"], ["gathers0"]]


async def test_what_is_preferred_does_not_keep_the_rest_waiting_for_ever() -> None:
    bench = Bench()
    bench.submit("under way")
    while not bench.writer._queue.empty():
        await asyncio.sleep(0)
    bench.submit("rest")
    bench.pace.prefer(True)
    for i in range(3):
        bench.submit("same", i)  # one in each batch
    batches = await bench.finish()
    assert batches[:2] == [["under way0"], ["same0"]]
    assert "rest0" in batches[2]
    assert sorted(name for batch in batches for name in batch) == ["rest0", "same0", "same1", "same2", "under way0"]


async def test_the_back_end_may_settle_between_batches_unless_one_is_waited_for() -> None:
    bench = Bench()
    bench.submit("one")
    while not bench.writer._queue.empty():
        await asyncio.sleep(0)
    bench.pace.prefer(True)
    bench.submit("two")
    await bench.finish()
    assert bench.backend.settled == [2]
