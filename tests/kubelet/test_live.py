"""The node agent against the real server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from apimachinery.objects import Object
from apimachinery.status import NotFound
from client.api import Client
from client.resources import EVENTS, LEASES, NAMESPACES, NODES, PODS
from kubejazz.testing import Kubejazz
from kubelet.app import run
from kubelet.config import KubeletConfig
from kubelet.identity.clients import SharedClient

_QUICK = "rules: [{pull: {seconds: 0}, start: {seconds: 0}}]"


class Bench:
    """A namespace, and node agents that end with the test."""

    def __init__(self, client: Client, rules: Path) -> None:
        self.client = client
        self.rules = rules
        self.namespace = f"kubelet-{uuid4().hex[:8]}"
        self.nodes = tuple(f"{self.namespace}-{i}" for i in range(3))
        self._running: list[tuple[threading.Event, threading.Thread]] = []
        client.create(NAMESPACES, "", {"metadata": {"name": self.namespace}, "kind": "Namespace", "apiVersion": "v1"})

    def start(self) -> None:
        stop = threading.Event()
        config = KubeletConfig(nodes=self.nodes, rules=self.rules)
        thread = threading.Thread(target=run, args=(SharedClient(self.client), stop, config))
        thread.start()
        self._running.append((stop, thread))

    def stop(self) -> float:
        """End the agents; how many seconds that took."""
        started = time.monotonic()
        for stop, thread in self._running:
            stop.set()
            thread.join(5)
            assert not thread.is_alive()
        self._running.clear()
        return time.monotonic() - started

    def create(self, name: str, number: int = 0, **spec: Any) -> None:
        containers = spec.pop("containers", [{"name": "main", "image": "registry.local/app:1"}])
        body = {"nodeName": self.nodes[number % len(self.nodes)], "containers": containers, **spec}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": body}
        self.client.create(PODS, self.namespace, pod)

    def pod(self, name: str) -> Object:
        return self.client.get(PODS, self.namespace, name)

    def leases(self) -> set[str]:
        return {lease["metadata"]["name"] for lease in self.client.list(LEASES, "kube-node-lease")["items"]}

    def until_phase(self, phase: str, *names: str) -> None:
        until(lambda: all(self.pod(name)["status"]["phase"] == phase for name in names))

    def is_gone(self, name: str) -> bool:
        try:
            self.pod(name)
        except NotFound:
            return True
        return False


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it did not happen within 20 s"
        time.sleep(0.02)


@pytest.fixture
def bench(kubejazz_server: Kubejazz, tmp_path: Path) -> Iterator[Bench]:
    rules = tmp_path / "rules.yaml"
    rules.write_text(_QUICK)
    client = Client.from_kubeconfig(str(kubejazz_server.kubeconfig), user_agent="kubelet/test")
    made = Bench(client, rules)
    yield made
    made.stop()
    for node in made.nodes:
        try:
            client.delete(NODES, "", node)
        except NotFound:
            continue
    client.close()


def _is_ready(node: Object) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"])


def test_nodes_are_registered_with_leases_and_keep_apart(bench: Bench) -> None:
    bench.start()
    until(lambda: bench.leases() >= set(bench.nodes))
    nodes = [bench.client.get(NODES, "", name) for name in bench.nodes]
    assert all(_is_ready(node) for node in nodes)
    assert len({node["status"]["addresses"][0]["address"] for node in nodes}) == len(nodes)


def test_pods_come_up_and_go(bench: Bench) -> None:
    bench.start()
    names = [f"p{i}" for i in range(9)]
    for number, name in enumerate(names):
        bench.create(name, number)
    bench.until_phase("Running", *names)
    pods = [bench.pod(name) for name in names]
    assert len({pod["status"]["podIP"] for pod in pods}) == len(pods)
    assert [c["type"] for c in pods[0]["status"]["conditions"]] == [
        "PodReadyToStartContainers",
        "Initialized",
        "Ready",
        "ContainersReady",
        "PodScheduled",
    ]
    for name in names:
        bench.client.delete(PODS, bench.namespace, name)
    until(lambda: all(bench.is_gone(name) for name in names))


def test_an_exit_code_decides_the_phase_and_is_kept(bench: Bench) -> None:
    bench.start()
    job = {"name": "main", "image": "registry.local/app:1", "command": ["sh", "-c", "exit 3"]}
    bench.create("job", containers=[job], restartPolicy="Never")
    bench.until_phase("Failed", "job")
    (status,) = bench.pod("job")["status"]["containerStatuses"]
    assert status["state"]["terminated"]["exitCode"] == 3


def test_events_name_the_container(bench: Bench) -> None:
    bench.start()
    bench.create("told")

    def reasons() -> dict[str, Object]:
        return {event["reason"]: event for event in bench.client.list(EVENTS, bench.namespace)["items"]}

    until(lambda: "Started" in reasons())
    event = reasons()["Started"]
    assert event["message"] == "Container started"
    assert event["involvedObject"]["fieldPath"] == "spec.containers{main}"
    assert event["source"] == {"component": "kubelet", "host": bench.nodes[0]}


def test_a_restarted_agent_takes_its_pods_over(bench: Bench) -> None:
    bench.start()
    bench.create("kept")
    bench.until_phase("Running", "kept")
    bench.stop()
    before = bench.pod("kept")
    bench.create("next", 0)
    bench.start()
    bench.until_phase("Running", "next")
    assert bench.pod("kept")["status"] == before["status"]
    assert bench.pod("next")["status"]["podIP"] != before["status"]["podIP"]


def test_it_ends_within_two_seconds(bench: Bench) -> None:
    bench.start()
    until(lambda: bench.leases() >= set(bench.nodes))
    assert bench.stop() < 2.0


def test_it_ends_within_two_seconds_without_a_server(tmp_path: Path) -> None:
    client = Client.for_url("http://127.0.0.1:9", user_agent="kubelet/test")
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(SharedClient(client), stop, KubeletConfig(nodes=("n",))))
    thread.start()
    started = time.monotonic()
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert time.monotonic() - started < 2.0
    client.close()


@pytest.mark.parametrize(
    ("config", "error"),
    [
        (KubeletConfig(nodes=()), "a node agent needs at least one node"),
        (KubeletConfig(nodes=("n",), runtime="docker"), "unknown runtime 'docker': known are hollow"),
        (KubeletConfig(nodes=("n",), rules=Path("/nowhere/rules.yaml")), "cannot read rules /nowhere/rules.yaml"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_one_clear_line(config: KubeletConfig, error: str) -> None:
    client = Client.for_url("http://127.0.0.1:9", user_agent="kubelet/test")
    with pytest.raises(ValueError, match=error):
        run(SharedClient(client), threading.Event(), config)
    client.close()
