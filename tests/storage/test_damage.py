"""A file that something has happened to: refused in one line, or whole; nothing in between."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.check import check
from storage.copying import copy
from storage.errors import StorageError, StoreDamaged
from storage.loading import load
from storage.looking import sqlite as look
from storage.restore import continue_beyond, restore
from storage.sqlite import SQLiteBackend
from storage.store import open_store
from tests.storage.contract.test_faults import CHECKOUT
from tests.storage.objects import create_all, indexer, key, removal, write

PAGE = 8192
FLIPS = 150


async def live(path: Path) -> None:
    """Objects of all sizes, updates, deletions."""
    store = open_store(f"sqlite:///{path}", indexer=indexer)
    await store.start()
    entries = await create_all(store, *(f"n{i}" for i in range(30)))
    for entry in entries[:15]:
        await store.commit(write(entry.key, entry.revision, text="y" * 3000))
    await store.commit(write(key("large"), text="z" * 60_000))
    for entry in entries[20:]:
        await store.commit(removal(entry.key, entry.revision))
    await store.stop()


State = frozenset[tuple[object, ...]]


def state(path: Path) -> State:
    """What a server would start with. Raises StorageError."""
    backend = SQLiteBackend(path)
    try:
        backend.open()
        loaded = load(backend.reading, indexer, 0.0, 0.0)
    finally:
        backend.close()
    objects = [entry for entries in loaded.entries.values() for entry in entries]
    return frozenset((entry.key, entry.value, entry.revision, entry.uid) for entry in objects)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "store.db"
    asyncio.run(live(path))
    return path.read_bytes()


def refused_or_the_same(folder: Path, whole: bytes, damaged: Iterator[bytes]) -> int:
    """How many of the damaged files were refused."""
    path = folder / "whole.db"
    path.write_bytes(whole)
    expected = state(path)
    refused = 0
    for number, content in enumerate(damaged):
        path = folder / f"{number}.db"
        path.write_bytes(content)
        try:
            assert state(path) == expected
        except StorageError as error:
            assert "\n" not in str(error)
            assert isinstance(error, StoreDamaged)
            refused += 1
    return refused


def test_a_zeroed_page_is_refused_or_was_not_in_use(whole: bytes, tmp_path: Path) -> None:
    pages = len(whole) // PAGE
    damaged = (whole[: page * PAGE] + bytes(PAGE) + whole[(page + 1) * PAGE :] for page in range(pages))
    assert refused_or_the_same(tmp_path, whole, damaged) > pages * 0.8


def test_a_truncated_file_is_refused(whole: bytes, tmp_path: Path) -> None:
    lengths = range(PAGE // 2, len(whole), PAGE)
    assert refused_or_the_same(tmp_path, whole, (whole[:length] for length in lengths)) == len(lengths)


def test_a_flipped_bit_is_refused_or_changes_nothing(whole: bytes, tmp_path: Path) -> None:
    choose = random.Random(1)

    def flipped() -> Iterator[bytes]:
        for _ in range(FLIPS):
            content = bytearray(whole)
            content[choose.randrange(len(whole))] ^= 1 << choose.randrange(8)
            yield bytes(content)

    # The others were in free space, or in versions that nobody will ask for.
    assert refused_or_the_same(tmp_path, whole, flipped()) > FLIPS * 0.4


async def crash(path: Path) -> None:
    """A process that has committed, and is gone without closing."""
    program = f"""
import asyncio, os
from storage.store import open_store
from tests.storage.objects import create_all, indexer
async def main():
    store = open_store("sqlite:///{path}", indexer=indexer)
    await store.start()
    await create_all(store, "a", "b")
    os._exit(0)
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, check=True)


async def test_without_its_write_ahead_log_a_store_that_was_not_closed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    await crash(path)
    wal = path.with_name("store.db-wal")
    kept = wal.read_bytes()
    wal.unlink()
    for _ in range(2):
        with pytest.raises(StoreDamaged, match=r"store\.db-wal is gone.*bump-revision"):
            state(path)
    wal.write_bytes(kept)
    assert len(state(path)) == 2
    # It has been closed since, and needs none any more.
    assert not wal.exists()
    assert len(state(path)) == 2


async def test_a_write_ahead_log_that_is_lost_can_be_given_up(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    await crash(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # As an administrator's look with another program leaves it.
    assert not path.with_name("store.db-wal").exists()
    with pytest.raises(StoreDamaged, match="bump-revision"):
        state(path)
    raised = continue_beyond(f"sqlite:///{path}")
    assert len(state(path)) == 2
    with look(f"sqlite:///{path}") as reading:
        report = check(reading)
    assert (report.damages, report.meta.revision) == ((), raised)


async def test_a_crashed_store_is_replaced_by_a_backup(tmp_path: Path) -> None:
    path, backup = tmp_path / "store.db", tmp_path / "backup"
    await crash(path)
    with look(f"sqlite:///{path}") as reading:
        copy(reading, backup)
    assert restore(backup, f"sqlite:///{path}", ".before").objects == 2
    assert path.with_name("store.db.before-wal").exists()
    assert len(state(path)) == 2


def test_a_file_is_one_whatever_it_is_called(tmp_path: Path) -> None:
    real, other = tmp_path / "store.db", tmp_path / "other.db"
    backend = SQLiteBackend(real)
    backend.open()
    other.symlink_to(real)
    with pytest.raises(StorageError, match=f"in use by process {os.getpid()}:"):
        SQLiteBackend(other).open()
    backend.close()
    state(other)
