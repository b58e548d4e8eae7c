"""Nodes for tests."""

from __future__ import annotations

from typing import Any, cast

from apimachinery.clock import FakeClock
from apimachinery.objects import Object
from client.api import Client
from kubelet.nodes.agent import NodeAgent
from kubelet.nodes.facts import NodeFacts
from tests.kubelet.fakes import FakeClient


def facts(name: str = "node-1", **fields: Any) -> NodeFacts:
    return NodeFacts(name=name, ip="172.18.0.9", runtime="hollow://1.0.0", **fields)


class Post:
    """One node agent over a fake API."""

    def __init__(self, **fields: Any) -> None:
        self.clock = FakeClock()
        self.api = FakeClient()
        self.told: list[tuple[str, str]] = []
        self.agent = NodeAgent(cast(Client, self.api), facts(**fields), self.clock, self._tell)

    @property
    def node(self) -> Object:
        return self.api.stored("nodes", "node-1", "")

    @property
    def lease(self) -> Object:
        return self.api.stored("leases", "node-1", "kube-node-lease")

    def _tell(self, node: Object, reason: str, message: str) -> None:
        self.told.append((reason, message))
