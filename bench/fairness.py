"""One tenant floods, another asks now and then: what the second waits, alone and beside the first.

    python -m bench.fairness [--seconds 10]

Both are ordinary users of one server (priority level global-default), which may do everything in a namespace of their
own. The quiet one sends one request after the other over one connection; the flood is a process of its own with
hundreds of connections, each of which asks again as soon as it has an answer, also after a refusal. All clients share
one core, and the flood has of it what the quiet one leaves: what is measured is the wait for the server, as if they
came from elsewhere, and not the wait for a processor. Alone, too, that core is kept busy: what this does to the machine
is not the flood's doing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import uvloop

from bench.load import Connection, LoadError, Request, connect_h1
from bench.table import Table, record
from bench.target import Target, from_kubeconfig
from kubejazz.testing import start

QUIET, LOUD = "quiet", "loud"
BOUND = 2.0
"""What the quiet one's slowest hundredth may grow by."""
_PODS = 300
_SETTLE = 1.0
"""Seconds that a flood runs before it is measured beside."""
_AGAIN = 0.01
"""Seconds after which the quiet one asks again if it was refused: sooner than Retry-After says."""
_SPARE = json.dumps({"data": "x" * 900})


class Flood(NamedTuple):
    name: str
    connections: int


NONE = Flood("none", 0)
"""Asks for nothing, and is as busy: what a machine's own load does to the quiet one is not the server's."""
FLOODS = (Flood("gets", 300), Flood("creates", 300), Flood("creates", 800), Flood("lists", 200))


def request_of(kind: str, namespace: str, number: int) -> Request:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    if kind == "gets":
        return Request("GET", f"{path}/seed-{number % _PODS}")
    if kind == "lists":
        return Request("GET", path)
    return Request("POST", path, config_map(f"{kind}-{os.getpid()}-{number}"))


def config_map(name: str) -> bytes:
    return json.dumps({"metadata": {"name": name}, "data": {"text": _SPARE}}).encode()


# -- the flood, in a process of its own


async def flood(target: Target, kind: str, namespace: str, connections: int) -> None:
    made = [await connect_h1(target) for _ in range(connections)]
    numbers = iter(range(1 << 60))
    answered = 0
    began = time.perf_counter()

    async def work(connection: Connection) -> None:
        nonlocal answered
        for number in numbers:
            with contextlib.suppress(LoadError):
                await connection.ask(request_of(kind, namespace, number))
                answered += 1

    def end() -> None:
        print(answered / (time.perf_counter() - began), flush=True)
        os._exit(0)

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
    print("ready", flush=True)
    while not made:
        await asyncio.sleep(0)
    await asyncio.gather(*map(work, made))


@contextlib.contextmanager
def flooding(target: Target, one: Flood, namespace: str) -> Iterator[list[float]]:
    """Gives a list that holds, afterwards, the requests a second that were granted to the flood."""
    arguments = {
        "host": target.host,
        "port": target.port,
        "authority": target.authority.decode(),
        "headers": target.headers,
        "kind": one.name,
        "namespace": namespace,
        "connections": one.connections,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.fairness", "--flood"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(arguments))
        process.stdin.close()
        process.stdout.readline()
        time.sleep(_SETTLE)
        granted: list[float] = []
        yield granted
        process.send_signal(signal.SIGTERM)
        granted.append(float(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _flood_process() -> None:
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    given = json.loads(sys.stdin.read())
    headers = tuple((name, value) for name, value in given["headers"])
    target = Target(given["host"], given["port"], given["authority"].encode(), headers=headers)
    uvloop.run(flood(target, given["kind"], given["namespace"], given["connections"]))


# -- the quiet one


class Waits(NamedTuple):
    """Seconds, in order."""

    gets: Sequence[float]
    creates: Sequence[float]


class Row(NamedTuple):
    name: str
    waits: Waits
    granted: float | None = None
    """Requests of the flood, a second."""


async def ask_now_and_then(target: Target, namespace: str, seconds: float) -> Waits:
    connection = await connect_h1(target)
    gets: list[float] = []
    creates: list[float] = []
    end = time.perf_counter() + seconds
    number = 0
    try:
        while time.perf_counter() < end:
            number += 1
            gets.append(await _timed(connection, request_of("gets", namespace, number)))
            creates.append(await _timed(connection, request_of(f"c{time.time_ns()}", namespace, number)))
            await asyncio.sleep(0.002)
    finally:
        connection.close()
    return Waits(sorted(gets), sorted(creates))


async def _timed(connection: Connection, request: Request) -> float:
    """Seconds until it is answered; whoever is refused asks again."""
    begin = time.perf_counter()
    while True:
        try:
            await connection.ask(request)
        except LoadError as refused:
            if not str(refused).startswith("429"):
                raise
            await asyncio.sleep(_AGAIN)
        else:
            return time.perf_counter() - begin


def at(waits: Sequence[float], part: float) -> float:
    return waits[min(int(len(waits) * part), len(waits) - 1)]


# -- the server


async def prepare(admin: Connection) -> None:
    for tenant in (QUIET, LOUD):
        await admin.ask(Request("POST", "/api/v1/namespaces", json.dumps({"metadata": {"name": tenant}}).encode()))
        binding = {
            "metadata": {"name": tenant},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": tenant}],
        }
        path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{tenant}/rolebindings"
        await admin.ask(Request("POST", path, json.dumps(binding).encode()))
        for number in range(_PODS):
            seed = config_map(f"seed-{number}")
            await admin.ask(Request("POST", f"/api/v1/namespaces/{tenant}/configmaps", seed))


def measure(folder: Path, seconds: float, *, fair: bool) -> list[Row]:
    (folder / "tokens.csv").write_text(f"{QUIET}-token,{QUIET},1\n{LOUD}-token,{LOUD},2\n")
    running = start(folder, token_auth_file=str(folder / "tokens.csv"), enable_priority_and_fairness=str(fair).lower())
    try:
        target = from_kubeconfig(running.kubeconfig, running.process.pid)
        uvloop.run(_prepared(target))
        quiet, loud = _tenant(target, QUIET), _tenant(target, LOUD)
        alone, rows = [], []
        with _clients_apart():
            for one in FLOODS:
                with flooding(loud, NONE, LOUD):
                    alone.append(uvloop.run(ask_now_and_then(quiet, QUIET, seconds / 2)))
                with flooding(loud, one, LOUD) as granted:
                    waits = uvloop.run(ask_now_and_then(quiet, QUIET, seconds))
                rows.append(Row(f"beside {one.connections} connections' {one.name}", waits, *granted))
                time.sleep(_SETTLE)  # what the flood has left behind
            with flooding(loud, NONE, LOUD):
                again = uvloop.run(ask_now_and_then(quiet, QUIET, seconds))
    finally:
        running.stop()
    return [Row("alone, before each", _together(alone)), *rows, Row("alone, after all", again)]


@contextlib.contextmanager
def _clients_apart() -> Iterator[None]:
    """All clients on one core, so that they do not take the server's: they come from elsewhere.

    The quiet one is the clock, too: where it may, it goes before whatever else runs on that core.
    """
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        os.sched_setaffinity(0, cores)


def _together(waits: Sequence[Waits]) -> Waits:
    return Waits(*(sorted(wait for some in kind for wait in some) for kind in zip(*waits, strict=True)))


async def _prepared(target: Target) -> None:
    admin = await connect_h1(target)
    await prepare(admin)
    admin.close()


def _tenant(target: Target, name: str) -> Target:
    return replace(target, certificate=b"", key=b"", headers=(("authorization", f"Bearer {name}-token"),))


def table(title: str, found: Sequence[Row]) -> Table:
    alone = found[0].waits
    rows = []
    for row in found:
        cells = [row.name, "" if row.granted is None else f"{row.granted:,.0f}", str(len(row.waits.gets))]
        for mine, first in zip(row.waits, alone, strict=True):
            cells += [f"{at(mine, 0.5) * 1e3:.2f}", f"{at(mine, 0.99) * 1e3:.2f}"]
            cells.append(f"{at(mine, 0.99) / at(first, 0.99):.1f}")
        rows.append(cells)
    columns = (
        "a quiet tenant's requests",
        "the flood's a second",
        "rounds",
        "get p50 ms",
        "p99 ms",
        "p99 ×",
        "create p50 ms",
        "p99 ms",
        "p99 ×",
    )
    return Table(title, "bench.fairness", columns, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--unfair", action="store_true", help="with priority and fairness switched off")
    parser.add_argument("--flood", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.flood:
        _flood_process()
        return
    with tempfile.TemporaryDirectory(prefix="kubejazz-bench-") as folder:
        found = measure(Path(folder), options.seconds, fair=not options.unfair)
    record(table("Fairness, switched off" if options.unfair else "Fairness", found))


if __name__ == "__main__":
    main()
