"""What a client costs itself: the official Python client, as it is and without its models, beside the room `client`.

    python -m bench.clients

All ask the same server, one request after another; CPU is this process's. A watch is read until every event of many
changes has come.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import kubernetes
from kubernetes.watch import Watch

from bench.pods import name, pod, renumbering_patch
from bench.table import Table, record
from client.api import Client
from client.resources import PODS, SERVICEACCOUNTS
from kubejazz.testing import start

NAMESPACE = "default"
LISTED, GETS, LISTS, CHANGES = 1000, 300, 3, 500


class Cost(NamedTuple):
    """Milliseconds of CPU of the client, and milliseconds altogether, for one."""

    cpu: float
    wall: float


Work: TypeAlias = Callable[[], object]


class Contender(NamedTuple):
    """``watch`` ends when CHANGES events have come."""

    name: str
    get: Work
    list: Work
    watch: Callable[[str], Iterable[object]]


def official(config: Path) -> list[Contender]:
    load: Any = kubernetes.config.new_client_from_config
    api: Any = kubernetes.client.CoreV1Api(load(str(config)))
    follow: Any = Watch

    def watch(revision: str) -> Any:
        return follow().stream(
            api.list_namespaced_pod, NAMESPACE, resource_version=revision, timeout_seconds=60, limit=None
        )

    def lines(revision: str) -> Iterable[object]:
        answer = api.list_namespaced_pod(
            NAMESPACE, watch=True, resource_version=revision, timeout_seconds=60, _preload_content=False
        )
        return map(json.loads, answer)

    return [
        Contender(
            "the official client",
            lambda: api.read_namespaced_pod(name(0), NAMESPACE),
            lambda: api.list_namespaced_pod(NAMESPACE),
            watch,
        ),
        Contender(
            "the official client, _preload_content=False",
            lambda: json.loads(api.read_namespaced_pod(name(0), NAMESPACE, _preload_content=False).data),
            lambda: json.loads(api.list_namespaced_pod(NAMESPACE, _preload_content=False).data),
            lines,
        ),
    ]


def ours(client: Client) -> Contender:
    def watch(revision: str) -> Iterable[object]:
        with client.watch(PODS, NAMESPACE, resource_version=revision, timeout=60, bookmarks=False) as events:
            yield from events

    return Contender(
        "the room client",
        lambda: client.get(PODS, NAMESPACE, name(0)),
        lambda: client.list(PODS, NAMESPACE),
        watch,
    )


def cost(work: Work, times: int) -> Cost:
    work()  # the first one connects
    begin, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        work()
    return Cost(*(taken / times * 1e3 for taken in (time.process_time() - cpu, time.perf_counter() - begin)))


def watched(contender: Contender, admin: Client, change: Callable[[], None]) -> Cost:
    """``change`` writes CHANGES times and is over before the events are read."""
    revision = admin.list(PODS, NAMESPACE, limit=1)["metadata"]["resourceVersion"]
    change()
    events = iter(contender.watch(revision))
    begin, cpu = time.perf_counter(), time.process_time()
    for _ in range(CHANGES):
        next(events)
    return Cost(*(taken / CHANGES * 1e3 for taken in (time.process_time() - cpu, time.perf_counter() - begin)))


def changer(admin: Client) -> Callable[[], None]:
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{name(0)}"
    numbers = iter(range(1, sys.maxsize))

    def change() -> None:
        for _ in range(CHANGES):
            patch: Any = json.loads(renumbering_patch(next(numbers)))
            admin.request("PATCH", path, "", patch, content_type="application/merge-patch+json")

    return change


def fill(admin: Client) -> None:
    admin.create(SERVICEACCOUNTS, NAMESPACE, {"metadata": {"name": "bench"}})
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: admin.create(PODS, NAMESPACE, json.loads(pod(number))), range(LISTED)))


def measure(config: Path) -> Table:
    admin = Client.from_kubeconfig(str(config), user_agent="bench/1")
    fill(admin)
    change = changer(admin)
    rows = []
    for contender in (*official(config), ours(admin)):
        costs = (cost(contender.get, GETS), cost(contender.list, LISTS), watched(contender, admin, change))
        rows.append(
            (contender.name, *(f"{one.cpu:,.2f} ms" for one in costs), *(f"{one.wall:,.2f} ms" for one in costs))
        )
    admin.close()
    whats = ("a get of a pod", f"a list of {LISTED:,}", "an event of a watch")
    columns = ("client", *(f"CPU of {what}" for what in whats), *(f"time of {what}" for what in whats))
    return Table("What a client costs itself", "bench.clients", columns, rows)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="kubejazz-bench-") as folder:
        running = start(Path(folder))
        try:
            record(measure(running.kubeconfig))
        finally:
            running.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
