"""Random bytes, patches, options and headers: always an answer in upstream's form, never a 5xx of ours, no hang."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from server.endpoints import revisions
from tests.server.fuzz.driver import ask, complaint
from tests.server.fuzz.effort import EFFORT, SEED
from tests.server.fuzz.generator import Generator
from tests.server.harness import Server

ROUNDS = 500 * EFFORT
RECORDED = Path(__file__).parents[1] / "data" / "upstream-answers-1.20.jsonl"


def _objects(server: Server) -> dict[str, Any]:
    """One object of each kind that upstream's recorded requests create, by its path."""
    found = {}
    for line in RECORDED.read_bytes().splitlines():
        request = orjson.loads(line)["request"]
        if request["method"] == "POST" and isinstance(request.get("body"), dict):
            result = server.post(request["path"].replace("/oracle/", "/default/"), _at_home(request["body"]))
            if result.status == 201 and result.json.get("metadata", {}).get("name"):
                obj = result.json
                obj["metadata"] = {key: obj["metadata"][key] for key in ("name", "namespace") if key in obj["metadata"]}
                found[f"{request['path'].replace('/oracle/', '/default/')}/{obj['metadata']['name']}"] = obj
    return found


def _at_home(body: Any) -> Any:
    if body.get("metadata", {}).get("namespace"):
        body["metadata"]["namespace"] = "default"
    return body


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patched, Server(tmp_path_factory.mktemp("fuzz") / "state.db") as running:
        patched.setattr(revisions, "WAIT_SECONDS", 0.01)
        yield running


@pytest.fixture(scope="module")
def generators(server: Server) -> list[Generator]:
    objects = _objects(server)
    accept = {"Accept": "application/vnd.kubernetes.protobuf"}
    protobuf = {path: server.request("GET", path, headers=accept).body for path in objects}
    return [Generator(SEED + turn, objects, protobuf) for turn in range(4)]


@pytest.mark.parametrize("turn", range(4))
def test_whatever_comes_in_is_answered_as_upstream_might(
    server: Server, generators: list[Generator], turn: int
) -> None:
    wrong = []
    for _ in range(ROUNDS):
        asked = generators[turn].request()
        try:
            found = complaint(asked, ask(server, asked))
        except TimeoutError:
            found = f"a hang: {asked}"
        if found is not None:
            wrong.append(found)
    assert not wrong, f"seed {SEED + turn}: {len(wrong)} of {ROUNDS}\n" + "\n".join(line[-1500:] for line in wrong[:20])
