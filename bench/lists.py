"""Lists of many pods, whole and a page at a time, in each encoding; and the memory that many pods take."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable

from bench.load import H1, Connection, Request, Round, connect_h1, connections, run
from bench.pods import Namespace
from bench.table import Table
from bench.target import Target

LISTED, PAGE, STORED = 3300, 500, 10_000
SIZES = (1000, LISTED, STORED)
LIST_TARGETS, PAGE_TARGET = {LISTED: 20}, 5
SERVED = 2048
IDLE_TARGET, STORED_TARGET = 110, 250
ENCODINGS = {
    "JSON": "application/json",
    "Table": "application/json;as=Table;v=v1;g=meta.k8s.io",
    "protobuf": "application/vnd.kubernetes.protobuf",
}
TIMES = 11


async def fill(target: Target, namespace: Namespace, numbers: Iterable[int]) -> None:
    await fill_with(target, namespace.create_pod, numbers)


async def fill_with(target: Target, request: Callable[[int], Request], numbers: Iterable[int]) -> None:
    made = await connections(target, "HTTP/1.1", 32)

    async def create(connection: Connection, number: int) -> None:
        await connection.ask(request(number))

    await run(target, made, create, numbers, 600.0)
    for connection in made:
        connection.close()


async def measure(target: Target, namespace: Namespace) -> Table:
    """Fills the namespace up to the largest of SIZES."""
    connection = await connect_h1(target)
    rows, there = [], 0
    for size in SIZES:
        await fill(target, namespace, range(there, size))
        there = size
        for encoding, accept in ENCODINGS.items():
            request = Request("GET", namespace.pods, accept=accept)
            rows.append(await _row(target, connection, request, f"{size:,} pods, {encoding}", LIST_TARGETS.get(size)))
    for encoding, accept in ENCODINGS.items():
        request = Request("GET", f"{namespace.pods}?limit={PAGE}", accept=accept)
        rows.append(await _row(target, connection, request, f"page of {PAGE}, {encoding}", PAGE_TARGET))
    rows.append(await _small(target, connection, namespace))
    connection.close()
    columns = ("list", "first", "median", "target", "server CPU", "size")
    return Table("Lists of pods", "bench.api", columns, rows)


async def _small(target: Target, connection: H1, namespace: Namespace) -> tuple[str, ...]:
    """Of LISTED pods that weigh SERVED bytes as they are served, not as they are sent."""
    await namespace.clear(connection)
    size = len(await connection.ask(namespace.create_small(0, 0)))
    await namespace.clear(connection)
    await fill_with(target, lambda number: namespace.create_small(number, max(0, SERVED - size)), range(LISTED))
    request = Request("GET", namespace.pods)
    what = f"{LISTED:,} pods of {SERVED:,} bytes as served, JSON"
    return await _row(target, connection, request, what, LIST_TARGETS[LISTED])


async def _row(target: Target, connection: H1, request: Request, what: str, limit: int | None) -> tuple[str, ...]:
    size = 0

    async def ask(_: Connection, number: int) -> None:
        nonlocal size
        size = await connection.size(request)

    rounds: list[Round] = [await run(target, [connection], ask, range(1), 60.0) for _ in range(TIMES)]
    cpu = sum(r.cpu for r in rounds[1:]) / (TIMES - 1)
    return (
        what,
        f"{rounds[0].seconds * 1e3:.1f} ms",
        f"{statistics.median(r.seconds for r in rounds[1:]) * 1e3:.1f} ms",
        f"≤ {limit} ms" if limit else "",
        f"{cpu * 1e3:.0f} ms" if target.pid else "–",
        f"{size / 1e6:.2f} MB",
    )


def memory_table(idle: float, stored: float, after: float) -> Table:
    """MB resident: idle, with STORED pods and their lists, and at the end of all loads with no pod left."""
    rows = [
        ("idle", f"{idle:.0f} MB", f"≤ {IDLE_TARGET} MB"),
        (f"with {STORED:,} pods", f"{stored:.0f} MB", f"≤ {STORED_TARGET} MB"),
        ("each 1,000 pods", f"{(stored - idle) / STORED * 1000:.1f} MB", ""),
        ("after everything, no pod left", f"{after:.0f} MB", ""),
    ]
    return Table("Memory of the server", "bench.api", ("what", "measured", "target"), rows)
