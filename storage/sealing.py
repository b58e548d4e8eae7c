"""Values that are kept otherwise than they are used: sealed on the way to the database, opened on the way back.

Sits between the store and a back end. The caches hold what was written; the log, and with it every backup, holds what
the sealer made of it, and digests and the like are of that. A key is known to the sealer, so that a value cannot be
moved to another object. What cannot be opened any more is not lost: it is history nobody can be shown, or, when it is
an object's current version, a reason not to start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import NamedTuple, Protocol

from storage.backend import Backend, Batch, Change, Following, Meta, News, Reading, Stored
from storage.errors import Compacted, StoreSealed
from storage.types import Key, Write

SEALED = b"k8s:enc:"
"""How every sealed value begins, whoever sealed it; no JSON does."""

PLAIN = b""
"""The form of a value that is kept as it is."""


class Sealed(NamedTuple):
    """``data`` is the value, sealed or opened; ``form`` tells how it is sealed: sealer, key. PLAIN: not at all."""

    data: bytes
    form: bytes


class Sealer(Protocol):
    """Used by several threads at once; its configuration may change between two calls."""

    def form(self, resource: str) -> bytes:
        """That of values that are sealed from now on."""

    def seal(self, key: Key, value: bytes) -> Sealed: ...

    def open(self, key: Key, stored: bytes) -> Sealed:
        """Raises StoreSealed for what cannot be opened."""


class NoSealer:
    """Nothing is sealed; what was by another is recognised."""

    def form(self, resource: str) -> bytes:
        return PLAIN

    def seal(self, key: Key, value: bytes) -> Sealed:
        return Sealed(value, PLAIN)

    def open(self, key: Key, stored: bytes) -> Sealed:
        if stored.startswith(SEALED):
            raise sealed(key, "identity transformer tried to read encrypted data")
        return Sealed(stored, PLAIN)


def sealed(key: Key, why: str) -> StoreSealed:
    return StoreSealed(
        f"unable to transform key {registry_path(key)}: {why}"
        " (the encryption provider config must have the key it was written with)"
    )


def registry_path(key: Key) -> str:
    """The object's key as upstream's messages show it, with the resource's group."""
    return f'"/registry/{key.resource}/{key.path}"'


class SealedBackend:
    """A back end around another. ``forms`` is by the revision of each live object that is sealed."""

    def __init__(self, backend: Backend, sealer: Sealer) -> None:
        self._backend = backend
        self._sealer = sealer
        self._forms: dict[int, bytes] = {}

    def stale(self, resource: str, revision: int) -> bool:
        """Whether a live object's stored form is not the one that it would be written in now."""
        return self._forms.get(revision, PLAIN) != self._sealer.form(resource)

    # -- reading

    @property
    def reading(self) -> Reading:
        return OpenedReading(self._backend.reading, self._sealer, self._forms)

    @property
    def following(self) -> Following | None:
        following = self._backend.following
        return OpenedFollowing(following, self._sealer, self._forms) if following is not None else None

    # -- writing

    def commit_batch(self, batch_id: int, at: float, writes: Sequence[Write]) -> Batch:
        forms = [PLAIN] * len(writes)
        kept = list(writes)
        for position, write in enumerate(writes):
            if write.value is not None and self._sealer.form(write.key.resource):
                data, forms[position] = self._sealer.seal(write.key, write.value)
                kept[position] = replace(write, value=data)
        batch = self._backend.commit_batch(batch_id, at, kept)
        if self._forms or any(forms):
            for outcome, write, form in zip(batch.outcomes, writes, forms, strict=True):
                if outcome.revision:
                    note(self._forms, write.expected, outcome.revision, form)
        return batch

    # -- the rest

    def open(self) -> None:
        self._backend.open()

    def close(self) -> None:
        self._backend.close()

    def settle(self) -> None:
        self._backend.settle()

    def compact(self, target: int) -> int:
        return self._backend.compact(target)

    def jump(self, revision: int) -> int:
        return self._backend.jump(revision)


def note(forms: dict[int, bytes], previous: int, revision: int, form: bytes) -> None:
    """Another version of an object is the live one now."""
    forms.pop(previous, None)
    if form:
        forms[revision] = form


class OpenedReading:
    """What a back end reads, opened."""

    def __init__(self, reading: Reading, sealer: Sealer, forms: dict[int, bytes]) -> None:
        self._reading = reading
        self._sealer = sealer
        self._forms = forms
        self._seen: dict[int, bytes] = {}
        """Forms of the changes that were read last, by their revisions."""

    def snapshot(self) -> AbstractContextManager[None]:
        return self._reading.snapshot()

    def meta(self) -> Meta:
        return self._reading.meta()

    def load(self) -> Iterator[Stored]:
        for stored in self._reading.load():
            key = Key(stored.resource, stored.namespace, stored.name)
            data, form = self._sealer.open(key, stored.value)
            if form:
                self._forms[stored.revision] = form
                stored = stored._replace(value=data)
            yield stored

    def changes(
        self, after: int, upto: int, limit: int, resource: str = "", namespace: str | None = None
    ) -> list[Change]:
        """What cannot be opened any more, and everything before it, counts as forgotten: raises Compacted."""
        return self._opened(self._reading.changes(after, upto, limit, resource, namespace))

    def undo(self, after: int, upto: int, resource: str, namespace: str | None) -> list[Change]:
        return self._opened(self._reading.undo(after, upto, resource, namespace))

    def _opened(self, changes: list[Change]) -> list[Change]:
        unreadable = 0
        self._seen.clear()
        for position, change in enumerate(changes):
            try:
                changes[position], form = opened(change, self._sealer)
            except StoreSealed:
                unreadable = change.revision
            else:
                if form:
                    self._seen[change.revision] = form
        if unreadable:
            raise Compacted(unreadable)
        return changes

    def expired(self, now: float, limit: int) -> list[tuple[Key, int]]:
        return self._reading.expired(now, limit)

    def times(self, revisions: Sequence[int]) -> list[tuple[int, float]]:
        return self._reading.times(revisions)


class OpenedFollowing(OpenedReading):
    """Also notes how others have sealed what they wrote."""

    def __init__(self, following: Following, sealer: Sealer, forms: dict[int, bytes]) -> None:
        super().__init__(following, sealer, forms)
        self._following = following

    def tail(self, after: int, upto: int, limit: int) -> list[Change]:
        changes = self._opened(self._following.tail(after, upto, limit))
        for change in changes:
            note(self._forms, change.previous_revision, change.revision, self._seen.pop(change.revision, PLAIN))
        return changes

    def listen(self, timeout: float) -> list[News] | None:
        return self._following.listen(timeout)

    def wake(self) -> None:
        self._following.wake()


def opened(change: Change, sealer: Sealer) -> tuple[Change, bytes]:
    """With what is in its values, and the form of the new one. Raises StoreSealed."""
    key = Key(change.resource, change.namespace, change.name)
    value, previous, form = change.value, change.previous_value, PLAIN
    if value is not None:
        value, form = sealer.open(key, value)
    if previous is not None:
        previous = sealer.open(key, previous).data
    if value is change.value and previous is change.previous_value:
        return change, form
    return change._replace(value=value, previous_value=previous), form
