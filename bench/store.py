"""How fast the store is, on every back end at hand, beside a plain SQLite that commits each write by itself.

``python -m bench.store``: durable writes of 2 KB objects, what watching and listing cost, how far a second server is
behind. Takes under a minute. etcd takes part when it is installed.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import orjson

from bench.etcd import Etcd
from storage.store import Store, open_store
from storage.types import Index, Key, Revision, Write
from tests.storage.cluster import Cluster

WRITERS = (1, 16, 64)
SECONDS = 1.5
OBJECTS = 10_000

_MARK = b'"resourceVersion":"'
_PADDING = "x" * 1800
_INDEX = Index({"app": "web"}, {})

Put = Callable[[str], Awaitable[object]]
"""Durably write a 2 KB object under a name that only the caller uses."""


def body(name: str) -> tuple[bytes, int]:
    """About 2 KB of JSON, and where its revision goes."""
    metadata = {"name": name, "namespace": "default", "resourceVersion": "", "labels": {"app": "web"}}
    value = orjson.dumps({"metadata": metadata, "spec": {"text": _PADDING}})
    return value, value.index(_MARK) + len(_MARK)


def indexer(resource: str, value: bytes) -> Index:
    return Index(orjson.loads(value)["metadata"]["labels"], {})


def row(*cells: object) -> None:
    first, *rest = (f"{cell:,.0f}" if isinstance(cell, float) else str(cell) for cell in cells)
    print(f"{first:<44}" + "".join(f"{cell:>12}" for cell in rest))


async def rate(put: Put, writers: int) -> float:
    """Writes per second of so many writers, each waiting for its own."""
    end = time.perf_counter() + SECONDS
    done = 0

    async def write(writer: int) -> None:
        nonlocal done
        while time.perf_counter() < end:
            await put(f"w{writers}-{writer}")
            done += 1

    start = time.perf_counter()
    await asyncio.gather(*(write(writer) for writer in range(writers)))
    return done / (time.perf_counter() - start)


def put_into(store: Store, resource: str = "pods") -> Put:
    revisions: dict[str, Revision] = {}

    async def put(name: str) -> object:
        value, hole = body(name)
        expected = revisions.get(name, Revision(0))
        entry = await store.commit(Write(Key(resource, "default", name), value, hole, expected, "uid", _INDEX))
        revisions[name] = entry.revision
        return entry

    return put


@contextlib.contextmanager
def plain_sqlite(folder: Path) -> Iterator[Put]:
    """The peer: one durable transaction for each write."""
    connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE objects (name TEXT PRIMARY KEY, revision INTEGER, value BLOB)")

    async def put(name: str) -> object:
        value, _ = body(name)
        connection.execute("INSERT OR REPLACE INTO objects VALUES (?, 1, ?)", (name, value))
        await asyncio.sleep(0)
        return None

    with contextlib.closing(connection):
        yield put


@contextlib.asynccontextmanager
async def started(url: str) -> AsyncIterator[Store]:
    store = open_store(url, indexer=indexer)
    await store.start()
    try:
        yield store
    finally:
        await store.stop()


async def writes(name: str, put: Put) -> None:
    row(name, *[await rate(put, writers) for writers in WRITERS])


async def watching(store: Store) -> None:
    """Microseconds of the event loop for one event, with so many watches of the resource or of another one."""
    for text, watched, count in (
        ("no watch", "pods", 0),
        ("1,000 idle watches of another resource", "nodes", 1000),
        ("1 watch", "pods", 1),
        ("100 watches", "pods", 100),
    ):
        tasks = [asyncio.create_task(follow(store, watched)) for _ in range(count)]
        await asyncio.sleep(0.01)
        put = put_into(store)
        cpu = time.thread_time()
        for i in range(500):
            await put(f"{text}-{i}")
        row(f"  an event: {text}", f"{(time.thread_time() - cpu) / 500 * 1e6:,.0f} µs")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def follow(store: Store, resource: str) -> None:
    watch = store.cache(resource).watch(store.revision)
    while True:
        await watch.next(None)


async def listing(url: str) -> None:
    async with started(url) as store:
        put = put_into(store, "configmaps")
        await asyncio.gather(*(put(f"n{i:05}") for i in range(OBJECTS)))
        early = store.revision - 100
        old = store.revision - 9000
    start = time.perf_counter()
    async with started(url) as store:
        took("start", start)
        cache = store.cache("configmaps")
        start = time.perf_counter()
        assert len(cache.list(None).entries) == OBJECTS
        took("list", start)
        start = time.perf_counter()
        assert cache.list("default", start="default/n05000", limit=500).remaining == OBJECTS - 5501
        took("a page of 500", start)
        start = time.perf_counter()
        assert len((await cache.list_at(early)).entries) == OBJECTS - 100
        took("list as of 100 changes ago, from memory", start)
        start = time.perf_counter()
        assert len((await cache.list_at(old)).entries) == OBJECTS - 9000
        took("list as of 9,000 changes ago, from the log", start)


def took(what: str, start: float) -> None:
    row(f"  10,000 objects: {what}", f"{(time.perf_counter() - start) * 1e3:,.2f} ms")


async def replication(url: str) -> None:
    """How long after a commit was answered another server has it, while 16 writers write."""
    async with started(url) as one, started(url) as other:
        lags: list[float] = []
        put = put_into(one, "replicated")
        end = time.perf_counter() + SECONDS

        async def write(writer: int) -> None:
            while time.perf_counter() < end:
                await put(f"r{writer}")
                start, revision = time.perf_counter(), one.revision
                await other.cache("replicated").wait_for(revision, 5)
                lags.append(time.perf_counter() - start)

        await asyncio.gather(*(write(writer) for writer in range(16)))
        lags.sort()
        for percent in (50, 99):
            row(f"  a second server is behind, p{percent}", f"{lags[len(lags) * percent // 100] * 1e3:,.2f} ms")


async def run(folder: Path) -> None:
    row("durable writes/s of 2 KB, by writers:", *WRITERS)
    with plain_sqlite(folder) as put:
        await writes("a transaction each (SQLite)", put)
    if shutil.which("etcd"):
        async with Etcd(folder / "etcd") as etcd:
            await writes("etcd", lambda name: etcd.put(name, body(name)[0]))
    url = f"sqlite:///{folder}/store.db"
    async with started(url) as store:
        await writes("SQLite", put_into(store))
        await watching(store)
    await listing(f"sqlite:///{folder}/list.db")
    cluster = Cluster(durable=True)
    try:
        cluster.start()
        for name, scheme in (("PostgreSQL", ""), ("PostgreSQL, portable path", "portable+")):
            url = scheme + cluster.url(cluster.schema())
            async with started(url) as store:
                await writes(name, put_into(store))
            await replication(url)
    finally:
        cluster.remove()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kubejazz-bench-") as folder:
        asyncio.run(run(Path(folder)))


if __name__ == "__main__":
    main()
