"""What the live tests share: one server with all controllers for each worker of a test run."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.api import Client
from client.resources import NAMESPACES
from kubejazz.testing import Kubejazz, start
from tests.controllers.live import controllers


@pytest.fixture(scope="package")
def served() -> Iterator[Kubejazz]:
    """A server alone."""
    with tempfile.TemporaryDirectory(prefix="kubejazz-") as folder:
        server = start(Path(folder))
        yield server
        server.stop()


@pytest.fixture(scope="package")
def controlled(served: Kubejazz) -> Iterator[Kubejazz]:
    """The same with all controllers, and nobody who would schedule or run pods."""
    with controllers(served):
        yield served


@pytest.fixture(scope="package")
def client(served: Kubejazz) -> Iterator[Client]:
    client = Client.from_kubeconfig(str(served.kubeconfig), user_agent="test/1")
    yield client
    client.close()


@pytest.fixture
def namespace(request: pytest.FixtureRequest, client: Client) -> str:
    """A new one, named after the test."""
    words = request.node.name.split("[")[0].replace("_", "-")[:40].strip("-")
    name = f"{words}-{zlib.crc32(request.node.nodeid.encode()):x}"
    client.create(NAMESPACES, "", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name
