"""Watches and informers of each library, while the server is restarted, and then restored: its revisions jump, and
what was before is gone (410), so that everybody has to list again."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from kubejazz.pytest_plugin import StartKubejazz
from kubejazz.testing import Kubejazz
from storage.restore import continue_beyond
from tests.clients.conftest import Start
from tests.clients.driver import Driver
from tests.kubectl.api import Api


def _create(server: Kubejazz, name: str) -> None:
    api = Api(server.kubeconfig)
    metadata = {"name": name, "labels": {"told": "informer"}}
    api.create("/api/v1/namespaces/default/configmaps", {"metadata": metadata})
    api.close()


def _database(data_dir: Path) -> str:
    (file,) = data_dir.glob("*.db")
    return f"sqlite:///{file}"


@pytest.mark.parametrize(
    ("column", "program"),
    [
        ("official", "official/watching.py"),
        ("kr8s", "kr8s/watching.py"),
        ("lightkube", "lightkube/watching.py"),
        ("javascript", "javascript/watching.js"),
    ],
)
def test_a_watch_resumes_and_an_informer_outlives_the_server(
    start_kubejazz: StartKubejazz, start_driver: Start, conclude: Any, tmp_path: Path, column: str, program: str
) -> None:
    data_dir = tmp_path / "data"
    server = start_kubejazz(data_dir=data_dir)
    _create(server, "before")
    driver: Driver = start_driver(program, server, "default")
    driver.wait_for("ready")
    port = urlsplit(server.url).port
    server.stop()
    server = start_kubejazz(data_dir=data_dir, port=port)
    _create(server, "after-restart")
    driver.wait_for("ready")
    server.stop()
    continue_beyond(_database(data_dir))
    server = start_kubejazz(data_dir=data_dir, port=port)
    _create(server, "after-restore")
    saw = conclude(column, driver)
    assert saw["watch"] == ["ADDED w-1", "ADDED w-2", "DELETED w-1"]
    assert saw["informer"] == ["after-restart", "after-restore", "before"]
    assert saw.get("expired", [410, "Expired"]) == [410, "Expired"]
