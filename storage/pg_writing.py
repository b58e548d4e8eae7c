"""What writing to any PostgreSQL-like engine has in common: opening, and finding out what became of a lost commit."""

from __future__ import annotations

import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence

from sqlalchemy import Connection, Engine
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import DBAPIError

from storage import sql
from storage.backend import Batch, Outcome
from storage.errors import OutcomeUnknown, StorageError
from storage.pg_connection import PgReading, Session, engine_for, is_lost, translate
from storage.schema import ensure_schema
from storage.seen import Seen
from storage.types import Write

RESOLVE_TIMEOUT = 5.0
"""Seconds to find out what became of a batch whose connection was lost before its answer."""

_RETRY = 0.1
_OPEN_ATTEMPTS = 6

# What the loser of a race to create or upgrade the schema is told: not serialisable, a duplicate row, table, column, …
_RACES = {"40001", "23505", "42P07", "42701", "42710", "42723"}

# Whatever the database's or the role's own settings are: nothing is acknowledged that could be lost with the power, and
# statements that wait for each other go on with what they find.
_WRITER_SETUP = (
    "SET statement_timeout = '10s'",
    "SET lock_timeout = '10s'",
    "SET default_transaction_isolation = 'read committed'",
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') IN ('off', 'local')",
)

_OWN_ROWS = (
    "SELECT k.n, l.rev, l.create_rev, l.prev_rev, c.mod_rev"
    " FROM unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY k(res, ns, name, n)"
    " LEFT JOIN log l ON l.rev > %s AND l.batch_id = %s AND l.res = k.res AND l.ns = k.ns AND l.name = k.name"
    " LEFT JOIN cur c ON c.res = k.res AND c.ns = k.ns AND c.name = k.name ORDER BY k.n"
)


class PgWriting(ABC):
    """A back end shared by any number of processes."""

    _schema_isolation: IsolationLevel = "SERIALIZABLE"
    """Of the transaction that creates or upgrades the schema."""

    def __init__(self, url: str) -> None:
        self._engine: Engine = engine_for(url)
        self.name = f"kubejazz-{secrets.token_hex(6)}"
        self._writer = Session(self._engine, f"{self.name}-writer", *_WRITER_SETUP)
        self._reader = Session(self._engine, f"{self.name}-reader")
        # The newest revision this writer knows of: where to begin looking for a lost batch.
        self._known = 0
        self._seen = Seen()

    @property
    @abstractmethod
    def reading(self) -> PgReading: ...

    def open(self) -> None:
        for attempt in range(_OPEN_ATTEMPTS):
            try:
                self._ensure()
                break
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _RACES or attempt == _OPEN_ATTEMPTS - 1:
                    raise translate(error, self._engine) from error
            time.sleep(_RETRY * (1 + attempt))
        self._known = self.reading.meta().revision
        self._seen.note(self._known)

    def _ensure(self) -> None:
        with self._engine.connect() as connection:
            connection = connection.execution_options(isolation_level=self._schema_isolation)
            with connection.begin():
                self._guard_schema(connection)
                ensure_schema(connection)
                self._prepare(connection)

    def close(self) -> None:
        for session in (self._writer, self._reader):
            session.drop()
        self._engine.dispose()

    def commit_batch(self, batch_id: int, at: float, writes: Sequence[Write]) -> Batch:
        batch = self._try(batch_id, at, writes) or self._resolve(batch_id, writes)
        if batch is None:
            # Certainly not written, and the server is back: once more.
            batch = self._try(batch_id, at, writes)
        if batch is None:
            raise OutcomeUnknown("the connection to the database was lost while committing, twice")
        self._known = batch.revision
        self._seen.note(batch.revision)
        return batch

    def _try(self, batch_id: int, at: float, writes: Sequence[Write]) -> Batch | None:
        """None when the connection was lost with the answer."""
        try:
            self._writer.connection()
        except DBAPIError as error:
            raise translate(error, self._engine) from error
        try:
            return self._commit(batch_id, at, writes)
        except DBAPIError as error:
            if not is_lost(error):
                raise translate(error, self._engine) from error
            return None

    def _resolve(self, batch_id: int, writes: Sequence[Write]) -> Batch | None:
        """What became of a batch; None when it certainly was not written. Raises OutcomeUnknown."""
        give_up = time.monotonic() + RESOLVE_TIMEOUT
        while time.monotonic() < give_up:
            try:
                gone = self._is_old_session_gone()
                batch = self._find(batch_id, writes)
            except (DBAPIError, StorageError):
                time.sleep(_RETRY)
                continue
            if batch is not None or gone:
                return batch
            time.sleep(_RETRY)
        raise OutcomeUnknown("the connection to the database was lost while committing")

    def _find(self, batch_id: int, writes: Sequence[Write]) -> Batch | None:
        keys = [list(column) for column in zip(*(write.key for write in writes), strict=True)]
        rows = self._writer.run(_OWN_ROWS, (*keys, self._known, batch_id)).fetchall()
        if not any(row[1] for row in rows):
            return None
        revision = self._writer.run("SELECT rev FROM meta").scalar_one()
        outcomes = [Outcome(row[1], row[2], row[3]) if row[1] else Outcome(0, 0, row[4] or 0) for row in rows]
        return Batch(revision, outcomes)

    def settle(self) -> None:
        return  # the database does it by itself

    def jump(self, revision: int) -> int:
        try:
            self._writer.run(sql.JUMP.replace("?", "%s"), (revision, revision, revision))
            reached: int = self._writer.run("SELECT rev FROM meta").scalar_one()
            return reached
        except DBAPIError as error:
            raise translate(error, self._engine) from error

    @abstractmethod
    def _guard_schema(self, connection: Connection) -> None:
        """Let no two processes create or upgrade the schema at once. Inside the transaction that does."""

    @abstractmethod
    def _prepare(self, connection: Connection) -> None:
        """What else must be there before the first commit. Inside the same transaction."""

    @abstractmethod
    def _commit(self, batch_id: int, at: float, writes: Sequence[Write]) -> Batch:
        """Carry out a batch on the writer's session. Raises DBAPIError."""

    @abstractmethod
    def _is_old_session_gone(self) -> bool:
        """Whether no earlier session of this writer can still commit anything. Raises DBAPIError."""
