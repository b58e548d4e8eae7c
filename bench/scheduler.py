"""How fast the scheduler decides and binds.

Deciding: the pure core alone, on clusters of hand-made nodes. Binding: a whole scheduler against a server process,
from its start to the last waiting pod having its node, events included.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from apimachinery.clock import REAL_CLOCK
from apimachinery.labels import equality
from apimachinery.objects import Object
from bench.table import Table, record
from client.api import Client
from client.recorder import EventRecorder
from client.resources import NODES, PODS
from kubejazz.testing import start
from scheduler.algorithm import Algorithm
from scheduler.app import run as run_scheduler
from scheduler.cache import Cache
from scheduler.framework import CycleState
from scheduler.handle import Handle
from scheduler.namespaces import Namespaces
from scheduler.nominator import Nominator
from scheduler.plugins import PLUGINS
from scheduler.podinfo import PodInfo
from scheduler.profile import Profile, Weighted
from scheduler.snapshot import Snapshot
from scheduler.volumes import Assumed, Volumes
from scheduler.writes import Writes

_LABELS = {"app": "bench"}
_SELECTOR = {"labelSelector": {"matchLabels": _LABELS}}
_HARD_SPREAD = {
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule", **_SELECTOR}
    ]
}
_APART = {
    "affinity": {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 100, "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname", **_SELECTOR}}
            ]
        }
    }
}
CASES: Sequence[tuple[str, Mapping[str, Any], int, int]] = (
    ("pods of a ReplicaSet", {}, 50, 3000),
    ("pods of a ReplicaSet", {}, 1000, 1500),
    ("hard spread over zones", _HARD_SPREAD, 50, 2000),
    ("hard spread over zones", _HARD_SPREAD, 1000, 1000),
    ("preferred anti-affinity", _APART, 50, 1000),
    ("preferred anti-affinity", _APART, 1000, 500),
)


def node(number: int) -> Object:
    name = f"node-{number}"
    labels = {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": f"zone-{number % 3}"}
    resources = {"cpu": "32", "memory": "64Gi", "pods": "110"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "status": {"allocatable": resources, "capacity": resources},
    }


def pod(number: int, extra: Mapping[str, Any]) -> Object:
    requests = {"cpu": "100m", "memory": "64Mi"}
    container = {"name": "main", "image": "busybox", "resources": {"requests": requests}}
    metadata = {"name": f"pod-{number}", "namespace": "default", "uid": str(number), "labels": _LABELS}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container], **extra}}


def decisions(nodes: int, pods: int, extra: Mapping[str, Any], handle: Handle) -> float:
    """Pods decided a second, from the wire object on."""
    cache, snapshot = Cache(REAL_CLOCK), Snapshot()
    for number in range(nodes):
        cache.set_node(node(number))
    profile = Profile([Weighted(entry.build(handle), entry.weight) for entry in PLUGINS])
    algorithm = Algorithm(profile, handle.nominator, Random(1))
    waiting = [pod(number, extra) for number in range(pods)]
    began = time.perf_counter()
    for obj in waiting:
        info = PodInfo(obj)
        cache.update(snapshot)
        cache.assume(info.on(algorithm.schedule(CycleState(), info, snapshot).node))
    return pods / (time.perf_counter() - began)


def bindings(nodes: int, pods: int) -> tuple[float, float]:
    """(pods bound a second, seconds the last one waited) of a scheduler that finds so many pods waiting."""
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder))
        admin = Client.from_kubeconfig(str(server.kubeconfig), user_agent="bench/1")
        player = Client.from_kubeconfig(str(server.kubeconfig_of("scheduler")), user_agent="kube-scheduler/bench")
        stop = threading.Event()
        worker = threading.Thread(target=run_scheduler, args=(player, stop))
        try:
            for number in range(nodes):
                _add_node(admin, node(number))
            for number in range(pods):
                admin.create(PODS, "default", pod(number, {}))
            began = time.perf_counter()
            worker.start()
            while admin.list(PODS, field_selector="spec.nodeName=", limit=1)["items"]:
                time.sleep(0.05)
            took = time.perf_counter() - began
        finally:
            stop.set()
            if worker.is_alive():
                worker.join()
            player.close()
            admin.close()
            server.stop()
    return pods / took, took


def _add_node(client: Client, obj: Object) -> None:
    name = obj["metadata"]["name"]
    client.create(NODES, "", obj)
    client.patch(NODES, "", name, {"status": obj["status"]}, subresource="status")
    client.patch(NODES, "", name, {"spec": {"taints": None}})


def _handle(client: Client) -> Handle:
    return Handle(
        client=client,
        recorder=EventRecorder(client, "bench"),
        writes=Writes(0),
        clock=REAL_CLOCK,
        random=Random(1),
        nominator=Nominator(),
        namespaces=Namespaces(lambda name: None, lambda: set()),
        siblings=lambda info: equality(_LABELS),
        budgets=lambda: (),
        volumes=Volumes(
            claims=Assumed(lambda key: None),
            volumes=Assumed(lambda key: None),
            of_class=lambda name: (),
            storage_class=lambda key: None,
            driver=lambda key: None,
            capacities=lambda: (),
            on_change=lambda tell: None,
        ),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pods", type=int, default=1000, help="how many pods to bind")
    parser.add_argument("--nodes", type=int, default=50, help="on how many nodes")
    options = parser.parse_args()
    offline = _handle(Client.for_url("http://127.0.0.1:1", user_agent="bench/1"))
    rows = [
        (f"{title}, {nodes:,} nodes, {pods:,} pods", f"{decisions(nodes, pods, extra, offline):,.0f}")
        for title, extra, nodes, pods in CASES
    ]
    offline.recorder.close()
    rate, _ = bindings(options.nodes, options.pods)
    rows.append((f"bound through the API, {options.nodes:,} nodes, {options.pods:,} pods", f"{rate:,.0f}"))
    record(Table("Scheduling", "bench.scheduler", ("decided", "pods a second"), rows))


if __name__ == "__main__":
    main()
