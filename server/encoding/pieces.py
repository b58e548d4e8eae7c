"""The JSON of items of lists out of stored bytes, and large bodies in pieces. Pure functions of bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import orjson

from apimachinery.objects import Object
from server.registry.served import Served
from storage.types import Entry

PIECE: Final = 256 * 1024
"""Bytes: small enough to be encrypted and read while the next is made, large enough to cost no turn of the loop."""
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


def joined(items: Sequence[Buffer], separator: bytes, head: bytes, tail: bytes) -> Iterator[bytes]:
    """``head``, the items with ``separator`` between them and ``tail``, in pieces of about PIECE bytes."""
    start, size = 0, 0
    for end, item in enumerate(items, 1):
        size += len(item)
        if size >= PIECE and end < len(items):
            yield head + separator.join((*items[start:end], b""))
            start, size, head = end, 0, b""
    yield head + separator.join(items[start:]) + tail


def chunked(parts: Iterable[bytes]) -> list[bytes]:
    """The same bytes in pieces of about PIECE bytes, at least one."""
    pieces: list[bytes] = []
    pending: list[bytes] = []
    size = 0
    for part in parts:
        pending.append(part)
        size += len(part)
        if size >= PIECE:
            pieces.append(b"".join(pending))
            pending, size = [], 0
    if pending or not pieces:
        pieces.append(b"".join(pending))
    return pieces
