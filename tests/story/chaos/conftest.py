"""A cluster without controllers: a test brings its own, and kills them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from client.api import Client
from client.resources import NAMESPACES
from kubejazz.testing import Kubejazz, start
from tests.story.chaos.managers import ROUNDS, Managers, Player, managers

RULES = """
commands: {work: {seconds: 0.4}}
rules:
  - match: {labels: {fails: by-index, batch.kubernetes.io/job-completion-index: "*7"}}
    run: {seconds: 0.3, exitCode: 1}
  - match: {labels: {fails: by-index, batch.kubernetes.io/job-completion-index: "*9"}}
    run: {seconds: 0.1, exitCode: 42}
  - match: {}
    start: {seconds: 0.3}
"""
"""How the hollow containers behave: indexes that end in 7 fail, those that end in 9 fail with a code of their own."""


@pytest.fixture(scope="package")
def uncontrolled() -> Iterator[Kubejazz]:
    """A server, its scheduler and eight nodes."""
    with tempfile.TemporaryDirectory(prefix="kubejazz-") as folder, ExitStack() as ends:
        path = Path(folder)
        server = start(path, history="forever")
        ends.callback(server.stop)
        rules = path / "rules.yaml"
        rules.write_text(RULES)
        kubeconfig = ("--kubeconfig", str(server.kubeconfig))
        for name, *arguments in (("scheduler",), ("kubelet", "--nodes", "8", "--rules", str(rules))):
            ends.callback(Player(path / f"{name}.log", name, *arguments, *kubeconfig).stop)
        yield server


@pytest.fixture(params=range(ROUNDS))
def hunted(uncontrolled: Kubejazz, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Managers]:
    with managers(uncontrolled, tmp_path, request.param) as made:
        yield made


@pytest.fixture(scope="package")
def client(uncontrolled: Kubejazz) -> Iterator[Client]:
    client = Client.from_kubeconfig(str(uncontrolled.kubeconfig), user_agent="chaos/1")
    yield client
    client.close()


@pytest.fixture
def space(client: Client, hunted: Managers, request: pytest.FixtureRequest) -> str:
    """A namespace for this telling of the story."""
    name = f"{request.module.__name__.rpartition('test_')[2]}-{hunted.number}"
    client.create(NAMESPACES, "", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name
