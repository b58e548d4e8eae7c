"""Pods that nobody will ever clean up: on nodes that are gone, terminating without a node, finished in great number.

Source: k8s.io/kubernetes pkg/controller/podgc/gc_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from apimachinery.objects import Object, is_terminating, key_of, name_of, namespace_of
from apimachinery.pods import is_pod_terminal
from apimachinery.status import Conflict, NotFound
from apimachinery.timefmt import format_time
from client.api import STRATEGIC
from client.resources import NODES, PODS
from controllers.controller import Context, Controller, Loop

PERIOD = 20.0
"""Seconds between looks at all pods."""
QUARANTINE = 40.0
"""Seconds for which a node must have been gone before its pods are."""
FINISHED_KEPT = 12500
_ALL = "all"


def surplus(pods: Iterable[Object], kept: int = FINISHED_KEPT) -> list[Object]:
    """The finished pods beyond the number that is kept, oldest first."""
    finished = sorted(
        (pod for pod in pods if is_pod_terminal(pod) and not is_terminating(pod)),
        key=lambda pod: (pod["metadata"].get("creationTimestamp") or "", key_of(pod)),
    )
    return finished[: max(len(finished) - kept, 0)]


def unscheduled_terminating(pods: Iterable[Object]) -> list[Object]:
    return [pod for pod in pods if is_terminating(pod) and not pod["spec"].get("nodeName")]


def failed_status(pod: Object, now: datetime) -> Object:
    """The status of a pod whose node has vanished under it."""
    condition = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "DeletionByPodGC",
        "message": "PodGC: node no longer exists",
        "lastTransitionTime": format_time(now),
    }
    status: Object = {"conditions": [condition]}
    if not is_pod_terminal(pod):
        status["phase"] = "Failed"
    return status


class PodCollector:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self.queue = context.queue()
        self._pods = context.informer(PODS).store
        self._nodes = context.informer(NODES).store
        self._missing: dict[str, float] = {}

    def prepare(self) -> None:
        self.queue.add(_ALL)

    def sync(self, _: str) -> None:
        try:
            pods = list(self._pods.list())
            for pod in surplus(pods):
                self._delete(pod)
            for pod in self._on_vanished_nodes(pods):
                self._fail(pod)
                self._delete(pod)
            for pod in unscheduled_terminating(pods):
                self._delete(pod)
        finally:
            self.queue.add_after(_ALL, PERIOD)

    def _on_vanished_nodes(self, pods: Iterable[Object]) -> list[Object]:
        """Pods on nodes that have been missing for a while, and of which the API says so too."""
        named = {pod["spec"]["nodeName"] for pod in pods if pod["spec"].get("nodeName")}
        missing = {name for name in named if self._nodes.get(name) is None}
        now = self._clock.monotonic()
        self._missing = {name: self._missing.get(name, now) for name in missing}
        gone = {name for name, since in self._missing.items() if now - since >= QUARANTINE and self._is_gone(name)}
        return [pod for pod in pods if pod["spec"].get("nodeName") in gone]

    def _is_gone(self, node: str) -> bool:
        try:
            self._client.get(NODES, "", node)
        except NotFound:
            return True
        return False

    def _fail(self, pod: Object) -> None:
        patch = {"metadata": {"uid": pod["metadata"]["uid"]}, "status": failed_status(pod, self._clock.now())}
        try:
            self._client.patch(PODS, namespace_of(pod), name_of(pod), patch, kind=STRATEGIC, subresource="status")
        except (NotFound, Conflict):
            return

    def _delete(self, pod: Object) -> None:
        try:
            uid = pod["metadata"]["uid"]
            self._client.delete(PODS, namespace_of(pod), name_of(pod), grace_period=0, uid=uid)
        except (NotFound, Conflict):
            return


def build_pod_gc(context: Context) -> Controller:
    collector = PodCollector(context)
    return Controller("pod-garbage-collector-controller", (Loop(collector.queue, collector.sync),), collector.prepare)
