"""What one write, get, event and list cost the store, and whether they cost more when there is more of everything."""

from __future__ import annotations

import asyncio
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


async def costs(folder: Path) -> Rows:
    few = await _sized(f"sqlite:///{folder}/few.db", FEW)
    many = await _sized(f"sqlite:///{folder}/many.db", MANY)
    rows: Rows = []
    for what in few:
        ratio = many[what] / few[what]
        rows.append((f"{what}, {FEW:,} objects", f"{few[what]:,.2f} µs", ""))
        rows.append((f"{what}, {MANY:,} objects", f"{many[what]:,.2f} µs ({ratio:.2f}×)", f"≤ {_FLAT}×"))
    return rows + await _lists(f"sqlite:///{folder}/list.db")


async def _sized(url: str, count: int) -> dict[str, float]:
    """Microseconds of one operation in a store of so many objects."""
    async with started(url) as store:
        await _fill(store, count)
        put = put_into(store, "fresh")
        await rate(put, 64, 0.2)
        return {
            "a write, of 64 writers": 1e6 / await rate(put, 64, _SECONDS),
            "a get": _get(store, count),
            "an event, to 100 watches": await _event(store),
        }


async def _fill(store: Store, count: int) -> None:
    put = put_into(store, "objects")
    for first in range(0, count, 1000):
        await asyncio.gather(*(put(f"n{i:06}") for i in range(first, min(first + 1000, count))))


def _get(store: Store, count: int) -> float:
    cache = store.cache("objects")
    names = [f"n{i:06}" for i in range(0, count, max(1, count // 1000))]
    start = time.perf_counter()
    for _ in range(20):
        for name in names:
            assert cache.get("default", name) is not None
    return (time.perf_counter() - start) / (20 * len(names)) * 1e6


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
