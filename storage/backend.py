"""What a database must be able to do for the store, and the rows that pass between them.

Values here are as written: without their revision. Every method blocks; the three protocols are used by three threads
at the same time. All raise StorageError: StoreUnavailable when certainly nothing was written,
OutcomeUnknown when that cannot be known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from storage.types import Key, Write


class Meta(NamedTuple):
    revision: int
    compact_revision: int
    store_uuid: str


class Stored(NamedTuple):
    """A live object."""

    resource: str
    namespace: str
    name: str
    uid: str
    create_revision: int
    revision: int
    hole: int
    value: bytes


class Change(NamedTuple):
    """A row of the log, together with the version it replaced (0, 0, None where there was none)."""

    revision: int
    op: int
    resource: str
    namespace: str
    name: str
    uid: str
    create_revision: int
    at: float
    hole: int
    value: bytes | None
    previous_revision: int
    previous_hole: int
    previous_value: bytes | None


class Told(NamedTuple):
    """A row of the log and who wrote it (see ``Write.actor``)."""

    change: Change
    actor: str


class About(NamedTuple):
    """What part of the log a story is about; None: any. ``since``: epoch seconds. ``values``: whether to read them."""

    resources: Sequence[str] | None = None
    namespace: str | None = None
    name: str | None = None
    since: float | None = None
    values: bool = False


EVERYTHING = About()


class Outcome(NamedTuple):
    """What became of one write: ``revision`` when committed, else 0 and ``current`` as found (0: no such object).

    A committed write's ``current`` is the revision it replaced (0 for a create).
    """

    revision: int
    create_revision: int
    current: int


class Batch(NamedTuple):
    """Writes committed together; ``revision`` is the store's after it."""

    revision: int
    outcomes: Sequence[Outcome]


class Reading(Protocol):
    """Questions, for one thread at a time."""

    def snapshot(self) -> AbstractContextManager[None]:
        """What is asked inside sees one state of the database."""

    def meta(self) -> Meta: ...

    def load(self) -> Iterator[Stored]:
        """Every live object, ordered by resource, namespace and name. Inside a snapshot."""

    def changes(
        self, after: int, upto: int, limit: int, resource: str = "", namespace: str | None = None
    ) -> list[Change]:
        """The log in (after, upto], in order, of one resource (and namespace) or of all. Raises Compacted."""

    def undo(self, after: int, upto: int, resource: str, namespace: str | None) -> list[Change]:
        """The first change in (after, upto] of every key that has one: ``previous`` is the state at ``after``.

        ``value`` is None in all of them. Raises Compacted."""

    def expired(self, now: float, limit: int) -> list[tuple[Key, int]]:
        """Objects whose time is over, with their revisions, the longest expired first."""

    def times(self, revisions: Sequence[int]) -> list[tuple[int, float]]:
        """For each revision the first row at or after it: (revision, at)."""


class Backend(Protocol):
    """``open`` and ``close`` are called while nothing else is; the rest by the writer thread alone."""

    @property
    def reading(self) -> Reading:
        """For the reader thread."""

    @property
    def following(self) -> Following | None:
        """For the follower thread, once open. None when no other process can write."""

    def open(self) -> None:
        """Connect, bring the schema up to date, and hold what must be held. Raises StoreLocked, SchemaTooNew, …"""

    def close(self) -> None:
        """Release everything. May be called twice, and after a failed open."""

    def commit_batch(self, batch_id: int, at: float, writes: Sequence[Write]) -> Batch:
        """Compare and write, durably and at once. Keys are distinct. A failed compare consumes no revision."""

    def settle(self) -> None:
        """Do what the last batches have left to be done: called after each, when its writers have been told."""

    def compact(self, target: int) -> int:
        """Forget versions replaced at or before ``target`` and tombstones up to it; a small step.

        The answer is how far the database is compacted: never less than before, and less than ``target`` when another
        process is at it."""

    def jump(self, revision: int) -> int:
        """Go on after ``revision`` (if it is ahead), with everything before forgotten; the answer is where that is."""


class Following(Reading, Protocol):
    """How a process learns what others have written."""

    def tail(self, after: int, upto: int, limit: int) -> list[Change]:
        """:meth:`changes` of all resources, without the values of the versions that were replaced. Raises Compacted."""

    def listen(self, timeout: float) -> list[News] | None:
        """Block until commits are announced; None when none was for ``timeout`` seconds, or some may be lost."""

    def wake(self) -> None:
        """End a :meth:`listen` that is under way. From any thread."""


class News(NamedTuple):
    """A committed batch: who wrote it (``Backend`` instances name themselves), and its revisions."""

    mine: bool
    first: int
    last: int
