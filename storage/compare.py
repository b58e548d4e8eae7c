"""The compare of compare-and-swap, as a function of plain values: what becomes of a batch, given what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from storage.backend import Outcome
from storage.digest import digest_of
from storage.tables import DELETE, PUT
from storage.types import Write


class Found(NamedTuple):
    """The ``cur`` row of a write's key."""

    revision: int
    create_revision: int
    uid: str


class Plan(NamedTuple):
    """The rows a batch changes. Tuples are in the order of the columns of the tables."""

    revision: int
    outcomes: list[Outcome]
    log: list[tuple[object, ...]]
    puts: list[tuple[object, ...]]
    """Rows of ``cur``, followed by the revision they replace."""
    deletes: list[tuple[object, ...]]
    """Keys, followed by the revision they must have."""


def plan(writes: Sequence[Write], found: Mapping[int, Found], revision: int, batch_id: int, at: float) -> Plan:
    """Decide every write (their keys are distinct) against ``found`` (by position) and give out dense revisions."""
    outcomes: list[Outcome] = []
    log: list[tuple[object, ...]] = []
    puts: list[tuple[object, ...]] = []
    deletes: list[tuple[object, ...]] = []
    for position, write in enumerate(writes):
        row = found.get(position)
        current = row.revision if row else 0
        if current != write.expected:
            outcomes.append(Outcome(0, 0, current))
            continue
        revision += 1
        created = row.create_revision if row else revision
        outcomes.append(Outcome(revision, created, current))
        if write.value is None:
            uid = row.uid if row else write.uid
            digest = digest_of(*write.key, "", 0, write.actor, at, None)
            log.append(
                (revision, DELETE, *write.key, uid, created, current, 0, batch_id, write.actor, at, None, digest)
            )
            deletes.append((*write.key, current))
        else:
            head = (revision, PUT, *write.key, write.uid, created, current, write.hole)
            digest = digest_of(*write.key, write.uid, write.hole, write.actor, at, write.value)
            log.append((*head, batch_id, write.actor, at, write.value, digest))
            puts.append((*write.key, write.uid, created, revision, write.expires_at, current))
    return Plan(revision, outcomes, log, puts, deletes)
