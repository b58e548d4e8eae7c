"""The nodes' clients, when one identity speaks for all of them, and what any such set of clients offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from client.api import Client

Joined = Callable[[str, Client], None]
"""Called once for each node, from any thread, as soon as the node can speak for itself."""


class NodeClients(Protocol):
    @property
    def shared(self) -> Client | None:
        """The client of all nodes, if they have but one."""

    def start(self, nodes: Sequence[str], joined: Joined) -> None:
        """Called once; must not wait for the nodes to join."""

    def client_of(self, node: str) -> Client:
        """Of a node that has joined."""

    def stop(self) -> None:
        """End everything; may be called twice."""


class SharedClient:
    """Whoever the client is, it must be allowed to do what the nodes do."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def shared(self) -> Client:
        return self._client

    def start(self, nodes: Sequence[str], joined: Joined) -> None:
        for node in nodes:
            joined(node, self._client)

    def client_of(self, node: str) -> Client:
        return self._client

    def stop(self) -> None:
        """The client is its owner's to close."""
