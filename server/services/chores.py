"""Which chores a server has while it serves."""

from __future__ import annotations

from functools import partial

from server.api import Api
from server.bootstrap import ensure_kubernetes_service, ensure_legacy_tracking
from server.services import own_endpoints, repairing
from server.services.addresses import Addresses
from server.services.own_endpoints import Leases, OwnEndpoints, Place
from server.services.ports import NodePorts
from server.services.repairing import Repair
from server.services.upkeep import Chore, Upkeep


def make_upkeep(api: Api, addresses: Addresses, ports: NodePorts, place: Place | None, *, shared: bool) -> Upkeep:
    """``place`` is where this server tells that it can be reached, if it does; ``shared``: others may have the same
    database."""
    repair = Repair(api.registries, addresses, ports, api.clock)
    chores = [
        Chore(repair.look, repairing.PERIOD, "services' addresses and ports were not looked through"),
        Chore(partial(ensure_legacy_tracking, api), repairing.PERIOD, "the use of old tokens is not dated"),
    ]
    if place is None:
        return Upkeep(chores)
    ensure = partial(ensure_kubernetes_service, api, addresses, place.port)
    own = OwnEndpoints(api.registries, place, Leases(api.store, api.clock) if shared else None, ensure)
    keep = Chore(own.look, own_endpoints.PERIOD, "the endpoints of the kubernetes service were not kept")
    return Upkeep([*chores, keep], own.leave)
