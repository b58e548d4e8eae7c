"""``drive(column, program, server, …)`` runs a driver; what its checks said goes into the table of results."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kubejazz.testing import Kubejazz
from tests.clients.driver import Driver
from tests.clients.features import FEATURES, LIBRARIES
from tests.kubectl.api import Api
from tests.kubectl.kubectl import eventually

Start = Callable[..., Driver]
Drive = Callable[..., dict[str, Any]]


@pytest.fixture
def start_driver(tmp_path: Path) -> Iterator[Start]:
    """``start_driver(program, server, namespace, argument="") -> Driver``, stopped when the test ends."""
    started: list[Driver] = []

    def start(program: str, server: Kubejazz, namespace: str, argument: str = "") -> Driver:
        log = tmp_path / f"driver-{len(started)}.log"
        started.append(Driver(program, server.kubeconfig, namespace, argument, log))
        return started[-1]

    yield start
    for driver in started:
        driver.stop()


@pytest.fixture
def conclude(request: pytest.FixtureRequest) -> Callable[[str, Driver], dict[str, Any]]:
    """``conclude(column, driver)``: what each check saw, by feature, once none of them failed."""

    def conclude(column: str, driver: Driver) -> dict[str, Any]:
        report = driver.finish()
        checks = report["checks"]
        assert checks.keys() <= FEATURES.keys() and column in LIBRARIES
        for feature, result in checks.items():
            row = (column, report["version"], feature, result["passed"])
            request.node.user_properties.append(("client", row))
        failed = [result["why"] for result in checks.values() if not result["passed"]]
        assert not failed, "\n".join([*failed, driver.errors])
        return {feature: result["saw"] for feature, result in checks.items()}

    return conclude


@pytest.fixture
def drive(start_driver: Start, conclude: Callable[[str, Driver], dict[str, Any]]) -> Drive:
    """``drive(column, program, server, namespace, argument="")``: start and conclude."""

    def drive(column: str, program: str, server: Kubejazz, namespace: str, argument: str = "") -> dict[str, Any]:
        return conclude(column, start_driver(program, server, namespace, argument))

    return drive


@pytest.fixture(scope="session")
def api(kubejazz_cluster: Kubejazz) -> Iterator[Api]:
    made = Api(kubejazz_cluster.kubeconfig)
    yield made
    made.close()


@pytest.fixture
def namespace(api: Api) -> Iterator[str]:
    """One of the test's own, on the cluster; its service account is there."""
    name = f"c-{uuid.uuid4().hex[:10]}"
    api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    eventually(lambda: api.find("serviceaccounts", "default", name))
    yield name
    api.request("DELETE", f"/api/v1/namespaces/{name}")
