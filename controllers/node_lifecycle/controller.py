"""Watches nodes, their Leases and their pods; writes conditions, taints and the readiness of lost nodes' pods."""

from __future__ import annotations

import logging

from apimachinery.objects import Object, name_of, namespace_of
from apimachinery.pods import is_pod_ready
from apimachinery.status import Conflict, NotFound
from apimachinery.timefmt import format_time
from client.api import STRATEGIC
from client.recorder import NORMAL, WARNING
from client.resources import LEASES, NODES, PODS
from controllers.controller import Context, Controller, Loop
from controllers.node_lifecycle.health import Heard, is_lost, listen, lost_conditions, ready_condition
from controllers.node_lifecycle.pace import Bucket, evictions_per_second, zone_of
from controllers.node_lifecycle.taints import wanted_taints
from controllers.shared.indexes import BY_NODE, on_node

log = logging.getLogger(__name__)

PERIOD = 5.0
"""Seconds between looks at all nodes."""
_ALL = "all"
_LEASE_NAMESPACE = "kube-node-lease"
_WORKERS = 4


class NodeLifecycle:
    """Two loops: one looks at all nodes every few seconds for signs of life, one taints single nodes as they change."""

    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self._recorder = context.recorder("node-controller")
        self.monitor_queue = context.queue()
        self.taint_queue = context.queue()
        nodes, leases, pods = (
            context.informer(NODES),
            context.informer(LEASES),
            context.informer(PODS, indexers=BY_NODE),
        )
        self._nodes, self._leases, self._pods = nodes.store, leases.store, pods.store
        self._heard: dict[str, Heard] = {}
        self._buckets: dict[str, Bucket] = {}
        nodes.add_handler(self._node_changed, lambda old, new: self._node_changed(new), self._node_deleted)

    def prepare(self) -> None:
        self.monitor_queue.add(_ALL)

    # Signs of life

    def monitor(self, _: str) -> None:
        """Look at every node; then again after a while."""
        try:
            for node in self._nodes.list():
                self._look_at(node)
        finally:
            self.monitor_queue.add_after(_ALL, PERIOD)

    def _look_at(self, node: Object) -> None:
        name, now = name_of(node), self._clock.monotonic()
        lease = self._leases.get(f"{_LEASE_NAMESPACE}/{name}")
        heard = self._heard[name] = listen(self._heard.get(name), node, lease, now)
        if is_lost(node, heard, now):
            node = self._declare_lost(node)
        ready = ready_condition(node)
        if ready is not None and ready["status"] != "True":
            self._mark_pods_not_ready(node)

    def _declare_lost(self, node: Object) -> Object:
        conditions = lost_conditions(node, self._clock.now())
        if conditions == ((node.get("status") or {}).get("conditions") or []):
            return node
        name = name_of(node)
        log.info("node %s has not been heard from; its state is unknown", name)
        self._recorder.event(node, NORMAL, "NodeNotReady", f"Node {name} status is now: NodeNotReady")
        changed = {**node, "status": {**(node.get("status") or {}), "conditions": conditions}}
        try:
            return self._client.update(NODES, "", name, changed, subresource="status")
        except (Conflict, NotFound):
            return node  # looked at again in a moment

    def _mark_pods_not_ready(self, node: Object) -> None:
        for pod in on_node(self._pods, name_of(node)):
            if not is_pod_ready(pod):
                continue
            condition = {"type": "Ready", "status": "False", "lastTransitionTime": format_time(self._clock.now())}
            patch = {"metadata": {"uid": pod["metadata"]["uid"]}, "status": {"conditions": [condition]}}
            self._recorder.event(pod, WARNING, "NodeNotReady", "Node is not ready")
            try:
                self._client.patch(PODS, namespace_of(pod), name_of(pod), patch, kind=STRATEGIC, subresource="status")
            except (Conflict, NotFound):
                continue

    # Taints

    def taint(self, name: str) -> None:
        node = self._nodes.get(name)
        if node is None:
            return
        before = (node.get("spec") or {}).get("taints") or []
        after = wanted_taints(node, self._clock.now())
        if before == after:
            return
        if self._evicts(before, after) and not self._may_evict(node):
            self.taint_queue.add_after(name, PERIOD)
            after = [taint for taint in after if taint in before or taint.get("effect") != "NoExecute"]
            if before == after:
                return
        changed = {**node, "spec": {**(node.get("spec") or {}), "taints": after}}
        try:
            self._client.update(NODES, "", name, changed)
        except NotFound:
            return

    @staticmethod
    def _evicts(before: list[Object], after: list[Object]) -> bool:
        return any(taint.get("effect") == "NoExecute" and taint not in before for taint in after)

    def _may_evict(self, node: Object) -> bool:
        zones: dict[str, list[bool]] = {}
        for other in self._nodes.list():
            ready = ready_condition(other)
            zones.setdefault(zone_of(other), []).append(ready is not None and ready["status"] == "True")
        own = zone_of(node)
        states = zones.get(own, [False])
        everything_lost = len(self._nodes.list()) > 1 and not any(any(states) for states in zones.values())
        rate = evictions_per_second(len(states), states.count(False), all_zones_lost=everything_lost)
        return self._buckets.setdefault(own, Bucket()).take(rate, self._clock.monotonic())

    def _node_changed(self, node: Object) -> None:
        self.taint_queue.add(name_of(node))

    def _node_deleted(self, node: Object) -> None:
        self._heard.pop(name_of(node), None)


def build_node_lifecycle(context: Context) -> Controller:
    nodes = NodeLifecycle(context)
    loops = (Loop(nodes.monitor_queue, nodes.monitor), Loop(nodes.taint_queue, nodes.taint, _WORKERS))
    return Controller("node-lifecycle-controller", loops, nodes.prepare)
