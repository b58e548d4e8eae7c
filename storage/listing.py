"""Walking a sorted list of paths: the current state, or an older one as the current state with changes undone."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType

from sortedcontainers import SortedList

from storage.types import Entry, Index, Key, Page

Predicate = Callable[[Index, Key], bool]

_NOTHING: Mapping[str, Entry | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Span:
    """The paths of a namespace (None: of all), after ``start``."""

    namespace: str | None
    start: str

    @property
    def low(self) -> str:
        """Paths are strictly above it."""
        prefix = f"{self.namespace}/" if self.namespace else ""
        return max(prefix, self.start)

    @property
    def high(self) -> str | None:
        """Paths are strictly below it: "0" follows "/", so no other namespace's path is between."""
        return f"{self.namespace}0" if self.namespace else None

    def __contains__(self, path: str) -> bool:
        high = self.high
        return path > self.low and (high is None or path < high)


@dataclass(frozen=True, slots=True)
class State:
    """The entries of a resource by path, the paths in order, and what is to be undone (None: was not there)."""

    entries: Mapping[str, Entry]
    order: SortedList
    undone: Mapping[str, Entry | None] = field(default_factory=lambda: _NOTHING)

    def page(self, span: Span, limit: int, predicate: Predicate | None) -> Page:
        found = self._walk(span)
        if predicate is not None:
            found = (entry for entry in found if predicate(entry.index, entry.key))
        if limit <= 0:
            return Page(list(found), False, 0)
        entries: list[Entry] = []
        for entry in found:
            if len(entries) == limit:
                remaining = 0 if predicate is not None else self._count(Span(span.namespace, entries[-1].key.path))
                return Page(entries, True, remaining)
            entries.append(entry)
        return Page(entries, False, 0)

    def stretch(self, span: Span, count: int) -> list[Entry]:
        """The first ``count`` of a span."""
        return list(islice(self._walk(span), count))

    def _walk(self, span: Span) -> Iterator[Entry]:
        paths: Iterable[str] = self.order.irange(span.low, span.high, (False, False))
        if not self.undone:
            return map(self.entries.__getitem__, paths)
        gone = sorted(path for path in self.undone if path not in self.entries and path in span)
        return self._merge(heapq.merge(paths, gone))

    def _merge(self, paths: Iterable[str]) -> Iterator[Entry]:
        undone = self.undone
        for path in paths:
            entry = undone[path] if path in undone else self.entries[path]
            if entry is not None:
                yield entry

    def _count(self, span: Span) -> int:
        high = span.high
        end = len(self.order) if high is None else self.order.bisect_left(high)
        count: int = end - self.order.bisect_right(span.low)
        for path, entry in self.undone.items():
            if path in span:
                count += (entry is not None) - (path in self.entries)
        return count
