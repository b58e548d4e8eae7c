"""Processes that write as fast as they can and say what was acknowledged, until they are killed.

``python -m tests.storage.contract.hammer URL``: at each line of input a fresh process begins, which is told by a line
of output, "begun PID"; it says "name revision" for each acknowledged write; when it is dead, "ended PID" is told.
"""

from __future__ import annotations

import asyncio
import os
import sys

from storage.backends import backend_for
from storage.store import Store, open_store
from tests.storage.objects import indexer, key, write

WRITERS = 16


async def hammer(store: Store, writer: int) -> None:
    revision = 0
    name = f"w{os.getpid()}-{writer}"
    for count in range(1_000_000):
        entry = await store.commit(write(key(name), revision, text=f"{count}"))
        revision = entry.revision
        say(f"{name} {revision}")


def say(line: str) -> None:
    # One call, one line: what a kill leaves of it is a whole line or nothing.
    os.write(1, f"{line}\n".encode())


async def main(url: str) -> None:
    store = open_store(url, indexer=indexer)
    await store.start()
    await asyncio.gather(*(hammer(store, writer) for writer in range(WRITERS)))


def nest(url: str) -> None:
    """Forking is a tenth of starting Python; nothing here has a thread or a connection yet."""
    backend_for(url)  # imports its driver
    for _ in sys.stdin:
        process = os.fork()
        if not process:
            asyncio.run(main(url))
        say(f"begun {process}")
        os.waitpid(process, 0)
        say(f"ended {process}")


if __name__ == "__main__":
    nest(sys.argv[1])
