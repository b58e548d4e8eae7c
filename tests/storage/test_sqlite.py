"""What only the embedded store promises."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from storage.compare import Plan
from storage.errors import (
    OutcomeUnknown,
    SchemaTooNew,
    StorageError,
    StoreDamaged,
    StoreLocked,
    StoreUnavailable,
)
from storage.sqlite import SQLiteBackend
from storage.sqlite_errors import translate
from storage.store import open_store
from tests.storage.beds import SQLiteBed, forget
from tests.storage.objects import create_all, indexer, key, removal, write

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def bed(sqlite: Callable[[], SQLiteBed]) -> SQLiteBed:
    return sqlite()


def execute(path: Path, *statements: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return [row for statement in statements for row in connection.execute(statement).fetchall()]


async def test_a_second_process_is_refused_in_one_line_that_names_the_first(bed: SQLiteBed) -> None:
    await bed.store()
    program = f"""
import asyncio
from storage.store import open_store
try:
    asyncio.run(open_store({bed.url!r}, indexer=lambda resource, value: None).start())
except Exception as error:
    print(type(error).__name__, error)
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    (line,) = output.decode().splitlines()
    assert line.startswith("StoreLocked")
    assert str(bed.path) in line
    assert f"process {os.getpid()}:" in line


async def test_the_lock_goes_with_the_store(bed: SQLiteBed) -> None:
    store = await bed.store()
    with pytest.raises(StoreLocked):
        await bed.store()
    await create_all(store, "a")
    await bed.restart(store)


async def test_a_file_that_is_no_database_is_refused_with_advice(bed: SQLiteBed) -> None:
    bed.path.write_bytes(b"This is not a database." * 1000)
    with pytest.raises(StoreDamaged, match="backup"):
        await bed.store()
    assert bed.path.read_bytes().startswith(b"This is not")


async def test_a_damaged_file_is_refused_with_advice(bed: SQLiteBed) -> None:
    store = await bed.store()
    await create_all(store, *(f"n{i}" for i in range(300)))
    await store.stop()
    with bed.path.open("r+b") as file:
        file.seek(3 * 8192)
        file.write(os.urandom(bed.path.stat().st_size - 3 * 8192))
    with pytest.raises(StoreDamaged, match="backup"):
        await bed.store()


@pytest.mark.parametrize(
    "damage",
    ["UPDATE meta SET rev = 2", "DELETE FROM log WHERE rev = 3", "DELETE FROM meta", "DROP TABLE alembic_version"],
)
async def test_a_file_that_contradicts_itself_is_refused(bed: SQLiteBed, damage: str) -> None:
    store = await bed.store()
    await create_all(store, "a", "b", "c")
    await store.stop()
    execute(bed.path, damage)
    with pytest.raises(StoreDamaged) as caught:
        await bed.store()
    assert "\n" not in str(caught.value)


async def test_a_file_of_a_newer_version_is_refused(bed: SQLiteBed) -> None:
    store = await bed.store()
    await store.stop()
    execute(bed.path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaTooNew, match="9999"):
        await bed.store()


async def test_another_programs_database_is_left_alone(bed: SQLiteBed) -> None:
    execute(bed.path, "CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StoreDamaged, match="database of its own"):
        await bed.store()
    assert execute(bed.path, "SELECT name FROM sqlite_master") == [("recipes",)]


async def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = open_store(f"sqlite:///{tmp_path}/file/store.db", indexer=indexer)
    with pytest.raises(StoreUnavailable):
        await store.start()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_store_is_a_file(url: str) -> None:
    with pytest.raises(StorageError, match="file"):
        open_store(url, indexer=indexer)


async def test_a_full_disk_refuses_writes_and_nothing_else(bed: SQLiteBed) -> None:
    store = await bed.store()
    (a,) = await create_all(store, "a")
    backend = store._backend
    assert isinstance(backend, SQLiteBackend)
    await store._run_in_writer(lambda: backend._write("PRAGMA max_page_count = 40").close())
    written = 0
    with pytest.raises(StoreUnavailable, match="disk is full"):
        for written in range(1000):
            await store.commit(write(key(f"big{written}"), text="x" * 10_000))
    cache = store.cache("pods")
    assert cache.get("default", "a") is a
    assert len(cache) == written + 1
    assert len((await cache.list_at(a.revision)).entries) == 1
    await store._run_in_writer(lambda: backend._write("PRAGMA max_page_count = 100000").close())
    after = await store.commit(write(key("after"), text="x" * 10_000))
    assert after.revision == a.revision + written + 1
    store = await bed.restart(store)
    assert len(store.cache("pods")) == written + 2


@pytest.mark.parametrize("error", [RuntimeError("a bug"), sqlite3.OperationalError("INSERT")])
async def test_a_batch_that_fails_halfway_leaves_nothing(
    bed: SQLiteBed, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    store = await bed.store()
    (a,) = await create_all(store, "a")
    carry_out = SQLiteBackend._carry_out

    def fail(backend: SQLiteBackend, decided: Plan) -> None:
        carry_out(backend, decided)
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(SQLiteBackend, "_carry_out", fail)
        with pytest.raises((RuntimeError, StoreUnavailable)):
            await store.commit(write(key("b")))
    (c,) = await create_all(store, "c")
    assert c.revision == a.revision + 1
    store = await bed.restart(store)
    assert len(store.cache("pods")) == 2


def sqlite_error(code: int) -> OperationalError:
    error = sqlite3.OperationalError("something")
    error.sqlite_errorcode = code
    return OperationalError("COMMIT", {}, error)


@pytest.mark.parametrize(
    ("code", "committing", "expected"),
    [
        (sqlite3.SQLITE_FULL, True, StoreUnavailable),
        (sqlite3.SQLITE_IOERR_FSYNC, True, OutcomeUnknown),
        (sqlite3.SQLITE_IOERR_WRITE, False, StoreUnavailable),
        (sqlite3.SQLITE_IOERR_WRITE, True, StoreUnavailable),
        (sqlite3.SQLITE_CORRUPT, True, StoreDamaged),
        (sqlite3.SQLITE_BUSY, False, StoreUnavailable),
    ],
)
def test_an_error_says_no_more_than_is_known(code: int, committing: bool, expected: type[StorageError]) -> None:
    assert type(translate(sqlite_error(code), "file", committing=committing)) is expected


async def test_the_log_tells_who_wrote_when_and_together(bed: SQLiteBed) -> None:
    store = await bed.store()
    entry = await store.commit(write(key("a"), actor="alice"))
    now = bed.clock.now().timestamp()
    bed.clock.advance(5)
    await store.commit(removal(key("a"), entry.revision))
    await store.stop()
    rows = execute(bed.path, "SELECT actor, at, prev_rev, value IS NULL FROM log ORDER BY rev")
    assert rows == [("alice", now, 0, 0), ("tester", now + 5, entry.revision, 1)]
    assert len(execute(bed.path, "SELECT DISTINCT batch_id FROM log")) == 2


async def test_values_are_stored_without_their_revision(bed: SQLiteBed) -> None:
    store = await bed.store()
    one = write(key("a"))
    await store.commit(one)
    await store.stop()
    assert execute(bed.path, "SELECT value, hole FROM log") == [(one.value, one.hole)]


async def test_nobody_else_may_read_the_files(bed: SQLiteBed) -> None:
    store = await bed.store()
    await create_all(store, "a")
    assert {path.stat().st_mode & 0o777 for path in bed.path.parent.glob("store*.db*")} == {0o600}


async def test_commits_are_flushed_to_disk(bed: SQLiteBed) -> None:
    store = await bed.store()
    backend = store._backend
    assert isinstance(backend, SQLiteBackend)
    found: list[object] = []

    def look() -> None:
        for name in ("synchronous", "journal_mode", "page_size"):
            found.extend(backend._write(f"PRAGMA {name}").fetchone())

    await store._run_in_writer(look)
    assert found == [2, "wal", 8192]


async def test_the_file_and_its_wal_stay_bounded(bed: SQLiteBed) -> None:
    store = await bed.store()
    wal = bed.path.with_name(bed.path.name + "-wal")
    text = "x" * 100_000
    entries = [await store.commit(write(key(f"n{i}"), text=text)) for i in range(8)]
    largest = 0
    for _ in range(100):
        entries = await asyncio.gather(*(store.commit(write(e.key, e.revision, text=text)) for e in entries))
        largest = max(largest, wal.stat().st_size)
    assert largest < 70 << 20
    grown = bed.path.stat().st_size
    assert grown > 50 << 20
    for _ in range(20):
        await forget(store, bed.clock)
        await store.commit(write(key("tick"), (e.revision if (e := store.cache("pods").get("default", "tick")) else 0)))
    await store.stop()
    assert bed.path.stat().st_size < grown / 3


def test_a_current_store_opens_without_alembic_or_another_driver(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
from storage.store import open_store
async def main():
    for _ in range(2):
        store = open_store("sqlite:///{tmp_path}/store.db", indexer=lambda resource, value: None)
        await store.start()
        await store.stop()
asyncio.run(main())
print([name for name in ("alembic", "psycopg", "mako") if name in sys.modules])
"""
    output = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert output.stdout == "[]\n"


def test_changes_are_carried_over_between_batches_so_that_no_commit_has_to_do_it(tmp_path: Path) -> None:
    backend = SQLiteBackend(tmp_path / "db")
    backend.open()
    try:
        for number in range(100):
            backend.commit_batch(number, 0.0, [write(key(f"n{number}"), 0)])
        before = (tmp_path / "db").stat().st_size
        backend.settle()
        carried_over = (tmp_path / "db").stat().st_size
        assert carried_over > before
        backend.settle()  # nothing has come since
        log = (tmp_path / "db-wal").stat().st_size
        for number in range(100, 150):
            backend.commit_batch(number, 0.0, [write(key(f"n{number}"), 0)])
        assert (tmp_path / "db-wal").stat().st_size == log  # it is written from its beginning again
    finally:
        backend.close()
