"""The embedded back end: one SQLite file, written by one connection of one process.

A second connection only reads (cold history), so that a long question never holds up a commit. It neither writes nor
checkpoints: a bug in SQLite up to 3.51.2 can reset the WAL wrongly when two connections do.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import URL, Connection, CursorResult, Engine, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from storage import sql
from storage.backend import Batch, Meta
from storage.compare import Found, Plan, plan
from storage.errors import StorageError, StoreDamaged, StoreUnavailable
from storage.filelock import FileLock
from storage.reading import SQLReading
from storage.schema import ensure_schema
from storage.sqlite_errors import translate
from storage.types import Write

_PAGE = 8192
_WAL_PAGES = 200
"""Pages of changes after which they are carried over into the database file, between two batches: that takes about a
millisecond. With twenty times as many it is done a twentieth as often, and holds all writes up for 3 to 15 ms."""
_WRITE_PAGES = 3
"""Of them, what a small write changes."""
_MOST_WAL_PAGES = 4000
"""After so many SQLite does it by itself, during a commit."""
_WAL_BYTES = 16 * 1024 * 1024
"""What the file of changes is cut to if it has grown longer: while a reader needs them they have to stay."""
_VACUUM_PAGES = 512

_SETUP = (
    f"PRAGMA page_size = {_PAGE}",
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    f"PRAGMA wal_autocheckpoint = {_MOST_WAL_PAGES}",
    f"PRAGMA journal_size_limit = {_WAL_BYTES}",
    "PRAGMA cache_size = -8000",
)

_FIND = (
    "SELECT k.key, c.mod_rev, c.create_rev, c.uid FROM json_each(?) k CROSS JOIN cur c"
    " ON c.res = k.value ->> 0 AND c.ns = k.value ->> 1 AND c.name = k.value ->> 2"
)
_LOG = (
    "INSERT INTO log (rev, op, res, ns, name, uid, create_rev, prev_rev, hole, batch_id, actor, at, value, digest)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_PUT = (
    "INSERT INTO cur (res, ns, name, uid, create_rev, mod_rev, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (res, ns, name) DO UPDATE SET"
    " uid = excluded.uid, mod_rev = excluded.mod_rev, expires_at = excluded.expires_at WHERE mod_rev = ?"
)
_DELETE = "DELETE FROM cur WHERE res = ? AND ns = ? AND name = ? AND mod_rev = ?"
_ADVANCE = "UPDATE meta SET rev = ? WHERE id = 1 AND rev = ?"


def path_of_url(url: str) -> Path:
    """``sqlite:///relative/path``, ``sqlite:////absolute/path``. Raises StorageError for anything but a file."""
    path = url.removeprefix("sqlite:///")
    if path == url or not path or path.startswith(":memory:"):
        raise StorageError(f"{url}: a store is a file, sqlite:///path")
    return Path(path)


class SQLiteReading(SQLReading):
    def __init__(self, connection: Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._ask("PRAGMA query_only = ON")
        self._ask("PRAGMA wal_autocheckpoint = 0")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self._run("BEGIN")
        try:
            yield
        finally:
            self._run("ROLLBACK")

    def _run(self, statement: str, parameters: tuple[object, ...] = ()) -> CursorResult[*tuple[Any, ...]]:
        return self._connection.exec_driver_sql(statement, parameters)

    def _ask(self, statement: str, parameters: tuple[object, ...] = ()) -> Sequence[Any]:
        try:
            result = self._run(statement, parameters)
            return result.fetchall() if result.returns_rows else ()
        except DBAPIError as error:
            raise translate(error, self._path) from error

    def _stream(self, statement: str, parameters: tuple[object, ...] = ()) -> Generator[Any]:
        try:
            yield from self._run(statement, parameters)
        except DBAPIError as error:
            raise translate(error, self._path) from error

    def integrity(self) -> list[str]:
        found = [str(row[0]) for row in self._ask("PRAGMA integrity_check(20)")]
        return [] if found == ["ok"] else found

    def check(self) -> Meta:
        """The meta row, if the log agrees with it. Raises StoreDamaged."""
        meta = self.meta()
        newest = self._ask("SELECT coalesce(max(rev), 0) FROM log")[0][0]
        if newest > meta.revision or meta.compact_revision > meta.revision:
            raise StoreDamaged(f"{self._path} contradicts itself (revisions): restore it from a backup")
        return meta


class SQLiteBackend:
    following = None

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path)
        real = path.resolve()
        self._wal = real.with_name(real.name + "-wal")
        self._engine: Engine | None = None
        self._writer: Connection | None = None
        self._reader: Connection | None = None
        self._reading: SQLiteReading | None = None
        self._revision = 0
        self._changed = 0
        """Pages in the file of changes, roughly."""

    @classmethod
    def from_url(cls, url: str) -> SQLiteBackend:
        """``sqlite:///relative/path``, ``sqlite:////absolute/path``."""
        return cls(path_of_url(url))

    # -- opening and closing

    def open(self) -> None:
        try:
            self._lock.acquire()
            self._open()
        except DBAPIError as error:
            self.close()
            raise translate(error, self._path) from error
        except OSError as error:
            self.close()
            raise StoreUnavailable(f"cannot use {self._path}: {error.strerror}") from error
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        if self._lock.left_open and self._path.exists() and not self._wal.exists():
            raise StoreDamaged(
                f"{self._wal} is gone, and with it perhaps writes that were acknowledged: put it back, restore a"
                " backup, or go on without it (kubejazz bump-revision)"
            )
        # It holds secrets; SQLite makes its other files as open as this one.
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self._engine = create_engine(
            URL.create("sqlite", database=str(self._path)),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"check_same_thread": False},
        )
        self._writer = self._engine.connect()
        for statement in _SETUP:
            self._writer.exec_driver_sql(statement)
        self._writer.exec_driver_sql("BEGIN IMMEDIATE")
        ensure_schema(self._writer)
        self._writer.exec_driver_sql("COMMIT")
        self._reader = self._engine.connect()
        self._reading = SQLiteReading(self._reader, self._path)
        self._lock.opened()
        self._revision = self._reading.check().revision

    @property
    def reading(self) -> SQLiteReading:
        assert self._reading is not None, "the back end is not open"
        return self._reading

    def close(self) -> None:
        if self._reading is not None:
            self._lock.closing()
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._reader = self._writer = self._reading = None
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
        self._lock.release()

    # -- writing

    def commit_batch(self, batch_id: int, at: float, writes: Sequence[Write]) -> Batch:
        committing = False
        try:
            self._write("BEGIN IMMEDIATE")
            decided = plan(writes, self._find(writes), self._revision, batch_id, at)
            if decided.log:
                self._carry_out(decided)
            committing = True
            self._write("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise translate(error, self._path, committing=committing) from error
        except BaseException:
            self._roll_back()
            raise
        self._revision = decided.revision
        self._changed += sum(_WRITE_PAGES + len(write.value or b"") // _PAGE for write in writes)
        return Batch(decided.revision, decided.outcomes)

    def settle(self) -> None:
        if self._changed >= _WAL_PAGES:
            self._changed = 0
            with contextlib.suppress(sqlite3.Error):  # nothing is lost: the next commit says what is wrong
                self._write("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _find(self, writes: Sequence[Write]) -> dict[int, Found]:
        keys = orjson.dumps([tuple(write.key) for write in writes]).decode()
        return {row[0]: Found(row[1], row[2], row[3]) for row in self._write(_FIND, (keys,)).fetchall()}

    def _carry_out(self, decided: Plan) -> None:
        self._write_all(_LOG, decided.log)
        changed = self._write_all(_PUT, decided.puts) if decided.puts else 0
        if decided.deletes:
            changed += self._write_all(_DELETE, decided.deletes)
        changed += self._write(_ADVANCE, (decided.revision, self._revision)).rowcount
        if changed != len(decided.log) + 1:
            raise StoreDamaged(f"{self._path} was changed behind the server's back: stop it and restore a backup")

    def compact(self, target: int) -> int:
        try:
            self._write("BEGIN IMMEDIATE")
            start: int = self._write("SELECT compact_rev FROM meta").fetchone()[0]
            if target > start:
                self._write(sql.FORGET_REPLACED, (start, target))
                self._write(sql.FORGET_TOMBSTONES, (start, target))
                self._write(sql.SET_COMPACTED, (target,))
            self._write("COMMIT")
            # As a script, because execute() steps this statement only once: one page.
            self._raw_writer().executescript(f"PRAGMA incremental_vacuum({_VACUUM_PAGES})")
            return max(start, target)
        except sqlite3.Error as error:
            self._roll_back()
            raise translate(error, self._path) from error

    def jump(self, revision: int) -> int:
        try:
            self._write(sql.JUMP, (revision, revision, revision))
            self._revision = max(self._revision, revision)
            return self._revision
        except sqlite3.Error as error:
            raise translate(error, self._path) from error

    # Past SQLAlchemy, whose share of seven short statements would be a third of a durable write.

    def _write(self, statement: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self._raw_writer().execute(statement, parameters)

    def _write_all(self, statement: str, rows: Sequence[Sequence[Any]]) -> int:
        """How many rows were changed."""
        return self._raw_writer().executemany(statement, rows).rowcount

    def _raw_writer(self) -> sqlite3.Connection:
        assert self._writer is not None, "the back end is not open"
        raw: sqlite3.Connection = self._writer.connection.driver_connection  # type: ignore[assignment]
        return raw

    def _roll_back(self) -> None:
        raw = self._raw_writer()
        if raw.in_transaction:
            raw.rollback()
