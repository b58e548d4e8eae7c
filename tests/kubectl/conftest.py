"""Every test here runs with every kubectl of the machine, in a namespace of its own on a cluster of the worker's.

``@covers("get -o wide", …, since=28)`` says which rows of the table a test stands for, and from which minor version
on kubectl has them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubejazz.testing import Kubejazz
from tests.kubectl.api import Api
from tests.kubectl.kubectl import Kubectl, eventually
from tests.kubectl.versions import Binary, binaries


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kubectl" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("covers")
    assert marker is not None and marker.args, f"{metafunc.definition.name} does not say what it covers"
    since = marker.kwargs.get("since", 0)
    chosen = [binary for binary in binaries() if binary.minor >= since]
    metafunc.parametrize("binary", chosen, ids=[binary.version for binary in chosen], scope="session")


@pytest.fixture(scope="session")
def api(kubejazz_cluster: Kubejazz) -> Iterator[Api]:
    made = Api(kubejazz_cluster.kubeconfig)
    eventually(lambda: made.request("GET", "/api/v1/nodes").json()["items"], lambda nodes: len(nodes) == 2)
    yield made
    made.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def namespace(api: Api) -> Iterator[str]:
    name = f"t-{uuid.uuid4().hex[:10]}"
    api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    eventually(lambda: api.find("serviceaccounts", "default", name))
    yield name
    api.request("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture
def kubectl(
    request: pytest.FixtureRequest, binary: Binary, kubejazz_cluster: Kubejazz, home: Path, namespace: str, api: Api
) -> Kubectl:
    marker = request.node.get_closest_marker("covers")
    for command in marker.args:
        request.node.user_properties.append(("kubectl", (command, binary.version)))
    return Kubectl(binary, kubejazz_cluster.kubeconfig, home, namespace, api)
