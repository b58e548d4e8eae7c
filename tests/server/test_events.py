"""Events are held to the rules of the API group in which they are written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.harness import Server

CORE = "/api/v1/namespaces/default/events"
NEW = "/apis/events.k8s.io/v1/namespaces/default/events"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "db") as server:
        yield server


def event(**fields: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "e"},
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "reportingController": "example.com/c",
        "reportingInstance": "c-1",
        "action": "Looking",
        "reason": "Seen",
        "regarding": {"kind": "Pod", "namespace": "default", "name": "p"},
        "note": "text",
        "type": "Normal",
        **fields,
    }


def test_core_takes_what_events_k8s_io_does_not(server: Server) -> None:
    old = {"involvedObject": {"kind": "Pod", "namespace": "default"}, "type": "Other", "count": 2}
    assert server.post(CORE, {"metadata": {"name": "old"}, **old}).status == 201
    refused = server.post(NEW, event(type="Other", deprecatedCount=2))
    assert refused.status == 422
    assert {cause["field"] for cause in refused.json["details"]["causes"]} == {"type", "count"}


def test_events_k8s_io_changes_nothing_but_the_series(server: Server) -> None:
    assert server.post(NEW, event()).status == 201
    refused = server.put(f"{NEW}/e", event(note="other"))
    assert (refused.status, refused.json["details"]["causes"][0]["field"]) == (422, "message")
    series = {"count": 2, "lastObservedTime": "2026-01-01T00:00:01.000000Z"}
    assert server.put(f"{NEW}/e", event(series=series)).status == 200


def test_the_same_event_may_be_changed_in_core(server: Server) -> None:
    assert server.post(NEW, event()).status == 201
    found = server.get(f"{CORE}/e").json
    assert server.put(f"{CORE}/e", {**found, "message": "other"}).status == 200
