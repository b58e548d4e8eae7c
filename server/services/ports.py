"""Node ports: one stored set of the taken ones, changed by compare-and-swap, so that no two servers give out the same.

Source: k8s.io/kubernetes pkg/registry/core/service/portallocator.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import cast

import orjson

from apimachinery.status import InternalError
from server.registry.codec import Encoded, encode
from storage.errors import KeyExists, KeyMissing, RevisionMismatch
from storage.store import Store
from storage.types import Index, Key, Revision, Write

_KEY = Key("rangeallocations", "", "servicenodeports")
_ACTOR = '{"user":"system:apiserver","manager":"kube-apiserver","verb":"update"}'
_NO_INDEX = Index({}, {})


class PortTaken(Exception):
    """The asked port belongs to another service, or is out of range."""


class NodePorts:
    """Hands out ports of ``first`` to ``last``, both included."""

    def __init__(self, store: Store, first: int = 30000, last: int = 32767) -> None:
        self._store = store
        self.first = first
        self.last = last
        self._random = random.SystemRandom()

    async def take(self, port: int) -> None:
        """Reserve one port; raises PortTaken."""
        if not self.first <= port <= self.last:
            raise PortTaken(f"provided port is not in the valid range. The range of valid ports is {self._range}")

        def add(taken: set[int]) -> int:
            if port in taken:
                raise PortTaken("provided port is already allocated")
            taken.add(port)
            return port

        await self._change(add)

    async def take_any(self) -> int:
        """Reserve a free port; raises InternalError when there is none."""

        def add(taken: set[int]) -> int:
            free = [port for port in range(self.first, self.last + 1) if port not in taken]
            if not free:
                raise InternalError.of("failed to allocate a nodePort: range is full")
            port = self._random.choice(free)
            taken.add(port)
            return port

        return await self._change(add)

    @property
    def taken(self) -> set[int]:
        live = self._store.cache(_KEY.resource).get(_KEY.namespace, _KEY.name)
        return set(cast(list[int], orjson.loads(live.value)["taken"])) if live else set()

    async def mend(self, missing: set[int], leaked: set[int]) -> None:
        def correct(taken: set[int]) -> int:
            taken |= missing
            taken -= leaked
            return 0

        await self._change(correct)

    async def release(self, ports: set[int]) -> None:
        def drop(taken: set[int]) -> int:
            taken -= ports
            return 0

        await self._change(drop)

    @property
    def _range(self) -> str:
        return f"{self.first}-{self.last}"

    async def _change(self, change: Callable[[set[int]], int]) -> int:
        while True:
            live = self._store.cache(_KEY.resource).get(_KEY.namespace, _KEY.name)
            taken = set(cast(list[int], orjson.loads(live.value)["taken"])) if live else set()
            result = change(taken)
            encoded = _encode(taken)
            write = Write(
                key=_KEY,
                value=encoded.value,
                hole=encoded.hole,
                expected=live.revision if live else Revision(0),
                uid=_KEY.name,
                index=_NO_INDEX,
                actor=_ACTOR,
            )
            try:
                await self._store.commit(write)
            except (KeyExists, KeyMissing, RevisionMismatch):
                continue
            return result


def _encode(taken: set[int]) -> Encoded:
    return encode({"metadata": {"uid": _KEY.name}, "taken": sorted(taken)})
