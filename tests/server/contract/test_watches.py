"""DESIGN §6, lines 7 to 11: watches."""

from __future__ import annotations

from typing import Any

from tests.server.harness import Server, config_map

CMS = "/api/v1/namespaces/default/configmaps"


def _brief(events: list[dict]) -> list[tuple[str, str]]:  # type: ignore[type-arg]
    return [(event["type"], event["object"]["metadata"]["name"]) for event in events]


def test_7_a_watch_from_a_revision_gives_exactly_the_events_after_it_in_order(server: Server) -> None:
    first = server.post(CMS, config_map("a")).json
    server.post(CMS, config_map("b"))
    server.patch(f"{CMS}/b", {"data": {"k": "v"}})
    server.delete(f"{CMS}/a")
    stream = server.stream(CMS, watch="true", resourceVersion=first["metadata"]["resourceVersion"])
    events = stream.take(3)
    server.post(CMS, config_map("c"))
    events += stream.take(1)
    assert _brief(events) == [("ADDED", "b"), ("MODIFIED", "b"), ("DELETED", "a"), ("ADDED", "c")]
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in events]
    assert versions == sorted(set(versions))
    assert stream.quiet()
    stream.close()


def test_7_a_watch_survives_a_restart_of_the_server(server: Server) -> None:
    first = server.post(CMS, config_map("a")).json
    server.post(CMS, config_map("b"))
    server.restart()
    stream = server.stream(CMS, watch="true", resourceVersion=first["metadata"]["resourceVersion"])
    assert _brief(stream.take(1)) == [("ADDED", "b")]
    stream.close()


def test_7_without_a_version_the_state_comes_first_then_the_stream(server: Server) -> None:
    server.post(CMS, config_map("a"))
    versions: list[dict[str, Any]] = [{}, {"resourceVersion": "0"}]
    for number, version in enumerate(versions):
        stream = server.stream(CMS, watch="true", **version)
        assert _brief(stream.take(number + 1)) == [("ADDED", name) for name in ("a", "b0")[: number + 1]]
        server.post(CMS, config_map(f"b{number}"))
        assert _brief(stream.take(1)) == [("ADDED", f"b{number}")]
        stream.close()


def test_8_entering_a_selector_is_added_and_leaving_is_deleted(server: Server) -> None:
    created = server.post(CMS, config_map("a")).json
    version = created["metadata"]["resourceVersion"]
    stream = server.stream(CMS, watch="true", resourceVersion=version, labelSelector="x=1")
    server.patch(f"{CMS}/a", {"metadata": {"labels": {"x": "1"}}})
    server.patch(f"{CMS}/a", {"data": {"k": "v"}})
    left = server.patch(f"{CMS}/a", {"metadata": {"labels": {"x": "2"}}}).json
    events = stream.take(3)
    assert [event["type"] for event in events] == ["ADDED", "MODIFIED", "DELETED"]
    gone = events[-1]["object"]
    assert gone["metadata"]["labels"] == {"x": "1"}
    assert gone["metadata"]["resourceVersion"] == left["metadata"]["resourceVersion"]
    stream.close()


def test_8_a_deletion_carries_the_last_object_with_its_own_revision(server: Server) -> None:
    created = server.post(CMS, config_map("a", {"k": "v"})).json
    stream = server.stream(CMS, watch="true", resourceVersion=created["metadata"]["resourceVersion"])
    server.delete(f"{CMS}/a")
    [event] = stream.take(1)
    assert event["type"] == "DELETED"
    assert event["object"]["data"] == {"k": "v"}
    assert int(event["object"]["metadata"]["resourceVersion"]) > int(created["metadata"]["resourceVersion"])
    stream.close()


def test_9_a_bookmark_comes_before_the_timeout_only_to_those_who_ask(server: Server) -> None:
    created = server.post(CMS, config_map("a")).json
    version = created["metadata"]["resourceVersion"]
    other = server.post("/api/v1/namespaces", {"metadata": {"name": "other"}}).json
    asking = server.stream(CMS, watch="true", resourceVersion=version, allowWatchBookmarks="true", timeoutSeconds="1")
    silent = server.stream(CMS, watch="true", resourceVersion=version, timeoutSeconds="1")
    [bookmark] = asking.take(1)
    assert bookmark["type"] == "BOOKMARK"
    assert bookmark["object"]["kind"] == "ConfigMap"
    assert int(bookmark["object"]["metadata"]["resourceVersion"]) >= int(other["metadata"]["resourceVersion"])
    assert asking.next() is None
    assert silent.next() is None


def test_10_a_watch_list_ends_its_state_with_an_annotated_bookmark(server: Server) -> None:
    server.post(CMS, config_map("a"))
    server.post(CMS, config_map("b"))
    stream = server.stream(
        CMS,
        watch="true",
        sendInitialEvents="true",
        resourceVersionMatch="NotOlderThan",
        allowWatchBookmarks="true",
    )
    events = stream.take(3)
    assert [event["type"] for event in events] == ["ADDED", "ADDED", "BOOKMARK"]
    assert events[-1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    server.post(CMS, config_map("c"))
    assert _brief(stream.take(1)) == [("ADDED", "c")]
    stream.close()


def test_10_initial_events_need_not_older_than(server: Server) -> None:
    answer = server.get(CMS, watch="true", sendInitialEvents="true")
    assert answer.status == 422
    assert [cause["field"] for cause in answer.json["details"]["causes"]] == ["resourceVersionMatch"]


def test_11_the_timeout_is_honoured_and_ends_the_stream_cleanly(server: Server) -> None:
    version = server.post(CMS, config_map("a")).json["metadata"]["resourceVersion"]
    stream = server.stream(CMS, watch="true", resourceVersion=version, timeoutSeconds="1")
    assert stream.status == 200
    assert stream.next() is None


def test_11_a_server_that_stops_ends_its_watches_cleanly(server: Server) -> None:
    version = server.post(CMS, config_map("a")).json["metadata"]["resourceVersion"]
    stream = server.stream(CMS, watch="true", resourceVersion=version)
    server.restart()
    assert stream.next() is None
