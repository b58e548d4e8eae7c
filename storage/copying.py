"""A whole store copied into a new SQLite file: what a backup is. The file is itself a store, of whatever engine."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, NullPool, Table, create_engine
from sqlalchemy.exc import DBAPIError

from storage.errors import StorageError, StoreUnavailable
from storage.reading import SQLReading
from storage.sqlite_errors import translate
from storage.tables import HEAD, alembic_version, cur, log, meta, metadata
from storage.types import Revision

_CHUNK = 500


Then = Callable[[Connection, Revision], Revision]
"""What else happens in the transaction that fills a copy; the answer is the copy's revision."""


def as_it_is(connection: Connection, revision: Revision) -> Revision:
    return revision


def copy(reading: SQLReading, path: Path, then: Then = as_it_is) -> Revision:
    """Write the store as of one moment to ``path``, which must not exist; it appears complete and durable, or not at
    all. The answer is its revision. Raises StorageError."""
    if path.exists():
        raise StorageError(f"{path} exists: give the name of a new file")
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        revision = _write(reading, partial, then)
        _flush(partial)
        partial.rename(path)
        _flush(path.parent)
        return revision
    except OSError as error:
        raise StoreUnavailable(f"cannot write {path}: {error.strerror}") from error
    except DBAPIError as error:
        raise translate(error, path) from error
    finally:
        for leftover in (partial, partial.with_name(partial.name + "-journal")):
            leftover.unlink(missing_ok=True)


def _write(reading: SQLReading, path: Path, then: Then) -> Revision:
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA page_size = 8192")
            connection.exec_driver_sql("PRAGMA auto_vacuum = INCREMENTAL")
            metadata.create_all(connection)
            connection.execute(alembic_version.insert().values(version_num=HEAD))
            with reading.snapshot():
                revision = then(connection, fill(connection, reading))
            connection.commit()
            return revision
    finally:
        engine.dispose()


def fill(connection: Connection, reading: SQLReading) -> Revision:
    """Put everything into empty tables, inside the caller's transaction and the reading's snapshot."""
    found = reading.meta()
    columns = {"id": 1, "rev": found.revision, "compact_rev": found.compact_revision, "store_uuid": found.store_uuid}
    connection.execute(meta.insert().values(columns))
    _insert(connection, cur, reading.current_rows())
    _insert(connection, log, reading.log_rows())
    return Revision(found.revision)


def _insert(connection: Connection, table: Table, rows: Iterable[Sequence[Any]]) -> None:
    names = table.columns.keys()
    iterator = iter(rows)
    while chunk := [dict(zip(names, row, strict=True)) for row in itertools.islice(iterator, _CHUNK)]:
        connection.execute(table.insert(), chunk)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
