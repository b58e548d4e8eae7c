"""What plugins are given when they are built: the rest of the world, as far as they may touch it."""

from __future__ import annotations

from dataclasses import dataclass

from apimachinery.clock import Clock
from client.api import Client


@dataclass(frozen=True, slots=True)
class Handle:
    client: Client
    clock: Clock
