"""Concurrent histories over two servers on one PostgreSQL: linearisable, and completely watched."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from storage.errors import KeyExists, KeyMissing, RevisionMismatch
from storage.store import Store
from storage.types import Revision
from tests.storage.beds import MakeBed, PostgresBed
from tests.storage.linearisability import Operation, violations
from tests.storage.objects import key, removal, write

NAMES = ("a", "b", "c")
CLIENTS = 8
OPERATIONS = 60
CHANGES = 400


@pytest.fixture(params=["postgresql", "portable"])
def bed(request: pytest.FixtureRequest) -> PostgresBed:
    make: MakeBed = request.getfixturevalue(request.param)
    bed = make()
    assert isinstance(bed, PostgresBed)
    return bed


class Client:
    """Does this and that with a few objects that everybody wants, each time through either server."""

    def __init__(self, stores: tuple[Store, Store], seed: int, history: list[Operation]) -> None:
        self._stores = stores
        self._random = random.Random(seed)
        self._history = history

    async def work(self) -> None:
        for _ in range(OPERATIONS):
            store = self._random.choice(self._stores)
            await self._random.choice((self.get, self.list, self.change, self.change))(store)

    async def get(self, store: Store) -> None:
        await self._read(store, (self._random.choice(NAMES),))

    async def list(self, store: Store) -> None:
        await self._read(store, NAMES)

    async def _read(self, store: Store, names: tuple[str, ...]) -> None:
        start = time.monotonic()
        await store.consistent()
        entries = [store.cache("pods").get("default", name) for name in names]
        found = {entry.key.name: int(entry.revision) for entry in entries if entry is not None}
        self._history.append(Operation(start, time.monotonic(), store.revision, asked=names, found=found))

    async def change(self, store: Store) -> None:
        name = self._random.choice(NAMES)
        live = store.cache("pods").get("default", name)
        deletes = live is not None and self._random.random() < 0.3
        expected = live.revision if live is not None else 0
        start = time.monotonic()
        try:
            asked = removal(key(name), expected) if deletes else write(key(name), expected)
            entry = await store.commit(asked)
        except (KeyExists, KeyMissing, RevisionMismatch):
            return  # it changed nothing, and gets no revision
        self._history.append(Operation(start, time.monotonic(), entry.revision, name, deletes))


async def test_concurrent_histories_over_two_servers_are_linearisable(bed: PostgresBed) -> None:
    one, other = await asyncio.gather(bed.store(), bed.store())
    history: list[Operation] = []
    await asyncio.gather(*(Client((one, other), seed, history).work() for seed in range(CLIENTS)))
    writes = sorted(operation.revision for operation in history if operation.is_write)
    assert len(writes) > CLIENTS
    assert writes == list(range(2, writes[-1] + 1)), "revisions are dense"
    assert violations(history) == []


async def test_watchers_that_come_and_go_see_every_revision_once_in_order(bed: PostgresBed) -> None:
    stores = await asyncio.gather(bed.store(), bed.store())
    last = 1 + CHANGES

    async def follow(seed: int) -> list[int]:
        choices = random.Random(seed)
        seen: list[int] = []
        while not seen or seen[-1] < last:
            store = choices.choice(stores)
            position = Revision(seen[-1] if seen else 1)
            # As a client that comes back with what it has seen last: its new server may not be there yet.
            await store.cache("pods").wait_for(position, 10)
            watch = store.cache("pods").watch(position)
            for _ in range(choices.randint(1, 4)):
                seen += [event.revision for event in await watch.next(0.2)]
            watch.close()
        return seen

    async def produce(store: Store, prefix: str) -> None:
        for i in range(CHANGES // 2):
            await store.commit(write(key(f"{prefix}{i}")))

    watchers = [asyncio.create_task(follow(seed)) for seed in range(6)]
    await asyncio.gather(*(produce(store, prefix) for store, prefix in zip(stores, "xy", strict=True)))
    for seen in await asyncio.gather(*watchers):
        assert seen == list(range(2, last + 1))
