"""No room for more: writes are refused, reads go on, and everything is as before once there is room again."""

from __future__ import annotations

import resource
from contextlib import closing
from typing import Any

from kubejazz.pytest_plugin import StartKubejazz
from tests.kubejazz.connection import Api
from tests.kubejazz.processes import kubejazz

_PATH = "/api/v1/namespaces/default/configmaps"


def config_map(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"text": "x" * 100_000}}


def test_a_server_without_room_refuses_writes_and_nothing_else(start_kubejazz: StartKubejazz) -> None:
    server = start_kubejazz()
    limits = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    with closing(Api(server, user="admin")) as api:
        status, before = api.ask("POST", _PATH, config_map("before"))
        assert status == 201
        wal = server.data_dir / "kubejazz.db-wal"
        # A quota, as a full disk is for everybody: the files may grow by a little, then by nothing.
        room = (wal.stat().st_size + 150_000, limits[1])
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, room)
        answers = [api.ask("POST", _PATH, config_map(f"more{i}")) for i in range(10)]
        accepted = [i for i, (status, _) in enumerate(answers) if status == 201]
        refused = [answer for status, answer in answers if status != 201]
        assert refused
        assert {(answer["code"], answer["reason"]) for answer in refused} == {(503, "ServiceUnavailable")}
        assert api.ask("GET", f"{_PATH}/before")[1] == before
        assert len(api.ask("GET", _PATH)[1]["items"]) >= 1 + len(accepted)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)
        status, after = api.ask("POST", _PATH, config_map("after"))
        assert status == 201
        revisions = [int(obj["metadata"]["resourceVersion"]) for obj in (before, after)]
        assert revisions[1] == revisions[0] + len(accepted) + 1, "a refused write has used a revision"
    assert server.stop() == 0
    assert "whole" in kubejazz("check", "--data-dir", str(server.data_dir)).stdout
