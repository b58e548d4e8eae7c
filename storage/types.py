"""The values that cross the seam between the store and its callers. No behaviour beyond naming a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NewType

Revision = NewType("Revision", int)
"""A position in the one sequence of changes: positive, dense, shared by all resources."""


def path_of(namespace: str, name: str) -> str:
    """``namespace/name``, or the name alone: what lists are ordered by (bytewise) and continued after."""
    return f"{namespace}/{name}" if namespace else name


class Key(NamedTuple):
    """What identifies an object: resource (``pods``, ``replicasets.apps``), namespace ("" if cluster-scoped), name."""

    resource: str
    namespace: str
    name: str

    @property
    def path(self) -> str:
        return path_of(self.namespace, self.name)


@dataclass(frozen=True, slots=True)
class Index:
    """What selectors look at, kept beside the bytes so that nothing is parsed to be selected."""

    labels: Mapping[str, str]
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Write:
    """One compare-and-swap.

    ``value`` is JSON in which the string of ``"resourceVersion":""`` is empty and ``hole`` the offset between its
    quotes; None deletes (and ``hole`` does not matter). ``expected`` is the revision the object must have now; 0 means
    it must not exist. ``expires_at`` is in epoch seconds: the object is deleted some time after it.
    """

    key: Key
    value: bytes | None
    hole: int
    expected: Revision
    uid: str
    index: Index
    expires_at: float | None = None
    actor: str = ""


@dataclass(slots=True, eq=False)
class Entry:
    """One version of one object. Shared by every reader: only ``memo`` may be changed.

    ``value`` is complete JSON; the decimal revision starts at ``hole``. ``memo`` belongs to the server: encodings
    derived from the bytes.
    """

    key: Key
    value: bytes
    hole: int
    revision: Revision
    create_revision: Revision
    uid: str
    index: Index
    memo: dict[Any, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Event:
    """One change. For a delete ``entry`` is the last object carrying the deletion's revision.

    ``previous`` is the version before (None for a create). ``seen`` is the monotonic time at which this process
    learned of it. ``memo`` belongs to the server.
    """

    revision: Revision
    entry: Entry
    previous: Entry | None
    deleted: bool
    seen: float = 0.0
    memo: dict[Any, Any] = field(default_factory=dict)


class Page(NamedTuple):
    """A part of a list. ``more``: another matching entry follows. ``remaining``: how many; exact, and only without a
    predicate (0 with one)."""

    entries: list[Entry]
    more: bool
    remaining: int


def splice(value: bytes, hole: int, revision: int) -> bytes:
    """``value`` with the decimal revision written into the hole."""
    return b"%b%d%b" % (value[:hole], revision, value[hole:])


def unsplice(entry: Entry) -> bytes:
    """The inverse of :func:`splice`: the entry's JSON with the hole empty again, as it was written."""
    end = entry.hole + len(str(entry.revision))
    return entry.value[: entry.hole] + entry.value[end:]
