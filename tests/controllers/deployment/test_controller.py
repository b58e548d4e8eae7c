"""Whole rollouts against an API in memory, with a stand-in for the ReplicaSet controller."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.gvk import GroupVersionResource
from apimachinery.status import Forbidden
from client.resources import DEPLOYMENTS, PODS, REPLICASETS
from controllers.controller import Controller
from controllers.deployment.controller import build_deployment
from controllers.deployment.revisions import HISTORY, REVISION
from controllers.deployment.sets import HASH
from controllers.shared.hashes import template_hash
from tests.controllers.deployment.things import bounds, rs
from tests.controllers.objects import Object, deployment, owner_reference, pod, replica_set, template
from tests.controllers.world import World, said

KEY = "default/web"


@pytest.fixture
def world() -> World:
    return World()


def start(world: World, **spec: Any) -> Controller:
    world.put(DEPLOYMENTS, deployment(**spec))
    return world.build(build_deployment)


def set_image(world: World, image: str) -> None:
    world.change(DEPLOYMENTS, KEY, {"spec": {"template": template({"app": "web"}, image)}})


def sizes(world: World) -> dict[str, int]:
    """By image."""
    return {
        one["spec"]["template"]["spec"]["containers"][0]["image"]: one["spec"]["replicas"]
        for one in world.all(REPLICASETS)
    }


def make_pods(world: World) -> bool:
    """What the ReplicaSet controller and the kubelets would do: every set has its pods, and they are available."""
    changed = False
    for one in world.all(REPLICASETS):
        size = one["spec"]["replicas"]
        status = {
            "replicas": size,
            "readyReplicas": size,
            "availableReplicas": size,
            "observedGeneration": one["metadata"]["generation"],
            "terminatingReplicas": 0,
        }
        if one.get("status") != status:
            world.change(REPLICASETS, f"default/{one['metadata']['name']}", {"status": status})
            changed = True
    return changed


def roll_out(world: World, controller: Controller) -> list[dict[str, int]]:
    """Until nothing changes; the sizes after every step."""
    steps = []
    world.settle(controller)
    steps.append(sizes(world))
    while make_pods(world):
        world.settle(controller)
        steps.append(sizes(world))
    return steps


def status_of(world: World) -> Object:
    status: Object = world.get(DEPLOYMENTS, KEY)["status"]
    return status


def reason(world: World, kind: str = "Progressing") -> str:
    return str(next(c["reason"] for c in status_of(world)["conditions"] if c["type"] == kind))


def test_a_new_deployment_gets_a_set_with_its_template_and_its_hash(world: World) -> None:
    controller = start(world, replicas=3)
    world.settle(controller)
    (made,) = world.all(REPLICASETS)
    hashed = template_hash(template({"app": "web"}), None)
    assert made["metadata"]["name"] == f"web-{hashed}"
    assert made["metadata"]["labels"] == {"app": "web", HASH: hashed}
    assert made["metadata"]["ownerReferences"] == [owner_reference(deployment())]
    assert made["metadata"]["annotations"] == {
        REVISION: "1",
        "deployment.kubernetes.io/desired-replicas": "3",
        "deployment.kubernetes.io/max-replicas": "4",
    }
    assert made["spec"]["selector"] == {"matchLabels": {"app": "web", HASH: hashed}}
    assert made["spec"]["template"]["metadata"]["labels"] == {"app": "web", HASH: hashed}
    assert made["spec"]["replicas"] == 3
    assert world.get(DEPLOYMENTS, KEY)["metadata"]["annotations"][REVISION] == "1"
    assert reason(world) == "NewReplicaSetCreated"
    assert world.events[0].message == f"Scaled up replica set web-{hashed} from 0 to 3"


def test_a_rollout_ends_complete_and_then_writes_nothing(world: World) -> None:
    controller = start(world)
    roll_out(world, controller)
    assert reason(world) == "NewReplicaSetAvailable"
    world.writes.clear()
    world.sync(controller, KEY)
    world.settle(controller)
    assert world.writes == []


@pytest.mark.parametrize(
    ("surge", "unavailable", "steps"),
    [
        (1, 0, [(4, 1), (3, 2), (2, 3), (1, 4), (0, 4)]),
        (0, 2, [(2, 2), (0, 4)]),
        (1, 1, [(3, 2), (1, 4), (0, 4)]),
        ("100%", 0, [(4, 4), (0, 4)]),
    ],
)
def test_a_new_template_is_rolled_out_within_its_bounds(
    world: World, surge: int | str, unavailable: int, steps: list[tuple[int, int]]
) -> None:
    controller = start(world, replicas=4, strategy=bounds(surge, unavailable))
    roll_out(world, controller)
    set_image(world, "nginx:2")
    seen = [(step["nginx"], step.get("nginx:2", 0)) for step in roll_out(world, controller)]
    assert list(dict.fromkeys(seen)) == steps


def test_pods_that_do_not_come_up_stop_the_rollout(world: World) -> None:
    controller = start(world, replicas=4, strategy=bounds(1, 1))
    roll_out(world, controller)
    set_image(world, "broken")
    world.settle(controller)
    for _ in range(5):
        world.settle(controller)
    assert sizes(world) == {"nginx": 3, "broken": 2}
    world.clock.advance(602)
    world.settle(controller)
    assert reason(world) == "ProgressDeadlineExceeded"


def test_recreate_waits_until_the_last_old_pod_is_gone(world: World) -> None:
    controller = start(world, replicas=2, strategy={"type": "Recreate"})
    roll_out(world, controller)
    (old,) = world.all(REPLICASETS)
    world.put(PODS, pod("last", owner=old, labels={"app": "web"}))
    set_image(world, "nginx:2")
    roll_out(world, controller)
    assert sizes(world) == {"nginx": 0}
    world.api.remove(PODS, world.get(PODS, "default/last"))
    roll_out(world, controller)
    assert sizes(world) == {"nginx": 0, "nginx:2": 2}


def test_a_pod_that_has_ended_does_not_hold_recreate_up(world: World) -> None:
    controller = start(world, replicas=2, strategy={"type": "Recreate"})
    roll_out(world, controller)
    (old,) = world.all(REPLICASETS)
    world.put(PODS, pod("last", owner=old, phase="Failed"))
    set_image(world, "nginx:2")
    roll_out(world, controller)
    assert sizes(world) == {"nginx": 0, "nginx:2": 2}


def test_going_back_uses_the_old_set_as_a_new_revision(world: World) -> None:
    controller = start(world)
    for image in ("nginx:2", "nginx:3", "nginx"):
        roll_out(world, controller)
        set_image(world, image)
    roll_out(world, controller)
    assert sizes(world) == {"nginx": 3, "nginx:2": 0, "nginx:3": 0}
    first = next(one for one in world.all(REPLICASETS) if one["spec"]["replicas"])
    assert first["metadata"]["annotations"][REVISION] == "4"
    assert first["metadata"]["annotations"][HISTORY] == "1"
    assert world.get(DEPLOYMENTS, KEY)["metadata"]["annotations"][REVISION] == "4"


def test_a_pause_holds_the_template_but_not_the_scale(world: World) -> None:
    controller = start(world)
    roll_out(world, controller)
    world.change(DEPLOYMENTS, KEY, {"spec": {"paused": True}})
    set_image(world, "nginx:2")
    roll_out(world, controller)
    assert sizes(world) == {"nginx": 3}
    assert reason(world) == "DeploymentPaused"
    world.change(DEPLOYMENTS, KEY, {"spec": {"replicas": 5}})
    roll_out(world, controller)
    assert sizes(world) == {"nginx": 5}
    world.change(DEPLOYMENTS, KEY, {"spec": {"paused": False}})
    roll_out(world, controller)
    assert sizes(world) == {"nginx": 0, "nginx:2": 5}
    assert reason(world) == "NewReplicaSetAvailable"


def test_scaling_in_the_middle_of_a_rollout_is_shared_out(world: World) -> None:
    controller = start(world, replicas=10, strategy=bounds(3, 2))
    roll_out(world, controller)
    set_image(world, "nginx:2")
    world.settle(controller)
    assert sizes(world) == {"nginx": 8, "nginx:2": 5}
    world.change(DEPLOYMENTS, KEY, {"spec": {"replicas": 20}})
    world.settle(controller)
    middle = sizes(world)
    assert sum(middle.values()) == 23
    assert middle["nginx"] > 8
    assert middle["nginx:2"] > 5
    assert roll_out(world, controller)[-1] == {"nginx": 0, "nginx:2": 20}


def test_old_revisions_beyond_the_limit_are_deleted_when_the_rollout_is_complete(world: World) -> None:
    controller = start(world, revisionHistoryLimit=1)
    for image in ("nginx:2", "nginx:3", "nginx:4"):
        roll_out(world, controller)
        set_image(world, image)
    roll_out(world, controller)
    assert sizes(world) == {"nginx:3": 0, "nginx:4": 3}


def test_another_template_with_the_same_hash_counts_a_collision_and_finds_another_name(world: World) -> None:
    name = f"web-{template_hash(template({'app': 'web'}), None)}"
    world.put(REPLICASETS, {**replica_set("stranger"), "metadata": {**rs(name)["metadata"], "ownerReferences": []}})
    controller = start(world)
    world.settle(controller)
    world.clock.advance(1)
    roll_out(world, controller)
    assert status_of(world)["collisionCount"] == 1
    assert len(world.all(REPLICASETS)) == 2
    assert reason(world) == "NewReplicaSetAvailable"


def test_a_set_that_the_cache_lacks_is_used_and_not_made_again(world: World) -> None:
    controller = start(world)
    world.sync(controller, KEY)
    world.catch_up(DEPLOYMENTS)
    world.sync(controller, KEY)
    assert len(world.all(REPLICASETS)) == 1
    assert "collisionCount" not in status_of(world)


def test_a_set_that_matches_is_adopted_with_its_pods(world: World) -> None:
    orphan = rs("old-one", 3, 3)
    orphan["metadata"]["ownerReferences"] = []
    world.put(REPLICASETS, orphan)
    controller = start(world)
    roll_out(world, controller)
    (kept,) = world.all(REPLICASETS)
    assert kept["metadata"]["ownerReferences"] == [owner_reference(deployment())]
    assert kept["metadata"]["annotations"][REVISION] == "1"
    assert reason(world) == "NewReplicaSetAvailable"


def test_annotations_and_min_ready_seconds_are_passed_on(world: World) -> None:
    controller = start(world)
    roll_out(world, controller)
    world.change(
        DEPLOYMENTS,
        KEY,
        {"metadata": {"annotations": {"kubernetes.io/change-cause": "x"}}, "spec": {"minReadySeconds": 5}},
    )
    roll_out(world, controller)
    (one,) = world.all(REPLICASETS)
    assert one["metadata"]["annotations"]["kubernetes.io/change-cause"] == "x"
    assert one["spec"]["minReadySeconds"] == 5


def test_a_set_that_may_not_be_made_is_said_in_condition_and_event(world: World) -> None:
    def refuse(verb: str, gvr: GroupVersionResource, obj: Any) -> None:
        if gvr == REPLICASETS:
            raise Forbidden("quota")

    world.api.refuse = refuse
    controller = start(world)
    with pytest.raises(Forbidden):
        world.sync(controller, KEY)
    assert reason(world) == "ReplicaSetCreateError"
    assert world.events[-1].reason == "ReplicaSetCreateError"
    assert world.events[-1].message.endswith(": quota")


def test_a_terminating_namespace_is_no_failure(world: World) -> None:
    def refuse(verb: str, gvr: GroupVersionResource, obj: Any) -> None:
        if verb == "create":
            raise Forbidden("no", {"causes": [{"reason": "NamespaceTerminating"}]})

    world.api.refuse = refuse
    world.sync(start(world), KEY)
    assert world.events == []


def test_a_deployment_that_selects_everything_is_refused(world: World) -> None:
    controller = start(world, selector={})
    world.settle(controller)
    assert world.all(REPLICASETS) == []
    assert world.events[0].reason == "SelectingAll"
    assert status_of(world)["observedGeneration"] == 1


def test_a_deployment_that_is_being_deleted_only_reports(world: World) -> None:
    controller = start(world)
    roll_out(world, controller)
    gone = {"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["foregroundDeletion"]}
    world.change(DEPLOYMENTS, KEY, {"metadata": gone, "spec": {"replicas": 9}})
    world.writes.clear()
    world.settle(controller)
    assert set(said(world.writes)) <= {"update deployments web status"}
    assert sizes(world) == {"nginx": 3}
