"""What has come from connections that can wait: it is handed on one by one, each in its own turn of the event loop.

What a crowd sends at once would otherwise be read, and each request be put in its place, before anyone else is heard.
"""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import Protocol

from server.manners import Manners

_AT_ONCE = 2
"""Connections of which is read in a turn: more than are served in one while many wait."""


class Reader(Protocol):
    """A connection."""

    def read(self, data: bytes) -> None: ...


class Backlog:
    def __init__(self, loop: asyncio.AbstractEventLoop, manners: Manners) -> None:
        self._loop = loop
        self._manners = manners
        self._waiting: dict[Reader, bytes] = {}

    def __contains__(self, reader: object) -> bool:
        return reader in self._waiting

    def put(self, reader: Reader, data: bytes) -> int:
        """``reader`` gets it later, together with what else it gets until then; how much that is now."""
        if not self._waiting:
            self._loop.call_soon(self._hand_on)
        data = self._waiting[reader] = self._waiting.get(reader, b"") + data
        return len(data)

    def take(self, reader: Reader) -> bytes:
        """What it has not been given yet, and will not be given."""
        return self._waiting.pop(reader, b"")

    def _hand_on(self) -> None:
        for reader in () if self._manners.held else tuple(islice(self._waiting, _AT_ONCE)):
            if data := self.take(reader):
                reader.read(data)
        if self._waiting:
            self._loop.call_soon(self._hand_on)
