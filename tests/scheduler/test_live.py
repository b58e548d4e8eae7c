"""The scheduler against a server process, which is emptied after each test, since the scheduler sees all of it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from apimachinery.objects import Object, find_condition
from client.api import Client
from client.resources import EVENTS, NODES, PODS, PRIORITYCLASSES, REPLICASETS
from kubejazz.testing import Kubejazz, start
from scheduler.app import run
from scheduler.config import SchedulerConfig
from tests.scheduler.builders import node

T = TypeVar("T")

PATIENCE = 10.0


def eventually(look: Callable[[], T | None]) -> T:
    """What ``look`` returns once that is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "it has not happened in time"
        time.sleep(0.02)
    return found


class Live:
    def __init__(self, server: Kubejazz) -> None:
        self.server = server
        self.admin = Client.from_kubeconfig(str(server.kubeconfig), user_agent="test/1")
        self._stop = threading.Event()
        self._runner: threading.Thread | None = None

    def start(self, config: SchedulerConfig | None = None) -> None:
        kubeconfig = str(self.server.kubeconfig_of("scheduler"))
        client = Client.from_kubeconfig(kubeconfig, user_agent="kube-scheduler/test")
        stop = self._stop = threading.Event()

        def play() -> None:
            try:
                run(client, stop, config)
            finally:
                client.close()

        self._runner = threading.Thread(target=play)
        self._runner.start()

    def stop(self) -> float:
        """Seconds it took."""
        began = time.monotonic()
        self._stop.set()
        if self._runner is not None:
            self._runner.join(PATIENCE)
            assert not self._runner.is_alive()
            self._runner = None
        return time.monotonic() - began

    def add_node(self, name: str, **fields: Any) -> None:
        obj = node(name, **fields)
        taints = obj["spec"].get("taints")
        self.admin.create(NODES, "", {**obj, "spec": {}})
        self.admin.patch(NODES, "", name, {"status": obj["status"]}, subresource="status")
        self.admin.patch(NODES, "", name, {"spec": {"taints": taints}})  # also removes the server's own

    def add_pod(self, name: str, cpu: str = "100m", **fields: Any) -> Object:
        metadata = {"name": name, "labels": fields.pop("labels", {}), **fields.pop("meta", {})}
        resources = {"requests": {"cpu": cpu}}
        spec = {"containers": [{"name": "main", "image": "busybox", "resources": resources}], **fields}
        obj: Object = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        return self.admin.create(PODS, "default", obj)

    def pod(self, name: str) -> Object:
        return self.admin.get(PODS, "default", name)

    def node_of(self, name: str) -> str:
        return self.pod(name)["spec"].get("nodeName") or ""

    def all_bound(self) -> list[str] | None:
        """The nodes of all pods, once each has one."""
        found = [each["spec"].get("nodeName") or "" for each in self.admin.list(PODS, "default")["items"]]
        return found if all(found) else None

    def messages(self, name: str) -> list[str]:
        selector = f"involvedObject.name={name}"
        return [event["message"] for event in self.admin.list(EVENTS, "default", field_selector=selector)["items"]]

    def empty(self) -> None:
        """Leave the server as if nothing had been there."""
        self.admin.delete_collection(PODS, "default", grace_period=0)
        self.admin.delete_collection(NODES, "")
        self.admin.delete_collection(PRIORITYCLASSES, "", field_selector="metadata.name=vip")
        for gvr in (EVENTS, REPLICASETS):
            self.admin.delete_collection(gvr, "default")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubejazz]:
    started = start(tmp_path_factory.mktemp("server"))
    yield started
    started.stop()


@pytest.fixture
def live(server: Kubejazz) -> Iterator[Live]:
    found = Live(server)
    try:
        yield found
    finally:
        found.stop()
        found.empty()
        found.admin.close()


def test_pods_get_nodes_and_events_and_conditions_say_so(live: Live) -> None:
    live.add_node("n")
    live.start()
    live.add_pod("web")
    eventually(lambda: live.node_of("web") == "n")
    condition = find_condition(live.pod("web"), "PodScheduled")
    assert condition is not None
    assert condition["status"] == "True"
    eventually(lambda: live.messages("web") == ["Successfully assigned default/web to n"])
    assert live.stop() < 2


def test_kubectl_shows_why_a_pod_waits_and_a_node_that_fits_ends_that(live: Live) -> None:
    live.start()
    live.add_pod("big", cpu="3")
    waits = "no nodes available to schedule pods"
    eventually(lambda: waits in live.messages("big"))
    condition = eventually(lambda: find_condition(live.pod("big"), "PodScheduled"))
    assert (condition["status"], condition["reason"], condition["message"]) == ("False", "Unschedulable", waits)
    live.add_node("small", cpu="1")
    live.add_node("tainted", taints=[{"key": "k", "effect": "NoSchedule"}])
    reasons = "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). "
    hopeless = "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
    eventually(lambda: reasons + hopeless in live.messages("big"))
    eventually(lambda: (find_condition(live.pod("big"), "PodScheduled") or {})["message"] == reasons + hopeless)
    assert reasons in live.server.kubectl("describe", "pod", "big")
    live.add_node("large", cpu="4")
    eventually(lambda: live.node_of("big") == "large")


def test_a_deleted_pod_makes_room(live: Live) -> None:
    live.add_node("n", cpu="1")
    live.start()
    live.add_pod("first", cpu="1")
    eventually(lambda: live.node_of("first"))
    live.add_pod("second", cpu="1")
    eventually(lambda: find_condition(live.pod("second"), "PodScheduled"))
    assert live.node_of("second") == ""
    live.admin.delete(PODS, "default", "first", grace_period=0)
    eventually(lambda: live.node_of("second") == "n")


def test_pods_of_a_replica_set_are_spread_over_nodes_and_zones(live: Live) -> None:
    for name in ("a1", "a2", "b1"):
        live.add_node(name, labels={"topology.kubernetes.io/zone": name[0]})
    labels = {"app": "web"}
    replica_set: Object = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {}}},
    }
    replica_set["spec"]["template"]["spec"]["containers"] = [{"name": "main", "image": "busybox"}]
    owner = live.admin.create(REPLICASETS, "default", replica_set)
    reference = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "controller": True}
    reference["uid"] = owner["metadata"]["uid"]
    live.start()
    for number in range(8):
        live.add_pod(f"web-{number}", labels=labels, meta={"ownerReferences": [reference]})
    counts = Counter(eventually(live.all_bound))
    assert len(counts) == 3
    assert counts["b1"] >= max(counts["a1"], counts["a2"])


def test_an_important_pod_takes_the_place_of_another(live: Live) -> None:
    priority: Object = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "vip"}}
    live.admin.create(PRIORITYCLASSES, "", {**priority, "value": 1000})
    live.add_node("n", cpu="1")
    live.start()
    live.add_pod("plain", cpu="1")
    eventually(lambda: live.node_of("plain"))
    live.add_pod("vip", cpu="1", priorityClassName="vip")
    eventually(lambda: live.pod("vip")["status"].get("nominatedNodeName") == "n")
    leaving = live.pod("plain")
    assert leaving["metadata"].get("deletionTimestamp")
    condition = find_condition(leaving, "DisruptionTarget")
    assert condition is not None
    assert condition["reason"] == "PreemptionByScheduler"
    live.admin.delete(PODS, "default", "plain", grace_period=0)
    eventually(lambda: live.node_of("vip") == "n")


def test_after_a_restart_nothing_is_given_away_twice(live: Live) -> None:
    live.add_node("n", cpu="1")
    live.add_node("m", cpu="1")
    live.start()
    live.add_pod("a", cpu="600m")
    live.add_pod("b", cpu="600m")
    eventually(lambda: live.node_of("a") and live.node_of("b"))
    live.stop()
    live.add_pod("c", cpu="600m")
    live.add_pod("d", cpu="400m")
    live.start()
    eventually(lambda: live.node_of("d"))
    assert live.node_of("a") != live.node_of("b")
    assert live.node_of("c") == ""


def test_one_of_two_schedulers_leads(live: Live) -> None:
    live.add_node("n")
    live.start(SchedulerConfig(leader_elect=True))
    live.add_pod("web")
    eventually(lambda: live.node_of("web") == "n")
    assert live.server.kubectl("get", "lease", "-n", "kube-system", "kube-scheduler", "-o", "name").strip()
    assert live.stop() < 2


def test_other_schedulers_pods_are_theirs(live: Live) -> None:
    live.add_node("n")
    live.start(SchedulerConfig(name="mine"))
    live.add_pod("theirs")
    live.add_pod("ours", schedulerName="mine")
    eventually(lambda: live.node_of("ours") == "n")
    assert live.node_of("theirs") == ""


def test_many_pods_are_bound_once_each_within_what_nodes_have(live: Live) -> None:
    for number in range(10):
        live.add_node(f"n{number}", pods="30")
    for number in range(300):
        live.add_pod(f"p{number}", cpu="1m")
    live.start()
    counts = Counter(eventually(live.all_bound))
    assert sum(counts.values()) == 300
    assert set(counts.values()) == {30}
