from __future__ import annotations

from typing import Any

import pytest

from apimachinery.objects import Object
from scheduler.events import Action, ClusterEvent, Resource
from scheduler.framework import CycleState
from scheduler.plugins.balanced_allocation import BalancedAllocation
from scheduler.plugins.image_locality import ImageLocality, image_name
from scheduler.plugins.node_resources_fit import NodeResourcesFit
from scheduler.status import SKIP, Code
from tests.scheduler.builders import cluster, container, handle, info, node, node_info
from tests.scheduler.plugins.test_node_filters import hinted

NEVER = Code.UNSCHEDULABLE_AND_UNRESOLVABLE
NOT_NOW = Code.UNSCHEDULABLE


def verdict(node_fields: dict[str, Any], used: list[Object], wanted: list[Object], **spec: Any) -> tuple[Code, str]:
    where = node_info(node(**node_fields), [info(f"used-{i}", containers=[c]) for i, c in enumerate(used)])
    status = NodeResourcesFit(handle()).filter(CycleState(), info(containers=wanted, **spec), where)
    return (Code.SUCCESS, "") if status is None else (status.code, status.message)


@pytest.mark.parametrize(
    ("node_fields", "used", "wanted", "code", "message"),
    [
        ({"cpu": "2"}, [container(cpu="1")], [container(cpu="1")], Code.SUCCESS, ""),
        ({"cpu": "2"}, [container(cpu="1500m")], [container(cpu="501m")], NOT_NOW, "Insufficient cpu"),
        ({"cpu": "2"}, [], [container(cpu="3")], NEVER, "Insufficient cpu"),
        ({"memory": "1Gi"}, [container(memory="1Gi")], [container(memory="1")], NOT_NOW, "Insufficient memory"),
        ({"pods": "1"}, [container()], [container()], NOT_NOW, "Too many pods"),
        (
            {"pods": "1", "cpu": "1"},
            [container(cpu="1")],
            [container(cpu="1")],
            NOT_NOW,
            "Too many pods, Insufficient cpu",
        ),
        ({"cpu": "1"}, [container(cpu="1")], [container()], Code.SUCCESS, ""),
        ({}, [], [container(ephemeral_storage="1Gi")], NEVER, "Insufficient ephemeral-storage"),
        ({"allocatable": {"ephemeral-storage": "2Gi"}}, [], [container(ephemeral_storage="1Gi")], Code.SUCCESS, ""),
        ({"cpu": "2"}, [], [container(cpu="1"), container(cpu="1100m")], NEVER, "Insufficient cpu"),
    ],
)
def test_a_pod_fits_where_enough_is_left(
    node_fields: dict[str, Any], used: list[Object], wanted: list[Object], code: Code, message: str
) -> None:
    assert verdict(node_fields, used, wanted) == (code, message)


def with_gpus(number: str) -> Object:
    return {"name": "c", "resources": {"requests": {"example.com/gpu": number}}}


@pytest.mark.parametrize(
    ("has", "used", "wanted", "code"),
    [("2", "1", "1", Code.SUCCESS), ("2", "2", "1", NOT_NOW), ("0", "0", "1", NEVER), ("1", "0", "2", NEVER)],
)
def test_extended_resources_are_counted(has: str, used: str, wanted: str, code: Code) -> None:
    found, message = verdict({"allocatable": {"example.com/gpu": has}}, [with_gpus(used)], [with_gpus(wanted)])
    assert found is code
    assert message == ("" if code is Code.SUCCESS else "Insufficient example.com/gpu")


def test_init_containers_count_by_their_peak_sidecars_and_overhead_in_addition() -> None:
    main, init = [container(cpu="1")], {**container(cpu="2"), "name": "init"}
    sidecar = {**container(cpu="500m"), "restartPolicy": "Always"}
    assert verdict({"cpu": "2"}, [], main, initContainers=[init]) == (Code.SUCCESS, "")
    assert verdict({"cpu": "2"}, [], main, initContainers=[sidecar, init]) == (NEVER, "Insufficient cpu")
    assert verdict({"cpu": "2"}, [], main, initContainers=[init], overhead={"cpu": "1m"}) == (NEVER, "Insufficient cpu")


def test_least_allocated_prefers_the_emptier_node() -> None:
    nodes = [node_info(node("empty")), node_info(node("half"), [info("x", cpu="2", memory="4Gi")])]
    scores = NodeResourcesFit(handle()).score(CycleState(), info(cpu="1", memory="2Gi"), nodes)
    assert scores == [75, 25]


def test_containers_that_ask_for_nothing_are_scored_as_if_they_did() -> None:
    """100m and 200Mi each, so that many such pods do not all go to one node."""
    nodes = [node_info(node("empty", cpu="1", memory="2000Mi")), node_info(node("full", cpu="100m", memory="200Mi"))]
    assert NodeResourcesFit(handle()).score(CycleState(), info(), nodes) == [90, 0]


def test_more_room_on_a_node_helps_only_if_the_pod_needs_it() -> None:
    plugin, small, large = NodeResourcesFit(handle()), node(cpu="1"), node(cpu="4")

    def grown(pod: Any, old: Object | None, new: Object) -> bool:
        action = Action.NODE_ALLOCATABLE if old else Action.ADD
        return hinted(plugin, ClusterEvent(Resource.NODE, action, old, new), pod)

    assert grown(info(cpu="2"), small, large)
    assert grown(info(cpu="2"), None, large)
    assert not grown(info(cpu="2"), None, small)
    assert not grown(info(cpu="8"), small, large)
    assert not grown(info(cpu="2"), large, large)
    assert not grown(info(memory="1Gi"), small, large)


def test_a_pod_that_goes_or_shrinks_helps() -> None:
    plugin, waiting = NodeResourcesFit(handle()), info(cpu="2")
    big, small = info("other", cpu="3"), info("other", cpu="1")
    assert hinted(plugin, ClusterEvent(Resource.ASSIGNED_POD, Action.DELETE, big), waiting)
    assert hinted(plugin, ClusterEvent(Resource.ASSIGNED_POD, Action.POD_SCALE_DOWN, big, small), waiting)
    shrunk = ClusterEvent(Resource.ASSIGNED_POD, Action.POD_SCALE_DOWN, info(memory="2"), info(memory="1"))
    assert not hinted(plugin, shrunk, waiting)
    assert not hinted(plugin, ClusterEvent(Resource.ASSIGNED_POD, Action.ADD, None, big), waiting)


@pytest.mark.parametrize(
    ("cpu", "memory", "score"), [("1", "2Gi", 75), ("2", "2Gi", 68), ("4", "2Gi", 56), ("8", "8Gi", 75)]
)
def test_balanced_allocation_prefers_equal_shares(cpu: str, memory: str, score: int) -> None:
    where = node_info(node(cpu="4", memory="8Gi"))
    assert BalancedAllocation(handle()).score(CycleState(), info(cpu=cpu, memory=memory), [where]) == [score]


def test_balanced_allocation_prefers_the_node_that_the_pod_mends() -> None:
    lopsided = node_info(node(cpu="4", memory="8Gi"), [info("x", memory="4Gi")])
    balanced = node_info(node(cpu="4", memory="8Gi"), [info("x", cpu="2", memory="4Gi")])
    scores = BalancedAllocation(handle()).score(CycleState(), info(cpu="2"), [lopsided, balanced])
    assert scores == [50 + (50 + 100 - 75) // 2, 50 + (50 + 75 - 100) // 2]


def test_balanced_allocation_has_nothing_to_say_of_pods_without_requests() -> None:
    snapshot = cluster([node("a"), node("b")])
    assert BalancedAllocation(handle()).pre_score(CycleState(), info(), snapshot.nodes, snapshot) is SKIP


MB = 1024 * 1024


def image(name: str, megabytes: int) -> Object:
    return {"names": [name], "sizeBytes": megabytes * MB}


def test_nodes_that_have_a_large_image_are_preferred() -> None:
    nodes = [
        node("none"),
        node("large", images=[image("app:1", 1023)]),
        node("small", images=[image("busybox:latest", 20)]),
    ]
    snapshot, plugin, state = cluster(nodes), ImageLocality(handle()), CycleState()
    pod = info(containers=[container(image="app:1")])
    assert plugin.pre_score(state, pod, snapshot.nodes, snapshot) is None
    assert plugin.score(state, pod, snapshot.nodes) == [0, 100 * (341 - 23) // (1000 - 23), 0]


def test_images_that_nobody_has_cost_nothing() -> None:
    snapshot = cluster([node("a"), node("b", images=[image("other:1", 500)])])
    assert ImageLocality(handle()).pre_score(CycleState(), info(), snapshot.nodes, snapshot) is SKIP


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("app", "app:latest"),
        ("app:1", "app:1"),
        ("host:5000/app", "host:5000/app:latest"),
        ("h:5000/app:2", "h:5000/app:2"),
    ],
)
def test_images_without_a_tag_mean_the_latest(given: str, expected: str) -> None:
    assert image_name(given) == expected
