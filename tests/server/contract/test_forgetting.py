"""DESIGN §6, lines 4, 6, 7 and 19: what compaction and time to live take away, and what they leave."""

from __future__ import annotations

from apimachinery.clock import FakeClock
from apimachinery.objects import Object
from tests.server.harness import Server, config_map

CMS = "/api/v1/namespaces/default/configmaps"
EVENTS = "/api/v1/namespaces/default/events"


def _rv(obj: Object) -> str:
    return str(obj["metadata"]["resourceVersion"])


def _names(listed: Object) -> list[str]:
    return [item["metadata"]["name"] for item in listed["items"] if item["metadata"]["name"] != "kube-root-ca.crt"]


def _oldest(server: Server) -> int:
    return int(server.server.store.compact_revision)


def test_4_an_exact_list_of_a_compacted_version_has_expired(timed: Server, clock: FakeClock) -> None:
    first = _rv(timed.post(CMS, config_map("a")).json)
    timed.post(CMS, config_map("b"))
    timed.forget(clock)
    answer = timed.get(CMS, resourceVersion=first, resourceVersionMatch="Exact")
    assert (answer.status, answer.json["reason"]) == (410, "Expired")
    assert answer.json["message"] == "The resourceVersion for the provided list is too old."


def test_4_not_older_than_a_compacted_version_is_the_present(timed: Server, clock: FakeClock) -> None:
    first = _rv(timed.post(CMS, config_map("a")).json)
    timed.post(CMS, config_map("b"))
    timed.forget(clock)
    assert _names(timed.get(CMS, resourceVersion=first, resourceVersionMatch="NotOlderThan").json) == ["a", "b"]


def test_6_a_compacted_token_is_answered_with_one_that_goes_on_inconsistently(timed: Server, clock: FakeClock) -> None:
    for name in ("a", "b", "c"):
        timed.post(CMS, config_map(name))
    token = timed.get(CMS, limit="1").json["metadata"]["continue"]
    timed.delete(f"{CMS}/b")
    later = _rv(timed.post(CMS, config_map("d")).json)
    timed.forget(clock)
    answer = timed.get(CMS, limit="1", **{"continue": token})
    assert (answer.status, answer.json["reason"]) == (410, "Expired")
    assert "inconsistent list" in answer.json["message"]
    going_on = timed.get(CMS, **{"continue": answer.json["metadata"]["continue"]}).json
    assert _names(going_on) == ["c", "d"]
    assert int(_rv(going_on)) >= int(later)


def test_7_a_watch_from_a_compacted_version_is_told_so_by_an_event_and_closed(timed: Server, clock: FakeClock) -> None:
    first = _rv(timed.post(CMS, config_map("a")).json)
    timed.post(CMS, config_map("b"))
    timed.forget(clock)
    stream = timed.stream(CMS, watch="true", resourceVersion=first)
    assert stream.status == 200
    [event] = stream.take(1)
    assert event["type"] == "ERROR"
    status = event["object"]
    assert (status["kind"], status["code"], status["reason"]) == ("Status", 410, "Expired")
    assert status["message"] == f"too old resource version: {first} ({_oldest(timed)})"
    assert stream.next() is None


def test_19_what_lives_is_never_removed_however_old(timed: Server, clock: FakeClock) -> None:
    created = timed.post(CMS, config_map("old", {"k": "v"})).json
    for number in range(5):
        timed.post(CMS, config_map(f"later-{number}"))
    timed.forget(clock)
    assert _oldest(timed) > int(_rv(created))
    timed.restart()
    assert timed.get(f"{CMS}/old").json == created


def test_19_compaction_resurrects_no_deletion(timed: Server, clock: FakeClock) -> None:
    timed.post(CMS, config_map("a"))
    timed.post(CMS, config_map("b"))
    timed.delete(f"{CMS}/a")
    timed.forget(clock)
    timed.restart()
    assert _names(timed.get(CMS).json) == ["b"]
    assert timed.get(f"{CMS}/a").status == 404
    assert timed.post(CMS, config_map("a")).status == 201


def test_19_the_compacted_revision_only_rises(timed: Server, clock: FakeClock) -> None:
    seen = [_oldest(timed)]
    for number in range(3):
        timed.post(CMS, config_map(f"c{number}"))
        timed.forget(clock)
        seen.append(_oldest(timed))
        timed.restart()
        seen.append(_oldest(timed))
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]


def test_19_an_event_that_expires_is_one_deletion(timed: Server, clock: FakeClock) -> None:
    about = {"kind": "Pod", "namespace": "default", "name": "p"}
    event = {"metadata": {"name": "e"}, "involvedObject": about, "type": "Normal", "reason": "R", "message": "m"}
    created = timed.post(EVENTS, event).json
    stream = timed.stream(EVENTS, watch="true", resourceVersion=_rv(created))
    assert timed.expire() == 0
    clock.advance(3601)
    assert [timed.expire(), timed.expire()] == [1, 0]
    [gone] = stream.take(1)
    assert (gone["type"], gone["object"]["metadata"]["uid"]) == ("DELETED", created["metadata"]["uid"])
    assert int(_rv(gone["object"])) > int(_rv(created))
    assert timed.get(f"{EVENTS}/e").status == 404
    assert stream.next() is None  # its time was over too
