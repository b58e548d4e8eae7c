"""What happens in the cluster, in the words of the scheduling queue: which waiting pods could it help?

Source: k8s.io/kube-scheduler/framework/events.go, pkg/scheduler/framework/events.go (KEP-4247, queueing hints).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, Flag, auto
from typing import Any, NamedTuple

from apimachinery.objects import Object
from scheduler.podinfo import PodInfo
from scheduler.resources import Amounts


class Resource(Enum):
    ASSIGNED_POD = "AssignedPod"
    """A pod with a node; also one that is only assumed to have it."""
    UNSCHEDULED_POD = "UnscheduledPod"
    TARGET_POD = "TargetPod"
    """The waiting pod itself."""
    NODE = "Node"
    CLAIM = "PersistentVolumeClaim"
    VOLUME = "PersistentVolume"
    STORAGE_CLASS = "StorageClass"
    CSI_DRIVER = "CSIDriver"
    CSI_CAPACITY = "CSIStorageCapacity"


class Action(Flag):
    ADD = auto()
    DELETE = auto()
    UPDATE = auto()
    """Of anything but pods and nodes."""
    NODE_ALLOCATABLE = auto()
    NODE_LABEL = auto()
    NODE_TAINT = auto()
    """Taints, or spec.unschedulable."""
    NODE_CONDITION = auto()
    NODE_IMAGES = auto()
    POD_LABEL = auto()
    POD_SCALE_DOWN = auto()
    """Smaller requests."""
    POD_TOLERATION = auto()
    POD_GATES_ELIMINATED = auto()
    POD_OTHER = auto()


class ClusterEvent(NamedTuple):
    """``old`` and ``new``: pods as PodInfo, everything else as wire objects; None where there is none."""

    resource: Resource
    action: Action
    old: Any = None
    new: Any = None


Hint = Callable[[PodInfo, ClusterEvent], bool]
"""``(waiting pod, event) -> could the event make the pod schedulable?`` Called with the queue's lock held, so
it must be quick, must not block and must not call the queue."""


class EventOfInterest(NamedTuple):
    """A plugin that rejects pods names what could make it change its mind. Without a hint: always."""

    resource: Resource
    action: Action
    hint: Hint | None = None

    def covers(self, event: ClusterEvent) -> bool:
        return event.resource is self.resource and bool(event.action & self.action)


def node_changes(old: Object, new: Object) -> Action:
    """What of a node changed that matters to scheduling; empty: nothing did."""
    changes = Action(0)
    before, after = old.get("spec") or {}, new.get("spec") or {}
    if before.get("taints") != after.get("taints") or before.get("unschedulable") != after.get("unschedulable"):
        changes |= Action.NODE_TAINT
    if old["metadata"].get("labels") != new["metadata"].get("labels"):
        changes |= Action.NODE_LABEL
    before, after = old.get("status") or {}, new.get("status") or {}
    if before.get("allocatable") != after.get("allocatable"):
        changes |= Action.NODE_ALLOCATABLE
    if before.get("images") != after.get("images"):
        changes |= Action.NODE_IMAGES
    if _conditions(before) != _conditions(after):
        changes |= Action.NODE_CONDITION
    return changes


def pod_changes(old: PodInfo, new: PodInfo) -> Action:
    """What of a pod changed that matters to scheduling; empty: nothing did."""
    changes = Action(0)
    if old.labels != new.labels:
        changes |= Action.POD_LABEL
    if old.tolerations != new.tolerations:
        changes |= Action.POD_TOLERATION
    if old.spec.get("schedulingGates") and not new.spec.get("schedulingGates"):
        changes |= Action.POD_GATES_ELIMINATED
    if _asks_less(old.requests.amounts, new.requests.amounts):
        changes |= Action.POD_SCALE_DOWN
    if not changes and (old.spec != new.spec or old.terminating != new.terminating):
        changes = Action.POD_OTHER
    return changes


def _asks_less(old: Amounts, new: Amounts) -> bool:
    if new.cpu < old.cpu or new.memory < old.memory or new.storage < old.storage:
        return True
    return any(new.scalars.get(name, 0) < amount for name, amount in old.scalars.items())


def _conditions(status: Object) -> dict[str, str]:
    return {entry["type"]: entry["status"] for entry in status.get("conditions") or ()}
