"""Watches nodes, their Leases and their pods; writes conditions, taints and the readiness of lost nodes' pods.

Three loops: one looks at all nodes every few seconds for signs of life, one taints single nodes as they change, one
says of single pods on lost nodes that they are not ready.
"""

from __future__ import annotations

import logging

from apimachinery.objects import Object, key_of, name_of, namespace_of
from apimachinery.pods import is_pod_ready
from apimachinery.status import Conflict, NotFound
from apimachinery.timefmt import format_time
from client.api import STRATEGIC
from client.recorder import NORMAL, WARNING
from client.resources import LEASES, NODES, PODS
from controllers.controller import Context, Controller, Loop
from controllers.node_lifecycle.health import Heard, is_lost, listen, lost_conditions, ready_condition
from controllers.node_lifecycle.pace import Bucket, evictions_per_second, is_everything_lost, zone_of, zones
from controllers.node_lifecycle.taints import begins_eviction, wanted_labels, wanted_taints
from controllers.shared.indexes import BY_NODE, on_node

log = logging.getLogger(__name__)

PERIOD = 5.0
"""Seconds between looks at all nodes."""
_ALL = "all"
_LEASE_NAMESPACE = "kube-node-lease"
_WORKERS = 4


class NodeLifecycle:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self._recorder = context.recorder("node-controller")
        self.monitor_queue = context.queue()
        self.taint_queue = context.queue()
        self.pod_queue = context.queue()
        nodes, leases = context.informer(NODES), context.informer(LEASES)
        pods = context.informer(PODS, indexers=BY_NODE)
        self._nodes, self._leases, self._pods = nodes.store, leases.store, pods.store
        self._heard: dict[str, Heard] = {}
        self._known: dict[str, Object] = {}
        self._buckets: dict[str, Bucket] = {}
        self._everything_lost = False
        nodes.add_handler(self._node_changed, lambda old, new: self._node_changed(new))
        pods.add_handler(self._pod_bound, self._pod_updated)

    def prepare(self) -> None:
        self.monitor_queue.add(_ALL)

    # Signs of life

    def monitor(self, _: str) -> None:
        """Look at every node; then again after a while."""
        try:
            nodes = self._nodes.list()
            self._greet(nodes)
            self._judge_zones([self._look_at(node) for node in nodes])
        finally:
            self.monitor_queue.add_after(_ALL, PERIOD)

    def _greet(self, nodes: list[Object]) -> None:
        """Say who has come and who has gone."""
        present = {node["metadata"]["uid"]: node for node in nodes}
        for uid, node in present.items():
            if uid not in self._known:
                self._say(
                    node, "RegisteredNode", f"Node {name_of(node)} event: Registered Node {name_of(node)} in Controller"
                )
        for uid in self._known.keys() - present.keys():
            node = self._known[uid]
            self._heard.pop(uid, None)
            self._say(
                node, "RemovingNode", f"Node {name_of(node)} event: Removing Node {name_of(node)} from Controller"
            )
        self._known = present

    def _look_at(self, node: Object) -> Object:
        """The node as it is now."""
        uid, now = node["metadata"]["uid"], self._clock.monotonic()
        lease = self._leases.get(f"{_LEASE_NAMESPACE}/{name_of(node)}")
        heard = self._heard[uid] = listen(self._heard.get(uid), node, lease, now)
        return self._declare_lost(node) if is_lost(node, heard, now) else node

    def _declare_lost(self, node: Object) -> Object:
        name, status = name_of(node), node.get("status") or {}
        conditions = lost_conditions(node, self._clock.now())
        if conditions == (status.get("conditions") or []):
            return node
        before = ready_condition(node)
        changed = {**node, "status": {**status, "conditions": conditions}}
        try:
            written = self._client.update(NODES, "", name, changed, subresource="status")
        except (Conflict, NotFound):
            return node  # looked at again in a moment
        log.info("node %s has not been heard from; its state is unknown", name)
        if before is not None and before["status"] == "True":
            self._say(node, "NodeNotReady", f"Node {name} status is now: NodeNotReady")
            for pod in on_node(self._pods, name):
                self.pod_queue.add_after(key_of(pod), 0.1)  # when the informer has seen what was written
        return written

    def _judge_zones(self, nodes: list[Object]) -> None:
        """When not one node is heard of any more nobody is evicted; afterwards all get their time anew."""
        lost = is_everything_lost(zones(nodes))
        if lost == self._everything_lost:
            return
        self._everything_lost = lost
        if not lost:
            now = self._clock.monotonic()
            self._heard = {uid: Heard(heard.renewed, heard.reported, now) for uid, heard in self._heard.items()}
        for node in nodes:
            self.taint_queue.add(name_of(node))

    # Pods of lost nodes

    def mark_not_ready(self, key: str) -> None:
        pod = self._pods.get(key)
        node = self._nodes.get(pod["spec"].get("nodeName") or "") if pod is not None else None
        if pod is None or node is None or not is_pod_ready(pod):
            return
        ready = ready_condition(node)
        if ready is None or ready["status"] == "True":
            return
        condition = {"type": "Ready", "status": "False", "lastTransitionTime": format_time(self._clock.now())}
        patch = {"metadata": {"uid": pod["metadata"]["uid"]}, "status": {"conditions": [condition]}}
        try:
            self._client.patch(PODS, namespace_of(pod), name_of(pod), patch, kind=STRATEGIC, subresource="status")
        except NotFound:
            return
        self._recorder.event(pod, WARNING, "NodeNotReady", "Node is not ready")

    # Taints

    def taint(self, name: str) -> None:
        node = self._nodes.get(name)
        if node is None:
            return
        before = (node.get("spec") or {}).get("taints") or []
        after = wanted_taints(node, self._clock.now(), evict=not self._everything_lost)
        if begins_eviction(before, after) and not self._may_evict(node):
            self.taint_queue.add_after(name, PERIOD)
            after = wanted_taints(node, self._clock.now(), evict=False)
        labels, metadata = wanted_labels(node), node["metadata"]
        if before == after and labels == (metadata.get("labels") or {}):
            return
        spec = {**(node.get("spec") or {}), "taints": after}
        changed = {**node, "metadata": {**metadata, "labels": labels}, "spec": spec}
        try:
            self._client.update(NODES, "", name, changed)
        except NotFound:
            return

    def _may_evict(self, node: Object) -> bool:
        own = zone_of(node)
        zone = zones(self._nodes.list()).get(own)
        if zone is None:
            return False
        return self._buckets.setdefault(own, Bucket()).take(evictions_per_second(zone), self._clock.monotonic())

    # What happens

    def _node_changed(self, node: Object) -> None:
        self.taint_queue.add(name_of(node))

    def _pod_bound(self, pod: Object) -> None:
        if pod["spec"].get("nodeName"):
            self.pod_queue.add(key_of(pod))

    def _pod_updated(self, old: Object, new: Object) -> None:
        if old["spec"].get("nodeName") != new["spec"].get("nodeName"):
            self._pod_bound(new)

    def _say(self, node: Object, reason: str, message: str) -> None:
        self._recorder.event(node, NORMAL, reason, message)


def build_node_lifecycle(context: Context) -> Controller:
    nodes = NodeLifecycle(context)
    loops = (
        Loop(nodes.monitor_queue, nodes.monitor),
        Loop(nodes.taint_queue, nodes.taint, _WORKERS),
        Loop(nodes.pod_queue, nodes.mark_not_ready, _WORKERS),
    )
    return Controller("node-lifecycle-controller", loops, nodes.prepare)
