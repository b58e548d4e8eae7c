"""Pods that nobody will ever clean up: on nodes that are gone, terminating without a node, finished in great number.

Source: k8s.io/kubernetes pkg/controller/podgc/gc_controller.go.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from apimachinery.objects import Object, find_condition, is_terminating, name_of, namespace_of
from apimachinery.pods import is_pod_terminal
from apimachinery.status import Conflict, NotFound, StatusError
from client.api import STRATEGIC
from client.resources import NODES, PODS
from controllers.controller import Context, Controller, Loop
from controllers.shared.pods import disruption_target

log = logging.getLogger(__name__)

PERIOD = 20.0
"""Seconds between looks at all pods."""
QUARANTINE = 40.0
"""Seconds for which a node must have been gone before its pods are."""
FINISHED_KEPT = 12500
_ALL = "all"
_OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"


def surplus(pods: Iterable[Object], kept: int = FINISHED_KEPT) -> list[Object]:
    """The finished pods beyond the number that is kept: evicted ones first, then the oldest."""
    finished = sorted((pod for pod in pods if is_pod_terminal(pod) and not is_terminating(pod)), key=_precedence)
    return finished[: max(len(finished) - kept, 0)]


def _precedence(pod: Object) -> tuple[bool, str, str]:
    status, metadata = pod["status"], pod["metadata"]
    evicted = status["phase"] == "Failed" and status.get("reason") == "Evicted"
    return not evicted, metadata.get("creationTimestamp") or "", metadata["name"]


def stuck(pods: Iterable[Object], node_of: Callable[[str], Object | None]) -> list[Object]:
    """Pods that are being deleted and that no kubelet will ever end: without a node, or on one out of service."""
    return [pod for pod in pods if is_terminating(pod) and _is_abandoned(pod["spec"].get("nodeName"), node_of)]


def _is_abandoned(name: str | None, node_of: Callable[[str], Object | None]) -> bool:
    if not name:
        return True
    node = node_of(name)
    if node is None:
        return False  # it may be back; see QUARANTINE
    ready = find_condition(node, "Ready")
    out_of_service = any(taint["key"] == _OUT_OF_SERVICE for taint in (node.get("spec") or {}).get("taints") or ())
    return out_of_service and (ready is None or ready["status"] != "True")


def failed_status(pod: Object, now: datetime, *, lost: bool) -> Object | None:
    """What to write before a pod is removed by force, so that its owner sees it end. None: it has ended.

    ``lost``: its node has vanished under it.
    """
    if is_pod_terminal(pod):
        return None
    status: Object = {"phase": "Failed"}
    if pod["metadata"].get("generation"):
        status["observedGeneration"] = pod["metadata"]["generation"]
    if lost:
        message = "PodGC: node no longer exists"
        status["conditions"] = [disruption_target(pod, now, reason="DeletionByPodGC", message=message)]
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
            pods = self._pods.list()
            for pod in [*surplus(pods), *stuck(pods, self._nodes.get)]:
                self._remove(pod, lost=False)
            for pod in self._on_vanished_nodes(pods):
                self._remove(pod, lost=True)
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

    def _remove(self, pod: Object, *, lost: bool) -> None:
        namespace, name, uid = namespace_of(pod), name_of(pod), pod["metadata"]["uid"]
        status = failed_status(pod, self._clock.now(), lost=lost)
        try:
            if status is not None:
                patch = {"metadata": {"uid": uid}, "status": status}
                self._client.patch(PODS, namespace, name, patch, kind=STRATEGIC, subresource="status")
            self._client.delete(PODS, namespace, name, grace_period=0, uid=uid)
        except (NotFound, Conflict):
            return
        except StatusError as error:
            log.warning("cannot remove pod %s/%s: %s", namespace, name, error)


def build_pod_gc(context: Context) -> Controller:
    collector = PodCollector(context)
    return Controller("pod-garbage-collector-controller", (Loop(collector.queue, collector.sync),), collector.prepare)
