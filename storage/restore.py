"""After a database was restored from a backup, or a standby took over that had not seen everything.

Its revisions have gone back, and clients hold newer ones: they would take new objects for old. So it goes on beyond
anything ever served, and forgets everything before, which makes every client list again.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import DBAPIError

from storage.backend import Backend
from storage.backends import backend_for, look
from storage.check import check
from storage.compaction import STEP
from storage.copying import Then, copy, fill
from storage.errors import SchemaTooOld, StorageError, StoreDamaged, StoreLocked, StoreUnavailable
from storage.filelock import FileLock
from storage.pg_connection import engine_for, translate
from storage.pg_looking import servers
from storage.sqlite import path_of_url
from storage.tables import cur, log, meta
from storage.types import Revision

MARGIN = 1_000_000
"""More revisions than a backup can be behind."""

_PATIENCE = 30.0
"""Seconds to forget history before going on without: what is left takes room and does no harm."""

_PAUSE = 0.05

_SIDES = ("", "-wal", "-shm")
"""What a SQLite database consists of, by the ends of the files' names."""


class Restored(NamedTuple):
    revision: Revision
    """Where the store goes on."""
    objects: int
    aside: Path | None
    """Where what was there before is now; None when there was nothing."""


def continue_beyond(url: str, margin: int = MARGIN) -> Revision:
    """Raise the revision of the database by ``margin``; the answer is where it goes on. Blocks.

    A SQLite file must not be in use; servers on a PostgreSQL database notice and load it anew. Raises StorageError,
    also when there is no store.
    """
    with look(url):
        pass  # opening it would make one
    if url.startswith("sqlite:"):
        with FileLock(path_of_url(url)) as lock:
            lock.closing()  # whatever was in a write-ahead log that is gone: it is given up
    backend = backend_for(url)
    backend.open()
    try:
        meta = backend.reading.meta()
        _forget(backend, meta.compact_revision, meta.revision)
        return Revision(backend.jump(meta.revision + margin))
    finally:
        backend.close()


def _forget(backend: Backend, reached: int, target: int) -> None:
    """Compact up to ``target``, in turns with a server that is at it."""
    give_up = time.monotonic() + _PATIENCE
    while reached < target and time.monotonic() < give_up:
        before, reached = reached, backend.compact(min(reached + STEP, target))
        if reached == before:
            time.sleep(_PAUSE)


def restore(backup: Path, url: str, suffix: str) -> Restored:
    """Put the contents of a backup in the place of the store at ``url``, whose servers must be stopped.

    What was there is kept, under its name with ``suffix`` (of a PostgreSQL database: a backup beside ``backup``).
    Raises StoreLocked while a server uses the store, StoreDamaged when the backup is, and StorageError."""
    with _of_today(backup) as source:
        with look(source) as reading:
            report = check(reading)
        if report.damages:
            raise StoreDamaged(f"{backup} is damaged ({report.damages[0].detail}): nothing was changed")
        if url.startswith("sqlite:"):
            revision, aside = _into_sqlite(source, path_of_url(url), suffix)
        else:
            revision, aside = _into_postgresql(source, url, backup.with_name(backup.name + suffix))
        return Restored(revision, report.objects, aside)


@contextmanager
def _of_today(backup: Path) -> Iterator[str]:
    """The URL of the backup, or of a copy that has been upgraded: an old one stays what it is."""
    url = f"sqlite:///{backup.absolute()}"
    try:
        with look(url):
            pass
    except SchemaTooOld:
        with TemporaryDirectory(prefix="kubejazz-restore-") as folder:
            upgraded = Path(folder) / backup.name
            try:
                shutil.copyfile(backup, upgraded)
            except OSError as error:
                raise StoreUnavailable(f"cannot copy {backup} to upgrade it: {error.strerror}") from error
            backend = backend_for(f"sqlite:///{upgraded}")
            backend.open()
            backend.close()
            yield f"sqlite:///{upgraded}"
    else:
        yield url


def _beyond(served: int) -> Then:
    """Forgets the history of a copy and raises its revision, in the transaction that makes it: no crash may leave a
    restored store that repeats revisions."""

    def go_on(connection: Connection, revision: Revision) -> Revision:
        target = max(revision, served) + MARGIN
        connection.execute(delete(log).where(log.c.rev.not_in(select(cur.c.mod_rev))))
        connection.execute(update(meta).values(rev=target, compact_rev=target))
        return Revision(target)

    return go_on


def _into_sqlite(source: str, path: Path, suffix: str) -> tuple[Revision, Path | None]:
    """Where it goes on, and where what was there is now."""
    fresh = path.with_name(f"{path.name}{suffix}.restoring")
    with FileLock(path) as lock:
        with look(source) as reading:
            revision = copy(reading, fresh, _beyond(_served(f"sqlite:///{path}")))
        lock.closing()  # the write-ahead log goes aside with the rest
        aside = _move_aside(path, path.with_name(path.name + suffix))
        fresh.rename(path)
    return revision, aside


def _into_postgresql(source: str, url: str, aside: Path) -> tuple[Revision, Path | None]:
    if servers(url):
        raise StoreLocked("servers are connected to the database: stop them all first")
    backend = backend_for(url)
    backend.open()  # brings the schema up to date
    backend.close()
    with look(url) as there:
        served, empty = there.meta().revision, not there.story(0, there.meta().revision, 1)
        if not empty:
            copy(there, aside)
    engine = engine_for(url.removeprefix("portable+"))
    try:
        with look(source) as reading, reading.snapshot(), engine.connect() as connection:
            connection = connection.execution_options(isolation_level="SERIALIZABLE")
            with connection.begin():
                for table in (meta, cur, log):
                    connection.execute(delete(table))
                revision = _beyond(served)(connection, fill(connection, reading))
    except DBAPIError as error:
        raise translate(error, engine) from error
    finally:
        engine.dispose()
    return revision, None if empty else aside


def _served(url: str) -> int:
    """0 when there is nothing, or nothing readable: a reason to restore."""
    try:
        with look(url) as reading:
            return reading.meta().revision
    except StorageError:
        return 0


def _move_aside(path: Path, aside: Path) -> Path | None:
    if not path.exists():
        return None
    for side in reversed(_SIDES):
        part = path.with_name(path.name + side)
        if part.exists():
            part.rename(aside.with_name(aside.name + side))
    return aside
