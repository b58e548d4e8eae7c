from __future__ import annotations

from typing import Any

import pytest

from controllers.endpoints.slices import LARGEST, plan_slices
from tests.controllers.endpoints.things import HTTP, Object, node, pod, service


def made(*slices: Object) -> list[Object]:
    """The slices as the API would show them."""
    return [
        {**s, "metadata": {**s["metadata"], "name": f"web-{number}", "resourceVersion": "1", "uid": f"e{number}"}}
        for number, s in enumerate(slices)
    ]


def stored(svc: Object, pods: list[Object]) -> list[Object]:
    return made(*plan_slices(svc, pods, [], node).creates)


@pytest.mark.parametrize(
    ("facts", "changes", "conditions"),
    [
        ({}, {}, (True, True, False)),
        ({"ready": False}, {}, (False, False, False)),
        ({"deleted": True}, {}, (False, True, True)),
        ({"deleted": True, "ready": False}, {"publishNotReadyAddresses": True}, (True, False, True)),
    ],
)
def test_the_conditions_of_an_endpoint(facts: Any, changes: Any, conditions: tuple[bool, bool, bool]) -> None:
    (made_slice,) = plan_slices(service(HTTP, **changes), [pod(1, **facts)], [], node).creates
    (endpoint,) = made_slice["endpoints"]
    assert endpoint["conditions"] == dict(zip(("ready", "serving", "terminating"), conditions, strict=True))
    assert endpoint["zone"] == "zone-a"
    assert endpoint["targetRef"] == {"kind": "Pod", "namespace": "ns", "name": "web-1", "uid": "p1"}


def test_a_slice_is_the_services_and_says_so() -> None:
    (new,) = plan_slices(service(HTTP, clusterIP="None"), [pod(1)], [], node).creates
    assert new["metadata"]["generateName"] == "web-"
    assert new["metadata"]["labels"] == {
        "team": "a",
        "service.kubernetes.io/headless": "",
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }
    assert new["metadata"]["ownerReferences"][0]["uid"] == "s1"
    assert new["ports"] == [{"name": "http", "protocol": "TCP", "port": 8080}]


def test_nothing_is_planned_when_nothing_has_changed() -> None:
    svc, pods = service(HTTP), [pod(n) for n in range(LARGEST + 5)]
    plan = plan_slices(svc, pods, stored(svc, pods), node)
    assert (plan.creates, plan.updates, plan.deletes) == ([], [], [])


def test_a_service_without_pods_has_one_empty_slice() -> None:
    svc = service(HTTP)
    (empty,) = stored(svc, [])
    assert (empty["endpoints"], empty["ports"]) == ([], [])
    plan = plan_slices(svc, [], [empty], node)
    assert (plan.creates, plan.updates, plan.deletes) == ([], [], [])


def test_the_last_pod_leaves_an_empty_slice_behind() -> None:
    svc = service(HTTP)
    old = stored(svc, [pod(1)])
    plan = plan_slices(svc, [], old, node)
    assert (plan.creates, plan.deletes) == ([], [])
    assert plan.updates[0]["endpoints"] == []
    assert plan.updates[0]["metadata"]["resourceVersion"] == "1"


def test_the_empty_slice_is_used_for_the_first_pod() -> None:
    svc = service(HTTP)
    plan = plan_slices(svc, [pod(1)], stored(svc, []), node)
    assert (plan.creates, plan.deletes) == ([], [])
    assert [(u["metadata"]["name"], len(u["endpoints"]), len(u["ports"])) for u in plan.updates] == [("web-0", 1, 1)]


def test_slices_of_an_earlier_service_of_that_name_go() -> None:
    old = stored(service(HTTP), [pod(1)])
    again = service(HTTP)
    again["metadata"]["uid"] = "s2"
    plan = plan_slices(again, [pod(1)], old, node)
    assert plan.deletes == old
    assert len(plan.creates) == 1


def test_a_new_pod_goes_into_the_slice_that_has_room() -> None:
    svc, pods = service(HTTP), [pod(n) for n in range(LARGEST + 5)]
    old = stored(svc, pods)
    assert [len(s["endpoints"]) for s in old] == [100, 5]
    plan = plan_slices(svc, [*pods, pod(500)], old, node)
    assert (plan.creates, plan.deletes) == ([], [])
    assert [(u["metadata"]["name"], len(u["endpoints"])) for u in plan.updates] == [("web-1", 6)]


def test_a_full_slice_makes_a_second_one() -> None:
    svc, pods = service(HTTP), [pod(n) for n in range(LARGEST)]
    plan = plan_slices(svc, [*pods, pod(500)], stored(svc, pods), node)
    assert [len(s["endpoints"]) for s in plan.creates] == [1]
    assert plan.updates == []


def test_pods_with_other_numbers_for_a_named_port_have_a_slice_of_their_own() -> None:
    svc = service({"name": "http", "port": 80, "targetPort": "web", "protocol": "TCP"})
    pods = [
        pod(n, containers=[{"name": "c", "ports": [{"name": "web", "containerPort": number}]}])
        for n, number in ((1, 8080), (2, 9090))
    ]
    assert sorted(s["ports"][0]["port"] for s in stored(svc, pods)) == [8080, 9090]


def test_slices_of_a_family_that_the_service_no_longer_has_go() -> None:
    svc = service(HTTP)
    old = [s | {"addressType": "IPv6"} for s in stored(svc, [pod(1)])]
    plan = plan_slices(svc, [pod(1)], old, node)
    assert plan.deletes == old
    assert len(plan.creates) == 1


def test_a_pod_on_an_unknown_node_waits_unless_unready_addresses_are_published() -> None:
    lost = pod(1, nodeName="node-2")
    plan = plan_slices(service(HTTP), [lost], [], node)
    assert plan.missing_nodes
    assert plan.creates[0]["endpoints"] == []
    assert plan_slices(service(HTTP, publishNotReadyAddresses=True), [lost], [], node).creates[0]["endpoints"]


def test_a_pod_that_has_ended_is_no_endpoint() -> None:
    assert plan_slices(service(HTTP), [pod(1, phase="Succeeded")], [], node).creates[0]["endpoints"] == []


def test_changed_labels_of_the_service_reach_its_slices() -> None:
    svc = service(HTTP)
    old = stored(svc, [pod(1)])
    svc["metadata"]["labels"] = {"team": "b"}
    assert plan_slices(svc, [pod(1)], old, node).updates[0]["metadata"]["labels"]["team"] == "b"


@pytest.mark.parametrize(
    ("distribution", "hints"),
    [
        (None, None),
        ("PreferClose", {"forZones": [{"name": "zone-a"}]}),
        ("PreferSameNode", {"forZones": [{"name": "zone-a"}], "forNodes": [{"name": "node-1"}]}),
    ],
)
def test_hints_follow_the_traffic_distribution(distribution: str | None, hints: Object | None) -> None:
    svc = service(HTTP, trafficDistribution=distribution)
    assert stored(svc, [pod(1)])[0]["endpoints"][0].get("hints") == hints
