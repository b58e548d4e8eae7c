"""A node that falls silent: unknown, tainted, its pods not ready and then evicted; and a node that is cordoned."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apimachinery.objects import Object, find_condition
from apimachinery.timefmt import format_micro_time
from client.api import STRATEGIC, Client
from client.resources import LEASES, NODES, PODS
from kubejazz.testing import Kubejazz, start
from tests.controllers.live import ShiftedClock, controllers, eventually, find

NAMES = ("node-lifecycle-controller", "taint-eviction-controller")
TAINTS = ("node.kubernetes.io/unreachable", "node.kubernetes.io/not-ready")


@pytest.fixture
def alone() -> Iterator[tuple[Kubejazz, Client]]:
    """A server whose nodes are ours."""
    with tempfile.TemporaryDirectory(prefix="kubejazz-") as folder:
        server = start(Path(folder))
        client = Client.from_kubeconfig(str(server.kubeconfig), user_agent="test/1")
        yield server, client
        client.close()
        server.stop()


def register(client: Client, name: str) -> None:
    kinds = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
    conditions = [{"type": kind, "status": "True" if kind == "Ready" else "False"} for kind in kinds]
    client.create(NODES, "", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})
    client.patch(NODES, "", name, {"status": {"conditions": conditions}}, subresource="status")
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name}}
    client.create(LEASES, "kube-node-lease", lease)


def run_pod(client: Client, name: str, node: str) -> None:
    tolerations = [{"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 1} for key in TAINTS]
    spec: Object = {"containers": [{"name": "c", "image": "nginx"}], "nodeName": node, "tolerations": tolerations}
    client.create(PODS, "default", {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    client.patch(PODS, "default", name, {"status": status}, kind=STRATEGIC, subresource="status")


def renew(client: Client, name: str, clock: ShiftedClock) -> None:
    spec = {"spec": {"renewTime": format_micro_time(clock.now())}}
    client.patch(LEASES, "kube-node-lease", name, spec)


def condition_of(obj: Object | None, kind: str) -> Any:
    return (find_condition(obj, kind) or {}).get("status") if obj is not None else None


def test_a_silent_nodes_pods_are_not_ready_and_then_evicted(alone: tuple[Kubejazz, Client]) -> None:
    server, client = alone
    clock = ShiftedClock()
    for name in ("alive", "lost"):
        register(client, name)
        run_pod(client, f"on-{name}", name)
    with controllers(server, NAMES, clock=clock):
        eventually(lambda: client.list(NODES)["items"], lambda nodes: all("taints" not in n["spec"] for n in nodes))
        clock.shift(55)

        def lost() -> Object:
            renew(client, "alive", clock)
            return client.get(NODES, "", "lost")

        node = eventually(lost, lambda found: len(found["spec"].get("taints") or ()) == 2)
        assert condition_of(node, "Ready") == "Unknown"
        assert {(t["key"], t["effect"]) for t in node["spec"]["taints"]} == {
            (TAINTS[0], "NoSchedule"),
            (TAINTS[0], "NoExecute"),
        }
        gone = eventually(
            lambda: find(client, PODS, "default", "on-lost"),
            lambda pod: pod is None or "deletionTimestamp" in pod["metadata"],
        )
        assert gone is None or condition_of(gone, "DisruptionTarget") == "True"
        assert gone is None or condition_of(gone, "Ready") == "False"
        assert condition_of(client.get(NODES, "", "alive"), "Ready") == "True"
        assert condition_of(client.get(PODS, "default", "on-alive"), "Ready") == "True"


def test_a_cordoned_node_is_tainted_until_it_is_uncordoned(alone: tuple[Kubejazz, Client]) -> None:
    server, client = alone
    register(client, "n1")
    with controllers(server, NAMES):
        server.kubectl("cordon", "n1")
        # A new node has the taint of one that is not ready; that goes when the controller has seen that it is.
        eventually(lambda: _taints(client, "n1"), lambda keys: keys == ["node.kubernetes.io/unschedulable"])
        server.kubectl("uncordon", "n1")
        eventually(lambda: _taints(client, "n1"), lambda keys: keys == [])


def _taints(client: Client, name: str) -> list[str]:
    return [taint["key"] for taint in client.get(NODES, "", name)["spec"].get("taints") or ()]
