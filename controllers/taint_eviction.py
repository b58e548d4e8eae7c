"""Pods that do not tolerate a NoExecute taint of their node are deleted: at once, or when their patience is over.

Source: k8s.io/kubernetes pkg/controller/tainteviction.
"""

from __future__ import annotations

from apimachinery.objects import Object, is_terminating, key_of, name_of, namespace_of, split_key
from apimachinery.pods import tolerates
from apimachinery.status import Conflict, NotFound
from client.api import STRATEGIC
from client.recorder import NORMAL
from client.resources import NODES, PODS
from controllers.controller import Context, Controller, Loop
from controllers.shared.indexes import BY_NODE, on_node
from controllers.shared.pods import disruption_target

_WORKERS = 8
_REASON = "DeletionByTaintManager"
_MESSAGE = "Taint manager: deleting due to NoExecute taint"


def no_execute(node: Object | None) -> list[Object]:
    taints = ((node or {}).get("spec") or {}).get("taints") or []
    return [taint for taint in taints if taint.get("effect") == "NoExecute"]


def patience(pod: Object, taints: list[Object]) -> float | None:
    """Seconds a pod may stay on a node with these NoExecute taints: 0 is none, None is for ever.

    Of several tolerations the shortest time counts; one taint that nothing tolerates is enough to go at once.
    """
    shortest: float | None = None
    for taint in taints:
        matching = [t for t in pod["spec"].get("tolerations") or () if tolerates([t], taint)]
        if not matching:
            return 0.0
        for toleration in matching:
            seconds = toleration.get("tolerationSeconds")
            if seconds is not None:
                limit = max(float(seconds), 0.0)
                shortest = limit if shortest is None else min(shortest, limit)
    return shortest


class TaintEviction:
    """``_since`` remembers (monotonic) since when a pod has to go; a pod whose node recovers is forgotten."""

    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self._recorder = context.recorder("taint-eviction-controller")
        self.queue = context.queue()
        nodes, pods = context.informer(NODES), context.informer(PODS, indexers=BY_NODE)
        self._nodes, self._pods = nodes.store, pods.store
        self._since: dict[str, float] = {}
        nodes.add_handler(self._node_changed, self._node_updated)
        pods.add_handler(self._pod_changed, lambda old, new: self._pod_changed(new), self._pod_deleted)

    def sync(self, key: str) -> None:
        pod = self._pods.get(key)
        taints = no_execute(self._nodes.get(pod["spec"]["nodeName"])) if pod and pod["spec"].get("nodeName") else []
        if pod is None or is_terminating(pod) or not taints:
            self._spare(key, pod)
            return
        seconds = patience(pod, taints)
        if seconds is None:
            self._spare(key, pod)
            return
        now = self._clock.monotonic()
        due = self._since.setdefault(key, now) + seconds
        if due > now:
            self.queue.add_after(key, due - now)
            return
        self._evict(pod)

    def _spare(self, key: str, pod: Object | None) -> None:
        if self._since.pop(key, None) is not None and pod is not None and not is_terminating(pod):
            self._recorder.event(pod, NORMAL, "TaintManagerEviction", f"Cancelling deletion of Pod {key}")

    def _evict(self, pod: Object) -> None:
        namespace, name = split_key(key_of(pod))
        self._recorder.event(pod, NORMAL, "TaintManagerEviction", f"Marking for deletion Pod {namespace}/{name}")
        condition = disruption_target(pod, self._clock.now(), reason=_REASON, message=_MESSAGE)
        uid = pod["metadata"]["uid"]
        patch = {"metadata": {"uid": uid}, "status": {"conditions": [condition]}}
        try:
            self._client.patch(PODS, namespace, name, patch, kind=STRATEGIC, subresource="status")
            self._client.delete(PODS, namespace, name, uid=uid)
        except (NotFound, Conflict):
            return

    def _node_changed(self, node: Object) -> None:
        if no_execute(node):
            self._look_at_pods(node)

    def _node_updated(self, old: Object, new: Object) -> None:
        if no_execute(old) != no_execute(new):
            self._look_at_pods(new)

    def _look_at_pods(self, node: Object) -> None:
        for pod in on_node(self._pods, name_of(node)):
            self.queue.add(key_of(pod))

    def _pod_changed(self, pod: Object) -> None:
        node = pod["spec"].get("nodeName")
        if node and no_execute(self._nodes.get(node)):
            self.queue.add(key_of(pod))

    def _pod_deleted(self, pod: Object) -> None:
        self._since.pop(f"{namespace_of(pod)}/{name_of(pod)}", None)


def build_taint_eviction(context: Context) -> Controller:
    eviction = TaintEviction(context)
    return Controller("taint-eviction-controller", (Loop(eviction.queue, eviction.sync, _WORKERS),))
