"""kubectl cordon, uncordon, drain and taint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.kubectl.api import Api
from tests.kubectl.kubectl import Kubectl, eventually
from tests.kubectl.objects import daemon_set, pod, replica_set

covers = pytest.mark.covers


@pytest.fixture
def node(api: Api) -> Iterator[str]:
    """A node that no other test minds; it is schedulable again when the test is over."""
    yield "node-1"
    api.request("PUT", "/api/v1/nodes/node-1", _released(api.find("nodes", "node-1")))


def _released(node: Any) -> Any:
    node["metadata"].pop("resourceVersion")
    return {
        **node,
        "spec": {key: value for key, value in node["spec"].items() if key not in ("unschedulable", "taints")},
    }


def spec(kubectl: Kubectl, node: str) -> Any:
    return kubectl.api.find("nodes", node)["spec"]


@covers("cordon", "uncordon", "cordon --dry-run")
def test_a_node_is_cordoned_and_uncordoned(kubectl: Kubectl, node: str) -> None:
    assert kubectl("cordon", node, "--dry-run=server").out == f"node/{node} cordoned (server dry run)\n"
    assert "unschedulable" not in spec(kubectl, node)
    assert kubectl("cordon", node).out == f"node/{node} cordoned\n"
    assert spec(kubectl, node)["unschedulable"] is True
    assert kubectl("cordon", node).out == f"node/{node} already cordoned\n"
    assert kubectl("get", "node", node, "--no-headers").rows[0][1] == "Ready,SchedulingDisabled"
    assert kubectl("uncordon", node).out == f"node/{node} uncordoned\n"
    assert "unschedulable" not in spec(kubectl, node)


@covers("taint", "taint --overwrite", "taint KEY-", "taint --dry-run")
def test_a_node_is_tainted(kubectl: Kubectl, node: str) -> None:
    kubectl("taint", "node", node, "a=1:NoSchedule", "--dry-run=server")
    assert "taints" not in spec(kubectl, node)
    assert kubectl("taint", "node", node, "a=1:NoSchedule", "b:PreferNoSchedule").out == f"node/{node} tainted\n"
    both = [{"key": "a", "value": "1", "effect": "NoSchedule"}, {"key": "b", "effect": "PreferNoSchedule"}]
    assert sorted(spec(kubectl, node)["taints"], key=lambda taint: str(taint["key"])) == both
    refused = kubectl("taint", "node", node, "a=2:NoSchedule", code=1)
    assert refused.err == f"error: node {node} already has a taint(s) with same effect(s) and --overwrite is false\n"
    assert kubectl("taint", "node", node, "a=2:NoSchedule", "--overwrite").out == f"node/{node} modified\n"
    assert both[0] | {"value": "2"} in spec(kubectl, node)["taints"]
    assert kubectl("taint", "node", node, "a:NoSchedule-", "b-").out == f"node/{node} untainted\n"
    assert "taints" not in spec(kubectl, node)
    assert kubectl("taint", "node", node, "a-", code=1).err == 'error: taint "a" not found\n'


def running_on(kubectl: Kubectl, node: str, name: str) -> None:
    eventually(lambda: kubectl.find("pods", name)["status"]["phase"], "Running".__eq__)
    assert kubectl.stored("pods", name)["spec"]["nodeName"] == node


def drain(kubectl: Kubectl, node: str, *flags: str, code: int = 0) -> Any:
    """Of this test's pods: others' must not disturb."""
    return kubectl("drain", node, f"--pod-selector=of={kubectl.namespace}", "--timeout=20s", *flags, code=code)


def labelled(kubectl: Kubectl, made: dict[str, Any]) -> dict[str, Any]:
    made["metadata"].setdefault("labels", {})["of"] = kubectl.namespace
    return made


@covers("drain --force", "drain --delete-emptydir-data", "drain --dry-run")
def test_a_node_is_drained(kubectl: Kubectl, node: str) -> None:
    kubectl.apply(labelled(kubectl, pod("one", nodeName=node, volumes=[{"name": "v", "emptyDir": {}}])))
    running_on(kubectl, node, "one")
    refused = drain(kubectl, node, code=1).err
    assert "cannot delete Pods with local storage (use --delete-emptydir-data to override)" in refused
    refused = drain(kubectl, node, "--delete-emptydir-data", code=1).err
    assert "(use --force to override)" in refused and f"{kubectl.namespace}/one" in refused
    shown = drain(kubectl, node, "--force", "--delete-emptydir-data", "--dry-run=client").out
    assert f"evicting pod {kubectl.namespace}/one (dry run)" in shown
    assert kubectl.find("pods", "one") is not None
    done = drain(kubectl, node, "--force", "--delete-emptydir-data")
    assert done.lines[-1] == f"node/{node} drained" and "pod/one evicted" in done.lines
    assert kubectl.find("pods", "one") is None
    assert spec(kubectl, node)["unschedulable"] is True


@covers("drain --ignore-daemonsets")
def test_a_daemon_stays(kubectl: Kubectl, node: str) -> None:
    made = daemon_set("agent")
    made["spec"]["template"]["metadata"]["labels"]["of"] = kubectl.namespace
    kubectl.apply(made)
    names = eventually(
        lambda: [
            p["metadata"]["name"]
            for p in kubectl("get", "pod", "-o", "json").json["items"]
            if p["spec"].get("nodeName") == node
        ]
    )
    refused = drain(kubectl, node, code=1).err
    assert "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)" in refused
    done = drain(kubectl, node, "--ignore-daemonsets")
    assert done.lines[-1] == f"node/{node} drained"
    assert "ignoring DaemonSet-managed Pods" in done.err
    assert kubectl.find("pods", names[0]) is not None


@covers("drain, blocked by a disruption budget", "drain --disable-eviction")
def test_a_disruption_budget_blocks_a_drain(kubectl: Kubectl, node: str) -> None:
    made = replica_set("web", 1)
    made["spec"]["template"]["metadata"]["labels"]["of"] = kubectl.namespace
    made["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": node}
    kubectl.apply(made)
    kubectl("create", "pdb", "web", "--selector=app=web", "--min-available=1")
    budget = "poddisruptionbudgets.policy"
    eventually(lambda: kubectl.stored(budget, "web").get("status", {}).get("currentHealthy"), lambda n: n == 1)
    (name,) = (line.removeprefix("pod/") for line in kubectl("get", "pod", "-o", "name").lines)
    blocked = kubectl("drain", node, f"--pod-selector=of={kubectl.namespace}", "--timeout=100ms", code=1)
    assert "Cannot evict pod as it would violate the pod's disruption budget." in blocked.err
    assert kubectl.find("pods", name) is not None
    done = drain(kubectl, node, "--disable-eviction")
    assert f"pod/{name} deleted" in done.lines and done.lines[-1] == f"node/{node} drained"
    assert kubectl.find("pods", name) is None
