"""What is promised when things break (DESIGN §6, 1 and 18)."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from storage.backend import Backend, Batch
from storage.backends import look
from storage.check import check
from storage.errors import OutcomeUnknown, StorageError, StoreUnavailable
from storage.store import Store, open_store
from storage.types import Revision, Write
from tests.storage.beds import Bed
from tests.storage.objects import create_all, indexer, key, write

CHECKOUT = Path(__file__).parents[3]


KILLS = {"sqlite": 100, "postgresql": 30, "portable": 10}
BETWEEN_KILLS = (10, 40)
"""Acknowledged writes."""


class Nest:
    """Processes that write, one after the other, each killed in the middle of it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._input, self._output = process, process.stdin, process.stdout
        self.acknowledged: list[tuple[str, int]] = []

    @classmethod
    async def at(cls, url: str) -> Nest:
        arguments = ("-m", "tests.storage.contract.hammer", url)
        pipe = asyncio.subprocess.PIPE
        return cls(
            await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=CHECKOUT, stdin=pipe, stdout=pipe)
        )

    async def kill_one(self, acknowledged: int) -> None:
        """Let a process write until it has acknowledged so much."""
        self._input.write(b"\n")
        begun, target = 0, len(self.acknowledged) + acknowledged
        while not begun or len(self.acknowledged) < target:
            begun = await self._listen() or begun
        os.kill(begun, signal.SIGKILL)
        while await self._listen() != begun:
            pass

    async def _listen(self) -> int:
        """The process that began or ended; 0 when one had a write acknowledged."""
        line = await self._output.readline()
        assert line.endswith(b"\n")
        word, number = line.split()
        if word in (b"begun", b"ended"):
            return int(number)
        self.acknowledged.append((word.decode(), int(number)))
        return 0

    async def end(self) -> None:
        self._input.close()
        await self._process.wait()


async def check_log(store: Store, start: int) -> None:
    """There is no gap in the log, and it explains the current state."""
    watch = store.cache("pods").watch(Revision(start))
    state: dict[str, int] = {}
    expected = start
    while events := await watch.next(0):
        for event in events:
            expected += 1
            assert event.revision == expected
            state[event.entry.key.name] = event.revision
    assert expected == store.revision
    assert state == {entry.key.name: entry.revision for entry in store.cache("pods").list(None).entries}


async def test_processes_killed_while_they_write_lose_nothing_and_repeat_no_revision(bed: Bed, backend: str) -> None:
    store = await bed.store()
    start = store.revision
    await store.stop()
    choose = random.Random(1)
    nest = await Nest.at(bed.url)
    for _ in range(KILLS[backend]):
        await nest.kill_one(choose.randint(*BETWEEN_KILLS))
    await nest.end()
    revisions = [revision for _, revision in nest.acknowledged]
    assert len(set(revisions)) == len(revisions), "a revision was given twice"
    store = await bed.store()
    newest = dict(nest.acknowledged)
    for name, revision in newest.items():
        entry = store.cache("pods").get("default", name)
        assert entry is not None
        assert entry.revision >= revision
    await check_log(store, start)
    with look(bed.url) as reading:
        assert check(reading).damages == ()


class Flaky:
    """A back end whose commits end as told, once each."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.failures: list[tuple[Exception, bool]] = []
        """(error, whether the batch was written all the same)"""

    def commit_batch(self, batch_id: int, at: float, writes: Sequence[Write]) -> Batch:
        if self.failures:
            error, written = self.failures.pop(0)
            if written:
                self._backend.commit_batch(batch_id, at, writes)
            raise error
        return self._backend.commit_batch(batch_id, at, writes)

    def __getattr__(self, name: str) -> object:
        return getattr(self._backend, name)


async def flaky(bed: Bed) -> tuple[Store, Flaky]:
    store = open_store(bed.url, indexer=indexer, clock=bed.clock)
    backend = Flaky(store._backend)
    store._sealed._backend = backend  # type: ignore[assignment]
    bed.adopt(store)
    await store.start()
    return store, backend


@pytest.mark.parametrize("error", [OutcomeUnknown("?"), StoreUnavailable("no"), RuntimeError("a bug")])
async def test_a_batch_that_fails_is_never_reported_as_success(bed: Bed, error: Exception) -> None:
    store, backend = await flaky(bed)
    (before,) = await create_all(store, "before")
    backend.failures = [(error, False)]
    answers = await asyncio.gather(*(store.commit(write(key(f"n{i}"))) for i in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [type(error)] * 3
    assert store.revision == before.revision
    (after,) = await create_all(store, "after")
    assert after.revision == before.revision + 1


async def test_a_store_that_cannot_be_opened_says_so_in_one_line(bed: Bed) -> None:
    with pytest.raises(StorageError) as caught:
        open_store("mysql://somewhere", indexer=indexer)
    assert "\n" not in str(caught.value)
    store = open_store(bed.url, indexer=indexer)
    with pytest.raises(StoreUnavailable, match="not been started"):
        await store.commit(write(key("a")))
    await store.stop()
