"""``up`` as a process: who its children are, what happens when one dies, and that none is left behind."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kubejazz.pytest_plugin import StartKubejazz
from kubejazz.testing import Kubejazz
from tests.kubejazz.processes import kubejazz, the_line

PLAYERS = {
    "controllers": "controller-manager",
    "scheduler": "scheduler",
    "kubelet": "bootstrap-kubelet",
    "metrics-server": "admin",
}


def children(parent: int) -> dict[str, int]:
    """Process ids by command."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, ppid = stat.read_text().rpartition(")")[2].split()[:2]
            command = (stat.parent / "cmdline").read_text().split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(ppid) == parent and state != "Z" and "-P" in command:
            found[command[command.index("-P") + 2]] = int(stat.parent.name)
    return found


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ready_nodes(cluster: Kubejazz) -> list[str]:
    nodes = json.loads(cluster.kubectl("get", "nodes", "-o", "json", check=False) or '{"items": []}')["items"]
    return sorted(
        node["metadata"]["name"]
        for node in nodes
        for condition in node.get("status", {}).get("conditions", ())
        if condition["type"] == "Ready" and condition["status"] == "True"
    )


def test_every_component_is_a_process_with_an_identity_of_its_own(kubejazz_cluster: Kubejazz) -> None:
    pid = kubejazz_cluster.process.pid
    until(lambda: set(children(pid)) == {"serve", *PLAYERS})
    found = children(pid)
    for name, identity in PLAYERS.items():
        command = Path(f"/proc/{found[name]}/cmdline").read_text().split("\0")
        option = "--bootstrap-kubeconfig" if name == "kubelet" else "--kubeconfig"
        assert command[command.index(option) + 1] == str(kubejazz_cluster.kubeconfig_of(identity))


def test_its_nodes_become_ready(kubejazz_cluster: Kubejazz) -> None:
    until(lambda: ready_nodes(kubejazz_cluster) == ["node-1", "node-2"])


def test_every_node_has_a_certificate_that_was_asked_for_and_approved(kubejazz_cluster: Kubejazz) -> None:
    until(lambda: ready_nodes(kubejazz_cluster) == ["node-1", "node-2"])
    requests = json.loads(kubejazz_cluster.kubectl("get", "csr", "-o", "json"))["items"]
    assert {request["spec"]["username"].rpartition(":")[0] for request in requests} == {"system:bootstrap"}
    assert all(request["status"]["certificate"] for request in requests)
    folder = kubejazz_cluster.data_dir / "kubelet"
    assert {file.name for file in folder.iterdir()} == {f"kubelet-client-node-{n}.pem" for n in (1, 2)}
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in folder.iterdir())


def test_it_says_where_the_kubeconfig_is_and_what_to_type_next(start_kubejazz: StartKubejazz) -> None:
    cluster = start_kubejazz(nodes=1)
    lines = cluster.log.read_text().splitlines()
    assert f"is up at {cluster.url} with 1 hollow node; its data is in {cluster.data_dir}" in lines[0]
    assert f"  export KUBECONFIG={cluster.kubeconfig}" in lines
    assert "  kubectl get pods -o wide -w" in lines


def test_a_component_that_dies_is_started_again_and_said_so(start_kubejazz: StartKubejazz) -> None:
    cluster = start_kubejazz(nodes=1)
    before = children(cluster.process.pid)
    subprocess.run(["kill", "-KILL", str(before["kubelet"]), str(before["serve"])], check=True)
    until(lambda: _new(cluster, before))
    log = cluster.log.read_text()
    for name in ("kubelet", "API server"):
        line = f"kubejazz.up: {name} ended (killed by SIGKILL), starting it again in 1 s"
        assert log.count(line) == 1
    until(lambda: "default" in cluster.kubectl("get", "namespaces", check=False))
    assert cluster.stop() == 0


def _new(cluster: Kubejazz, before: dict[str, int]) -> bool:
    now = children(cluster.process.pid)
    return all(name in now and now[name] != before[name] for name in ("kubelet", "serve"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_two_seconds_and_leaves_nobody_behind(
    start_kubejazz: StartKubejazz, number: signal.Signals
) -> None:
    """Other tests may hold both cores just then: of three times, once must do."""
    faults = []
    for _ in range(3):
        fault = _how_the_end_fails(start_kubejazz(nodes=2), number)
        if not fault:
            return
        faults.append(fault)
    raise AssertionError(faults)


def _how_the_end_fails(cluster: Kubejazz, number: signal.Signals) -> str:
    """What is wrong with the end that a signal brings; "" if nothing."""
    until(lambda: len(ready_nodes(cluster)) == 2)
    pids = children(cluster.process.pid).values()
    started = time.monotonic()
    cluster.process.send_signal(number)
    assert cluster.process.wait(10) == 0
    took = time.monotonic() - started
    assert not [pid for pid in pids if alive(pid)]
    log = cluster.log.read_text()
    assert "Traceback" not in log
    if took >= 2:
        return f"took {took:.1f} s"
    return "a component was killed" if "was killed" in log else ""


def test_no_child_outlives_a_killed_parent(start_kubejazz: StartKubejazz) -> None:
    cluster = start_kubejazz(nodes=1)
    pids = children(cluster.process.pid).values()
    cluster.kill()
    until(lambda: not [pid for pid in pids if alive(pid)], 5.0)


def test_the_next_start_finds_all_objects_again(start_kubejazz: StartKubejazz, tmp_path: Path) -> None:
    cluster = start_kubejazz(nodes=1, data_dir=tmp_path)
    cluster.kubectl("create", "namespace", "kept")
    cluster.stop()
    assert "kept" in start_kubejazz(nodes=1, data_dir=tmp_path).kubectl("get", "namespaces")


def test_a_server_that_cannot_start_ends_it_all_in_one_line(tmp_path: Path) -> None:
    done = kubejazz("up", "--data-dir", str(tmp_path), "--port", "0", "--nodes", "0", "--database", "nonsense")
    assert "nonsense" in the_line(done)


def test_without_nodes_there_is_no_kubelet(start_kubejazz: StartKubejazz) -> None:
    assert set(children(start_kubejazz(nodes=0).process.pid)) == {"serve", "controllers", "scheduler"}


def test_it_leaves_the_metrics_server_out_if_asked(start_kubejazz: StartKubejazz) -> None:
    cluster = start_kubejazz(nodes=1, no_metrics=True)
    until(lambda: ready_nodes(cluster) == ["node-1"])
    assert set(children(cluster.process.pid)) == {"serve", "controllers", "scheduler", "kubelet"}


def test_a_database_url_is_not_for_everybody_to_see(start_kubejazz: StartKubejazz, tmp_path: Path) -> None:
    cluster = start_kubejazz(nodes=0, data_dir=tmp_path, database=f"sqlite:///{tmp_path}/secret.db")
    for pid in children(cluster.process.pid).values():
        assert "secret" not in Path(f"/proc/{pid}/cmdline").read_text()
    assert (tmp_path / "secret.db").exists()
