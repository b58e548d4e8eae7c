"""A process that writes as fast as it can and says what was acknowledged, until it is killed.

``python -m tests.storage.contract.hammer URL``: prints "name revision" for each acknowledged write.
"""

from __future__ import annotations

import asyncio
import os
import sys

from storage.store import Store, open_store
from tests.storage.objects import indexer, key, write

WRITERS = 16


async def hammer(store: Store, writer: int) -> None:
    revision = 0
    name = f"w{os.getpid()}-{writer}"
    for count in range(1_000_000):
        entry = await store.commit(write(key(name), revision, text=f"{count}"))
        revision = entry.revision
        # One call, one line: what a kill leaves of it is a whole line or nothing.
        os.write(1, f"{name} {revision}\n".encode())


async def main(url: str) -> None:
    store = open_store(url, indexer=indexer)
    await store.start()
    await asyncio.gather(*(hammer(store, writer) for writer in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
