"""Where a pod's claims let it go, what is promised for them, and what is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.clock import FakeClock
from apimachinery.objects import Object
from apimachinery.status import Conflict
from apimachinery.volumes import BIND_COMPLETED, SELECTED_NODE
from scheduler.events import Action, ClusterEvent, Resource
from scheduler.framework import CycleState
from scheduler.plugins.volume_binding import VolumeBinding
from scheduler.podinfo import PodInfo
from scheduler.podvolumes import BIND_CONFLICT, NODE_CONFLICT, NOT_ENOUGH_SPACE, VOLUME_GONE
from scheduler.status import SKIP, WAIT, Code, Status
from scheduler.volumewaits import TIMEOUT
from tests.controllers.volume_binder.things import claim, reference, storage_class, volume
from tests.scheduler.builders import FakeClient, FakeVolumes, cluster, handle, info, node, node_info
from tests.scheduler.plugins.test_node_filters import hinted

USES = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
EPHEMERAL = [{"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}}]
LATE = storage_class("late", mode="WaitForFirstConsumer")
STATIC = storage_class("late", mode="WaitForFirstConsumer", provisioner="kubernetes.io/no-provisioner")


def only_on(name: str) -> Object:
    expression = {"key": "kubernetes.io/hostname", "operator": "In", "values": [name]}
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}


def bound(name: str = "data", to: str = "v1") -> Object:
    return claim(name, volumeName=to, annotations={BIND_COMPLETED: "yes"}, phase="Bound")


def owned(name: str, uid: str) -> Object:
    found = claim(name, volumeName="v1", annotations={BIND_COMPLETED: "yes"})
    found["metadata"]["ownerReferences"] = [{"kind": "Pod", "name": "pod-1", "uid": uid, "controller": True}]
    return found


def dying(obj: Object) -> Object:
    return {**obj, "metadata": {**obj["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}}


@pytest.mark.parametrize(
    ("volumes", "objects", "message"),
    [
        (USES, [], 'persistentvolumeclaim "data" not found'),
        (EPHEMERAL, [], 'waiting for ephemeral volume controller to create the persistentvolumeclaim "pod-1-scratch"'),
        (
            EPHEMERAL,
            [owned("pod-1-scratch", "another")],
            "PVC default/pod-1-scratch was not created for pod default/pod-1 (pod is not owner)",
        ),
        (
            USES,
            [claim(volumeName="v1", phase="Lost")],
            'persistentvolumeclaim "data" bound to non-existent persistentvolume "v1"',
        ),
        (USES, [dying(bound())], 'persistentvolumeclaim "data" is being deleted'),
        (USES, [claim()], "pod has unbound immediate PersistentVolumeClaims"),
        (
            USES,
            [storage_class(), claim(storageClassName="fast")],
            "pod has unbound immediate PersistentVolumeClaims",
        ),
        (
            USES,
            [LATE, claim(storageClassName="late", volumeName="v1")],
            "pod has unbound immediate PersistentVolumeClaims",
        ),
    ],
)
def test_a_pod_fits_nowhere_while_a_claim_is_not_there_or_not_bound(
    volumes: list[Object], objects: list[Object], message: str
) -> None:
    plugin = VolumeBinding(handle(volumes=FakeVolumes(*objects)))
    status = plugin.pre_filter(CycleState(), info(volumes=volumes), cluster([]))
    assert status == Status(Code.UNSCHEDULABLE_AND_UNRESOLVABLE, (message,))


def test_a_pod_without_claims_is_no_business_of_it() -> None:
    plugin = VolumeBinding(handle())
    assert plugin.pre_filter(CycleState(), info(volumes=[{"name": "x", "emptyDir": {}}]), cluster([])) is SKIP


class Rig:
    def __init__(self, *objects: Object) -> None:
        self.volumes, self.client, self.clock = FakeVolumes(*objects), FakeClient(), FakeClock()
        self.plugin = VolumeBinding(handle(volumes=self.volumes, client=self.client, clock=self.clock))
        self.state = CycleState()
        self.pod: PodInfo = info(volumes=USES)
        self.outcomes: list[Status | None] = []

    def filter(self, name: str = "n", **labels: str) -> str:
        """The reasons against a node, "" if it fits."""
        assert self.plugin.pre_filter(self.state, self.pod, cluster([])) is None
        status = self.plugin.filter(self.state, self.pod, node_info(node(name, labels=labels)))
        return "" if status is None else status.message

    def reserve(self, name: str = "n") -> None:
        assert self.filter(name) == ""
        assert self.plugin.reserve(self.state, self.pod, name) is None

    def pre_bind(self, name: str = "n") -> Status | None:
        return self.plugin.pre_bind(self.state, self.pod, name, self.outcomes.append)

    def shows(self, obj: Object, version: int = 1) -> None:
        self.volumes.put({**obj, "metadata": {**obj["metadata"], "resourceVersion": str(version)}})


def capacity(amount: str) -> Object:
    return {
        "kind": "CSIStorageCapacity",
        "metadata": {"name": "c", "namespace": "kube-system"},
        "storageClassName": "late",
        "nodeTopology": {"matchLabels": {"kubernetes.io/hostname": "n"}},
        "capacity": amount,
    }


DRIVER = {"kind": "CSIDriver", "metadata": {"name": "csi.example.com"}, "spec": {"storageCapacity": True}}
WAITING = claim(storageClassName="late", size="2Gi")


def topology(zone: str) -> list[Any]:
    return [{"matchLabelExpressions": [{"key": "zone", "values": [zone]}]}]


@pytest.mark.parametrize(
    ("objects", "reasons"),
    [
        pytest.param([bound(), volume(phase="Bound")], "", id="bound, reachable from everywhere"),
        pytest.param([bound(), volume(nodeAffinity=only_on("n"))], "", id="bound to a volume of this node"),
        pytest.param([bound(), volume(nodeAffinity=only_on("m"))], NODE_CONFLICT, id="bound to one of another"),
        pytest.param([bound()], VOLUME_GONE, id="bound to nothing"),
        pytest.param([LATE, WAITING], "", id="can be made"),
        pytest.param([STATIC, WAITING], BIND_CONFLICT, id="nobody makes it"),
        pytest.param([STATIC, WAITING, volume(size="1Gi", storageClassName="late")], BIND_CONFLICT, id="too small"),
        pytest.param([STATIC, WAITING, volume(size="2Gi", storageClassName="late")], "", id="a free one"),
        pytest.param(
            [STATIC, WAITING, volume(size="2Gi", storageClassName="late", nodeAffinity=only_on("m"))],
            BIND_CONFLICT,
            id="a free one elsewhere",
        ),
        pytest.param(
            [LATE, claim(storageClassName="late", annotations={SELECTED_NODE: "m"})],
            BIND_CONFLICT,
            id="is being made for another node",
        ),
        pytest.param([{**LATE, "allowedTopologies": topology("a")}, WAITING], "", id="made in this zone"),
        pytest.param([{**LATE, "allowedTopologies": topology("b")}, WAITING], BIND_CONFLICT, id="not in this zone"),
        pytest.param([LATE, WAITING, DRIVER], NOT_ENOUGH_SPACE, id="the driver has no room here"),
        pytest.param([LATE, WAITING, DRIVER, capacity("1Gi")], NOT_ENOUGH_SPACE, id="not enough"),
        pytest.param([LATE, WAITING, DRIVER, capacity("2Gi")], "", id="just enough"),
    ],
)
def test_whether_a_node_satisfies_a_claim(objects: list[Object], reasons: str) -> None:
    assert Rig(*objects).filter("n", zone="a") == reasons


def test_two_claims_do_not_get_the_same_volume_and_the_smaller_chooses_first() -> None:
    small, large = volume("s", size="1Gi", storageClassName="late"), volume("l", size="5Gi", storageClassName="late")
    claims = [claim("data", storageClassName="late", size="4Gi"), claim("more", storageClassName="late", size="1Gi")]
    rig = Rig(STATIC, small, large, *claims)
    rig.pod = info(volumes=[*USES, {"name": "w", "persistentVolumeClaim": {"claimName": "more"}}])
    rig.reserve()
    rig.pre_bind()
    written = {path: body["spec"]["claimRef"]["name"] for verb, path, body in rig.client.calls}
    assert written == {"/s": "more", "/l": "data"}


def test_what_is_promised_to_one_pod_is_not_there_for_the_next_until_it_is_given_back() -> None:
    rig = Rig(STATIC, WAITING, claim("more", storageClassName="late"), volume(size="2Gi", storageClassName="late"))
    rig.reserve()
    next_pod = info("pod-2", volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "more"}}])
    state = CycleState()
    rig.plugin.pre_filter(state, next_pod, cluster([]))
    refused = rig.plugin.filter(state, next_pod, node_info(node("n")))
    assert refused is not None
    assert refused.message == BIND_CONFLICT
    rig.plugin.unreserve(rig.state, rig.pod, "n")
    rig.plugin.pre_filter(state, next_pod, cluster([]))
    assert rig.plugin.filter(state, next_pod, node_info(node("n"))) is None


def test_a_claim_whose_node_is_chosen_holds_other_pods_to_that_node() -> None:
    rig = Rig(LATE, WAITING)
    rig.reserve("n")
    assert rig.filter("m") == BIND_CONFLICT


def test_a_pod_is_bound_at_once_if_its_claims_are() -> None:
    rig = Rig(bound(), volume(phase="Bound"))
    rig.reserve()
    assert rig.pre_bind() is None
    assert rig.client.calls == []


def test_a_volume_is_reserved_and_the_binder_waited_for() -> None:
    rig = Rig(STATIC, WAITING, volume(size="2Gi", storageClassName="late"))
    rig.reserve()
    assert rig.pre_bind() is WAIT
    ((verb, path, written),) = rig.client.calls
    assert (verb, path, written["spec"]["claimRef"]["uid"]) == ("update", "/v1", "uid-data")
    rig.shows(written, 2)
    assert rig.outcomes == []
    rig.shows(bound(), 3)
    assert rig.outcomes == [None]


def test_the_provisioner_is_told_the_node_and_waited_for() -> None:
    rig = Rig(LATE, WAITING)
    rig.reserve()
    assert rig.pre_bind() is WAIT
    ((verb, path, written),) = rig.client.calls
    assert (verb, path) == ("update", "default/data")
    assert written["metadata"]["annotations"] == {SELECTED_NODE: "n"}
    made = bound()
    made["metadata"]["annotations"][SELECTED_NODE] = "n"
    rig.shows(made, 3)
    assert rig.outcomes == []
    rig.shows(volume(nodeAffinity=only_on("n"), claimRef=reference()), 4)
    assert rig.outcomes == [None]


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        (claim(storageClassName="late", annotations={}), 'binding volumes: provisioning failed for PVC "data"'),
        (
            claim(storageClassName="late", annotations={SELECTED_NODE: "m"}),
            'binding volumes: provisioning failed for PVC "data"',
        ),
    ],
)
def test_a_provisioner_that_fails_takes_the_annotation_away_and_the_pod_is_tried_anew(
    shown: Object, message: str
) -> None:
    rig = Rig(LATE, WAITING)
    rig.reserve()
    rig.pre_bind()
    rig.shows(shown, 9)
    (status,) = rig.outcomes
    assert status is not None
    assert (status.code, status.message) == (Code.ERROR, message)


def test_a_volume_that_cannot_be_reached_or_lost_its_claim_or_is_gone_ends_the_waiting() -> None:
    cases: list[tuple[Any, str]] = [
        (
            {"nodeAffinity": only_on("m")},
            'pv "v1" node affinity doesn\'t match node "n": no matching NodeSelectorTerms',
        ),
        ({}, 'ClaimRef got reset for pv "v1"'),
        (None, 'failed to check binding: persistentvolume "v1" not found'),
    ]
    for change, message in cases:
        rig = Rig(STATIC, WAITING, volume(size="2Gi", storageClassName="late"))
        rig.reserve()
        rig.pre_bind()
        if change is None:
            rig.volumes.drop(volume())
        else:
            rig.shows(volume(**change), 9)
        (status,) = rig.outcomes
        assert status is not None
        assert status.message == f"binding volumes: {message}"


def test_nobody_waits_for_ever() -> None:
    rig = Rig(LATE, WAITING)
    rig.reserve()
    rig.pre_bind()
    rig.plugin.keep_house()
    assert rig.outcomes == []
    rig.clock.advance(TIMEOUT)
    rig.plugin.keep_house()
    (status,) = rig.outcomes
    assert status is not None
    assert status.message == "binding volumes: context deadline exceeded"


def test_who_gives_up_is_not_told_any_more() -> None:
    rig = Rig(LATE, WAITING)
    rig.reserve()
    rig.pre_bind()
    rig.plugin.unreserve(rig.state, rig.pod, "n")
    rig.shows(bound(), 9)
    assert rig.outcomes == []


def test_a_write_that_is_refused_ends_the_binding() -> None:
    rig = Rig(LATE, WAITING)
    rig.reserve()
    rig.client.failure = Conflict("the object has been modified")
    status = rig.pre_bind()
    assert status is not None
    assert status.code is Code.ERROR


def test_what_could_help_a_pod() -> None:
    plugin = VolumeBinding(handle())
    pod = info(volumes=USES)

    def helps(resource: Resource, action: Action, old: Object | None, new: Object) -> bool:
        return hinted(plugin, ClusterEvent(resource, action, old, new), pod)

    assert helps(Resource.CLAIM, Action.ADD, None, claim())
    assert not helps(Resource.CLAIM, Action.ADD, None, claim("other"))
    assert helps(Resource.VOLUME, Action.UPDATE, volume(), volume())
    assert helps(Resource.STORAGE_CLASS, Action.ADD, None, LATE)
    assert not helps(Resource.STORAGE_CLASS, Action.UPDATE, LATE, LATE)
    assert helps(Resource.STORAGE_CLASS, Action.UPDATE, LATE, {**LATE, "allowedTopologies": topology("a")})
