"""The pytest plugin: real servers for tests, each a process of its own with its own data on a free port.

    def test_it(kubejazz_server):             # the API server alone, shared by the tests of this session
        kubejazz_server.kubectl("create", "namespace", "demo")

    def test_more(kubejazz_cluster):          # with controllers, scheduler and two hollow nodes
        CoreV1Api(kubejazz_cluster.client).list_node()

    def test_alone(start_kubejazz):           # one of its own, stopped when the test ends
        server = start_kubejazz(nodes=0)

Safe under pytest-xdist: every worker has its own. This module imports neither the server nor, until ``client`` is
used, the Kubernetes client.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kubejazz.testing import Kubejazz, start

StartKubejazz = Callable[..., Kubejazz]


@pytest.fixture
def start_kubejazz() -> Iterator[StartKubejazz]:
    """``start_kubejazz(nodes=None, data_dir=None, **options) -> Kubejazz``, as often as wanted."""
    with _factory() as started:
        yield started


@pytest.fixture(scope="session")
def kubejazz_server() -> Iterator[Kubejazz]:
    """An API server alone, shared by all tests of the session: use a namespace of your own."""
    with _factory() as started:
        yield started()


@pytest.fixture(scope="session")
def kubejazz_cluster() -> Iterator[Kubejazz]:
    """An API server with controllers, scheduler and two hollow nodes, shared by all tests of the session."""
    with _factory() as started:
        yield started(nodes=2)


class _factory:
    """Starts what it is asked for, stops everything at the end."""

    def __init__(self) -> None:
        self._folders: list[tempfile.TemporaryDirectory[str]] = []
        self._started: list[Kubejazz] = []

    def __enter__(self) -> StartKubejazz:
        return self._start

    def _start(self, nodes: int | None = None, data_dir: Path | None = None, **options: str | int) -> Kubejazz:
        if data_dir is None:
            self._folders.append(tempfile.TemporaryDirectory(prefix="kubejazz-"))
            data_dir = Path(self._folders[-1].name)
        server = start(data_dir, nodes=nodes, **options)
        self._started.append(server)
        return server

    def __exit__(self, *_: object) -> None:
        for server in reversed(self._started):
            server.stop()
        for folder in self._folders:
            folder.cleanup()
