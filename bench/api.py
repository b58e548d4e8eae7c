"""What a client of the API gets: requests per second, lists, watches, memory.

    python -m bench.api [--seconds 1]                       kubejazz serve, beside bare servers of the same kind
    python -m bench.api --kubeconfig FILE [--pid PID]       any cluster; its CPU and memory if PID is its process here

Over HTTPS on HTTP/1.1 (and HTTP/2 for single objects), from this process. The figures of ours go into
bench/results.md, those of another cluster are printed.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import uvloop

from bench import lists, verbs, watch
from bench.http_stack import STACKS, Server, write_certificates
from bench.load import LoadError, Round, connect_h1
from bench.pods import Namespace
from bench.table import Table, record
from bench.target import Machine, Target, from_kubeconfig
from kubejazz.testing import start

SETTLE = 1.0
WATCH_SECONDS = 3.0


async def measure(target: Target, seconds: float, peers: dict[str, Round]) -> list[Table]:
    """Everything, in a namespace that is deleted at the end."""
    await asyncio.sleep(SETTLE)
    idle = _memory(target)
    namespace, admin = Namespace(), await connect_h1(target)
    await namespace.create(admin)
    try:
        await lists.fill(target, namespace, range(lists.STORED))
        stored = _memory(target)
        await namespace.clear(admin)
        listed = await lists.measure(target, namespace)
        await namespace.clear(admin)
        machine, known = Machine(), _known(target)
        single = await verbs.measure(target, namespace, seconds)
        others = machine.others(_known(target) - known)
        fans = await watch.measure(target, namespace, WATCH_SECONDS * seconds)
    finally:
        await namespace.delete(admin)
        admin.close()
    title = "Requests for pods of 2 KB, about 4.5 KB as served"
    tables = [verbs.table(title, single, peers, others), listed, watch.table(fans)]
    return tables if not target.pid else [*tables, lists.memory_table(idle, stored, _memory(target))]


def _known(target: Target) -> float:
    """CPU seconds of the server, if it can be seen, and of this process."""
    return time.process_time() + (target.cpu() if target.pid else 0.0)


def _memory(target: Target) -> float:
    return target.memory() if target.pid else 0.0


async def bare(seconds: float) -> dict[str, Round]:
    """GETs from servers that do nothing but answer with 2 KB: our listener and stock Hypercorn."""
    with tempfile.TemporaryDirectory(prefix="kubejazz-bench-") as folder:
        write_certificates(Path(folder))
        target = Target("127.0.0.1", 0, Path(folder, "ca.crt").read_bytes())
        return {f"a bare app, {stack}": await _bare(stack, folder, target, seconds) for stack in STACKS}


async def _bare(stack: str, folder: str, target: Target, seconds: float) -> Round:
    server = Server(stack, folder)
    try:
        await asyncio.sleep(SETTLE)
        there = replace(target, port=server.port)
        await verbs.bare(there, 64, 1.0)  # the first second of a process is slower
        cpu = server.cpu()
        result = await verbs.bare(there, 64, seconds)
        return result._replace(cpu=server.cpu() - cpu)
    finally:
        server.stop()


async def ours(seconds: float) -> list[Table]:
    peers = await bare(seconds)
    with tempfile.TemporaryDirectory(prefix="kubejazz-bench-") as folder:
        running = start(Path(folder))
        try:
            return await measure(from_kubeconfig(running.kubeconfig, running.process.pid), seconds, peers)
        finally:
            running.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="per measurement")
    parser.add_argument("--kubeconfig", type=Path, help="of another cluster, instead of a server of ours")
    parser.add_argument("--pid", type=int, default=0, help="that cluster's API server, if it runs on this machine")
    options = parser.parse_args()
    try:
        if options.kubeconfig is None:
            for table in uvloop.run(ours(options.seconds)):
                record(table)
            return
        for table in uvloop.run(measure(from_kubeconfig(options.kubeconfig, options.pid), options.seconds, {})):
            print(f"\n{table.title}")
            table.show()
    except* LoadError as refused:
        raise SystemExit(f"the load was refused: {refused.exceptions[0]}") from None


if __name__ == "__main__":
    main()
