from __future__ import annotations

from typing import Any

import pytest

from apimachinery.objects import Object
from kubelet.pods.admission import Ledger, admit, matches_node
from tests.kubelet.builders import container, pod

_LABELS = {"kubernetes.io/os": "linux", "zone": "a", "cores": "8"}


def _node(**spec: Any) -> Object:
    allocatable = {"cpu": "2", "memory": "1Gi", "pods": "3", "example.com/gpu": "1"}
    return {"metadata": {"name": "node-1", "labels": _LABELS}, "spec": spec, "status": {"allocatable": allocatable}}


def _asking(**requests: str) -> Object:
    return pod(container(resources={"requests": {k.replace("_", "/"): v for k, v in requests.items()}}))


@pytest.mark.parametrize(
    ("subject", "reason", "message"),
    [
        (_asking(cpu="2"), None, ""),
        (
            _asking(cpu="2500m"),
            "OutOfcpu",
            "Node didn't have enough resource: cpu, requested: 2500, used: 0, capacity: 2000",
        ),
        (
            _asking(memory="2Gi"),
            "OutOfmemory",
            "Node didn't have enough resource: memory, requested: 2147483648, used: 0, capacity: 1073741824",
        ),
        (pod(nodeSelector={"zone": "b"}), "NodeAffinity", "Predicate NodeAffinity failed: node(s) didn't match Pod's"),
        (pod(nodeName="node-2"), "NodeName", "Predicate NodeName failed"),
        (pod(os={"name": "windows"}), "PodOSNotSupported", "Failed to admit pod as the OS field"),
        (pod(os={"name": "linux"}), None, ""),
    ],
)
def test_what_a_node_takes(subject: Object, reason: str | None, message: str) -> None:
    refusal = admit(subject, _node(), Ledger())
    assert (refusal.reason if refusal else None) == reason
    assert refusal is None or refusal.message.startswith(message)


def test_extended_resources_count_only_where_the_node_has_them() -> None:
    asking = pod(container(resources={"requests": {"example.com/gpu": "2", "example.com/unknown": "5"}}))
    refusal = admit(asking, _node(), Ledger())
    assert refusal is not None
    assert refusal.reason == "OutOfexample.com/gpu"


def test_the_number_of_pods_is_limited() -> None:
    ledger = Ledger()
    for number in range(3):
        ledger.take(f"{number}", pod())
    refusal = admit(pod(), _node(), ledger)
    assert refusal is not None
    assert (refusal.reason, refusal.message) == (
        "OutOfpods",
        "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
    )


def test_what_is_given_back_can_be_taken_again() -> None:
    ledger = Ledger()
    ledger.take("a", _asking(cpu="2"))
    assert admit(_asking(cpu="1"), _node(), ledger) is not None
    ledger.give_back("a")
    ledger.give_back("a")
    assert admit(_asking(cpu="1"), _node(), ledger) is None


def test_taking_again_counts_the_new_amount_only() -> None:
    ledger = Ledger()
    ledger.take("a", _asking(cpu="2"))
    ledger.take("a", _asking(cpu="1"))
    assert admit(_asking(cpu="1"), _node(), ledger) is None


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ({"hostPort": 80}, {"hostPort": 80}, True),
        ({"hostPort": 80}, {"hostPort": 81}, False),
        ({"hostPort": 80}, {"hostPort": 80, "protocol": "UDP"}, False),
        ({"hostPort": 80, "hostIP": "1.1.1.1"}, {"hostPort": 80, "hostIP": "2.2.2.2"}, False),
        ({"hostPort": 80, "hostIP": "1.1.1.1"}, {"hostPort": 80}, True),
        ({"containerPort": 80}, {"containerPort": 80}, False),
    ],
)
def test_host_ports(first: dict[str, Any], second: dict[str, Any], clash: bool) -> None:
    ledger = Ledger()
    ledger.take("a", pod(container(ports=[first])))
    refusal = admit(pod(container(ports=[second])), _node(), ledger)
    assert (refusal is not None and refusal.reason == "NodePorts") is clash


def test_a_no_execute_taint_keeps_out_what_does_not_tolerate_it() -> None:
    tainted = _node(taints=[{"key": "k", "effect": "NoExecute"}])
    refusal = admit(pod(), tainted, Ledger())
    assert refusal is not None
    assert refusal.reason == "TaintToleration"
    assert admit(pod(tolerations=[{"operator": "Exists"}]), tainted, Ledger()) is None
    assert admit(pod(), _node(taints=[{"key": "k", "effect": "NoSchedule"}]), Ledger()) is None


def _term(operator: str, *values: str, key: str = "zone", fields: bool = False) -> dict[str, Any]:
    requirement = {"key": key, "operator": operator, "values": list(values)}
    return {"matchFields" if fields else "matchExpressions": [requirement]}


@pytest.mark.parametrize(
    ("terms", "fits"),
    [
        ([_term("In", "a", "b")], True),
        ([_term("In", "b")], False),
        ([_term("NotIn", "a")], False),
        ([_term("NotIn", "x", key="missing")], True),
        ([_term("Exists", key="cores")], True),
        ([_term("DoesNotExist", key="cores")], False),
        ([_term("Gt", "4", key="cores")], True),
        ([_term("Lt", "4", key="cores")], False),
        ([_term("In", "b"), _term("In", "a")], True),
        ([_term("In", "node-1", key="metadata.name", fields=True)], True),
        ([_term("In", "node-2", key="metadata.name", fields=True)], False),
        ([{}], False),
        ([], False),
    ],
)
def test_required_node_affinity(terms: list[dict[str, Any]], fits: bool) -> None:
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    assert matches_node({"affinity": {"nodeAffinity": required}}, _LABELS, "node-1") is fits
