"""ReplicaSets by the thousand, exactly as many as asked for, at rest without a request."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from apimachinery.objects import Object, name_of
from client.api import Client
from client.resources import LEASES, PODS, REPLICASETS
from kubejazz.testing import Kubejazz, start
from tests.controllers.live import controllers, eventually, items

MANY = 1000
PODS_PER_SECOND = 150


@pytest.fixture(scope="module")
def quiet() -> Iterator[Kubejazz]:
    """A server of its own: what is counted here is only ours."""
    with tempfile.TemporaryDirectory(prefix="kubejazz-") as folder:
        server = start(Path(folder))
        yield server
        server.stop()


@pytest.fixture(scope="module")
def at_quiet(quiet: Kubejazz) -> Iterator[Client]:
    client = Client.from_kubeconfig(str(quiet.kubeconfig), user_agent="test/1")
    yield client
    client.close()


def replica_set(name: str, replicas: int) -> Object:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name}, "spec": spec}


def counted(client: Client, name: str) -> int:
    return int(client.get(REPLICASETS, "default", name)["status"].get("replicas") or 0)


def test_a_thousand_pods_come_quickly_none_too_many_and_then_nothing_is_written(
    quiet: Kubejazz, at_quiet: Client
) -> None:
    with controllers(quiet) as running:
        eventually(lambda: items(at_quiet, REPLICASETS, "default") == [])
        began = time.monotonic()
        at_quiet.create(REPLICASETS, "default", replica_set("many", MANY))
        eventually(lambda: counted(at_quiet, "many"), lambda count: count == MANY)
        assert MANY / (time.monotonic() - began) > PODS_PER_SECOND
        assert len(items(at_quiet, PODS, "default")) == MANY
        eventually(lambda: _still_for(running.requests, 0.5))
        at_quiet.delete(REPLICASETS, "default", "many", propagation="Background")
        eventually(lambda: items(at_quiet, PODS, "default"), lambda left: not left)


def _still_for(requests: dict[str, int], seconds: float) -> bool:
    before = dict(requests)
    time.sleep(seconds)
    return dict(requests) == before


def test_controllers_that_are_killed_and_started_again_make_no_pod_twice(quiet: Kubejazz, at_quiet: Client) -> None:
    at_quiet.create(REPLICASETS, "default", replica_set("again", 300))
    for _ in range(4):
        with controllers(quiet):
            time.sleep(0.35)
    with controllers(quiet):
        eventually(lambda: counted(at_quiet, "again"), lambda count: count == 300)
        pods = [pod for pod in items(at_quiet, PODS, "default") if pod["metadata"]["labels"]["app"] == "again"]
        assert len(pods) == 300
        at_quiet.delete(REPLICASETS, "default", "again", propagation="Background")
        eventually(lambda: items(at_quiet, PODS, "default"), lambda left: not left)


def test_they_end_within_two_seconds_in_the_middle_of_work(quiet: Kubejazz, at_quiet: Client) -> None:
    with controllers(quiet) as running:
        at_quiet.create(REPLICASETS, "default", replica_set("busy", 2000))
        eventually(lambda: len(items(at_quiet, PODS, "default")), lambda count: count > 20)
        assert running.stop() < 2.0
    at_quiet.delete(REPLICASETS, "default", "busy", propagation="Orphan")
    at_quiet.delete_collection(PODS, "default", grace_period=0)


def test_of_two_managers_one_leads_and_the_other_takes_over(quiet: Kubejazz, at_quiet: Client) -> None:
    def holder() -> str:
        leases = {name_of(lease): lease for lease in items(at_quiet, LEASES, "kube-system")}
        lease = leases.get("kube-controller-manager")
        return str(lease["spec"].get("holderIdentity") or "") if lease else ""

    names = ("replicaset-controller",)
    with controllers(quiet, names, leader_elect=True) as first:
        leader = eventually(holder)
        with controllers(quiet, names, leader_elect=True) as second:
            at_quiet.create(REPLICASETS, "default", replica_set("led", 3))
            eventually(lambda: counted(at_quiet, "led"), lambda count: count == 3)
            assert second.requests["POST"] == 0
            assert first.stop() < 2.0
            eventually(holder, lambda found: found not in ("", leader))
            at_quiet.patch(REPLICASETS, "default", "led", {"spec": {"replicas": 5}})
            eventually(lambda: counted(at_quiet, "led"), lambda count: count == 5)
