from __future__ import annotations

from kubelet.nodes.facts import adoption_patch, new_node
from kubelet.nodes.status import has_changed, node_patch, node_status
from tests.kubelet.nodes.builders import facts

_NOW = "2026-01-01T00:00:00Z"


def test_a_node_says_where_and_what_it_is() -> None:
    node = new_node(facts(labels={"zone": "a"}), node_status(facts(), {}, _NOW))
    labels = node["metadata"]["labels"]
    assert labels["kubernetes.io/hostname"] == "node-1"
    assert labels["kubernetes.io/os"] == labels["beta.kubernetes.io/os"] == "linux"
    assert labels["zone"] == "a"
    status = node["status"]
    assert status["addresses"] == [
        {"type": "InternalIP", "address": "172.18.0.9"},
        {"type": "Hostname", "address": "node-1"},
    ]
    assert status["nodeInfo"]["containerRuntimeVersion"] == "hollow://1.0.0"
    assert status["allocatable"] == status["capacity"]
    assert status["daemonEndpoints"] == {"kubeletEndpoint": {"Port": 10250}}
    assert [c["type"] for c in status["conditions"]] == ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"]


def test_a_node_keeps_its_ids_and_no_two_share_them() -> None:
    def ids(name: str) -> tuple[str, str]:
        info = node_status(facts(name), {}, _NOW)["nodeInfo"]
        return (info["machineID"], info["systemUUID"])

    assert ids("a") == ids("a")
    assert not set(ids("a")) & set(ids("b"))


def test_a_node_that_has_everything_needs_no_adoption() -> None:
    assert adoption_patch(facts(), new_node(facts(), {})) is None


def test_heartbeats_alone_are_no_change() -> None:
    first = node_status(facts(), {}, _NOW)
    assert not has_changed(first, node_status(facts(), first, "2026-01-01T00:00:10Z"))


def test_the_patch_names_what_differs_and_keeps_foreign_conditions() -> None:
    current = node_status(facts(), {}, _NOW)
    current["conditions"].insert(0, {"type": "NetworkUnavailable", "status": "False"})
    current["nodeInfo"]["kubeletVersion"] = "v1.30.0"
    patch = node_patch(current, node_status(facts(), current, _NOW))["status"]
    assert set(patch) == {"nodeInfo", "conditions", "$setElementOrder/conditions"}
    assert patch["$setElementOrder/conditions"][0] == {"type": "NetworkUnavailable"}
    assert [c["type"] for c in patch["conditions"]] == ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"]
