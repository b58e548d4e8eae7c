"""DESIGN §6, lines 3 and 7 to 11: waiting for a version, bookmarks, and how events are framed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest

from apimachinery.clock import FakeClock
from apimachinery.objects import Object
from server.endpoints.revisions import WAIT_SECONDS
from server.endpoints.watch import CHUNK_BYTES
from tests.server.harness import Server, config_map, pod

CMS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
INITIAL: dict[str, Any] = {"watch": "true", "sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}


def _rv(obj: Object) -> int:
    return int(obj["metadata"]["resourceVersion"])


@pytest.mark.parametrize("path", [CMS, f"{CMS}/a"])
def test_3_a_version_the_server_is_about_to_reach_is_waited_for(server: Server, path: str) -> None:
    created = server.post(CMS, config_map("a")).json
    with ThreadPoolExecutor(1) as executor:
        reading = executor.submit(server.get, path, resourceVersion=str(_rv(created) + 1))
        changed = server.patch(f"{CMS}/a", {"data": {"k": "v"}}).json
        answer = reading.result()
    assert answer.status == 200
    [seen] = answer.json.get("items", [answer.json])
    assert _rv(seen) == _rv(changed) == _rv(created) + 1
    assert WAIT_SECONDS == 3.0


@pytest.mark.parametrize("version", ["0", "1"])
def test_3_a_get_of_an_older_version_is_the_present_object(server: Server, version: str) -> None:
    created = server.post(CMS, config_map("a")).json
    assert server.get(f"{CMS}/a", resourceVersion=version).json == created


def test_3_a_get_of_a_version_far_ahead_times_out_with_its_cause(server: Server) -> None:
    server.post(CMS, config_map("a"))
    answer = server.get(f"{CMS}/a", resourceVersion="1000000")
    assert (answer.status, answer.json["reason"]) == (504, "Timeout")
    assert [cause["reason"] for cause in answer.json["details"]["causes"]] == ["ResourceVersionTooLarge"]


def test_7_events_of_writes_made_at_once_come_once_and_in_order(server: Server) -> None:
    first = server.post(CMS, config_map("first")).json
    stream = server.stream(CMS, watch="true", resourceVersion=str(_rv(first)))
    answers = server.at_once(*(("POST", CMS, config_map(f"c{number}")) for number in range(40)))
    assert {answer.status for answer in answers} == {201}
    events = stream.take(40)
    versions = [_rv(event["object"]) for event in events]
    assert versions == sorted(_rv(answer.json) for answer in answers)
    assert stream.quiet()
    stream.close()


def test_8_field_selectors_enter_and_leave_too(server: Server) -> None:
    created = server.post(PODS, pod("p")).json
    stream = server.stream(PODS, watch="true", resourceVersion=str(_rv(created)), fieldSelector="status.phase=Running")
    for phase in ("Running", "Succeeded"):
        last = server.patch(f"{PODS}/p/status", {"status": {"phase": phase}}).json
    entered, left = stream.take(2)
    assert [entered["type"], left["type"]] == ["ADDED", "DELETED"]
    assert left["object"]["status"]["phase"] == "Running"
    assert _rv(left["object"]) == _rv(last)
    stream.close()


def test_9_a_bookmark_comes_about_every_minute_and_after_the_events_before_it(timed: Server, clock: FakeClock) -> None:
    first = timed.post(CMS, config_map("a")).json
    query: dict[str, Any] = {"watch": "true", "resourceVersion": str(_rv(first)), "allowWatchBookmarks": "true"}
    stream = timed.stream(CMS, **query)
    timed.post(CMS, config_map("begun"))
    stream.take(1)
    clock.advance(44)
    timed.post(CMS, config_map("b"))
    assert [event["type"] for event in stream.take(1)] == ["ADDED"]
    assert stream.quiet()
    clock.advance(32)
    delivered = timed.post(CMS, config_map("c")).json
    added, bookmark = stream.take(2)
    assert [added["type"], bookmark["type"]] == ["ADDED", "BOOKMARK"]
    assert _rv(bookmark["object"]) >= _rv(delivered) == _rv(added["object"])
    stream.close()


def test_9_nobody_gets_bookmarks_unasked(timed: Server, clock: FakeClock) -> None:
    first = timed.post(CMS, config_map("a")).json
    stream = timed.stream(CMS, watch="true", resourceVersion=str(_rv(first)))
    timed.post(CMS, config_map("begun"))
    stream.take(1)
    clock.advance(76)
    timed.post(CMS, config_map("b"))
    assert [event["type"] for event in stream.take(1)] == ["ADDED"]
    assert stream.quiet()
    stream.close()


def test_10_initial_events_show_a_state_at_least_as_new_as_asked_for(server: Server) -> None:
    created = server.post(CMS, config_map("a")).json
    opened = threading.Event()

    def write() -> Object:
        opened.wait(5)
        return server.patch(f"{CMS}/a", {"data": {"k": "v"}}).json  # type: ignore[no-any-return]

    with ThreadPoolExecutor(1) as executor:
        writing = executor.submit(write)
        opened.set()
        version = str(_rv(created) + 1)
        stream = server.stream(CMS, **INITIAL, allowWatchBookmarks="true", resourceVersion=version)
        changed = writing.result()
    added, bookmark = stream.take(2)
    assert [added["type"], bookmark["type"]] == ["ADDED", "BOOKMARK"]
    assert _rv(added["object"]) == _rv(changed)
    assert _rv(bookmark["object"]) >= int(version)
    stream.close()


def test_10_without_bookmarks_the_state_comes_unmarked(server: Server) -> None:
    server.post(CMS, config_map("a"))
    stream = server.stream(CMS, **INITIAL)
    added = stream.take(1)[0]
    assert added["type"] == "ADDED"
    stream.close()


def test_10_a_match_other_than_not_older_than_is_refused_for_a_watch(server: Server) -> None:
    answer = server.get(CMS, watch="true", sendInitialEvents="true", resourceVersionMatch="Exact", resourceVersion="1")
    assert (answer.status, answer.json["reason"]) == (422, "Invalid")


def test_11_an_event_is_one_line_and_is_sent_when_it_happens(server: Server) -> None:
    first = server.post(CMS, config_map("a")).json
    stream = server.stream(CMS, watch="true", resourceVersion=str(_rv(first)))
    for number in range(3):
        server.post(CMS, config_map(f"c{number}", {"text": "two\nlines"}))
        stream.take(1)
    chunks = [chunk for chunk in stream.chunks if chunk]
    assert len(chunks) == 3
    for chunk in chunks:
        assert chunk.endswith(b"\n")
        assert chunk.count(b"\n") == 1
        assert orjson.loads(chunk)["type"] == "ADDED"
    stream.close()


def test_11_events_that_are_pending_together_share_chunks_of_at_most_64_kib(server: Server) -> None:
    first = server.post(CMS, config_map("a")).json
    for number in range(30):
        server.post(CMS, config_map(f"c{number}", {"text": "x" * 7000}))
    stream = server.stream(CMS, watch="true", resourceVersion=str(_rv(first)))
    stream.take(30)
    chunks = [chunk for chunk in stream.chunks if chunk]
    assert 4 <= len(chunks) < 30
    assert max(map(len, chunks)) <= CHUNK_BYTES == 65536
    assert all(chunk.endswith(b"\n") for chunk in chunks)
    stream.close()
