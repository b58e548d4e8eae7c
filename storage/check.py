"""Is a store whole? The log against itself and its digests, the current state against the log, every value against what
it must be.

Reads everything once, in the order of revisions, as of one moment; a server may go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from storage.backend import Meta
from storage.digest import matches
from storage.reading import SQLReading
from storage.sealing import SEALED
from storage.tables import PUT, cur, log
from storage.types import path_of

LONGEST = 100
"""Damages told; a file that is all rubble needs no more."""

_MARK = b'"resourceVersion":"'


class Damage(NamedTuple):
    """``kind``: engine, beyond, gap, chain, digest, value or current."""

    kind: str
    detail: str


class Report(NamedTuple):
    meta: Meta
    objects: int
    versions: int
    damages: tuple[Damage, ...]
    """Empty: nothing is wrong."""
    unsealed: int
    """Versions without a digest: an older server wrote them beside newer ones."""
    encrypted: int
    """Versions that are encrypted at rest: their digests were looked at, not what is in them."""


Key = tuple[str, str, str]


class _Newest(NamedTuple):
    revision: int
    op: int
    uid: str
    create_revision: int


_NOTHING = _Newest(0, 0, "", 0)


@dataclass(slots=True)
class _Inspection:
    meta: Meta
    damages: list[Damage] = field(default_factory=list)
    newest: dict[Key, _Newest] = field(default_factory=dict)
    """By key: the last row of the log."""
    last: int = 0
    versions: int = 0
    unsealed: int = 0
    encrypted: int = 0

    def found(self, kind: str, detail: str) -> None:
        if len(self.damages) < LONGEST:
            self.damages.append(Damage(kind, detail))

    def log_row(self, row: dict[str, Any]) -> None:
        revision, key = row["rev"], (row["res"], row["ns"], row["name"])
        self.versions += 1
        self._check_density(revision)
        if revision > self.meta.compact_revision:
            self._check_chain(revision, key, row["prev_rev"], row["create_rev"])
        if self._check_digest(revision, key, row) and row["op"] == PUT:
            self._check_value(revision, key, row["value"], row["hole"])
        self.newest[key] = _Newest(revision, row["op"], row["uid"], row["create_rev"])
        self.last = revision

    def _check_density(self, revision: int) -> None:
        if revision > self.meta.revision:
            self.found("beyond", f"revision {revision} is newer than the store's own, {self.meta.revision}")
        self.gap_before(revision)

    def gap_before(self, upto: int) -> None:
        expected = max(self.last, self.meta.compact_revision) + 1
        if upto > expected:
            gone = str(expected) if upto == expected + 1 else f"{expected} to {upto - 1}"
            self.found("gap", f"the log has lost revision {gone}")

    def _check_chain(self, revision: int, key: Key, previous: int, created: int) -> None:
        before = self.newest.get(key, _NOTHING)
        actual = before.revision if before.op == PUT else 0
        began = before.create_revision if actual else revision
        if actual != previous:
            kept = f"revision {actual}" if actual else "nothing"
            self.found("chain", f"revision {revision} of {told(key)} replaces {previous}, and {kept} is before it")
        elif began != created:
            self.found("chain", f"revision {revision} of {told(key)} says it was created at {created}, not {began}")

    def _check_digest(self, revision: int, key: Key, row: dict[str, Any]) -> bool:
        """Whether a look at the value may tell more."""
        if row["digest"] is None:
            self.unsealed += 1
            return True
        stands = row["value"] if row["op"] == PUT else None
        if matches(row["digest"], *key, row["uid"], row["hole"], row["actor"], row["at"], stands):
            return True
        self.found("digest", f"revision {revision} of {told(key)} is not what was written")
        return False

    def _check_value(self, revision: int, key: Key, value: bytes | None, hole: int) -> None:
        if isinstance(value, bytes) and value.startswith(SEALED):
            self.encrypted += 1
            return
        wrong = _wrong_value(key, value, hole)
        if wrong:
            self.found("value", f"revision {revision} of {told(key)} {wrong}")

    def current_row(self, row: dict[str, Any]) -> None:
        key = (row["res"], row["ns"], row["name"])
        revision, op, uid, created = self.newest.pop(key, _NOTHING)
        if (revision, op) != (row["mod_rev"], PUT):
            written = f"revision {revision}" if op == PUT else f"a deletion at {revision}" if op else "nothing"
            self.found("current", f"{told(key)} is at revision {row['mod_rev']}, and the log ends with {written}")
        elif uid != row["uid"]:
            self.found("current", f"{told(key)} has uid {row['uid']}, and {uid} in the log")
        elif created != row["create_rev"]:
            self.found("current", f"{told(key)} was created at {row['create_rev']}, and at {created} in the log")

    def end(self) -> None:
        """After the last row of ``cur``."""
        for key, newest in self.newest.items():
            if newest.op == PUT:
                self.found("current", f"{told(key)} is missing, and the log has it at revision {newest.revision}")


def _wrong_value(key: Key, value: bytes | None, hole: int) -> str:
    if value is None:
        return "has lost its value"
    if value[hole - len(_MARK) : hole + 1] != _MARK + b'"':
        return "has no place for its resourceVersion"
    try:
        metadata = orjson.loads(value)["metadata"]
    except (ValueError, KeyError, TypeError):
        return "is not an object any more"
    named = (metadata.get("namespace", key[1]), metadata.get("name", key[2]))
    return "" if named == key[1:] else f"calls itself {path_of(*map(str, named))}"


def told(key: Sequence[str]) -> str:
    return f"{key[0]} {path_of(key[1], key[2])}"


def check(reading: SQLReading) -> Report:
    """Raises StorageError when it cannot be read at all."""
    engine = [Damage("engine", line) for line in reading.integrity()]
    with reading.snapshot():
        inspection = _Inspection(reading.meta(), engine)
        names = log.columns.keys()
        for row in reading.log_rows():
            inspection.log_row(dict(zip(names, row, strict=True)))
        inspection.gap_before(inspection.meta.revision + 1)
        names, objects = cur.columns.keys(), 0
        for row in reading.current_rows():
            objects += 1
            inspection.current_row(dict(zip(names, row, strict=True)))
        inspection.end()
    return Report(
        inspection.meta,
        objects,
        inspection.versions,
        tuple(inspection.damages),
        inspection.unsealed,
        inspection.encrypted,
    )
