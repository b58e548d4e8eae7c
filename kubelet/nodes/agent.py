"""One node's conversation with the API: registering, the lease, the status."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from apimachinery.clock import Clock
from apimachinery.objects import Object
from apimachinery.status import AlreadyExists, Conflict, NotFound
from apimachinery.timefmt import format_time
from client.api import MERGE, STRATEGIC, Client
from client.resources import LEASES, NODES
from kubelet.nodes.addresses import internal_ip, number_of
from kubelet.nodes.facts import NodeFacts, adoption_patch, new_node
from kubelet.nodes.lease import JITTER, NAMESPACE, RENEW_INTERVAL, node_lease
from kubelet.nodes.status import has_changed, is_ready, node_patch, node_status

REPORT_INTERVAL = 300.0
"""A status without news is written this often (nodeStatusReportFrequency)."""
UPDATE_INTERVAL = 10.0
"""It is looked at this often (nodeStatusUpdateFrequency)."""
Tell = Callable[[Object, str, str], None]
"""Records an event about a node: (node, reason, message)."""


class NodeAgent:
    """Not thread-safe: one caller at a time. Every method may raise StatusError or TransportError and be repeated."""

    def __init__(self, client: Client, facts: NodeFacts, clock: Clock, tell: Tell) -> None:
        self.facts = facts
        self.node: Object = {}
        """The newest Node object known; empty before :meth:`register`."""
        self._client = client
        self._clock = clock
        self._tell = tell
        self._lease: Object | None = None
        self._reported_at: float | None = None

    def register(self) -> None:
        """Create the Node, or adopt one of that name: labels and status are brought up to date, taints are left."""
        try:
            self.node = self._client.create(NODES, "", new_node(self.facts, self._desired({})))
        except AlreadyExists:
            self.node = self._client.get(NODES, "", self.facts.name)
            self._keep_address()
            changes = adoption_patch(self.facts, self.node)
            if changes is not None:
                self.node = self._client.patch(NODES, "", self.facts.name, changes, kind=MERGE)
        else:
            if not has_changed(self._status(), self._desired(self._status())):
                self._reported_at = self._clock.monotonic()
        self._tell(self.node, "Starting", "Starting kubelet.")
        self.report_status()

    def _keep_address(self) -> None:
        """A node that exists has the address that it has."""
        kept = internal_ip(self.node)
        if kept != self.facts.ip and number_of(kept) is not None:
            self.facts = replace(self.facts, ip=kept)

    def renew_lease(self) -> float:
        """Create or renew the lease; returns the seconds after which to do so again."""
        if self._lease is None:
            self._lease = self._first_lease()
        else:
            lease = node_lease(self.node, self._clock.now(), self._lease)
            try:
                self._lease = self._client.update(LEASES, NAMESPACE, self.facts.name, lease)
            except (Conflict, NotFound):
                self._lease = None
                self._lease = self._first_lease()
        return RENEW_INTERVAL * (1 + JITTER * random.random())

    def _first_lease(self) -> Object:
        fresh = node_lease(self.node, self._clock.now())
        try:
            return self._client.create(LEASES, NAMESPACE, fresh)
        except AlreadyExists:
            existing = self._client.get(LEASES, NAMESPACE, self.facts.name)
            lease = node_lease(self.node, self._clock.now(), existing)
            return self._client.update(LEASES, NAMESPACE, self.facts.name, lease)

    def report_status(self) -> float:
        """Write the status if it differs or is old; returns the seconds after which to look again."""
        current = self._status()
        desired = self._desired(current)
        now = self._clock.monotonic()
        old = self._reported_at is None or now >= self._reported_at + REPORT_INTERVAL
        if old or has_changed(current, desired):
            patch = node_patch(current, desired)
            self.node = self._client.patch(NODES, "", self.facts.name, patch, kind=STRATEGIC, subresource="status")
            self._reported_at = now
            if not is_ready(current):
                self._tell(self.node, "NodeReady", f"Node {self.facts.name} status is now: NodeReady")
        return UPDATE_INTERVAL

    def seen(self, node: Object) -> bool:
        """Take in the Node from the watch; True when its status is no longer what it should be."""
        self.node = node
        return has_changed(self._status(), self._desired(self._status()))

    def _status(self) -> Object:
        return self.node.get("status") or {}

    def _desired(self, current: Object) -> Object:
        return node_status(self.facts, current, format_time(self._clock.now()))
