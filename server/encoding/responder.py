"""Makes the bytes of answers: one object, a list, the frames of a watch.

The common case — JSON of the stored version, as it is — hands out the stored bytes; nothing is parsed to be read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import Any

import orjson

from apimachinery.gvk import GroupVersionKind
from apimachinery.objects import Object
from openapi.decode import canonicalise
from openapi.schema import type_of
from server.encoding import protobuf
from server.encoding.kept import KeptEncodings
from server.encoding.media import dump
from server.encoding.negotiation import JSON, PROTOBUF, Encoding
from server.encoding.pieces import Joiner
from server.encoding.shapes import ListMeta, PlainShape, Shape
from server.registry.served import Served
from storage.types import Entry

STATUS_KIND = GroupVersionKind("", "v1", "Status")
_NO_ITEMS = b":[]}"
_END = b"]}"
_STRETCH = 0.00015
"""Seconds that encoding should last at a stretch, so that requests beside a long list go on."""
_FIRST, _MOST = 8, 1000
"""Objects of the first stretch, and of any: an object takes a hundred times as long where nothing is kept of it yet."""
_PIECES = 4
"""Pieces of a body put together at a stretch."""
INITIAL_EVENTS_END = {"k8s.io/initial-events-end": "true"}


class Responder:
    """Encodes for one request: ``served`` in ``encoding``, through ``shape``."""

    def __init__(self, served: Served, encoding: Encoding, shape: Shape, kept: KeptEncodings) -> None:
        self.served = served
        self.encoding = encoding
        self.shape = shape
        self._kept = kept
        self.content_type = encoding.media_type.encode()
        self._raw = isinstance(shape, PlainShape) and encoding.media_type == JSON and not encoding.pretty
        self._memo_key: Any = None
        if not (self._raw and served.is_stored_version and served.form == served.gvk):
            self._memo_key = (served.form, encoding)
        self._first = True

    @property
    def stream_content_type(self) -> bytes:
        if self.encoding.media_type == JSON:
            return self.content_type
        return self.content_type + b";stream=watch"

    def one(self, entry: Entry) -> bytes:
        """An object in its newest state, or as it was deleted."""
        if self._raw:
            return self.served.bytes_of(entry) + b"\n"
        return dump(self.shape.one(self.served.object_of(entry)), self.shape.kind, self.encoding)

    async def many(self, entries: Sequence[Entry], meta: ListMeta) -> list[bytes]:
        """A list of versions of objects as the store made them, in pieces. Others run while a long one is made."""
        kind, media_type = self.shape.list_kind, self.encoding.media_type
        if media_type == JSON and not self.encoding.pretty:
            # What there is many of comes last.
            head = orjson.dumps(self.shape.many([], meta))
            assert head.endswith(_NO_ITEMS)
            if not entries:
                return [head + b"\n"]
            joiner = Joiner(b",{", head[: -len(_END)] + b"{", _END + b"\n")
            await _in_stretches(lambda few: joiner.add(self.shape.items(few)), self.shape.ordered(entries))
            return joiner.end()
        if media_type == PROTOBUF:
            head = protobuf.encode(self.shape.many([], meta), type_of(kind))
            wrapped = protobuf.WrappedList(kind, head)
            await _in_stretches(lambda few: wrapped.add(self._messages(few)), entries)
            return await _in_pauses(wrapped.pieces())
        return [dump(self.shape.many(entries, meta), kind, self.encoding)]

    def _messages(self, entries: Sequence[Entry]) -> list[bytes]:
        return [self._kept.of(entry, self.shape.kind, self._make_message) for entry in entries]

    def _make_message(self, entry: Entry) -> bytes:
        return protobuf.encode(self.shape.one(self.served.object_of(entry)), type_of(self.shape.kind))

    # -- watch frames ------------------------------------------------------------------------------------------------

    def frame(self, event_type: str, entry: Entry, memo: dict[Any, Any]) -> bytes:
        """One event. ``memo`` belongs to the event: every watcher of the same encoding shares the frame."""
        key = (event_type, self._memo_key, self._first) if self._memo_key else event_type
        frame = memo.get(key)
        if frame is None:
            frame = memo[key] = self._make_frame(event_type, entry)
        self._first = False
        return bytes(frame)

    def _make_frame(self, event_type: str, entry: Entry) -> bytes:
        if self._raw:
            value = self.served.bytes_of(entry)
            return b"".join((b'{"type":"', event_type.encode(), b'","object":', value, b"}\n"))
        obj = self.shape.one(self.served.object_of(entry), first=self._first)
        return self._enclose(event_type, obj, self.shape.kind)

    def bookmark(self, revision: int, annotations: Object | None = None) -> bytes:
        """An otherwise empty object that carries the revision a client may resume from."""
        metadata: Object = {"resourceVersion": str(revision)}
        if annotations:
            metadata["annotations"] = annotations
        gvk = self.served.gvk
        empty = canonicalise({"kind": gvk.kind, "apiVersion": gvk.api_version, "metadata": metadata}, self.served.type)
        shaped = self.shape.one(empty, first=self._first)
        self._first = False
        return self._enclose("BOOKMARK", shaped, self.shape.kind)

    def error(self, status: Object) -> bytes:
        return self._enclose("ERROR", status, STATUS_KIND)

    def _enclose(self, event_type: str, obj: Object, kind: GroupVersionKind) -> bytes:
        if self.encoding.media_type == PROTOBUF:
            return protobuf.watch_frame(event_type, protobuf.wrap(kind, protobuf.encode(obj, type_of(kind))))
        return orjson.dumps({"type": event_type, "object": obj}) + b"\n"


async def _in_pauses(pieces: Iterable[bytes]) -> list[bytes]:
    made: list[bytes] = []
    for piece in pieces:
        if made and not len(made) % _PIECES:
            await asyncio.sleep(0)
        made.append(piece)
    return made


async def _in_stretches(step: Callable[[Sequence[Entry]], None], entries: Sequence[Entry]) -> None:
    """Others have a turn once a stretch has passed: short lists are made in one go."""
    start, size = 0, _FIRST
    since = began = perf_counter()
    while True:
        step(entries[start : start + size])
        start += size
        if start >= len(entries):
            return
        now = perf_counter()
        size = max(1, min(int(size * _STRETCH / (now - began)), 4 * size, _MOST))
        if now - since >= _STRETCH:
            await asyncio.sleep(0)
            since = now = perf_counter()
        began = now
