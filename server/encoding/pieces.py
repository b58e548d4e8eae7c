"""The JSON of items of lists out of stored bytes, and large bodies in pieces. Pure functions of bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import orjson

from apimachinery.objects import Object
from server.registry.served import Served
from storage.types import Entry

PIECE: Final = 64 * 1024
"""Bytes: small enough to be encrypted and sent in no time while others wait, large enough to cost nothing to count."""
_METADATA: Final = b'"metadata":'

Buffer = bytes | memoryview


def metadata_of(served: Served, entry: Entry, obj: Object | None = None) -> Buffer:
    """The JSON of an entry's metadata: a view of its bytes, in which it is looked for once.

    ``obj``: the decoded object, where it is at hand.
    """
    value = served.bytes_of(entry)
    start = len(served.head) + len(_METADATA)
    name = ("metadata", served.form)
    end = entry.memo.get(name)
    if end is None:
        text = orjson.dumps((obj or served.object_of(entry))["metadata"])
        there = value.startswith(text, start)
        end = entry.memo[name] = start + len(text) if there else text
    return memoryview(value)[start:end] if isinstance(end, int) else end


class Joiner:
    """``head``, items with ``separator`` between them and ``tail``, in pieces of about PIECE bytes."""

    def __init__(self, separator: bytes, head: bytes, tail: bytes) -> None:
        self._separator = separator
        self._before = head
        self._tail = tail
        self._pieces: list[bytes] = []
        self._pending: list[Buffer] = []
        self._size = 0

    def add(self, items: Iterable[Buffer]) -> None:
        for item in items:
            if not self._pending:
                item = b"".join((self._before, item))
                self._before = self._separator
            self._pending.append(item)
            self._size += len(item)
            if self._size >= PIECE:
                self._cut()

    def _cut(self) -> None:
        self._pieces.append(self._separator.join(self._pending))
        self._pending, self._size = [], 0

    def end(self) -> list[bytes]:
        """All pieces; at least one item has been added."""
        if self._pending:
            self._pending[-1] = b"".join((self._pending[-1], self._tail))
            self._cut()
        else:
            self._pieces[-1] += self._tail
        return self._pieces


def chunked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of about PIECE bytes, at least one."""
    pending: list[bytes] = []
    size = 0
    some = False
    for part in parts:
        pending.append(part)
        size += len(part)
        if size >= PIECE:
            yield b"".join(pending)
            pending, size, some = [], 0, True
    if pending or not some:
        yield b"".join(pending)
