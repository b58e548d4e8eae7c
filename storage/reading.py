"""The reading half of a back end, in the SQL every engine shares. An engine adds how a statement is run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from typing import Any

from storage import sql
from storage.backend import EVERYTHING, About, Change, Meta, Stored, Told
from storage.digest import matches
from storage.errors import Compacted, StoreDamaged
from storage.tables import DELETE
from storage.types import Key, path_of

_CHANGED = "is not what was written (its digest differs)"

_NO_VALUES = {"value": "NULL", "previous": "NULL"}


class SQLReading(ABC):
    _expired = sql.EXPIRED

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[None]:
        """What is asked inside sees one state of the database. Raises StorageError."""

    @abstractmethod
    def _ask(self, statement: str, parameters: tuple[object, ...] = ()) -> Sequence[Any]:
        """All rows. Raises StorageError."""

    @abstractmethod
    def _stream(self, statement: str, parameters: tuple[object, ...] = ()) -> Generator[Any]:
        """Rows inside a snapshot, without holding them all. Raises StorageError."""

    def meta(self) -> Meta:
        rows = self._ask(sql.META)
        if not rows:
            raise StoreDamaged("the store's meta row is gone: restore the database from a backup")
        return Meta(*rows[0])

    def load(self) -> Iterator[Stored]:
        with closing(self._stream(sql.LOAD)) as rows:
            for row in rows:
                yield _as_written(Stored(*row[:8]), *row[8:])

    def changes(
        self, after: int, upto: int, limit: int, resource: str = "", namespace: str | None = None
    ) -> list[Change]:
        if not resource:
            rows = self._ask(sql.CHANGES, (after, upto, limit))
        elif namespace is None:
            rows = self._ask(sql.CHANGES_OF_RESOURCE, (after, upto, resource, limit))
        else:
            rows = self._ask(sql.CHANGES_OF_NAMESPACE, (after, upto, resource, namespace, limit))
        self._check_kept(after)
        return [_whole(_change_as_written(row)) for row in rows]

    def undo(self, after: int, upto: int, resource: str, namespace: str | None) -> list[Change]:
        if namespace is None:
            rows = self._ask(sql.UNDO_OF_RESOURCE, (after, upto, resource))
        else:
            rows = self._ask(sql.UNDO_OF_NAMESPACE, (after, upto, resource, namespace))
        self._check_kept(after)
        return [_change_as_written(row) for row in rows]

    def _check_kept(self, after: int) -> None:
        # Asked last: compaction moves its mark and removes rows at once; a mark still behind us means all were there.
        compacted = self.meta().compact_revision
        if compacted > after:
            raise Compacted(compacted)

    def story(self, after: int, upto: int, limit: int, about: About = EVERYTHING) -> list[Told]:
        """The log in (after, upto], in order, with who wrote; what compaction has left of it, if it has been there."""
        statement = sql.STORY.format(**({"value": "l.value", "previous": "p.value"} if about.values else _NO_VALUES))
        parameters: list[object] = [after, upto]
        if about.resources is not None:
            statement += f" AND l.res IN ({', '.join('?' * len(about.resources))})"
            parameters += about.resources
        for condition, value in (
            (sql.NAMESPACE, about.namespace),
            (sql.NAMED, about.name),
            (sql.SINCE, about.since),
        ):
            if value is not None:
                statement += condition
                parameters.append(value)
        rows = self._ask(statement + sql.ORDER, (*parameters, limit))
        return [Told(Change(*row[:13]), row[13]) for row in rows]

    def resources(self) -> list[str]:
        """Of which resources the log knows anything."""
        return [str(row[0]) for row in self._ask(sql.RESOURCES)]

    def log_rows(self) -> Iterator[Sequence[Any]]:
        """Every row of the log as it is, in order. Inside a snapshot."""
        return self._stream(sql.DUMP_LOG)

    def current_rows(self) -> Iterator[Sequence[Any]]:
        """Every row of ``cur`` as it is. Inside a snapshot."""
        return self._stream(sql.DUMP_CURRENT)

    def schema_version(self) -> str:
        rows = self._ask("SELECT version_num FROM alembic_version")
        return str(rows[0][0]) if rows else ""

    def integrity(self) -> list[str]:
        """What the engine itself finds wrong with its files, where it can be asked."""
        return []

    def expired(self, now: float, limit: int) -> list[tuple[Key, int]]:
        return [(Key(*row[:3]), row[3]) for row in self._ask(self._expired, (now, limit))]

    def times(self, revisions: Sequence[int]) -> list[tuple[int, float]]:
        found = [self._ask(sql.TIME, (revision,)) for revision in revisions]
        return [(rows[0][0], rows[0][1]) for rows in found if rows]


def _as_written(stored: Stored, actor: str, at: float, digest: int | None) -> Stored:
    if stored.value is None:
        raise _damaged(stored[:3], stored.revision, "has lost its value")
    if digest is None or matches(digest, *stored[:4], stored.hole, actor, at, stored.value):
        return stored
    raise _damaged(stored[:3], stored.revision, _CHANGED)


def _change_as_written(row: Sequence[Any]) -> Change:
    change = Change(*row[:13])
    digest, actor, previous_digest, previous_uid, previous_actor, previous_at = row[13:]
    key = change[2:5]
    if digest is not None and not matches(digest, *key, change.uid, change.hole, actor, change.at, change.value):
        raise _damaged(key, change.revision, _CHANGED)
    if change.previous_value is not None and previous_digest is not None:
        previous = (previous_uid, change.previous_hole, previous_actor, previous_at, change.previous_value)
        if not matches(previous_digest, *key, *previous):
            raise _damaged(key, change.previous_revision, _CHANGED)
    return change


def _whole(change: Change) -> Change:
    """With the value that its event needs."""
    deleted = change.op == DELETE
    if (change.previous_value if deleted else change.value) is None:
        raise _damaged(change[2:5], change.previous_revision if deleted else change.revision, "has lost its value")
    return change


def _damaged(key: Sequence[str], revision: int, wrong: str) -> StoreDamaged:
    place = path_of(key[1], key[2])
    return StoreDamaged(f"{key[0]} {place} at revision {revision} {wrong}: restore the database from a backup")
