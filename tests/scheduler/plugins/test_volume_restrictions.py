from __future__ import annotations

from apimachinery.objects import Object
from scheduler.events import Action, ClusterEvent, Resource
from scheduler.framework import CycleState
from scheduler.plugins.volume_restrictions import VolumeRestrictions
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from scheduler.status import SKIP, Code
from tests.controllers.volume_binder.things import claim
from tests.scheduler.builders import FakeVolumes, cluster, handle, info, node, node_info
from tests.scheduler.plugins.test_node_filters import hinted


def user(name: str, of: str = "data", namespace: str = "default") -> PodInfo:
    volumes: list[Object] = [{"name": "v", "persistentVolumeClaim": {"claimName": of}}]
    return info(name, namespace=namespace, volumes=volumes)


def plugin() -> VolumeRestrictions:
    exclusive = claim(accessModes=["ReadWriteOncePod"])
    return VolumeRestrictions(handle(volumes=FakeVolumes(exclusive, claim("shared"))))


def with_pod(pod: PodInfo) -> Snapshot:
    return cluster([node("a"), node("b")], {"a": [pod]})


def test_a_claim_for_one_pod_alone_keeps_a_second_one_from_every_node() -> None:
    given, state = plugin(), CycleState()
    assert given.pre_filter(state, user("new"), with_pod(user("old"))) is None
    for name in ("a", "b"):
        status = given.filter(state, user("new"), node_info(node(name)))
        assert status is not None
        assert (status.code, status.message) == (
            Code.UNSCHEDULABLE,
            "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",
        )


def test_another_claim_or_namespace_does_not_matter() -> None:
    given, state = plugin(), CycleState()
    assert given.pre_filter(state, user("new"), with_pod(user("old", namespace="other"))) is None
    assert given.filter(state, user("new"), node_info(node("a"))) is None
    assert given.pre_filter(state, user("new", "shared"), with_pod(user("old", "shared"))) is SKIP
    assert given.pre_filter(state, info("plain"), with_pod(user("old"))) is SKIP


def test_the_pod_that_has_it_may_be_preempted() -> None:
    given, state = plugin(), CycleState()
    old, new = user("old"), user("new")
    given.pre_filter(state, new, with_pod(old))
    where = node_info(node("a"))
    supposed = state.copy()
    given.remove_pod(supposed, new, old, where)
    assert given.filter(supposed, new, where) is None
    assert given.filter(state, new, where) is not None
    given.add_pod(supposed, new, old, where)
    assert given.filter(supposed, new, where) is not None


def test_a_pod_that_goes_and_had_the_claim_could_help() -> None:
    gone = ClusterEvent(Resource.ASSIGNED_POD, Action.DELETE, user("old"))
    assert hinted(plugin(), gone, user("new"))
    assert not hinted(plugin(), gone, user("new", "shared"))
