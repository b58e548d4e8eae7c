"""Encodings that are dear to make and large to keep: the newest of each object, as many as fit into a budget.

Small things that follow from an entry are kept in its memo; what is as large as the entry itself would double the
server's memory there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from storage.types import Entry

BUDGET: Final = 24 * 1024 * 1024
"""Bytes: some 7,000 pods of 2 KB."""
_OVERHEAD: Final = 400
"""Bytes an encoding takes beside itself, about."""


class KeptEncodings:
    """One for a server. What was added first goes first; a newer version of an object takes the place of the older."""

    __slots__ = ("_budget", "_kept", "size")

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._kept: OrderedDict[tuple[Hashable, Hashable], tuple[int, bytes]] = OrderedDict()
        self.size = 0

    def of(self, entry: Entry, form: Hashable, make: Callable[[Entry], bytes]) -> bytes:
        """The encoding of ``entry`` in ``form``, made if it is not there. Only for versions of objects as the store
        made them: an object's revision says what it holds."""
        name = (entry.key, form)
        found = self._kept.get(name)
        if found is not None and found[0] == entry.revision:
            return found[1]
        made = make(entry)
        if found is not None and found[0] > entry.revision:
            return made
        self._drop(name)
        self._kept[name] = (entry.revision, made)
        self.size += len(made) + _OVERHEAD
        while self.size > self._budget:
            self._drop(next(iter(self._kept)))
        return made

    def _drop(self, name: tuple[Hashable, Hashable]) -> None:
        found = self._kept.pop(name, None)
        if found is not None:
            self.size -= len(found[1]) + _OVERHEAD
