from __future__ import annotations

from typing import Any

import pytest

from controllers.daemonset.nodes import Wish, daemon_pod, node_of, wish
from tests.controllers.daemonset.things import daemonset, node


def affinity(*expressions: Any) -> Any:
    terms = {"nodeSelectorTerms": [{"matchExpressions": list(expressions)}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


@pytest.mark.parametrize(
    ("spec", "taints", "wanted"),
    [
        ({}, [], Wish(True, True)),
        ({}, [("x", "NoSchedule")], Wish(False, True)),
        ({}, [("x", "NoExecute")], Wish(False, False)),
        ({}, [("x", "PreferNoSchedule")], Wish(True, True)),
        ({}, [("node.kubernetes.io/unschedulable", "NoSchedule")], Wish(True, True)),
        ({}, [("node.kubernetes.io/not-ready", "NoExecute")], Wish(True, True)),
        ({}, [("node.kubernetes.io/network-unavailable", "NoSchedule")], Wish(False, True)),
        ({"hostNetwork": True}, [("node.kubernetes.io/network-unavailable", "NoSchedule")], Wish(True, True)),
        ({"tolerations": [{"operator": "Exists"}]}, [("x", "NoExecute")], Wish(True, True)),
        ({"nodeSelector": {"disk": "ssd"}}, [], Wish(True, True)),
        ({"nodeSelector": {"disk": "hdd"}}, [], Wish(False, False)),
        ({"nodeName": "other"}, [], Wish(False, False)),
        ({"affinity": affinity({"key": "disk", "operator": "In", "values": ["ssd"]})}, [], Wish(True, True)),
        ({"affinity": affinity({"key": "disk", "operator": "NotIn", "values": ["ssd"]})}, [], Wish(False, False)),
        ({"affinity": affinity({"key": "cpus", "operator": "Gt", "values": ["4"]})}, [], Wish(True, True)),
        ({"affinity": affinity({"key": "cpus", "operator": "Lt", "values": ["8"]})}, [], Wish(False, False)),
        ({"affinity": affinity({"key": "gpu", "operator": "DoesNotExist"})}, [], Wish(True, True)),
        ({"affinity": affinity()}, [], Wish(False, False)),
    ],
)
def test_which_nodes_want_a_pod(spec: Any, taints: Any, wanted: Wish) -> None:
    assert wish(daemonset(**spec), node("n1", *taints, disk="ssd", cpus="8")) == wanted


def test_a_pod_asks_for_its_node_and_tolerates_what_daemons_do() -> None:
    spec = {"affinity": affinity({"key": "disk", "operator": "Exists"}), "tolerations": [{"key": "mine"}]}
    made = daemon_pod(daemonset(**spec), "n1", "hash")
    assert node_of(made) == "n1"
    terms = made["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert terms["nodeSelectorTerms"][0]["matchExpressions"] == [{"key": "disk", "operator": "Exists"}]
    assert made["metadata"]["labels"] == {"app": "agent", "controller-revision-hash": "hash"}
    assert [t["key"] for t in made["spec"]["tolerations"]][:2] == ["mine", "node.kubernetes.io/not-ready"]
    assert node_of({"spec": {}}) == ""
