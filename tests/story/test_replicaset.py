"""A ReplicaSet that lives: applied, watched, wounded, scaled and deleted with the kubectl of this machine."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from kubejazz.testing import Kubejazz
from tests.story.waiting import eventually

EXAMPLE = Path(__file__).parents[2] / "examples" / "replicaset.yaml"


def _pods(cluster: Kubejazz, namespace: str) -> list[dict[str, Any]]:
    listed = json.loads(cluster.kubectl("get", "pods", "-n", namespace, "-l", "app=web", "-o", "json"))
    return [pod for pod in listed["items"] if "deletionTimestamp" not in pod["metadata"]]


def _running(pods: list[dict[str, Any]]) -> list[str]:
    return sorted(
        pod["metadata"]["name"]
        for pod in pods
        if pod["status"]["phase"] == "Running" and pod["spec"].get("nodeName") and pod["status"].get("podIP")
    )


def _wait_for(cluster: Kubejazz, namespace: str, count: int) -> list[str]:
    pods = eventually(
        lambda: _pods(cluster, namespace), lambda pods: len(pods) == count and len(_running(pods)) == count
    )
    return _running(pods)


def _ready_nodes(cluster: Kubejazz) -> int:
    shown = cluster.kubectl("get", "nodes", "--no-headers", check=False)
    return sum(line.split()[1] == "Ready" for line in shown.splitlines())


def _apply(cluster: Kubejazz, namespace: str) -> None:
    eventually(lambda: _ready_nodes(cluster), lambda count: count == 2)
    cluster.kubectl("create", "namespace", namespace)
    assert "replicaset.apps/web created" in cluster.kubectl("apply", "-n", namespace, "-f", str(EXAMPLE))


def test_pods_appear_are_scheduled_and_run(kubejazz_cluster: Kubejazz) -> None:
    _apply(kubejazz_cluster, "runs")
    _wait_for(kubejazz_cluster, "runs", 3)
    nodes = {pod["spec"]["nodeName"] for pod in _pods(kubejazz_cluster, "runs")}
    assert len(nodes) == 2, "the pods of one set are spread over the nodes"
    shown = kubejazz_cluster.kubectl("get", "replicaset", "web", "-n", "runs")
    assert shown.split()[:4] == ["NAME", "DESIRED", "CURRENT", "READY"]
    assert eventually(
        lambda: kubejazz_cluster.kubectl("get", "replicaset", "web", "-n", "runs").splitlines()[1].split()[:4],
        lambda cells: cells == ["web", "3", "3", "3"],
    )


def test_a_deleted_pod_is_replaced(kubejazz_cluster: Kubejazz) -> None:
    _apply(kubejazz_cluster, "replaces")
    before = _wait_for(kubejazz_cluster, "replaces", 3)
    kubejazz_cluster.kubectl("delete", "pod", before[0], "-n", "replaces")
    after = _wait_for(kubejazz_cluster, "replaces", 3)
    assert before[0] not in after
    assert set(before[1:]) < set(after)


def test_scaling_up_and_down_works(kubejazz_cluster: Kubejazz) -> None:
    _apply(kubejazz_cluster, "scales")
    _wait_for(kubejazz_cluster, "scales", 3)
    kubejazz_cluster.kubectl("scale", "replicaset", "web", "-n", "scales", "--replicas=6")
    _wait_for(kubejazz_cluster, "scales", 6)
    kubejazz_cluster.kubectl("scale", "replicaset", "web", "-n", "scales", "--replicas=1")
    _wait_for(kubejazz_cluster, "scales", 1)


def test_deleting_the_set_removes_its_pods(kubejazz_cluster: Kubejazz) -> None:
    _apply(kubejazz_cluster, "deletes")
    _wait_for(kubejazz_cluster, "deletes", 3)
    kubejazz_cluster.kubectl("delete", "replicaset", "web", "-n", "deletes")
    eventually(lambda: _pods(kubejazz_cluster, "deletes"), lambda pods: not pods)


def test_a_deleted_namespace_takes_everything_with_it(kubejazz_cluster: Kubejazz) -> None:
    _apply(kubejazz_cluster, "empties")
    _wait_for(kubejazz_cluster, "empties", 3)
    kubejazz_cluster.kubectl("delete", "namespace", "empties", timeout=90)
    assert "empties" not in kubejazz_cluster.kubectl("get", "namespaces")
    assert not json.loads(kubejazz_cluster.kubectl("get", "pods", "-n", "empties", "-o", "json"))["items"]


def test_a_watch_shows_it_happening(kubejazz_cluster: Kubejazz, tmp_path: Path) -> None:
    kubejazz_cluster.kubectl("create", "namespace", "watched")
    seen = tmp_path / "seen"
    with seen.open("wb") as output:
        watching = subprocess.Popen(
            [
                "kubectl",
                "--kubeconfig",
                str(kubejazz_cluster.kubeconfig),
                "get",
                "pods",
                "-n",
                "watched",
                "-o",
                "wide",
                "-w",
            ],
            stdout=output,
            stdin=subprocess.DEVNULL,
        )
    first = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "first"},
        "spec": {"schedulerName": "nobody", "containers": [{"name": "c", "image": "nginx"}]},
    }
    try:
        kubejazz_cluster.kubectl("apply", "-n", "watched", "-f", "-", stdin=json.dumps(first))
        eventually(seen.read_text, lambda text: "first" in text)  # now it watches
        kubejazz_cluster.kubectl("apply", "-n", "watched", "-f", str(EXAMPLE))
        text = eventually(seen.read_text, lambda text: text.count(" Running ") >= 3)
    finally:
        watching.terminate()
        watching.wait()
    of_the_set = "".join(line for line in text.splitlines(keepends=True) if line.startswith("web-"))
    for status in ("Pending", "ContainerCreating", "Running"):
        assert f" {status} " in of_the_set


def test_an_unschedulable_pod_says_why_and_is_tried_again_when_something_changes(kubejazz_cluster: Kubejazz) -> None:
    kubejazz_cluster.kubectl("create", "namespace", "picky")
    picky = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "picky"},
        "spec": {"nodeSelector": {"disk": "fast"}, "containers": [{"name": "c", "image": "nginx"}]},
    }
    kubejazz_cluster.kubectl("apply", "-n", "picky", "-f", "-", stdin=json.dumps(picky))

    def condition() -> dict[str, Any]:
        pod = json.loads(kubejazz_cluster.kubectl("get", "pod", "picky", "-n", "picky", "-o", "json"))
        conditions = pod["status"].get("conditions") or []
        return next((c for c in conditions if c["type"] == "PodScheduled"), {})

    refused = eventually(condition, lambda c: c.get("status") == "False")
    assert refused["reason"] == "Unschedulable"
    assert "didn't match Pod's node affinity/selector" in refused["message"]
    eventually(
        lambda: kubejazz_cluster.kubectl("get", "events", "-n", "picky"), lambda shown: "FailedScheduling" in shown
    )
    kubejazz_cluster.kubectl("label", "node", "node-1", "disk=fast")
    try:
        eventually(condition, lambda c: c.get("status") == "True")
    finally:
        kubejazz_cluster.kubectl("label", "node", "node-1", "disk-")


def test_restart_policies_are_obeyed(kubejazz_cluster: Kubejazz) -> None:
    kubejazz_cluster.kubectl("create", "namespace", "exits")

    def run(name: str, restart: str, *command: str) -> None:
        kubejazz_cluster.kubectl(
            "run", name, "-n", "exits", "--image=busybox", f"--restart={restart}", "--command", "--", *command
        )

    run("succeeds", "Never", "true")
    run("fails", "Never", "sh", "-c", "exit 3")
    run("again", "OnFailure", "sh", "-c", "exit 3")

    def look(name: str) -> dict[str, Any]:
        return dict(json.loads(kubejazz_cluster.kubectl("get", "pod", name, "-n", "exits", "-o", "json"))["status"])

    eventually(lambda: look("succeeds")["phase"], lambda phase: phase == "Succeeded")
    failed = eventually(lambda: look("fails"), lambda status: status["phase"] == "Failed")
    assert failed["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 3
    again = eventually(
        lambda: look("again"), lambda status: (status.get("containerStatuses") or [{}])[0].get("restartCount", 0) > 0
    )
    assert again["phase"] == "Running"
