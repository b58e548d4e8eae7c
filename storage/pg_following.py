"""How a server on a PostgreSQL-like database learns what others write."""

from __future__ import annotations

from storage import sql
from storage.backend import Change
from storage.pg_connection import PgReading, Session
from storage.seen import Seen
from storage.waker import Waker


class PgFollowing(PgReading):
    """Without :meth:`~storage.backend.Following.listen`, which engines do in their own ways."""

    def __init__(self, session: Session, seen: Seen) -> None:
        super().__init__(session)
        self._seen = seen
        self._waker = Waker()

    def tail(self, after: int, upto: int, limit: int) -> list[Change]:
        rows = self._ask(sql.TAIL, (after, upto, limit))
        if not rows or rows[-1][0] - after != len(rows):
            # Not all that must be there, at least once: has it been forgotten?
            self._check_kept(after)
        if rows:
            self._seen.note(rows[-1][0])
        return [Change(*row) for row in rows]

    def wake(self) -> None:
        self._waker.wake()

    def close(self) -> None:
        self._session.drop()
        self._waker.close()
