"""Watch fan-out: what an event costs for each watcher, and when the watchers have it.

Changes are written at an even pace; a watcher's n-th event is the n-th change, because every event comes once and in
order. The delay runs from sending the write until the watcher has the event: it contains the write.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

import orjson

from bench.load import Request, connect_h1
from bench.pods import Namespace, renumbering_patch
from bench.table import Table
from bench.target import Target

WATCHERS = (0, 1, 100, 1000)
PACE = 50
MARK = b'"type":"MODIFIED"'
CPU_TARGETS, DELAY_TARGETS = {100: 40}, {1000: 250}
PATIENCE = 30.0
FEW = 100
"""Below that, what the writes cost hides what the watchers cost."""
MERGE = "application/merge-patch+json"


class Clockwork:
    """When each change was sent, and how long every watcher waited for it. Seconds."""

    def __init__(self) -> None:
        self.sent: list[float] = []
        self.delays: list[float] = []


class Watcher(asyncio.Protocol):
    """Counts events in the bytes as they come, without parsing: the load must not be what is measured."""

    def __init__(self, request: bytes, clockwork: Clockwork) -> None:
        self._request, self._clockwork = request, clockwork
        self._tail = b""
        self.seen = 0
        self.begun = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self.begun.done():
            self.begun.set_result(data)
        whole = self._tail + data
        found = whole.count(MARK)
        self._tail = whole[1 - len(MARK) :]
        if found:
            now = time.perf_counter()
            sent = self._clockwork.sent[self.seen : self.seen + found]
            self._clockwork.delays += [now - at for at in sent]
            self.seen += found


class Fan(NamedTuple):
    watchers: int
    events: int
    delivered: int
    cpu: float
    p50: float
    p99: float
    memory: float


async def measure(target: Target, namespace: Namespace, seconds: float) -> list[Fan]:
    return [await fan(target, namespace, watchers, round(seconds * PACE)) for watchers in WATCHERS]


async def fan(
    target: Target, namespace: Namespace, count: int, events: int, begun: Callable[[], None] = lambda: None
) -> Fan:
    """``begun`` is called when the watchers are there and nothing has changed yet."""
    writer = await connect_h1(target)
    await writer.ask(namespace.create_pod(0))
    revision = orjson.loads(await writer.ask(Request("GET", namespace.pods)))["metadata"]["resourceVersion"]
    memory = target.memory() if target.pid else 0.0
    clockwork = Clockwork()
    watchers = await _watchers(target, namespace, revision, count, clockwork)
    memory = (target.memory() if target.pid else 0.0) - memory
    begun()
    cpu = target.cpu() if target.pid else 0.0
    await _change(target, namespace, events, clockwork)
    await _all(watchers, events)
    cpu = (target.cpu() if target.pid else 0.0) - cpu
    for watcher in watchers:
        watcher.transport.abort()
    await writer.ask(Request("DELETE", f"{namespace.path(0)}?gracePeriodSeconds=0"))
    writer.close()
    delays = sorted(clockwork.delays) or [0.0]
    delivered = sum(watcher.seen for watcher in watchers)
    p50, p99 = (delays[int(len(delays) * share)] for share in (0.5, 0.99))
    return Fan(count, events, delivered, cpu, p50, p99, memory)


async def _watchers(
    target: Target, namespace: Namespace, revision: str, count: int, clockwork: Clockwork
) -> list[Watcher]:
    headers = "".join(f"{name}: {value}\r\n" for name, value in target.headers)
    path = f"{namespace.pods}?watch=1&resourceVersion={revision}&timeoutSeconds=600"
    request = f"GET {path} HTTP/1.1\r\nhost: {target.host}\r\naccept: application/json\r\n{headers}\r\n".encode()
    context, loop = target.context("http/1.1"), asyncio.get_running_loop()
    watchers = []
    for _ in range(count):
        made = await loop.create_connection(lambda: Watcher(request, clockwork), target.host, target.port, ssl=context)
        watchers.append(made[1])
    for watcher in watchers:
        begun = await watcher.begun
        if not begun.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"a watch was refused: {begun[:500]!r}")
    return watchers


async def _change(target: Target, namespace: Namespace, events: int, clockwork: Clockwork) -> None:
    """One write after another, each at its time or as soon as the one before is answered."""
    connection = await connect_h1(target)
    begin = time.perf_counter()
    for number in range(events):
        await asyncio.sleep(begin + number / PACE - time.perf_counter())
        clockwork.sent.append(time.perf_counter())
        await connection.ask(Request("PATCH", namespace.path(0), renumbering_patch(number + 1), MERGE))
    connection.close()


async def _all(watchers: list[Watcher], events: int) -> None:
    deadline = time.perf_counter() + PATIENCE
    while any(watcher.seen < events for watcher in watchers):
        if time.perf_counter() > deadline:
            missing = sum(events - watcher.seen for watcher in watchers)
            raise SystemExit(f"{missing} events had not arrived {PATIENCE:.0f} s after the last write")
        await asyncio.sleep(0.01)


def table(fans: list[Fan]) -> Table:
    """The first has no watcher: what the writes cost alone."""
    alone = fans[0].cpu
    rows = []
    for fan in fans[1:]:
        each, more = (cpu / fan.delivered * 1e6 for cpu in (fan.cpu, fan.cpu - alone))
        cpu_target, delay_target = CPU_TARGETS.get(fan.watchers), DELAY_TARGETS.get(fan.watchers)
        rows.append(
            (
                f"{fan.watchers:,}",
                f"{fan.delivered:,}",
                f"{each:,.1f} µs" if fan.cpu else "–",
                f"{more:,.1f} µs" if fan.cpu and fan.watchers >= FEW else "–",
                f"≤ {cpu_target} µs" if cpu_target else "",
                f"{fan.p50 * 1e3:.1f} ms",
                f"{fan.p99 * 1e3:.1f} ms",
                f"≤ {delay_target} ms" if delay_target else "",
                f"{fan.memory * 1e3 / fan.watchers:.0f} KB" if fan.cpu else "–",
            )
        )
    columns = (
        f"watchers, {PACE} changes a second",
        "events delivered",
        "server CPU each",
        "without the writes",
        "target",
        "p50",
        "p99",
        "target",
        "memory each",
    )
    return Table("Watch fan-out", "bench.api", columns, rows)
