"""What a request costs the server and where that goes, beside what it cost before.

    python -m bench.profile

Lists are asked for several times; the first of them makes what is kept for the others and is counted too.
The server runs with a sampler in it (:mod:`bench.profiled`): its figures are a few per cent above those of bench.api.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import uvloop

from bench import lists, watch
from bench.load import Request, connect_h1, connections, run
from bench.pods import Namespace
from bench.profiled import PARTS
from bench.table import Table, record
from bench.target import from_kubeconfig

BEFORE = {
    "create": "385",
    "get": "47",
    "list of 3,300": "33,000",
    "… as a Table": "271,000",
    "… as protobuf": "380,000",
}
BEFORE_EVENT = "32.0"
"""µs, of bench/results.md as committed by fa85966, before anything was made faster on account of this table."""
IN_FLIGHT, GETS, LISTS, WATCHERS, CHANGES = 16, 20_000, 20, 100, 150


class Cost(NamedTuple):
    what: str
    before: str
    parts: dict[str, float]
    times: int


class Profiled:
    """A server with a sampler."""

    def __init__(self, folder: Path) -> None:
        self._out = folder / "parts.json"
        reader, writer = os.pipe()
        command = [sys.executable, "-m", "bench.profiled", str(self._out), "serve", "--port", "0"]
        command += ["--data-dir", str(folder), "--kubeconfig", str(folder / "kubeconfig"), "--ready-fd", str(writer)]
        with (folder / "serve.log").open("wb") as log:
            self._process = subprocess.Popen(command, pass_fds=[writer], stdout=log, stderr=log)
        os.close(writer)
        ready = os.read(reader, 4096)
        os.close(reader)
        if not ready:
            raise SystemExit((folder / "serve.log").read_text())
        self.target = from_kubeconfig(folder / "kubeconfig", self._process.pid)

    def begin(self) -> None:
        """What was before does not count."""
        self._process.send_signal(signal.SIGUSR1)

    async def cost(self, what: str, before: str, load: Callable[[], Awaitable[int]]) -> Cost:
        """``load`` answers how many requests, or events, it was."""
        self._out.unlink(missing_ok=True)
        self.begin()
        count = await load()
        self._process.send_signal(signal.SIGUSR2)
        deadline = time.monotonic() + 10
        while not self._out.exists():
            if time.monotonic() > deadline:
                raise SystemExit("the server does not say where its time went")
            await asyncio.sleep(0.01)
        return Cost(what, before, json.loads(self._out.read_text()), count)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


async def measure(server: Profiled) -> list[Cost]:
    target, namespace = server.target, Namespace()
    admin = await connect_h1(target)
    await namespace.create(admin)
    await lists.fill(target, namespace, range(500))  # the first requests of a process are slower
    await namespace.clear(admin)

    async def creates() -> int:
        await lists.fill(target, namespace, range(lists.LISTED))
        return lists.LISTED

    async def gets() -> int:
        made = await connections(target, "HTTP/1.1", IN_FLIGHT)
        request = Request("GET", namespace.path(0))
        done = await run(target, made, lambda connection, _: connection.ask(request), range(GETS), 600.0)
        for connection in made:
            connection.close()
        return done.done

    def listing(accept: str) -> Callable[[], Awaitable[int]]:
        async def load() -> int:
            for _ in range(LISTS):
                await admin.ask(Request("GET", namespace.pods, accept=accept))
            return LISTS

        return load

    async def events() -> int:
        return (await watch.fan(target, namespace, WATCHERS, CHANGES, server.begin)).delivered

    loads = [creates, gets, *map(listing, lists.ENCODINGS.values())]
    costs = []
    for (what, before), load in zip(BEFORE.items(), loads, strict=True):
        costs.append(await server.cost(what, before, load))
    await namespace.clear(admin)
    costs.append(await server.cost(f"event for one of {WATCHERS} watchers", BEFORE_EVENT, events))
    await namespace.delete(admin)
    admin.close()
    return costs


def table(costs: list[Cost]) -> Table:
    rows = []
    for what, before, parts, times in costs:
        each = {part: parts.get(part, 0.0) / times * 1e6 for part in PARTS}
        digits = 0 if sum(each.values()) >= 40 else 1
        rows.append((what, before, *(f"{taken:,.{digits}f}" for taken in (sum(each.values()), *each.values()))))
    columns = ("µs of the server's CPU for one", "before", "now", *PARTS)
    return Table("Where the time of a request goes", "bench.profile", columns, rows)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kubejazz-bench-") as folder:
        server = Profiled(Path(folder))
        try:
            record(table(uvloop.run(measure(server))))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
