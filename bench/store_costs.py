"""What one write, get, event and list cost the store, and whether they cost more when there is more of everything."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from pathlib import Path

from bench.store_load import put_into, rate, started
from storage.store import Store

Rows = list[tuple[str, str, str]]
"""What, measured, target."""

FEW, MANY = 1_000, 100_000
_LISTED = 10_000
_FLAT = 1.3
_SECONDS = 1.0
_ROUNDS = 20
_LOOKUP = "a get, the look into the cache alone"

LONG_LOG, _START = 100_000, 3.0
"""Revisions, and seconds in which a store with so many of them must have started."""


async def costs(folder: Path) -> Rows:
    few = await _sized(f"sqlite:///{folder}/few.db", FEW)
    many = await _sized(f"sqlite:///{folder}/many.db", MANY)
    rows: Rows = []
    for what in few:
        ratio = many[what] / few[what]
        target = "" if what == _LOOKUP else f"≤ {_FLAT}×"
        rows.append((f"{what}, {FEW:,} objects", f"{few[what]:,.2f} µs", ""))
        rows.append((f"{what}, {MANY:,} objects", f"{many[what]:,.2f} µs ({ratio:.2f}×)", target))
    rows += await _sizes(folder)
    return rows + await _lists(f"sqlite:///{folder}/list.db")


async def _sized(url: str, count: int) -> dict[str, float]:
    """Microseconds of one operation in a store of so many objects."""
    async with started(url) as store:
        await _fill(store, count)
        put = put_into(store, "fresh")
        await rate(put, 64, 0.2)
        return {
            "a write, of 64 writers": 1e6 / await rate(put, 64, _SECONDS),
            _LOOKUP: _get(store, count),
            "a get, to the socket of its client": await _answer(store, count),
            "an event, to 100 watches": await _event(store),
        }


async def _fill(store: Store, count: int) -> None:
    put = put_into(store, "objects")
    for first in range(0, count, 1000):
        await asyncio.gather(*(put(f"n{i:06}") for i in range(first, min(first + 1000, count))))


def _get(store: Store, count: int) -> float:
    """CPU time, as that of the next: neighbours would be most of what a clock shows."""
    cache, names = store.cache("objects"), _names(count)
    start = time.thread_time()
    for _ in range(_ROUNDS):
        for name in names:
            assert cache.get("default", name) is not None
    return (time.thread_time() - start) / (_ROUNDS * len(names)) * 1e6


async def _answer(store: Store, count: int) -> float:
    """As a server does: the newest state is awaited, the object looked up, and its bytes sent as they are."""
    cache, names = store.cache("objects"), _names(count)
    server, client = socket.socketpair()
    buffer = bytearray(1 << 16)
    with server, client:
        start = time.thread_time()
        for _ in range(_ROUNDS):
            for name in names:
                await store.consistent()
                entry = cache.get("default", name)
                assert entry is not None
                server.sendall(entry.value)
                client.recv_into(buffer)
        return (time.thread_time() - start) / (_ROUNDS * len(names)) * 1e6


def _names(count: int) -> list[str]:
    """A thousand of them, in no order that a memory could guess."""
    names = [f"n{i:06}" for i in range(0, count, max(1, count // 1000))]
    random.Random(1).shuffle(names)
    return names


async def _event(store: Store) -> float:
    """CPU time of the event loop for one change and its hundred deliveries."""
    tasks = [asyncio.create_task(_follow(store)) for _ in range(100)]
    await asyncio.sleep(0.05)
    put = put_into(store, "watched")
    cpu = time.thread_time()
    for i in range(300):
        await put(f"event-{i}")
    used = (time.thread_time() - cpu) / 300 * 1e6
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return used


async def _follow(store: Store) -> None:
    watch = store.cache("watched").watch(store.revision)
    while True:
        await watch.next(None)


async def _sizes(folder: Path) -> Rows:
    """What the many objects take, and how long a store takes to start with them, or with a log as long of a few."""
    many = folder / "many.db"
    size = many.stat().st_size
    rows: Rows = [
        (f"{MANY:,} objects of 2 KB, on the disk", f"{size / 1e6:,.0f} MB ({size / MANY:,.0f} bytes each)", "")
    ]
    async with started(f"sqlite:///{folder}/long.db") as store:
        put = put_into(store, "objects")
        for _ in range(LONG_LOG // FEW):
            await asyncio.gather(*(put(f"n{i:06}") for i in range(FEW)))
    for what, path in ((f"{MANY:,} objects", many), (f"{LONG_LOG:,} revisions of {FEW:,} objects", folder / "long.db")):
        start = time.perf_counter()
        async with started(f"sqlite:///{path}"):
            took = time.perf_counter() - start
        rows.append((f"start of a store with {what}", f"{took:,.2f} s", f"≤ {_START:g} s"))
    return rows


async def _lists(url: str) -> Rows:
    async with started(url) as store:
        await _fill(store, _LISTED)
        early, old = store.revision - 100, store.revision - 9000
    rows: Rows = []

    def took(what: str, start: float, target: str = "") -> None:
        rows.append((f"{_LISTED:,} objects: {what}", f"{(time.perf_counter() - start) * 1e3:,.2f} ms", target))

    start = time.perf_counter()
    async with started(url) as store:
        took("start of the store", start)
        cache = store.cache("objects")
        start = time.perf_counter()
        assert len(cache.list(None).entries) == _LISTED
        took("list", start, "≤ 50 ms")
        start = time.perf_counter()
        assert cache.list("default", start="default/n005000", limit=500).remaining == _LISTED - 5501
        took("a page of 500", start)
        start = time.perf_counter()
        assert len((await cache.list_at(early)).entries) == _LISTED - 100
        took("list as of 100 changes ago, from memory", start)
        start = time.perf_counter()
        assert len((await cache.list_at(old)).entries) == _LISTED - 9000
        took("list as of 9,000 changes ago, from the log", start)
    return rows
