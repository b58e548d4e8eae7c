"""Did concurrent operations behave as if they had happened one after the other, each between its call and its answer?

In general that is hard to decide. Here every operation comes with a witness, the revision it wrote or read at, so only
one order needs to be checked: by revision, a write before the reads of its revision. It explains the history if

1. no two writes have one revision,
2. every read found what the writes up to its revision leave, and
3. an operation that began after another one had been answered does not come before it (a write: comes after it).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush


@dataclass(frozen=True, slots=True)
class Operation:
    """``start`` and ``end`` by one clock. ``key`` and ``deleted`` are of a write, ``found`` is of a read: of the keys
    that were asked for, those that were there, with the revisions of their last writes; None for a write."""

    start: float
    end: float
    revision: int
    key: str = ""
    deleted: bool = False
    asked: tuple[str, ...] = ()
    found: Mapping[str, int] | None = None

    @property
    def is_write(self) -> bool:
        return self.found is None


def violations(history: Iterable[Operation]) -> list[str]:
    """One line for each operation that cannot be explained; none: the history is linearisable."""
    ordered = sorted(history, key=lambda operation: (operation.revision, not operation.is_write))
    return _wrong_values(ordered) + _wrong_times(ordered)


def _wrong_values(ordered: Sequence[Operation]) -> list[str]:
    wrong: list[str] = []
    state: dict[str, int] = {}
    last = 0
    for operation in ordered:
        if operation.found is not None:
            expected = {key: state[key] for key in operation.asked if key in state}
            if operation.found != expected:
                wrong.append(f"a read at {operation.revision} found {operation.found}, not {expected}")
            continue
        if operation.revision == last:
            wrong.append(f"two writes have revision {last}")
        last = operation.revision
        state[operation.key] = operation.revision
        if operation.deleted:
            del state[operation.key]
    return wrong


def _wrong_times(ordered: Sequence[Operation]) -> list[str]:
    """What was answered before it began must not come after it: walk by start, with what has ended by then."""
    wrong: list[str] = []
    ending: list[tuple[float, int]] = []
    newest = 0
    for operation in sorted(ordered, key=lambda operation: operation.start):
        while ending and ending[0][0] < operation.start:
            newest = max(newest, heappop(ending)[1])
        if operation.revision < newest + operation.is_write:
            what = "a write got" if operation.is_write else "a read was at"
            wrong.append(f"{what} {operation.revision}, after {newest} had been answered")
        heappush(ending, (operation.end, operation.revision))
    return wrong
