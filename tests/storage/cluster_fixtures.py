"""The PostgreSQL server of a test run, for the ``conftest.py`` of every room that needs one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.storage.cluster import Cluster, PostgresMissing


@pytest.fixture(scope="session")
def running_cluster() -> Iterator[Cluster]:
    try:
        cluster = Cluster()
    except PostgresMissing as error:
        pytest.fail(str(error))
    try:
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture
def cluster(running_cluster: Cluster) -> Cluster:
    """A PostgreSQL server that runs, even if the test before stopped it."""
    if not running_cluster.running:
        running_cluster.start()
    return running_cluster
