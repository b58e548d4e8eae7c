"""Engines that speak PostgreSQL but know neither PL/pgSQL nor LISTEN: an interactive transaction, and polling.

The row of the revision is locked by the first statement, so batches of all servers follow each other. An engine may
abort a transaction to serialise it (40001): then the whole batch is tried again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from storage import sql
from storage.backend import Batch, News
from storage.compare import Found, Plan, plan
from storage.errors import StorageError, StoreUnavailable
from storage.pg_connection import PgReading, Session, is_lost, translate
from storage.pg_following import PgFollowing
from storage.pg_writing import PgWriting
from storage.types import Write

POLL = 0.2
"""Seconds between two looks at what others have written."""

_BEGIN = "BEGIN ISOLATION LEVEL SERIALIZABLE"
_LOCK = "SELECT rev FROM meta WHERE id = 1 FOR UPDATE"
_FIND = (
    "SELECT k.n, c.mod_rev, c.create_rev, c.uid"
    " FROM unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS k(res, ns, name, n)"
    " JOIN cur c ON c.res = k.res AND c.ns = k.ns AND c.name = k.name"
)
_LOG = (
    "INSERT INTO log (rev, op, res, ns, name, uid, create_rev, prev_rev, hole, batch_id, actor, at, value, digest)"
    " SELECT * FROM unnest(%s::bigint[], %s::smallint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[],"
    " %s::bigint[], %s::int[], %s::bigint[], %s::text[], %s::float8[], %b::bytea[], %s::bigint[])"
)
_PUT = (
    "INSERT INTO cur AS c (res, ns, name, uid, create_rev, mod_rev, expires_at)"
    " SELECT res, ns, name, uid, created, rev, expires FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[],"
    " %s::bigint[], %s::bigint[], %s::float8[], %s::bigint[])"
    " AS p(res, ns, name, uid, created, rev, expires, expected)"
    " ON CONFLICT (res, ns, name) DO UPDATE"
    " SET uid = excluded.uid, mod_rev = excluded.mod_rev, expires_at = excluded.expires_at"
)
_DELETE = (
    "DELETE FROM cur c USING unnest(%s::text[], %s::text[], %s::text[], %s::bigint[]) AS d(res, ns, name, expected)"
    " WHERE c.res = d.res AND c.ns = d.ns AND c.name = d.name AND c.mod_rev = d.expected"
)
_ADVANCE = "UPDATE meta SET rev = %s WHERE id = 1"
_START = "SELECT compact_rev FROM meta WHERE id = 1 FOR UPDATE"

_ATTEMPTS = 50
_LONGEST_PAUSE = 0.2

T = TypeVar("T")


class PortableFollowing(PgFollowing):
    def listen(self, timeout: float) -> list[News] | None:
        self._waker.wait(min(timeout, POLL))
        return None


class PortableBackend(PgWriting):
    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._reading = PgReading(self._reader)
        self._following: PortableFollowing | None = None

    @classmethod
    def from_url(cls, url: str) -> PortableBackend:
        """``portable+postgresql://…``"""
        return cls(url.removeprefix("portable+"))

    @property
    def reading(self) -> PgReading:
        return self._reading

    @property
    def following(self) -> PortableFollowing | None:
        return self._following

    def open(self) -> None:
        super().open()
        self._following = PortableFollowing(Session(self._engine, f"{self.name}-follower"), self._seen)

    def close(self) -> None:
        if self._following is not None:
            self._following.close()
            self._following = None
        super().close()

    def compact(self, target: int) -> int:
        try:
            return self._transaction(lambda: self._compact(target))
        except DBAPIError as error:
            raise translate(error, self._engine) from error

    def _compact(self, target: int) -> int:
        start: int = self._writer.run(_START).scalar_one()
        if target > start:
            for statement, parameters in (
                (sql.FORGET_REPLACED, (start, target)),
                (sql.FORGET_TOMBSTONES, (start, target)),
                (sql.SET_COMPACTED, (target,)),
            ):
                self._writer.run(statement.replace("?", "%s"), parameters)
        return max(start, target)

    def _guard_schema(self, connection: Connection) -> None:
        """Nothing: the loser of a race meets what the winner has made, and tries again."""

    def _prepare(self, connection: Connection) -> None:
        """Nothing: everything is plain SQL."""

    def _commit(self, batch_id: int, at: float, writes: Sequence[Write]) -> Batch:
        known = self._known
        batch = self._transaction(lambda: self._carry_out(batch_id, at, writes))
        if batch.revision > known + len(writes) and self._following is not None:
            # Others have written in between: this batch can be answered when theirs has been read.
            self._following.wake()
        return batch

    def _carry_out(self, batch_id: int, at: float, writes: Sequence[Write]) -> Batch:
        revision: int = self._writer.run(_LOCK).scalar_one()
        if revision < self._seen.revision:
            raise StoreUnavailable(self._seen.lost(revision))
        keys = _columns([tuple(write.key) for write in writes])
        found = {row[0] - 1: Found(row[1], row[2], row[3]) for row in self._writer.run(_FIND, keys)}
        decided = plan(writes, found, revision, batch_id, at)
        if decided.log:
            self._write(decided)
        return Batch(decided.revision, decided.outcomes)

    def _write(self, decided: Plan) -> None:
        self._writer.run(_LOG, _columns(decided.log))
        if decided.puts:
            self._writer.run(_PUT, _columns(decided.puts))
        if decided.deletes:
            self._writer.run(_DELETE, _columns(decided.deletes))
        self._writer.run(_ADVANCE, (decided.revision,))

    def _transaction(self, work: Callable[[], T]) -> T:
        """Run ``work`` in a transaction, again and again while the engine cannot serialise it. Raises DBAPIError when
        the connection is lost (then nobody knows) or the engine refuses (then it is rolled back)."""
        pause = 0.001
        for _ in range(_ATTEMPTS):
            try:
                self._writer.run(_BEGIN)
                result = work()
                self._writer.run("COMMIT")
                return result
            except StorageError:
                self._roll_back()
                raise
            except DBAPIError as error:
                if is_lost(error):
                    raise
                self._roll_back()
                if getattr(error.orig, "sqlstate", None) != "40001":
                    raise
            time.sleep(pause * random.random())
            pause = min(2 * pause, _LONGEST_PAUSE)
        raise StoreUnavailable("the database could not serialise the writes: too many servers write at once")

    def _roll_back(self) -> None:
        try:
            self._writer.run("ROLLBACK")
        except DBAPIError:
            self._writer.drop()

    def _is_old_session_gone(self) -> bool:
        # A transaction that may still commit holds the row that this one locks.
        self._transaction(lambda: self._writer.run(_LOCK).scalar_one())
        return True


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
