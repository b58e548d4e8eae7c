"""Objects of 2 KB, and writers that put them into a store. Also a process that does nothing else:

``python -m bench.store_load URL WRITERS SECONDS`` starts a store, says so, waits for a line, writes, and says how
many writes a second it had.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import orjson

from storage.store import Store, open_store
from storage.types import Index, Key, Revision, Write

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


def put_into(store: Store, resource: str = "pods") -> Put:
    revisions: dict[str, Revision] = {}

    async def put(name: str) -> object:
        value, hole = body(name)
        expected = revisions.get(name, Revision(0))
        entry = await store.commit(Write(Key(resource, "default", name), value, hole, expected, "uid", _INDEX))
        revisions[name] = entry.revision
        return entry

    return put


@contextlib.asynccontextmanager
async def started(url: str) -> AsyncIterator[Store]:
    store = open_store(url, indexer=indexer)
    await store.start()
    try:
        yield store
    finally:
        await store.stop()


async def rate(put: Put, writers: int, seconds: float, prefix: str = "w") -> float:
    """Writes per second of so many writers, each waiting for its own."""
    end = time.perf_counter() + seconds
    done = 0

    async def write(writer: int) -> None:
        nonlocal done
        while time.perf_counter() < end:
            await put(f"{prefix}{writers}-{writer}")
            done += 1

    start = time.perf_counter()
    await asyncio.gather(*(write(writer) for writer in range(writers)))
    return done / (time.perf_counter() - start)


async def rates_of_processes(url: str, processes: int, writers: int, seconds: float) -> float:
    """Writes per second of all of them, each with a store of its own and its share of the writers."""
    children = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bench.store_load", url, str(writers // processes), str(seconds)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(processes)
    ]
    for child in children:
        assert child.stdout is not None
        await child.stdout.readline()
    outputs = await asyncio.gather(*(child.communicate(b"go\n") for child in children))
    return sum(float(output) for output, _ in outputs)


async def _main(url: str, writers: int, seconds: float) -> None:
    async with started(url) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        print(await rate(put_into(store), writers, seconds, f"{os.getpid()}-"))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
