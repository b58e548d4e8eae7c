"""How fast the store is, on every back end, beside etcd and beside a plain SQLite that commits each write by itself.

``python -m bench.store``: durable writes of 2 KB objects, two servers on one PostgreSQL, how far one is behind,
and what reads cost. Takes about two minutes. etcd takes part when it is installed (scripts/bench-tools.sh); its client
here speaks JSON, which costs etcd some CPU that gRPC would not.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.etcd import Etcd
from bench.store_costs import Rows, costs
from bench.store_load import Put, body, put_into, rate, rates_of_processes, started
from bench.table import Table, record
from bench.target import Machine
from tests.storage.cluster import Cluster

WRITERS = (1, 16, 64)
ROUNDS = 5
SECONDS = 0.7

Rates = list[float]
"""Writes a second, by number of writers."""

TARGETS = {"SQLite, synchronous=FULL": (1.5, 2.5, 2.5), "PostgreSQL, fsync": (1.0, 2.0, 2.0)}
"""How many times etcd's."""


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


async def rates(puts: dict[str, Put]) -> dict[str, Rates]:
    """The median of some rounds, in each of which everybody has a turn: disks and neighbours have moods."""
    found: dict[str, list[Rates]] = {name: [[] for _ in WRITERS] for name in puts}
    for _ in range(ROUNDS):
        for position, writers in enumerate(WRITERS):
            for name, put in puts.items():
                found[name][position].append(await rate(put, writers, SECONDS))
    return {name: [statistics.median(turns) for turns in measured] for name, measured in found.items()}


async def replication(url: str) -> Rows:
    """How long after a commit was answered another server has it, while 16 writers write."""
    lags: list[float] = []
    async with started(url) as one, started(url) as other:
        put = put_into(one, "replicated")
        end = time.perf_counter() + 2 * SECONDS

        async def write(writer: int) -> None:
            while time.perf_counter() < end:
                await put(f"r{writer}")
                start, revision = time.perf_counter(), one.revision
                await other.cache("replicated").wait_for(revision, 5)
                lags.append(time.perf_counter() - start)

        await asyncio.gather(*(write(writer) for writer in range(16)))
    lags.sort()
    return [
        (f"a second server is behind, p{percent}", f"{lags[len(lags) * percent // 100] * 1e3:,.2f} ms", target)
        for percent, target in ((50, ""), (99, "≤ 10 ms"))
    ]


async def replicas(url: str) -> Rows:
    """One server process against two: with as many writers on each, and with as many altogether."""
    turns: dict[tuple[int, int], list[float]] = {(1, 64): [], (2, 128): [], (2, 64): []}
    for _ in range(ROUNDS):
        for (processes, writers), measured in turns.items():
            measured.append(await rates_of_processes(url, processes, writers, 2 * SECONDS))
    one, each, shared = (statistics.median(measured) for measured in turns.values())
    return [
        ("writes/s over one PostgreSQL server process, 64 writers", f"{one:,.0f}", ""),
        ("over two, 64 writers on each", f"{each:,.0f} ({each / one:.2f}×)", "≥ 0.9×"),
        ("over two, 32 writers on each", f"{shared:,.0f} ({shared / one:.2f}×)", ""),
    ]


async def run(folder: Path) -> tuple[dict[str, Rates], Rows]:
    cluster = Cluster(durable=True)
    try:
        cluster.start()
        found = await _side_by_side(folder, cluster)
        further = await replicas(cluster.url(cluster.schema())) + await replication(cluster.url(cluster.schema()))
    finally:
        cluster.remove()
    return found, further + await costs(folder)


async def _side_by_side(folder: Path, cluster: Cluster) -> dict[str, Rates]:
    async with contextlib.AsyncExitStack() as stack:
        puts = {"SQLite, a transaction for each": stack.enter_context(plain_sqlite(folder))}
        if shutil.which("etcd"):
            etcd = await stack.enter_async_context(Etcd(folder / "etcd"))
            puts["etcd"] = lambda name: etcd.put(name, body(name)[0])
        for name, url in (
            ("SQLite, synchronous=FULL", f"sqlite:///{folder}/store.db"),
            ("PostgreSQL, fsync", cluster.url(cluster.schema())),
            ("PostgreSQL, portable path", f"portable+{cluster.url(cluster.schema())}"),
        ):
            puts[name] = put_into(await stack.enter_async_context(started(url)))
        return await rates(puts)


def compared(found: dict[str, Rates]) -> list[list[str]]:
    rows: list[list[str]] = []
    peer = found.get("etcd")
    for name, measured in found.items():
        rows.append([name, *(f"{value:,.0f}" for value in measured)])
        if peer and name in TARGETS:
            wanted = zip(measured, peer, TARGETS[name], strict=True)
            rows.append(["… times etcd (target)", *(f"{ours / its:.2f} (≥ {least})" for ours, its, least in wanted)])
    return rows


def main() -> None:
    machine = Machine()
    with tempfile.TemporaryDirectory(prefix="kubejazz-bench-") as folder:
        found, rows = asyncio.run(run(Path(folder)))
    busy = f"others and children took {machine.others(time.process_time()):.0%} of the machine"
    columns = [f"writes/s, by writers ({busy})", *map(str, WRITERS)]
    record(Table("Durable writes of 2 KB objects", "bench.store", columns, compared(found)))
    record(Table("The store: servers, reads and size", "bench.store", ["what", "measured", "target"], rows))


if __name__ == "__main__":
    main()
