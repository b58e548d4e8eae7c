"""kubectl rollout: status, history, undo, pause, resume and restart of all that rolls out."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.kubectl.kubectl import Kubectl, eventually
from tests.kubectl.objects import PAUSE, daemon_set, deployment, stateful_set

covers = pytest.mark.covers

OTHER = "registry.k8s.io/pause:3.9"
WORKLOADS = pytest.mark.parametrize(
    ("made", "resource"),
    [
        (deployment("web", 0), "deployments.apps"),
        (daemon_set("web"), "daemonsets.apps"),
        (stateful_set("web", 0), "statefulsets.apps"),
    ],
    ids=["deployment", "daemonset", "statefulset"],
)


def prepared(made: dict[str, Any]) -> dict[str, Any]:
    """On no node, so that nothing needs to start."""
    made = copy.deepcopy(made)
    if made["kind"] == "DaemonSet":
        made["spec"]["template"]["spec"]["nodeSelector"] = {"nowhere": "at-all"}
    return made


def image(kubectl: Kubectl, resource: str) -> str:
    found: str = kubectl.stored(resource, "web")["spec"]["template"]["spec"]["containers"][0]["image"]
    return found


def revisions(kubectl: Kubectl, resource: str) -> list[str]:
    rows = kubectl("rollout", "history", f"{resource}/web").rows
    return [row[0] for row in rows[2:] if row]


def two_revisions(kubectl: Kubectl, made: dict[str, Any], resource: str) -> None:
    kubectl.apply(prepared(made))
    eventually(lambda: revisions(kubectl, resource), ["1"].__eq__)
    kubectl("set", "image", f"{resource}/web", f"main={OTHER}")
    eventually(lambda: revisions(kubectl, resource), ["1", "2"].__eq__)


@covers("rollout status")
def test_the_status_waits_for_the_rollout(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 1))
    lines = kubectl("rollout", "status", "deploy/web", "--timeout=30s").lines
    assert lines[-1] == 'deployment "web" successfully rolled out'
    assert kubectl.stored("deployments.apps", "web")["status"]["availableReplicas"] == 1


@covers("rollout history", "rollout history --revision")
@WORKLOADS
def test_the_history_shows_every_revision(kubectl: Kubectl, made: dict[str, Any], resource: str) -> None:
    two_revisions(kubectl, made, resource)
    first = kubectl("rollout", "history", f"{resource}/web", "--revision=1").out
    assert first.startswith(f"{resource.replace('s.', '.')}/web with revision #1\nPod Template:\n")
    assert f"Image:\t{PAUSE}\n" in first
    second = kubectl("rollout", "history", f"{resource}/web", "--revision=2").out
    assert f"Image:\t{OTHER}\n" in second


@covers("rollout undo", "rollout undo --to-revision")
@WORKLOADS
def test_a_rollout_is_undone(kubectl: Kubectl, made: dict[str, Any], resource: str) -> None:
    two_revisions(kubectl, made, resource)
    name = resource.replace("s.", ".")
    assert kubectl("rollout", "undo", f"{resource}/web").out == f"{name}/web rolled back\n"
    assert image(kubectl, resource) == PAUSE
    eventually(lambda: revisions(kubectl, resource), ["2", "3"].__eq__)
    assert kubectl("rollout", "undo", f"{resource}/web", "--to-revision=2").out == f"{name}/web rolled back\n"
    assert image(kubectl, resource) == OTHER
    refused = kubectl("rollout", "undo", f"{resource}/web", "--to-revision=77", code=1)
    assert "unable to find" in refused.err and "revision" in refused.err


@covers("rollout pause", "rollout resume")
def test_a_deployment_is_paused_and_resumed(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 0))
    assert kubectl("rollout", "pause", "deploy/web").out == "deployment.apps/web paused\n"
    assert kubectl.stored("deployments.apps", "web")["spec"]["paused"] is True
    assert kubectl("rollout", "pause", "deploy/web", code=1).err == 'error: deployments.apps "web" is already paused\n'
    refused = kubectl("rollout", "restart", "deploy/web", code=1).err
    assert refused == 'error: deployments.apps "web" can\'t restart paused deployment (run rollout resume first)\n'
    assert kubectl("rollout", "resume", "deploy/web").out == "deployment.apps/web resumed\n"
    assert "paused" not in kubectl.stored("deployments.apps", "web")["spec"]
    assert kubectl("rollout", "resume", "deploy/web", code=1).err == 'error: deployments.apps "web" is not paused\n'


@covers("rollout restart")
@WORKLOADS
def test_a_restart_marks_the_template(kubectl: Kubectl, made: dict[str, Any], resource: str) -> None:
    kubectl.apply(prepared(made))
    assert kubectl("rollout", "restart", f"{resource}/web").out == f"{resource.replace('s.', '.')}/web restarted\n"
    stored = kubectl.stored(resource, "web")
    assert "kubectl.kubernetes.io/restartedAt" in stored["spec"]["template"]["metadata"]["annotations"]
    assert stored["metadata"]["generation"] == 2
