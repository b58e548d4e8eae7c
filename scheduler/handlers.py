"""Carries what informers see into the cache and the queue."""

from __future__ import annotations

import logging

from apimachinery.objects import Object, name_of
from apimachinery.pods import is_pod_terminal
from scheduler.cache import Cache
from scheduler.events import Action, ClusterEvent, Resource, node_changes, pod_changes
from scheduler.nominator import Nominator
from scheduler.podinfo import PodInfo
from scheduler.queue import SchedulingQueue

log = logging.getLogger(__name__)


class NodeHandler:
    """Of the informer of nodes; on its thread."""

    def __init__(self, cache: Cache, queue: SchedulingQueue) -> None:
        self._cache = cache
        self._queue = queue

    def added(self, node: Object) -> None:
        self._cache.set_node(node)
        self._queue.move(ClusterEvent(Resource.NODE, Action.ADD, None, node))

    def updated(self, old: Object, new: Object) -> None:
        changes = node_changes(old, new)
        if changes:
            self._cache.set_node(new)
            self._queue.move(ClusterEvent(Resource.NODE, changes, old, new))

    def deleted(self, node: Object) -> None:
        self._cache.remove_node(name_of(node))
        self._queue.move(ClusterEvent(Resource.NODE, Action.DELETE, node))


class PodHandler:
    """Of the informer of pods; on its thread. A pod is in the cache if it has a node, in the queue if not."""

    def __init__(self, cache: Cache, queue: SchedulingQueue, nominator: Nominator, scheduler_name: str) -> None:
        self._nominator = nominator
        self._cache = cache
        self._queue = queue
        self._scheduler_name = scheduler_name

    def added(self, pod: Object) -> None:
        self._seen(pod)

    def updated(self, old: Object, new: Object) -> None:
        if is_irrelevant(old, new):
            return
        self._seen(new)

    def deleted(self, pod: Object) -> None:
        self._gone(pod["metadata"]["uid"])

    def _seen(self, pod: Object) -> None:
        if is_pod_terminal(pod):
            self._gone(pod["metadata"]["uid"])
        elif pod["spec"].get("nodeName"):
            self._on_node(PodInfo(pod))
        elif pod["spec"].get("schedulerName") == self._scheduler_name:
            self._waiting(PodInfo(pod))

    def _on_node(self, pod: PodInfo) -> None:
        self._nominator.remove(pod.uid)
        self._queue.delete(pod.uid)
        known = self._cache.get(pod.uid)
        self._cache.set_pod(pod)
        if known is None or known.node_name != pod.node_name:
            self._queue.move(ClusterEvent(Resource.ASSIGNED_POD, Action.ADD, known, pod))
        elif changes := pod_changes(known, pod):
            self._queue.move(ClusterEvent(Resource.ASSIGNED_POD, changes, known, pod))

    def _waiting(self, pod: PodInfo) -> None:
        new = self._queue.get(pod.uid) is None
        if new and self._cache.is_assumed(pod.uid):
            return  # bound; the API will show it so
        nominated = (pod.pod.get("status") or {}).get("nominatedNodeName") or ""
        if nominated or new:
            self._nominator.add(pod, nominated)
        self._queue.add(pod)

    def _gone(self, uid: str) -> None:
        self._nominator.remove(uid)
        waited = self._queue.get(uid)
        self._queue.delete(uid)
        known = self._cache.remove_pod(uid)
        if known is not None:
            self._queue.move(ClusterEvent(Resource.ASSIGNED_POD, Action.DELETE, known))
        elif waited is not None:
            self._queue.move(ClusterEvent(Resource.UNSCHEDULED_POD, Action.DELETE, waited))


class ResourceHandler:
    """Of the informer of anything that only plugins know: on its thread."""

    def __init__(self, resource: Resource, queue: SchedulingQueue) -> None:
        self._resource = resource
        self._queue = queue

    def added(self, obj: Object) -> None:
        self._queue.move(ClusterEvent(self._resource, Action.ADD, None, obj))

    def updated(self, old: Object, new: Object) -> None:
        self._queue.move(ClusterEvent(self._resource, Action.UPDATE, old, new))


_SCHEDULING = ("generation", "labels", "deletionTimestamp", "uid")


def is_irrelevant(old: Object, new: Object) -> bool:
    """Whether only things changed that do not matter to scheduling, as most of a pod's updates do."""
    before, after = old["metadata"], new["metadata"]
    if any(before.get(field) != after.get(field) for field in _SCHEDULING):
        return False
    if not new["spec"].get("nodeName"):
        return False
    if is_pod_terminal(old) != is_pod_terminal(new):
        return False
    return old["spec"] == new["spec"] and resizing(old) == resizing(new)


def resizing(pod: Object) -> list[object]:
    """What of the status says which resources the kubelet has given the pod."""
    status = pod.get("status") or {}
    containers = [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]
    return [(entry.get("allocatedResources"), entry.get("resources")) for entry in containers]
