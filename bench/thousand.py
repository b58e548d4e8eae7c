"""A thousand pods of one ReplicaSet over a hundred hollow nodes: how long until all run, and what it cost.

Nothing may be lost or doubled: exactly a thousand pods, each bound once, each with an address of its own.
"""

from __future__ import annotations

import collections
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.table import Table, record
from client.api import Client
from client.resources import NODES, PODS, REPLICASETS
from kubejazz.testing import Kubejazz, start

PODS_WANTED = 1000
NODES_WANTED = 100
SLO = 5
"""Seconds from a pod's creation until it runs, for 99 of 100: upstream's objective."""
DEADLINE = 180.0


def replica_set(replicas: int) -> dict[str, Any]:
    labels = {"app": "thousand"}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "thousand"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "c", "image": "nginx", "resources": {"requests": {"cpu": "10m"}}}]},
            },
        },
    }


def wait_for_nodes(client: Client, count: int) -> None:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        nodes = client.list(NODES)["items"]
        if sum(1 for node in nodes if not (node["spec"].get("taints"))) >= count:
            return
        time.sleep(0.1)
    raise SystemExit(f"{count} nodes were not ready within {DEADLINE:.0f} s")


def wait_until_running(client: Client, count: int) -> tuple[list[float], list[float]]:
    """Seconds until 50 %, 99 % and all pods run, and how long each took from its creation, as a watch sees them."""
    begin = time.monotonic()
    made: dict[str, float] = {}
    running: dict[str, float] = {}
    marks: list[float] = []
    wanted = [count // 2, count * 99 // 100, count]
    listed = client.list(PODS, "default")
    made.update((pod["metadata"]["uid"], begin) for pod in listed["items"])
    with client.watch(
        PODS, "default", resource_version=listed["metadata"]["resourceVersion"], timeout=int(DEADLINE)
    ) as events:
        for event in events:
            if event["type"] == "BOOKMARK":
                continue
            pod = event["object"]
            uid, now = pod["metadata"]["uid"], time.monotonic()
            made.setdefault(uid, now)
            if event["type"] == "MODIFIED" and (pod.get("status") or {}).get("phase") == "Running":
                running.setdefault(uid, now - made[uid])
            while wanted and len(running) >= wanted[0]:
                marks.append(time.monotonic() - begin)
                wanted.pop(0)
            if not wanted:
                return marks, sorted(running.values())
    raise SystemExit(f"only {len(running)} of {count} pods ran within {DEADLINE:.0f} s")


def check(client: Client) -> None:
    """Exactly as many pods as wanted, each on a node, no address twice."""
    pods = client.list(PODS, "default")["items"]
    addresses = collections.Counter(pod["status"].get("podIP") for pod in pods)
    problems = []
    if len(pods) != PODS_WANTED:
        problems.append(f"{len(pods)} pods instead of {PODS_WANTED}")
    if any(not pod["spec"].get("nodeName") for pod in pods):
        problems.append("pods without a node")
    if max(addresses.values()) > 1:
        problems.append(f"addresses given twice: {addresses.most_common(3)}")
    if problems:
        raise SystemExit("; ".join(problems))


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and of its children that still run."""
    total = 0.0
    for child in [pid, *_children(pid)]:
        with contextlib.suppress(FileNotFoundError):
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / 100
    return total


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


@contextlib.contextmanager
def cluster(nodes: int) -> Iterator[Kubejazz]:
    with tempfile.TemporaryDirectory(prefix="kubejazz-bench-") as folder:
        running = start(Path(folder), nodes=nodes)
        try:
            yield running
        finally:
            running.stop()


def main() -> int:
    with cluster(NODES_WANTED) as running, contextlib.closing(_client(running)) as client:
        begin = time.monotonic()
        wait_for_nodes(client, NODES_WANTED)
        nodes_after = time.monotonic() - begin
        cpu = cpu_seconds(running.process.pid)
        first = int(client.list(PODS, "default")["metadata"]["resourceVersion"])
        client.create(REPLICASETS, "default", replica_set(PODS_WANTED))
        (half, most, every), delays = wait_until_running(client, PODS_WANTED)
        cpu = cpu_seconds(running.process.pid) - cpu
        writes = int(client.list(PODS, "default")["metadata"]["resourceVersion"]) - first
        check(client)
    rows = [
        (f"{NODES_WANTED} nodes schedulable", f"{nodes_after:.1f} s"),
        (f"{PODS_WANTED // 2} pods Running", f"{half:.1f} s"),
        (f"{PODS_WANTED * 99 // 100} pods Running", f"{most:.1f} s"),
        (f"all {PODS_WANTED} pods Running", f"{every:.1f} s"),
        ("pods a second", f"{PODS_WANTED / every:.0f}"),
        ("from creation to Running, half of the pods", f"{delays[PODS_WANTED // 2]:.1f} s"),
        (f"99 % of them (objective: {SLO} s)", f"{delays[PODS_WANTED * 99 // 100]:.1f} s"),
        ("CPU of all components", f"{cpu:.1f} s"),
        ("writes per pod", f"{writes / PODS_WANTED:.1f}"),
    ]
    record(
        Table(
            f"{PODS_WANTED:,} pods of one ReplicaSet over {NODES_WANTED} hollow nodes",
            "bench.thousand",
            ("what", "measured"),
            rows,
        )
    )
    return 0


def _client(running: Kubejazz) -> Client:
    return Client.from_kubeconfig(str(running.kubeconfig), user_agent="bench")


if __name__ == "__main__":
    sys.exit(main())
