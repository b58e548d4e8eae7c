"""Lists made of what is kept beside the objects say what lists made afresh say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from apimachinery.clock import FakeClock
from apimachinery.gvk import GroupVersionKind
from openapi.schema import type_of
from server.encoding.protobuf import decode, unwrap
from tests.server.harness import Result, Server, pod

PODS = "/api/v1/namespaces/default/pods"
EVENTS = ("/api/v1/namespaces/default/events", "/apis/events.k8s.io/v1/namespaces/default/events")
HPAS = "/apis/autoscaling/{}/namespaces/default/horizontalpodautoscalers"
FLOWS = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
PROTOBUF = "application/vnd.kubernetes.protobuf"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 1, 1, 12, tzinfo=UTC))


@pytest.fixture
def server(tmp_path: Path, clock: FakeClock) -> Iterator[Server]:
    with Server(tmp_path / "state.db", clock) as running:
        for name in ("a", "b", "c"):
            assert running.post(PODS, pod(name, annotations={"q": f'"\\ü\n{name}'})).status == 201
        event = {
            "metadata": {"name": "e"},
            "involvedObject": {"kind": "Pod", "name": "a", "namespace": "default"},
            "firstTimestamp": "2026-01-01T11:00:00Z",
            "lastTimestamp": "2026-01-01T11:59:00Z",
        }
        assert running.post(EVENTS[0], event).status == 201
        hpa = {
            "metadata": {"name": "h"},
            "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"}},
        }
        assert running.post(HPAS.format("v2"), hpa).status == 201
        yield running


def listed(server: Server, path: str, accept: str, **query: str) -> Result:
    result = server.request("GET", path, headers={"Accept": accept}, **query)
    assert result.status == 200, result.text
    return result


@pytest.mark.parametrize("path", [PODS, *EVENTS, HPAS.format("v1"), HPAS.format("v2"), FLOWS, "/api/v1/nodes"])
@pytest.mark.parametrize("accept", ["application/json", TABLE, PARTIAL])
@pytest.mark.parametrize("include", ["", "Object", "None"])
def test_json_is_what_an_encoder_of_the_whole_would_write(server: Server, path: str, accept: str, include: str) -> None:
    query = {"includeObject": include} if accept == TABLE else {}
    afresh = orjson.dumps(orjson.loads(listed(server, path, accept, pretty="true", **query).body)) + b"\n"
    for _ in range(2):
        assert listed(server, path, accept, **query).body == afresh


def test_ages_are_those_of_the_request(server: Server, clock: FakeClock) -> None:
    def ages(path: str, column: int) -> list[str]:
        return [row["cells"][column] for row in listed(server, path, TABLE).json["rows"]]

    assert ages(PODS, 4) == ["0s"] * 3
    clock.advance(300)
    assert ages(PODS, 4) == ["5m"] * 3
    assert (ages(EVENTS[0], 0), ages(EVENTS[0], 7)) == (["6m"], ["65m"])


def test_a_change_is_seen_in_every_form(server: Server) -> None:
    for accept in (TABLE, PARTIAL, PROTOBUF):
        listed(server, PODS, accept)
    server.patch(f"{PODS}/b", {"metadata": {"labels": {"new": "label"}}})
    server.patch(f"{PODS}/b/status", {"status": {"phase": "Failed"}})
    row = listed(server, PODS, TABLE).json["rows"][1]
    assert row["cells"][2] == "Failed"
    assert row["object"]["metadata"]["labels"] == {"new": "label"}
    assert listed(server, PODS, PARTIAL).json["items"][1]["metadata"]["labels"] == {"new": "label"}
    assert b"new" in listed(server, PODS, PROTOBUF).body


@pytest.mark.parametrize("path", [PODS, *EVENTS, HPAS.format("v1"), "/api/v1/nodes"])
def test_protobuf_says_what_json_says(server: Server, path: str) -> None:
    expected = listed(server, path, "application/json").json
    for _ in range(2):
        api_version, kind, raw = unwrap(listed(server, path, PROTOBUF).body)
        assert (api_version, kind) == (expected["apiVersion"], expected["kind"])
        group, _, version = api_version.rpartition("/")
        found = decode(raw, type_of(GroupVersionKind(group, version, kind)))
        assert found["metadata"] == expected["metadata"]
        assert (found["items"] or []) == expected["items"]
