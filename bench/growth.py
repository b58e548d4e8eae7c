"""What a server does as it grows: creates, gets, pages and memory from no object to 100,000.

    python -m bench.growth

Config maps of 1 KB, over HTTP/1.1, 32 creates in flight.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import uvloop

from bench.load import Connection, Request, connect_h1, connections, run
from bench.pods import Namespace
from bench.table import Table, record
from bench.target import Target, from_kubeconfig
from kubejazz.testing import start

STEPS = (0, 10_000, 30_000, 100_000)
IN_FLIGHT, SAMPLE, GETS, PAGES = 32, 2000, 2000, 10
PADDING = "x" * 800


def config_map(number: int) -> bytes:
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": _name(number), "labels": {"shard": str(number % 16)}},
        "data": {"padding": PADDING},
    }
    return json.dumps(body).encode()


def _name(number: int) -> str:
    return f"map-{number:07d}"


async def measure(target: Target) -> list[tuple[str, ...]]:
    namespace, admin = Namespace(), await connect_h1(target)
    await namespace.create(admin)
    maps = f"/api/v1/namespaces/{namespace.name}/configmaps"
    made = await connections(target, "HTTP/1.1", IN_FLIGHT)

    async def create(connection: Connection, number: int) -> None:
        await connection.ask(Request("POST", maps, config_map(number)))

    async def get(connection: Connection, number: int) -> None:
        await connection.ask(Request("GET", f"{maps}/{_name(number)}"))

    async def page(connection: Connection, _: int) -> None:
        await connection.ask(Request("GET", f"{maps}?limit=500"))

    rows: list[tuple[str, ...]] = []
    there = 0
    for step in STEPS:
        await run(target, made, create, range(there, step), 600.0)
        created = await run(target, made, create, range(step, step + SAMPLE), 600.0)
        there = step + SAMPLE
        got = await run(target, made, get, range(step, step + GETS), 600.0)
        paged = await run(target, made[:1], page, range(PAGES), 600.0)
        rows.append(
            (
                f"{step:,}",
                f"{created.rate:,.0f}",
                f"{created.cpu_each:,.0f} µs",
                f"{got.cpu_each:,.0f} µs",
                f"{paged.seconds / PAGES * 1e3:.1f} ms",
                f"{target.memory():.0f} MB",
            )
        )
    for connection in (*made, admin):
        connection.close()
    return rows


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kubejazz-bench-") as folder:
        running = start(Path(folder))
        try:
            rows = uvloop.run(measure(from_kubeconfig(running.kubeconfig, running.process.pid)))
        finally:
            running.stop()
    columns = ("config maps of 1 KB there", "creates per s", "CPU of a create", "of a get", "page of 500", "memory")
    record(Table("Growing to 100,000 objects", "bench.growth", columns, rows))


if __name__ == "__main__":
    main()
