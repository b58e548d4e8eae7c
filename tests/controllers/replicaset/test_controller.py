"""The ReplicaSet controller against an API in memory: state in, writes out."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.gvk import GroupVersionResource
from apimachinery.status import Conflict, Forbidden, NotFound
from apimachinery.timefmt import format_time
from client.errors import TryAgain
from client.resources import PODS, REPLICASETS, REPLICATIONCONTROLLERS
from controllers.controller import Controller
from controllers.replicaset.controller import build_replicaset, build_replicationcontroller
from tests.controllers.objects import Object, owner_reference, pod, replica_set
from tests.controllers.world import World, said

KEY = "default/web"


@pytest.fixture
def world() -> World:
    return World()


def start(world: World, *objects: Object, **spec: Any) -> Controller:
    world.put(REPLICASETS, replica_set(**spec))
    world.put(PODS, *objects)
    return world.build(build_replicaset)


def labelled(name: str, **more: Any) -> Object:
    return pod(name, labels={"app": "web"}, **more)


def owned(name: str, **more: Any) -> Object:
    return labelled(name, owner=replica_set(), **more)


def pods_written(world: World) -> list[str]:
    return said(write for write in world.writes if write.resource == "pods")


def test_missing_pods_are_made_from_the_template_and_owned(world: World) -> None:
    controller = start(world, replicas=2)
    world.settle(controller)
    made = world.all(PODS)
    assert len(made) == 2
    for one in made:
        assert one["metadata"]["generateName"] == "web-"
        assert one["metadata"]["labels"] == {"app": "web"}
        assert one["metadata"]["ownerReferences"] == [owner_reference(replica_set())]
        assert one["spec"] == replica_set()["spec"]["template"]["spec"]
    assert [(event.reason, event.type) for event in world.events] == [("SuccessfulCreate", "Normal")] * 2
    assert world.events[0].message == f"Created pod: {made[0]['metadata']['name']}"


def test_nothing_is_written_when_nothing_changes(world: World) -> None:
    controller = start(world, replicas=2)
    world.settle(controller)
    world.writes.clear()
    world.sync(controller, KEY)
    world.settle(controller)
    assert world.writes == []


def test_a_cache_that_lacks_our_own_pods_is_not_acted_upon(world: World) -> None:
    controller = start(world, replicas=2)
    world.sync(controller, KEY)
    world.catch_up(REPLICASETS)
    world.sync(controller, KEY)
    assert pods_written(world) == ["create pods"] * 2


def test_a_cache_that_lacks_our_own_deletions_is_not_acted_upon(world: World) -> None:
    controller = start(world, owned("a"), owned("b"), owned("c"), replicas=1)
    world.sync(controller, KEY)
    world.catch_up(REPLICASETS)
    world.sync(controller, KEY)
    assert len(pods_written(world)) == 2


def test_surplus_pods_are_deleted_in_the_order_of_their_use(world: World) -> None:
    controller = start(world, owned("ready", ready=True), owned("idle"), owned("new", node=""), replicas=1)
    world.settle(controller)
    assert pods_written(world) == ["delete pods new", "delete pods idle"]
    assert [event.message for event in world.events] == ["Deleted pod: new", "Deleted pod: idle"]


def test_pods_that_ended_or_are_going_are_replaced(world: World) -> None:
    going = owned("going", deletionTimestamp="2026-01-01T00:00:00Z", finalizers=["keep"])
    controller = start(world, owned("done", phase="Succeeded"), owned("failed", phase="Failed"), going, replicas=1)
    world.settle(controller)
    assert pods_written(world) == ["create pods"]
    assert world.get(REPLICASETS, KEY)["status"]["terminatingReplicas"] == 1


def test_an_orphan_that_is_selected_is_adopted_after_a_fresh_look_at_the_owner(world: World) -> None:
    controller = start(world, labelled("orphan"), replicas=1)
    world.settle(controller)
    assert world.get(PODS, "default/orphan")["metadata"]["ownerReferences"] == [owner_reference(replica_set())]
    assert pods_written(world) == ["patch pods orphan"]
    assert world.api.reads == ["get replicasets web"]


def test_a_pod_that_is_no_longer_selected_is_released_and_replaced(world: World) -> None:
    stray = pod("stray", labels={"app": "other"}, owner=replica_set())
    controller = start(world, stray, replicas=1)
    world.settle(controller)
    assert world.get(PODS, "default/stray")["metadata"]["ownerReferences"] == []
    assert pods_written(world) == ["patch pods stray", "create pods"]


def test_pods_of_other_owners_are_left_alone(world: World) -> None:
    other = {**replica_set("other"), "metadata": {**replica_set("other")["metadata"], "uid": "somebody"}}
    controller = start(world, labelled("theirs", owner=other), replicas=0)
    world.settle(controller)
    assert pods_written(world) == []


@pytest.mark.parametrize("fresh", [{"uid": "another"}, {"deletionTimestamp": "2026-01-01T00:00:00Z"}, None])
def test_an_owner_that_was_deleted_or_replaced_meanwhile_adopts_nothing(world: World, fresh: Object | None) -> None:
    controller = start(world, labelled("orphan"), replicas=1)
    live = world.api.objects[REPLICASETS]
    if fresh is None:
        del live[KEY]
    else:
        live[KEY] = {**live[KEY], "metadata": {**live[KEY]["metadata"], **fresh}}
    with pytest.raises(TryAgain):
        world.sync(controller, KEY)
    assert world.writes == []


def test_a_set_that_is_being_deleted_makes_adopts_and_releases_nothing(world: World) -> None:
    going = replica_set(replicas=3)
    going["metadata"] |= {"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["foregroundDeletion"]}
    world.put(REPLICASETS, going)
    world.put(PODS, labelled("orphan"), pod("stray", labels={}, owner=going), owned("a"))
    world.settle(world.build(build_replicaset))
    assert pods_written(world) == []
    assert world.get(REPLICASETS, KEY)["status"]["replicas"] == 1


def test_the_status_counts_what_there_is(world: World) -> None:
    extra = pod("extra", labels={"app": "web", "more": "1"}, owner=replica_set(), ready=True)
    spec = replica_set()["spec"]["template"]
    full = {**spec, "metadata": {"labels": {"app": "web", "more": "1"}}}
    controller = start(world, owned("a", ready=True), extra, owned("b"), replicas=3, template=full)
    world.settle(controller)
    assert world.get(REPLICASETS, KEY)["status"] == {
        "replicas": 3,
        "fullyLabeledReplicas": 1,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "terminatingReplicas": 0,
        "observedGeneration": 1,
    }


def test_a_pod_is_available_only_after_its_time_and_the_set_is_looked_at_then(world: World) -> None:
    controller = start(world, owned("a", ready=world.clock.now()), replicas=1, minReadySeconds=10)
    world.settle(controller)
    assert world.get(REPLICASETS, KEY)["status"]["availableReplicas"] == 0
    world.clock.advance(9)
    world.settle(controller)
    assert world.get(REPLICASETS, KEY)["status"]["availableReplicas"] == 0
    world.clock.advance(1)
    world.settle(controller)
    assert world.get(REPLICASETS, KEY)["status"]["availableReplicas"] == 1


def refuse_pods(world: World, error: Exception) -> None:
    def refuse(verb: str, gvr: GroupVersionResource, obj: Any) -> None:
        if gvr == PODS:
            raise error

    world.api.refuse = refuse


def test_what_must_fail_is_tried_once_and_said_in_condition_and_event(world: World) -> None:
    controller = start(world, replicas=5)
    refuse_pods(world, Forbidden("exceeded quota"))
    with pytest.raises(Forbidden):
        world.sync(controller, KEY)
    assert pods_written(world) == ["create pods"]
    assert world.events[0][1:] == ("Warning", "FailedCreate", "Error creating: exceeded quota")
    assert world.get(REPLICASETS, KEY)["status"]["conditions"] == [
        {
            "type": "ReplicaFailure",
            "status": "True",
            "reason": "FailedCreate",
            "message": "exceeded quota",
            "lastTransitionTime": format_time(world.clock.now()),
        }
    ]


def test_the_failure_is_forgotten_when_it_is_over(world: World) -> None:
    controller = start(world, replicas=1)
    refuse_pods(world, Forbidden("exceeded quota"))
    with pytest.raises(Forbidden):
        world.sync(controller, KEY)
    world.catch_up()
    world.api.refuse = lambda verb, gvr, obj: None
    world.sync(controller, KEY)
    assert "conditions" not in world.get(REPLICASETS, KEY)["status"]
    assert len(world.all(PODS)) == 1


def test_failing_again_writes_nothing_new(world: World) -> None:
    controller = start(world, replicas=1)
    refuse_pods(world, Forbidden("exceeded quota"))
    for _ in range(2):
        with pytest.raises(Forbidden):
            world.sync(controller, KEY)
        world.catch_up()
    assert said(world.writes).count("update replicasets web status") == 1


def test_a_namespace_that_is_going_away_is_no_failure(world: World) -> None:
    controller = start(world, replicas=2)
    causes = {"causes": [{"reason": "NamespaceTerminating"}]}
    refuse_pods(world, Forbidden("is being terminated", causes))
    world.sync(controller, KEY)
    assert world.events == []


def test_a_pod_that_is_gone_already_counts_as_deleted(world: World) -> None:
    controller = start(world, owned("a"), replicas=0)
    refuse_pods(world, NotFound("gone"))
    world.sync(controller, KEY)
    assert world.events == []


def test_a_deletion_that_fails_is_tried_again(world: World) -> None:
    controller = start(world, owned("a"), replicas=0)
    refuse_pods(world, Forbidden("no"))
    with pytest.raises(Forbidden):
        world.sync(controller, KEY)
    assert world.events[-1][1:] == ("Warning", "FailedDelete", "Error deleting: no")
    world.api.refuse = lambda verb, gvr, obj: None
    world.catch_up()
    world.sync(controller, KEY)
    assert world.all(PODS) == []


def test_a_stale_status_write_is_repeated_on_the_fresh_object(world: World) -> None:
    controller = start(world, owned("a"), replicas=1)
    world.change(REPLICASETS, KEY, {"metadata": {"labels": {"touched": "yes"}}})
    world.sync(controller, KEY)
    live = world.get(REPLICASETS, KEY)
    assert live["status"]["replicas"] == 1
    assert live["metadata"]["labels"]["touched"] == "yes"


def test_a_status_is_not_written_to_another_set_of_the_same_name(world: World) -> None:
    controller = start(world, owned("a"), replicas=1)
    world.change(REPLICASETS, KEY, {"metadata": {"uid": "another"}})
    with pytest.raises(Conflict):
        world.sync(controller, KEY)


def test_a_change_of_a_pod_wakes_its_owner(world: World) -> None:
    controller = start(world, owned("a"), replicas=1)
    world.settle(controller)
    conditions = [{"type": "Ready", "status": "True"}]
    world.change(PODS, "default/a", {"status": {"phase": "Running", "conditions": conditions}})
    world.settle(controller)
    assert world.get(REPLICASETS, KEY)["status"]["readyReplicas"] == 1


def test_an_orphan_that_comes_to_be_selected_wakes_the_set(world: World) -> None:
    controller = start(world, pod("stray", labels={}), replicas=1)
    world.settle(controller)
    world.change(PODS, "default/stray", {"metadata": {"labels": {"app": "web"}}})
    world.settle(controller)
    assert len(world.get(PODS, "default/stray")["metadata"]["ownerReferences"]) == 1
    assert len(world.all(PODS)) == 1, "one of the two is surplus then, and the older goes on"


def test_a_deleted_pod_is_replaced(world: World) -> None:
    controller = start(world, owned("a"), replicas=1)
    world.settle(controller)
    world.api.remove(PODS, world.get(PODS, "default/a"))
    world.settle(controller)
    assert len(world.all(PODS)) == 1


def test_a_set_without_a_usable_selector_is_left_alone(world: World) -> None:
    bad = {"matchExpressions": [{"key": "a", "operator": "Nonsense"}]}
    controller = start(world, replicas=1, selector=bad)
    world.settle(controller)
    assert world.writes == []


def test_replication_controllers_work_the_same_and_do_not_count_terminating_pods(world: World) -> None:
    world.put(REPLICATIONCONTROLLERS, replica_set(replicas=2, kind="ReplicationController"))
    controller = world.build(build_replicationcontroller)
    world.settle(controller)
    made = world.all(PODS)
    assert [one["metadata"]["ownerReferences"][0]["kind"] for one in made] == ["ReplicationController"] * 2
    status = world.get(REPLICATIONCONTROLLERS, KEY)["status"]
    assert status["replicas"] == 2
    assert "terminatingReplicas" not in status
