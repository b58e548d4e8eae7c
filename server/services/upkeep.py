"""What the server looks after while it serves: its own endpoints, and the addresses and ports of all services."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from server.services import own_endpoints, repairing
from server.services.own_endpoints import OwnEndpoints
from server.services.repairing import Repair
from storage.periodic import every


class Upkeep:
    """``endpoints``: None for a server that nobody else could reach."""

    def __init__(self, repair: Repair, endpoints: OwnEndpoints | None) -> None:
        self._repair = repair
        self._endpoints = endpoints

    async def start(self) -> Sequence[asyncio.Task[None]]:
        """Look once, then now and then; whoever called cancels the tasks, then calls :meth:`leave`."""
        await self._repair.look()
        chores = [every(repairing.PERIOD, self._repair.look, "services' addresses and ports were not looked through")]
        if self._endpoints is not None:
            await self._endpoints.look()
            chores.append(every(own_endpoints.PERIOD, self._endpoints.look, "the server's endpoints were not kept"))
        return [asyncio.create_task(chore) for chore in chores]

    async def leave(self) -> None:
        if self._endpoints is not None:
            await self._endpoints.leave()
