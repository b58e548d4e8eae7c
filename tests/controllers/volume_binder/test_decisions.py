"""State in, verdict out."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.objects import Object
from apimachinery.volumes import BIND_COMPLETED, BOUND_BY_CONTROLLER, PROVISIONED_BY, SELECTED_NODE
from controllers.volume_binder.decisions import Surroundings, of_claim, of_volume
from controllers.volume_binder.matching import find
from controllers.volume_binder.reclaim import Reclaiming, reclaiming
from controllers.volume_binder.verdicts import (
    AssignClass,
    Bind,
    ClaimVerdict,
    Complain,
    Provision,
    Reclaim,
    Said,
    SetClaim,
    SetVolume,
    Unbind,
    VolumeVerdict,
    WakeClaim,
)
from tests.controllers.volume_binder.things import claim, reference, storage_class, volume

BOUND = {BIND_COMPLETED: "yes"}
OURS = {BOUND_BY_CONTROLLER: "yes"}
WAIT = storage_class("late", mode="WaitForFirstConsumer")


def around(volumes: list[Object], classes: list[Object], mine: Object, pods: list[str]) -> Surroundings:
    def named(objects: list[Object], name: str) -> Object | None:
        return next((obj for obj in objects if obj["metadata"]["name"] == name), None)

    return Surroundings(
        volume=lambda name: named(volumes, name),
        match=lambda reserved: find(mine, volumes, only_reserved=reserved),
        storage_class=lambda name: named(classes, name),
        default_class=lambda: next((c for c in classes if c["metadata"].get("annotations")), None),
        waiting_pods=lambda: pods,
    )


def warning(reason: str, message: str) -> Said:
    return Said("Warning", reason, message)


def normal(reason: str, message: str) -> Said:
    return Said("Normal", reason, message)


FREE, SMALL = volume(), volume("tiny", size="500Mi")
MINE, OTHERS = volume(claimRef=reference(uid=False)), volume(claimRef=reference("other"))
TAKEN = volume(claimRef=reference(), phase="Bound")
LOST = "Bound claim has lost {}. Data on the volume is lost!"
NO_CLASS = "no persistent volumes available for this claim and no storage class is set"
FIRST = "waiting for first consumer to be created before binding"


@pytest.mark.parametrize(
    ("given", "volumes", "classes", "pods", "verdict"),
    [
        pytest.param(claim(), [SMALL, FREE], [], [], Bind(FREE), id="a free volume that is large enough"),
        pytest.param(
            claim(), [SMALL], [], [], SetClaim("Pending", normal("FailedBinding", NO_CLASS)), id="none, and no class"
        ),
        pytest.param(
            claim(storageClassName=""),
            [],
            [storage_class(default=True)],
            [],
            SetClaim("Pending", normal("FailedBinding", NO_CLASS)),
            id="asks for no class: the default is not for it",
        ),
        pytest.param(claim(), [], [storage_class(default=True)], [], AssignClass("fast"), id="a default class came up"),
        pytest.param(claim(), [FREE], [storage_class(default=True)], [], Bind(FREE), id="a volume before a class"),
        pytest.param(
            claim(storageClassName="fast"), [], [storage_class()], [], Provision("csi.example.com"), id="provisioning"
        ),
        pytest.param(
            claim(storageClassName="ebs"),
            [],
            [storage_class("ebs", provisioner="kubernetes.io/aws-ebs")],
            [],
            Provision("ebs.csi.aws.com"),
            id="a CSI driver in place of a plugin",
        ),
        pytest.param(
            claim(storageClassName="gone"),
            [],
            [],
            [],
            Complain(warning("ProvisioningFailed", 'storageclass.storage.k8s.io "gone" not found')),
            id="no such class",
        ),
        pytest.param(
            claim(storageClassName="local"),
            [],
            [storage_class("local", provisioner="kubernetes.io/no-provisioner")],
            [],
            Complain(warning("ProvisioningFailed", "no volume plugin matched name: kubernetes.io/no-provisioner")),
            id="nobody provisions the class",
        ),
        pytest.param(
            claim(storageClassName="late"),
            [volume(storageClassName="late")],
            [WAIT],
            [],
            SetClaim("Pending", normal("WaitForFirstConsumer", FIRST)),
            id="waits for a pod, whatever is free",
        ),
        pytest.param(
            claim(storageClassName="late"),
            [],
            [WAIT],
            ["a"],
            SetClaim("Pending", normal("WaitForPodScheduled", "waiting for pod a to be scheduled")),
            id="waits for a pod's node",
        ),
        pytest.param(
            claim(storageClassName="late"),
            [],
            [WAIT],
            ["a", "b"],
            SetClaim("Pending", normal("WaitForPodScheduled", "waiting for pods a,b to be scheduled")),
            id="waits for two pods",
        ),
        pytest.param(
            claim(storageClassName="late", annotations={SELECTED_NODE: "n1"}),
            [],
            [WAIT],
            ["a"],
            Provision("csi.example.com"),
            id="the scheduler has chosen a node",
        ),
        pytest.param(
            claim(storageClassName="late"),
            [{**MINE, "spec": {**MINE["spec"], "storageClassName": "late"}}],
            [WAIT],
            [],
            Bind({**MINE, "spec": {**MINE["spec"], "storageClassName": "late"}}),
            id="reserved for it: bound without waiting",
        ),
        pytest.param(claim(volumeName="v1"), [], [], [], SetClaim("Pending"), id="names a volume there is not yet"),
        pytest.param(claim(volumeName="v1"), [FREE], [], [], Bind(FREE), id="names a free volume"),
        pytest.param(claim(volumeName="v1"), [MINE], [], [], Bind(MINE), id="names the volume that names it"),
        pytest.param(
            claim(volumeName="v1"),
            [OTHERS],
            [],
            [],
            SetClaim("Pending", warning("FailedBinding", 'volume "v1" already bound to a different claim.')),
            id="names the volume of another",
        ),
        pytest.param(
            claim(volumeName="v1", annotations=OURS),
            [OTHERS],
            [],
            [],
            Complain(warning("FailedBinding", 'volume "v1" already bound to a different claim.')),
            id="we named the volume of another",
        ),
        pytest.param(
            claim(volumeName="tiny"),
            [SMALL],
            [],
            [],
            SetClaim(
                "Pending",
                warning("VolumeMismatch", 'Cannot bind to requested volume "tiny": requested PV is too small'),
            ),
            id="names a volume that is too small",
        ),
        pytest.param(claim(volumeName="v1", annotations=BOUND), [TAKEN], [], [], Bind(TAKEN), id="bound: all is well"),
        pytest.param(
            claim(volumeName="v1", annotations=BOUND), [FREE], [], [], Bind(FREE), id="bound: only it says so"
        ),
        pytest.param(
            claim(annotations=BOUND),
            [],
            [],
            [],
            SetClaim("Lost", warning("ClaimLost", LOST.format("reference to PersistentVolume")), once=True),
            id="was bound to something",
        ),
        pytest.param(
            claim(volumeName="v1", annotations=BOUND),
            [],
            [],
            [],
            SetClaim("Lost", warning("ClaimLost", LOST.format("its PersistentVolume")), once=True),
            id="its volume is gone",
        ),
        pytest.param(
            claim(volumeName="v1", annotations=BOUND),
            [OTHERS],
            [],
            [],
            SetClaim(
                "Lost",
                warning("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly"),
                once=True,
            ),
            id="its volume is another's",
        ),
    ],
)
def test_what_is_done_for_a_claim(
    given: Object, volumes: list[Object], classes: list[Object], pods: list[str], verdict: ClaimVerdict
) -> None:
    assert of_claim(given, around(volumes, classes, given, pods)) == verdict


PROVISIONED = {PROVISIONED_BY: "csi.example.com", **OURS}


@pytest.mark.parametrize(
    ("given", "of", "verdict"),
    [
        pytest.param(FREE, None, SetVolume("Available"), id="free"),
        pytest.param(MINE, None, SetVolume("Available"), id="reserved"),
        pytest.param(TAKEN, None, Reclaim(), id="its claim is gone"),
        pytest.param(TAKEN, claim(volumeName="v1"), SetVolume("Bound"), id="bound"),
        pytest.param(TAKEN, claim(), WakeClaim(), id="its claim does not know yet"),
        pytest.param(
            TAKEN,
            claim(volumeMode="Block"),
            Complain(
                warning(
                    "VolumeMismatch",
                    'Cannot bind PersistentVolume "v1" to requested PersistentVolumeClaim due to incompatible '
                    "volumeMode.",
                ),
                warning(
                    "VolumeMismatch",
                    'Cannot bind PersistentVolume to requested PersistentVolumeClaim "data" due to incompatible '
                    "volumeMode.",
                ),
            ),
            id="reserved for a claim of another mode",
        ),
        pytest.param(TAKEN, claim(volumeName="v2"), Unbind(), id="its claim has another volume"),
        pytest.param(
            volume(claimRef=reference(), annotations=PROVISIONED, persistentVolumeReclaimPolicy="Delete"),
            claim(volumeName="v2"),
            Reclaim(),
            id="made for a claim that has another volume",
        ),
    ],
)
def test_what_is_done_for_a_volume(given: Object, of: Object | None, verdict: VolumeVerdict) -> None:
    assert of_volume(given, lambda: of) == verdict


def deletable(**given: Any) -> Object:
    return volume(persistentVolumeReclaimPolicy="Delete", **given)


def nfs() -> Object:
    found = deletable()
    del found["spec"]["hostPath"]
    return {**found, "spec": {**found["spec"], "nfs": {"server": "s", "path": "/"}}}


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (volume(), Reclaiming()),
        (
            volume(persistentVolumeReclaimPolicy="Recycle"),
            Reclaiming(failed=warning("VolumeFailedRecycle", "No recycler plugin found for the volume!")),
        ),
        (deletable(annotations={PROVISIONED_BY: "csi.example.com"}), Reclaiming()),
        (deletable(annotations={PROVISIONED_BY: "kubernetes.io/aws-ebs"}), Reclaiming()),
        (deletable(csi={"driver": "csi.example.com"}), Reclaiming()),
        (deletable(hostPath={"path": "/tmp/x"}), Reclaiming(delete=True)),
        (
            deletable(hostPath={"path": "/srv/x"}),
            Reclaiming(
                failed=warning(
                    "VolumeFailedDelete", "host_path deleter only supports /tmp/.+ but received provided /srv/x"
                )
            ),
        ),
        (
            nfs(),
            Reclaiming(
                failed=warning(
                    "VolumeFailedDelete",
                    'error getting deleter volume plugin for volume "v1": no deletable volume plugin matched',
                )
            ),
        ),
        (
            volume(persistentVolumeReclaimPolicy="Burn"),
            Reclaiming(
                failed=warning("VolumeUnknownReclaimPolicy", "Volume has unrecognized PersistentVolumeReclaimPolicy")
            ),
        ),
    ],
)
def test_what_becomes_of_a_released_volume(given: Object, outcome: Reclaiming) -> None:
    assert reclaiming(given) == outcome
