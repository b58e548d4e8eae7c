"""A deployment's whole story, driven by kubectl, with nodes on which its pods run."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from kubejazz.testing import Kubejazz
from tests.controllers.live import eventually

SPACE = "rollouts"


def kubectl(cluster: Kubejazz, *arguments: str) -> str:
    return cluster.kubectl("-n", SPACE, *arguments)


def shown(cluster: Kubejazz, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(kubectl(cluster, "get", kind, "-o", "json"))["items"]
    return found


def sizes(cluster: Kubejazz) -> dict[str, int]:
    return {
        one["spec"]["template"]["spec"]["containers"][0]["image"]: one["spec"]["replicas"]
        for one in shown(cluster, "rs")
    }


@pytest.fixture
def web(kubejazz_cluster: Kubejazz) -> Kubejazz:
    """A cluster with the deployment ``web`` rolled out."""
    if SPACE not in kubejazz_cluster.kubectl("get", "namespaces"):
        kubejazz_cluster.kubectl("create", "namespace", SPACE)
    kubectl(kubejazz_cluster, "delete", "deployment", "--all", "--cascade=foreground", "--timeout=15s")
    kubectl(kubejazz_cluster, "create", "deployment", "web", "--image=nginx:1", "--replicas=3")
    kubectl(kubejazz_cluster, "rollout", "status", "deployment/web", "--timeout=15s")
    return kubejazz_cluster


def test_a_rollout_its_history_and_the_way_back(web: Kubejazz) -> None:
    kubectl(web, "set", "image", "deployment/web", "nginx=nginx:2")
    kubectl(web, "rollout", "status", "deployment/web", "--timeout=15s")
    assert sizes(web) == {"nginx:1": 0, "nginx:2": 3}
    assert [line.split()[0] for line in kubectl(web, "rollout", "history", "deployment/web").splitlines()[2:4]] == [
        "1",
        "2",
    ]
    kubectl(web, "rollout", "undo", "deployment/web")
    kubectl(web, "rollout", "status", "deployment/web", "--timeout=15s")
    assert sizes(web) == {"nginx:1": 3, "nginx:2": 0}
    history = kubectl(web, "rollout", "history", "deployment/web")
    assert [line.split()[0] for line in history.splitlines()[2:4]] == ["2", "3"]


def test_a_paused_rollout_waits_and_is_resumed(web: Kubejazz) -> None:
    kubectl(web, "rollout", "pause", "deployment/web")
    kubectl(web, "set", "image", "deployment/web", "nginx=nginx:2")
    kubectl(web, "scale", "deployment/web", "--replicas=4")
    eventually(lambda: sizes(web), lambda found: found == {"nginx:1": 4})
    kubectl(web, "rollout", "resume", "deployment/web")
    kubectl(web, "rollout", "status", "deployment/web", "--timeout=15s")
    assert sizes(web) == {"nginx:1": 0, "nginx:2": 4}


def test_a_broken_image_stops_the_rollout_and_the_deadline_says_so(web: Kubejazz) -> None:
    patch = {"spec": {"progressDeadlineSeconds": 1, "minReadySeconds": 0}}
    kubectl(web, "patch", "deployment", "web", "-p", json.dumps(patch))
    kubectl(web, "set", "image", "deployment/web", "nginx=broken.invalid/nothing:1")
    with pytest.raises(subprocess.CalledProcessError) as failure:
        kubectl(web, "rollout", "status", "deployment/web", "--timeout=15s")
    assert "exceeded its progress deadline" in failure.value.stderr
    assert sizes(web)["nginx:1"] == 3
    assert kubectl(web, "get", "deployment", "web").splitlines()[1].split()[1] == "3/3"


def test_restart_brings_new_pods_and_scaling_and_waiting_work(web: Kubejazz) -> None:
    before = {pod["metadata"]["name"] for pod in shown(web, "pods")}
    kubectl(web, "rollout", "restart", "deployment/web")
    kubectl(web, "rollout", "status", "deployment/web", "--timeout=15s")
    kubectl(web, "scale", "deployment/web", "--replicas=5")
    kubectl(web, "wait", "--for=jsonpath={.status.availableReplicas}=5", "deployment/web", "--timeout=15s")
    after = {pod["metadata"]["name"] for pod in shown(web, "pods") if "deletionTimestamp" not in pod["metadata"]}
    assert len(after) == 5
    assert not before & after


def test_a_deleted_deployment_takes_sets_and_pods_with_it(web: Kubejazz) -> None:
    kubectl(web, "delete", "deployment", "web", "--cascade=foreground", "--timeout=15s")
    assert shown(web, "rs") == shown(web, "pods") == []
