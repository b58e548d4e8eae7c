"""Ranges of service addresses: ready once they are held by a finalizer, gone only when nobody's address is left behind.

Source: k8s.io/kubernetes pkg/controller/servicecidrs.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from apimachinery.objects import Object, find_condition, is_terminating, name_of
from apimachinery.status import NotFound
from apimachinery.timefmt import format_time, parse_time
from client.resources import IPADDRESSES, SERVICECIDRS
from controllers.controller import Context, Controller, Loop
from controllers.shared.ownership import labels_of

NAME = "service-cidr-controller"
FINALIZER = "networking.k8s.io/service-cidr-finalizer"
GRACE = 10.0
"""Seconds after a deletion before the range goes: who hands out addresses has to hear of it first."""

_MANAGED_BY = "ipaddress.kubernetes.io/managed-by"
_ALLOCATOR = "ipallocator.k8s.io"
_READY = "Kubernetes Service CIDR is ready"
_BLOCKED = "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR"

Network = IPv4Network | IPv6Network


def networks_of(cidr: Object) -> list[Network]:
    return [ip_network(text) for text in cidr["spec"].get("cidrs") or ()]


def can_go(cidr: Object, others: Iterable[Object], addresses: Iterable[Object]) -> bool:
    """Whether every address that was handed out lies in another range too."""
    mine = networks_of(cidr)
    rest = [network for other in others if name_of(other) != name_of(cidr) for network in networks_of(other)]
    if all(any(_covers(other, network) for other in rest) for network in mine):
        return True
    for address in addresses:
        if labels_of(address).get(_MANAGED_BY) != _ALLOCATOR:
            continue
        ip = ip_address(name_of(address))
        if any(ip in network for network in mine) and not any(ip in network for network in rest):
            return False
    return True


def _covers(other: Network, network: Network) -> bool:
    return (
        other.version == network.version
        and int(other.network_address) <= int(network.network_address)
        and int(other.broadcast_address) >= int(network.broadcast_address)
    )


def condition(cidr: Object, *, ready: bool, now: datetime) -> Object | None:
    """The condition Ready to be written; None: the range says so already."""
    wanted = {
        "type": "Ready",
        "status": "True" if ready else "False",
        "reason": "" if ready else "Terminating",
        "message": _READY if ready else _BLOCKED,
    }
    current = find_condition(cidr, "Ready") or {}
    if current.get("status") == wanted["status"] and (ready or current.get("reason") == wanted["reason"]):
        return None
    return {**wanted, "lastTransitionTime": format_time(now)}


class ServiceCIDRs:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self.queue = context.queue()
        cidrs, addresses = context.informer(SERVICECIDRS), context.informer(IPADDRESSES)
        self._cidrs, self._addresses = cidrs.store, addresses.store
        cidrs.add_handler(self._seen, lambda old, new: self._seen(new), self._seen)
        addresses.add_handler(on_delete=lambda address: self._wake_going())

    def _seen(self, cidr: Object) -> None:
        self.queue.add(name_of(cidr))
        self._wake_going()

    def _wake_going(self) -> None:
        """What is on its way out may have become free to go."""
        for cidr in self._cidrs.list():
            if is_terminating(cidr):
                self.queue.add(name_of(cidr))

    def sync(self, key: str) -> None:
        cidr = self._cidrs.get(key)
        if cidr is None:
            return
        if is_terminating(cidr):
            self._let_go(cidr)
            return
        held = cidr["metadata"].get("finalizers") or []
        if FINALIZER not in held:
            cidr = self._write_finalizers(cidr, [*held, FINALIZER])
        self._say(cidr, ready=True)

    def _let_go(self, cidr: Object) -> None:
        if not can_go(cidr, self._cidrs.list(), self._addresses.list()):
            self._say(cidr, ready=False)
            return
        since = parse_time(cidr["metadata"]["deletionTimestamp"])
        left = GRACE - (self._clock.now() - since).total_seconds()
        if left > 0:
            self.queue.add_after(name_of(cidr), left)
            return
        held = cidr["metadata"].get("finalizers") or []
        if FINALIZER in held:
            self._write_finalizers(cidr, [finalizer for finalizer in held if finalizer != FINALIZER])

    def _write_finalizers(self, cidr: Object, finalizers: list[str]) -> Object:
        changed = {**cidr, "metadata": {**cidr["metadata"], "finalizers": finalizers}}
        try:
            return self._client.update(SERVICECIDRS, "", name_of(cidr), changed)
        except NotFound:
            return changed

    def _say(self, cidr: Object, *, ready: bool) -> None:
        wanted = condition(cidr, ready=ready, now=self._clock.now())
        if wanted is None:
            return
        status = cidr.get("status") or {}
        others = [entry for entry in status.get("conditions") or () if entry["type"] != "Ready"]
        changed = {**cidr, "status": {**status, "conditions": [*others, wanted]}}
        try:
            self._client.update(SERVICECIDRS, "", name_of(cidr), changed, subresource="status")
        except NotFound:
            return


def build_service_cidr(context: Context) -> Controller:
    cidrs = ServiceCIDRs(context)
    return Controller(NAME, (Loop(cidrs.queue, cidrs.sync),))
