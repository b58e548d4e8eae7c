"""A hundred Deployments of ten pods at once on fifty hollow nodes; then the same cluster at rest.

How long until all are available, what it took of requests and of each component's CPU; and who still asks for anything,
and what it costs, when nothing happens any more.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from bench.processes import cpu_seconds
from bench.scrape import Asked, requests
from bench.table import Table, record
from bench.thousand import cluster, wait_for_nodes
from client.api import Client
from client.resources import DEPLOYMENTS, PODS
from kubejazz.testing import Kubejazz
from storage.backend import About
from storage.backends import look

SETS, REPLICAS, NODES = 100, 10, 50
SETTLE, REST = 20.0, 30.0
"""Seconds: until what follows from the pods' start (events, statuses) is written, and how long rest is measured."""
DEADLINE = 300.0
SHOWN = 8
GOAL = 3
"""Per cent of a core that a cluster at rest may cost."""


def deployment(number: int) -> dict[str, Any]:
    labels = {"app": f"web-{number}"}
    container = {"name": "c", "image": "nginx", "resources": {"requests": {"cpu": "10m"}}}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": REPLICAS, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": f"web-{number}"}, "spec": spec}


class Moment(NamedTuple):
    """Of a cluster; the difference of two is what it did in between."""

    at: float
    cpu: dict[str, float]
    asked: Counter[Asked]
    revision: int

    @classmethod
    def now(cls, running: Kubejazz, client: Client) -> Moment:
        asked = requests(client)
        revision = int(client.list(PODS, "default", limit=1)["metadata"]["resourceVersion"])
        return cls(time.monotonic(), cpu_seconds(running.process.pid), asked, revision)

    def since(self, earlier: Moment) -> Moment:
        cpu = {name: seconds - earlier.cpu.get(name, 0.0) for name, seconds in self.cpu.items()}
        return Moment(self.at - earlier.at, cpu, self.asked - earlier.asked, self.revision - earlier.revision)


def wait_until_available(client: Client) -> None:
    """All deployments, as a watch sees them."""
    done: set[str] = set()
    listed = client.list(DEPLOYMENTS, "default")
    version = listed["metadata"]["resourceVersion"]
    with client.watch(DEPLOYMENTS, "default", resource_version=version, timeout=int(DEADLINE)) as events:
        for obj in chain(listed["items"], (event["object"] for event in events)):
            if (obj.get("status") or {}).get("availableReplicas") == REPLICAS:
                done.add(obj["metadata"]["name"])
            if len(done) == SETS:
                return
    raise SystemExit(f"only {len(done)} of {SETS} deployments became available within {DEADLINE:.0f} s")


def writers(data_dir: Path, after: int, upto: int) -> Counter[str]:
    """Who wrote what in (after, upto], by the revision log."""
    with look(f"sqlite:///{data_dir / 'kubejazz.db'}") as reading:
        told = reading.story(after, upto, 1_000_000, About())
    found: Counter[str] = Counter()
    for change, actor in told:
        who = orjson.loads(actor) if actor.startswith("{") else {"user": actor}
        name = str(who.get("user") or "").rpartition(":")[2]
        found[f"{who.get('verb', '')} {change.resource} by {name}"] += 1
    return found


def busy_rows(busy: Moment) -> list[tuple[str, str]]:
    pods = SETS * REPLICAS
    rows = [
        (f"all {SETS} available", f"{busy.at:.1f} s"),
        ("pods a second", f"{pods / busy.at:.0f}"),
        ("writes per pod", f"{busy.revision / pods:.1f}"),
        ("requests per pod, watches left out", f"{sum(busy.asked.values()) / pods:.1f}"),
        *((f"… {one}", f"{count / pods:.2f}") for one, count in busy.asked.most_common(SHOWN)),
        ("CPU of all components", f"{sum(busy.cpu.values()):.1f} s"),
    ]
    return rows + [(f"… {name}", f"{seconds:.1f} s") for name, seconds in _largest(busy.cpu)]


def rest_rows(rest: Moment, written: Counter[str]) -> list[tuple[str, str]]:
    total = sum(rest.cpu.values()) / rest.at * 100
    rows = [(f"CPU of a core (goal: {GOAL} %)", f"{total:.1f} %")]
    rows += [(f"… {name}", f"{seconds / rest.at * 100:.1f} %") for name, seconds in _largest(rest.cpu)]
    rows.append(("requests a second", f"{sum(rest.asked.values()) / rest.at:.2f}"))
    rows += [(f"… {one}", f"{count / rest.at:.2f}") for one, count in rest.asked.most_common(SHOWN)]
    rows.append(("writes a second", f"{sum(written.values()) / rest.at:.2f}"))
    return rows + [(f"… {who}", f"{count / rest.at:.2f}") for who, count in _by_kind(written).most_common(SHOWN)]


def _largest(cpu: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(cpu.items(), key=lambda entry: -entry[1])


def _by_kind(written: Counter[str]) -> Counter[str]:
    """The nodes counted as one."""
    found: Counter[str] = Counter()
    for what, count in written.items():
        verb, by_node, _ = what.partition(" by node-")
        found[verb + " by nodes" if by_node else what] += count
    return found


def main() -> int:
    with cluster(NODES) as running, contextlib.closing(_client(running)) as client:
        wait_for_nodes(client, NODES)
        before = Moment.now(running, client)
        with ThreadPoolExecutor(10) as creators:
            list(creators.map(lambda number: client.create(DEPLOYMENTS, "default", deployment(number)), range(SETS)))
        wait_until_available(client)
        busy = Moment.now(running, client).since(before)
        time.sleep(SETTLE)
        calm = Moment.now(running, client)
        time.sleep(REST)
        after = Moment.now(running, client)
        rest = after.since(calm)
        written = writers(running.data_dir, calm.revision, after.revision)
    title = f"{SETS} Deployments of {REPLICAS} pods at once on {NODES} hollow nodes"
    record(Table(title, "bench.deployments", ("what", "measured"), busy_rows(busy)))
    title = f"{SETS * REPLICAS:,} pods at rest on {NODES} hollow nodes, for {REST:.0f} s"
    record(Table(title, "bench.deployments", ("what", "measured"), rest_rows(rest, written)))
    return 0


def _client(running: Kubejazz) -> Client:
    return Client.from_kubeconfig(str(running.kubeconfig), user_agent="bench")


if __name__ == "__main__":
    sys.exit(main())
