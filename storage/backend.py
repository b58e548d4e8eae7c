"""What a database must be able to do for the store, and the rows that pass between them.

Values here are as written: without their revision. Every method blocks and is called from the thread its group names;
the three groups may run at the same time. All raise StorageError: StoreUnavailable when certainly nothing was written,
OutcomeUnknown when that cannot be known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


class Backend(Protocol):
    shared: bool
    """Whether other processes may write: then the tail is followed, and a consistent read asks the database."""

    # -- any one thread, before and after the others run
    def open(self) -> Meta:
        """Connect, bring the schema up to date, and hold what must be held. Raises StoreLocked, SchemaTooNew, …"""

    def close(self) -> None:
        """Release everything. May be called twice, and after a failed open."""

    # -- the writer thread
    def commit_batch(self, batch_id: int, at: float, writes: Sequence[Write]) -> Batch:
        """Compare and write, durably and at once. Keys are distinct. A failed compare consumes no revision."""

    def compact(self, target: int) -> None:
        """Forget versions replaced at or before ``target`` and tombstones up to it; a small step. Never goes back."""

    # -- the reader thread
    def meta(self) -> Meta: ...

    def load(self) -> Iterator[Stored]:
        """Every live object, ordered by resource, namespace and name."""

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
