"""How fast it is up, and how little it takes to wait: cold ``serve`` to the first answer, its memory when idle, ``up``
to two Ready nodes. Keys and certificates are made in the measured time, as at a first start.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench.table import Table, record
from client.api import Client
from client.resources import NAMESPACES, NODES
from kubejazz.testing import Kubejazz, start

ROUNDS = 5
IDLE_SECONDS = 5.0
TARGETS = {"serve": 1.0, "memory": 110.0, "up": 5.0}


def memory_mb(pid: int) -> float:
    """Resident memory of one process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def first_answer(folder: Path) -> tuple[float, Kubejazz]:
    """Seconds from the start of the process to the first successful list, certificate making included."""
    begin = time.monotonic()
    running = start(folder)
    with contextlib.closing(Client.from_kubeconfig(str(running.kubeconfig), user_agent="bench")) as client:
        client.list(NAMESPACES)
    return time.monotonic() - begin, running


def serve_once() -> tuple[float, float]:
    """(seconds to the first answer, MB when idle)."""
    with tempfile.TemporaryDirectory(prefix="kubejazz-bench-") as folder:
        seconds, running = first_answer(Path(folder))
        try:
            time.sleep(IDLE_SECONDS)
            return seconds, memory_mb(running.process.pid)
        finally:
            running.stop()


def up_once() -> float:
    """Seconds from ``up`` to two Ready nodes."""
    with tempfile.TemporaryDirectory(prefix="kubejazz-bench-") as folder:
        begin = time.monotonic()
        running = start(Path(folder), nodes=2)
        try:
            with contextlib.closing(Client.from_kubeconfig(str(running.kubeconfig), user_agent="bench")) as client:
                while _ready_nodes(client) < 2:
                    if time.monotonic() - begin > 60:
                        raise SystemExit("two nodes were not Ready within a minute")
                    time.sleep(0.05)
            return time.monotonic() - begin
        finally:
            running.stop()


def _ready_nodes(client: Client) -> int:
    nodes = client.list(NODES)["items"]
    return sum(
        1
        for node in nodes
        for condition in (node.get("status") or {}).get("conditions") or ()
        if condition["type"] == "Ready" and condition["status"] == "True"
    )


def main() -> int:
    served = [serve_once() for _ in range(ROUNDS)]
    ups = [up_once() for _ in range(ROUNDS)]
    seconds, memory = (statistics.median(column) for column in zip(*served, strict=True))
    worst_seconds, worst_memory = (max(column) for column in zip(*served, strict=True))
    rows = [
        ("cold serve to the first answer", f"{seconds:.2f} s", f"{worst_seconds:.2f} s", f"{TARGETS['serve']:.1f} s"),
        ("idle memory of serve", f"{memory:.0f} MB", f"{worst_memory:.0f} MB", f"{TARGETS['memory']:.0f} MB"),
        ("up to two Ready nodes", f"{statistics.median(ups):.2f} s", f"{max(ups):.2f} s", f"{TARGETS['up']:.1f} s"),
    ]
    record(Table("Starting and waiting", "bench.startup", ("what", "median", "worst", "target"), rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
