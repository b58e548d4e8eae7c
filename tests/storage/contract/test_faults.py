"""What is promised when things break (DESIGN §6, 1 and 18)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from storage.backend import Backend, Batch
from storage.errors import OutcomeUnknown, StorageError, StoreUnavailable
from storage.store import Store, open_store
from storage.types import Revision, Write
from tests.storage.beds import Bed
from tests.storage.objects import create_all, indexer, key, write

CHECKOUT = Path(__file__).parents[3]


async def hammered(url: str, lines: int) -> dict[str, int]:
    """Let a process write until it has acknowledged so much, kill it, and answer the newest revision of each name."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.storage.contract.hammer", url, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    output = [await process.stdout.readline() for _ in range(lines)]
    process.kill()
    output += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    acknowledged: dict[str, int] = {}
    for line in output:
        assert line.endswith(b"\n")
        name, revision = line.split()
        acknowledged[name.decode()] = int(revision)
    return acknowledged


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


async def test_a_killed_process_loses_nothing_it_acknowledged(bed: Bed) -> None:
    store = await bed.store()
    start = store.revision
    await store.stop()
    for lines in (300, 700):
        acknowledged = await hammered(bed.url, lines)
        store = await bed.store()
        for name, revision in acknowledged.items():
            entry = store.cache("pods").get("default", name)
            assert entry is not None
            assert entry.revision >= revision
        await check_log(store, start)
        await store.stop()


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
