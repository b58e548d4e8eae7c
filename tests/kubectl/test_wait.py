"""kubectl wait and events."""

from __future__ import annotations

import pytest

from tests.kubectl.kubectl import Kubectl, eventually
from tests.kubectl.objects import config_map, deployment, pod

covers = pytest.mark.covers


@covers("wait --for=condition", "wait --for=jsonpath")
def test_wait_sees_a_condition_come(kubectl: Kubectl) -> None:
    kubectl.apply(pod("one"))
    done = kubectl("wait", "--for=condition=Ready", "pod/one", "--timeout=30s")
    assert done.out == "pod/one condition met\n"
    stored = kubectl.stored("pods", "one")
    assert any(c["type"] == "Ready" and c["status"] == "True" for c in stored["status"]["conditions"])
    done = kubectl("wait", "--for=jsonpath={.status.phase}=Running", "pod", "-l", "app=one", "--timeout=30s")
    assert done.out == "pod/one condition met\n"


@covers("wait --timeout")
def test_wait_gives_up(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 0))
    done = kubectl("wait", "--for=condition=Never", "deploy/web", "--timeout=100ms", code=1)
    assert done.err == "error: timed out waiting for the condition on deployments/web\n"


@covers("wait --for=delete")
def test_wait_sees_a_deletion(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one"))
    waiting = kubectl.start("wait", "--for=delete", "cm/one", "--timeout=30s")
    kubectl("delete", "cm", "one")
    out, _ = waiting.communicate(timeout=30)
    assert waiting.returncode == 0 and out in ("configmap/one condition met\n", "")
    assert kubectl.find("configmaps", "one") is None


@covers("wait --for=create", since=31)
def test_wait_sees_a_creation(kubectl: Kubectl) -> None:
    waiting = kubectl.start("wait", "--for=create", "cm/one", "--timeout=30s")
    kubectl.apply(config_map("one"))
    out, _ = waiting.communicate(timeout=30)
    assert (waiting.returncode, out) == (0, "configmap/one condition met\n")


@covers("events", "events --for", "events --types", "events -o json")
def test_events_are_chosen_by_object_and_type(kubectl: Kubectl) -> None:
    kubectl.apply(pod("one"), pod("two", nodeSelector={"nowhere": "at-all"}))
    head, *rows = eventually(lambda: kubectl("events", "--for", "pod/one").rows, lambda rows: len(rows) > 1)
    assert head == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert {row[3] for row in rows} == {"Pod/one"}
    eventually(lambda: kubectl("events", "--types=Warning").rows, lambda rows: len(rows) == 2)
    _, warning = kubectl("events", "--types=Warning").rows
    assert warning[1:4] == ["Warning", "FailedScheduling", "Pod/two"]
    listed = kubectl("events", "--for", "pod/two", "-o", "json").json["items"]
    assert listed[0] == _without_fields(kubectl, listed[0]["metadata"]["name"])


def _without_fields(kubectl: Kubectl, name: str) -> object:
    stored = kubectl.stored("events", name)
    stored["metadata"].pop("managedFields", None)
    return stored


@covers("events --watch")
def test_events_are_followed(kubectl: Kubectl) -> None:
    following = kubectl.start("events", "--watch")
    assert following.stdout is not None
    try:
        kubectl.apply(pod("one", nodeSelector={"nowhere": "at-all"}))
        seen = "".join(following.stdout.readline() for _ in range(2))
    finally:
        following.kill()
        following.communicate()
    assert "FailedScheduling" in seen and "Pod/one" in seen
