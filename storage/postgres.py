"""PostgreSQL, for several servers at once: a function commits, NOTIFY tells the others."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg.types.numeric import Int8
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from storage.backend import Batch, News, Outcome
from storage.digest import digests_of
from storage.errors import StoreUnavailable
from storage.pg_connection import PgReading, Session, translate
from storage.pg_following import PgFollowing
from storage.pg_functions import CALL_COMMIT_BATCH, CALL_COMMIT_ONE, CALL_COMPACT, CHANNEL, FUNCTIONS
from storage.pg_writing import PgWriting
from storage.seen import Seen
from storage.types import Write

# Expiry goes by the database's clock too: a server whose own is ahead must not end what others have just renewed.
_EXPIRED = (
    "SELECT res, ns, name, mod_rev FROM cur"
    " WHERE expires_at <= least(?, extract(epoch FROM clock_timestamp())::float8) ORDER BY expires_at LIMIT ?"
)

# Values are worth compressing, and lz4 is cheaper than the default; not every server was built with it.
_COMPRESSION = (
    "SELECT attcompression = '' AND 'lz4' IN (SELECT unnest(enumvals) FROM pg_settings"
    " WHERE name = 'default_toast_compression')"
    " FROM pg_attribute WHERE attrelid = 'log'::regclass AND attname = 'value'"
)
_LZ4 = "ALTER TABLE log ALTER COLUMN value SET COMPRESSION lz4"

_SCHEMA_LOCK = "SELECT pg_advisory_xact_lock(hashtext('kubejazz schema'))"
_END_OLD_SESSIONS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE application_name = %s AND pid <> pg_backend_pid()"
)


class PostgresReading(PgReading):
    _expired = _EXPIRED


class PostgresFollowing(PgFollowing):
    _expired = _EXPIRED

    def __init__(self, session: Session, seen: Seen, origin: str) -> None:
        super().__init__(session, seen)
        self._origin = origin

    def listen(self, timeout: float) -> list[News] | None:
        try:
            if not self._session.connected:
                self._session.connection()
                return None  # whatever was announced in between has been missed
            news = self._announced()
            if not news and self._waker.wait(timeout, self._session.raw().fileno()):
                news = self._announced()
            return news or None
        except DBAPIError as error:
            raise translate(error, self._session.engine) from error
        except psycopg.Error as error:
            self._session.drop()
            raise StoreUnavailable(f"announcements of the database: {error}") from error

    def _announced(self) -> list[News]:
        return [self._news(notice.payload) for notice in self._session.raw().notifies(timeout=0)]

    def _news(self, payload: str) -> News:
        origin, first, last = payload.split()
        return News(origin == self._origin, int(first), int(last))


class PostgresBackend(PgWriting):
    # Whoever waited for the lock must see what its holder has made.
    _schema_isolation = "READ COMMITTED"

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._reading = PostgresReading(self._reader)
        self._following: PostgresFollowing | None = None

    @classmethod
    def from_url(cls, url: str) -> PostgresBackend:
        """``postgresql://user@host/database``, and every form of it that libpq knows."""
        return cls(url)

    @property
    def reading(self) -> PostgresReading:
        return self._reading

    @property
    def following(self) -> PostgresFollowing | None:
        return self._following

    def open(self) -> None:
        super().open()
        session = Session(self._engine, f"{self.name}-follower", f"LISTEN {CHANNEL}")
        self._following = PostgresFollowing(session, self._seen, self.name)

    def close(self) -> None:
        if self._following is not None:
            self._following.close()
            self._following = None
        super().close()

    def compact(self, target: int) -> int:
        try:
            reached: int = self._writer.run(CALL_COMPACT, (target,)).scalar_one()
            return reached
        except DBAPIError as error:
            raise translate(error, self._engine) from error

    def _guard_schema(self, connection: Connection) -> None:
        connection.exec_driver_sql(_SCHEMA_LOCK)

    def _prepare(self, connection: Connection) -> None:
        for signature, definition in FUNCTIONS.items():
            if connection.exec_driver_sql("SELECT to_regprocedure(%s)", (signature,)).scalar_one() is None:
                connection.exec_driver_sql(definition)
        if connection.exec_driver_sql(_COMPRESSION).scalar_one():
            connection.exec_driver_sql(_LZ4)

    def _commit(self, batch_id: int, at: float, writes: Sequence[Write]) -> Batch:
        head = (Int8(self._seen.revision), self.name, batch_id, at)
        digests = digests_of(writes, at)
        rows: list[tuple[object, ...]] = [
            (*w.key, w.uid, Int8(w.expected), w.hole, w.expires_at, w.actor, w.value, Int8(digest))
            for w, digest in zip(writes, digests, strict=True)
        ]
        if len(rows) == 1:
            found = self._writer.call(CALL_COMMIT_ONE, (*head, *rows[0]))
        else:
            columns = [list(column) for column in zip(*rows, strict=True)]
            found = self._writer.call(CALL_COMMIT_BATCH, (*head, *columns))
        return Batch(found[0][3], [Outcome(*row[:3]) for row in found])

    def _is_old_session_gone(self) -> bool:
        ended: int = self._writer.run(_END_OLD_SESSIONS, (f"{self.name}-writer",)).scalar_one()
        return ended == 0
