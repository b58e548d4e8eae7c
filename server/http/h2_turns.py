"""Whose turn it is to send among the streams of a connection: each in its turn.

Stands in for the priority tree of Hypercorn's HTTP/2 class: priorities are deprecated by RFC 9113 and not read here,
and without them the tree is an expensive queue.
"""

from __future__ import annotations

from collections import OrderedDict

from priority.priority import DeadlockError, DuplicateStreamError, MissingStreamError


class Turns:
    """Raises what the tree would. A stream that is put in may send until it is blocked."""

    __slots__ = ("_ready", "_streams")

    def __init__(self) -> None:
        self._streams: set[int] = set()
        self._ready: OrderedDict[int, None] = OrderedDict()

    def insert_stream(self, stream_id: int) -> None:
        if stream_id in self._streams:
            raise DuplicateStreamError(f"stream {stream_id} is there already")
        self._streams.add(stream_id)
        self._ready[stream_id] = None

    def remove_stream(self, stream_id: int) -> None:
        self._check(stream_id)
        self._streams.remove(stream_id)
        self._ready.pop(stream_id, None)

    def block(self, stream_id: int) -> None:
        self._check(stream_id)
        self._ready.pop(stream_id, None)

    def unblock(self, stream_id: int) -> None:
        self._check(stream_id)
        self._ready[stream_id] = None

    def __next__(self) -> int:
        if not self._ready:
            raise DeadlockError("no stream may send")
        stream_id = next(iter(self._ready))
        self._ready.move_to_end(stream_id)
        return stream_id

    def _check(self, stream_id: int) -> None:
        if stream_id not in self._streams:
            raise MissingStreamError(f"stream {stream_id} is not there")
