"""Objects of every kind that is stored, read as each library's typed models: those libraries are strict."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubejazz.testing import Kubejazz, start
from tests.clients.conftest import Drive
from tests.kubectl.api import Api

RECORDED = Path(__file__).parent.parent / "server" / "data" / "upstream-answers-1.20.jsonl"

EVENT = {
    "metadata": {"name": "said"},
    "eventTime": "2026-01-02T03:04:05.678901Z",
    "reportingController": "example.com/client",
    "reportingInstance": "client-1",
    "action": "Saying",
    "reason": "Said",
    "type": "Normal",
    "regarding": {"kind": "ConfigMap", "name": "c", "namespace": "default"},
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Kubejazz, set[str]]]:
    """An API server with an object of each kind that was recorded, and their kinds.

    But no legacy event, and no controller to write one: read as events.k8s.io/v1 it has "eventTime": null, with
    upstream as well, which no strict library can read.
    """
    server = start(tmp_path_factory.mktemp("filled"))
    api = Api(server.kubeconfig)
    made = set()
    for line in RECORDED.read_text().splitlines():
        request = json.loads(line)["request"]
        body = request.get("body")
        if request["method"] == "POST" and isinstance(body, dict) and body.get("kind") != "Event":
            answer = api.request("POST", request["path"], body)
            if answer.status_code == 201 and "uid" in answer.json()["metadata"]:
                made.add(answer.json()["kind"])
    api.create("/apis/events.k8s.io/v1/namespaces/default/events", EVENT)
    yield server, made | {"Event"}
    api.close()
    server.stop()


@pytest.mark.parametrize(
    ("column", "program"),
    [
        ("official", "official/kinds.py"),
        ("kr8s", "kr8s/kinds.py"),
        ("lightkube", "lightkube/kinds.py"),
        ("javascript", "javascript/kinds.js"),
    ],
)
def test_objects_of_every_kind_are_read(
    drive: Drive, filled: tuple[Kubejazz, set[str]], column: str, program: str
) -> None:
    server, made = filled
    assert len(made) > 25
    saw = drive(column, program, server, "default")["kinds"]
    read = {kind.removeprefix("Core").removeprefix("Events").removeprefix("V1").removeprefix("V2") for kind in saw}
    assert made - read == set()
