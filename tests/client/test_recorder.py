import logging
import threading
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from apimachinery.clock import FakeClock
from client.api import Client
from client.correlator import Correlated, Correlator
from client.recorder import NORMAL, WARNING, EventRecorder, reference_to
from tests.client.fakekube import FakeKube
from tests.client.fakeserver import Request, status

POD = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {"name": "web", "namespace": "ns", "uid": "u1", "resourceVersion": "7"},
    "spec": {},
}


@pytest.fixture
def kube() -> Iterator[FakeKube]:
    with FakeKube(kind="Event") as fake:
        yield fake


@pytest.fixture
def client(kube: FakeKube) -> Iterator[Client]:
    made = Client.for_url(kube.url, user_agent="kubelet/v1.37")
    yield made
    made.close()


def recorder(client: Client, clock: FakeClock, **options: Any) -> EventRecorder:
    return EventRecorder(client, "kubelet", "node-1", clock, **options)


def writes(kube: FakeKube) -> list[Request]:
    return [request for request in kube.server.requests if request.method != "GET"]


def test_an_event_has_upstreams_fields(kube: FakeKube, client: Client) -> None:
    subject = recorder(client, FakeClock())
    subject.event(POD, NORMAL, "Started", "Started container", {"a": "b"})
    subject.close(10)
    request = writes(kube)[0]
    assert (request.method, request.path) == ("POST", "/api/v1/namespaces/ns/events")
    assert request.query == {"fieldManager": "kubelet"}
    event = request.json
    assert event.pop("metadata") == {
        "name": f"web.{1767225600 * 10**9:x}",
        "namespace": "ns",
        "annotations": {"a": "b"},
    }
    assert event == {
        "kind": "Event",
        "apiVersion": "v1",
        "involvedObject": {
            "kind": "Pod",
            "namespace": "ns",
            "name": "web",
            "uid": "u1",
            "apiVersion": "v1",
            "resourceVersion": "7",
        },
        "reason": "Started",
        "message": "Started container",
        "source": {"component": "kubelet", "host": "node-1"},
        "firstTimestamp": "2026-01-01T00:00:00Z",
        "lastTimestamp": "2026-01-01T00:00:00Z",
        "count": 1,
        "type": "Normal",
        "reportingComponent": "kubelet",
        "reportingInstance": "node-1",
    }


def test_a_repetition_counts_up_the_event_that_is_there(kube: FakeKube, client: Client) -> None:
    clock = FakeClock()
    subject = recorder(client, clock)
    for _ in range(3):
        subject.event(POD, WARNING, "BackOff", "again")
        clock.advance(1)
    subject.close(10)
    create, *patches = writes(kube)
    assert [request.method for request in patches] == ["PATCH", "PATCH"]
    assert {request.path.rpartition("/")[2] for request in patches} == {create.json["metadata"]["name"]}
    assert patches[1].headers["Content-Type"] == "application/strategic-merge-patch+json"
    assert patches[1].json["count"] == 3 and patches[1].json["message"] == "again"
    assert len(kube.objects) == 1


def test_a_repetition_of_an_expired_event_is_a_new_one(kube: FakeKube, client: Client) -> None:
    subject = recorder(client, FakeClock())
    subject.event(POD, NORMAL, "Pulled", "done")
    subject.close(10)
    kube.delete(next(iter(kube.objects)))
    again = recorder(client, FakeClock())
    again._correlator = subject._correlator
    again.event(POD, NORMAL, "Pulled", "done")
    again.close(10)
    methods = [request.method for request in writes(kube)]
    assert methods == ["POST", "PATCH", "POST"]
    assert writes(kube)[2].json["count"] == 2
    assert "resourceVersion" not in writes(kube)[2].json["metadata"]


def test_a_rejected_event_is_not_repeated(kube: FakeKube, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    kube.fail = [status(403, "Forbidden", "no"), status(409, "AlreadyExists")]
    subject = recorder(client, FakeClock())
    subject.event(POD, NORMAL, "A", "a")
    subject.event(POD, NORMAL, "B", "b")
    subject.close(10)
    assert len(writes(kube)) == 2
    assert [record.message for record in caplog.records] == ["the server rejected an event: no"]


def test_an_overflowing_queue_drops_and_says_so(
    kube: FakeKube, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    arrived, release = threading.Event(), threading.Event()
    serve = kube.server.handler

    def slow(request: Request) -> Any:
        arrived.set()
        release.wait(10)
        return serve(request)

    kube.server.handler = slow
    subject = recorder(client, FakeClock(), capacity=2)
    subject.event(POD, NORMAL, "R0", "x")
    assert arrived.wait(10)
    for number in range(1, 8):
        subject.event(POD, NORMAL, f"R{number}", "x")
    release.set()
    subject.close(10)
    assert [request.json["reason"] for request in writes(kube)] == ["R0", "R1", "R2"]
    assert [record.message for record in caplog.records] == [
        f"too many queued events, {count} dropped so far" for count in (1, 2, 4)
    ]


def test_closing_does_not_wait_for_a_server_that_is_away(kube: FakeKube) -> None:
    with FakeKube() as gone:
        url = gone.url
    client = Client.for_url(url, user_agent="x")
    subject = recorder(client, FakeClock(), random=Random(1))
    subject.event(POD, NORMAL, "A", "a")
    subject.close(0.05)
    subject._thread.join(5)
    assert not subject._thread.is_alive()


def test_what_cannot_be_referred_to_is_refused(kube: FakeKube, client: Client) -> None:
    subject = recorder(client, FakeClock())
    with pytest.raises(ValueError, match="kind"):
        subject.event({"metadata": {"name": "x"}}, NORMAL, "A", "a")
    with pytest.raises(ValueError, match="type"):
        subject.event(POD, "Odd", "A", "a")
    subject.close(10)


def test_a_reference_is_taken_as_it_is_and_a_cluster_scoped_object_is_told_in_default(
    kube: FakeKube, client: Client
) -> None:
    node = {"kind": "Node", "apiVersion": "v1", "name": "n A", "uid": "n", "fieldPath": "x"}
    assert reference_to(node) == node
    subject = recorder(client, FakeClock())
    subject.event(node, NORMAL, "Ready", "")
    subject.close(10)
    event = writes(kube)[0].json
    assert event["metadata"]["namespace"] == "default"
    assert event["involvedObject"] == node
    assert len(event["metadata"]["name"]) == 36  # a name that is none is replaced by a uuid


def event(message: str = "m", reason: str = "R", name: str = "web") -> dict[str, Any]:
    return {
        "metadata": {"name": f"{name}.{message}", "namespace": "ns"},
        "involvedObject": {"kind": "Pod", "name": name, "namespace": "ns"},
        "reason": reason,
        "message": message,
        "source": {"component": "c"},
        "firstTimestamp": "t",
        "lastTimestamp": "t",
        "count": 1,
        "type": "Normal",
        "reportingComponent": "c",
        "reportingInstance": "",
    }


def correlate(subject: Correlator, obj: dict[str, Any]) -> Correlated:
    result = subject.correlate(obj, "combined")
    assert result is not None
    return result


def test_events_that_differ_only_in_their_message_are_combined_after_ten() -> None:
    subject = Correlator(FakeClock())
    results = [correlate(subject, event(f"m{number}")) for number in range(12)]
    assert [result.event["message"] for result in results[8:]] == [
        "m8",
        *(f"(combined from similar events): m{number}" for number in (9, 10, 11)),
    ]
    assert [result.event["metadata"]["name"] for result in results[9:]] == ["combined"] * 3
    assert [result.event["count"] for result in results[9:]] == [1, 2, 3]
    assert results[11].patch == {
        "count": 3,
        "lastTimestamp": "2026-01-01T00:00:00Z",
        "message": "(combined from similar events): m11",
    }


def test_similar_events_long_apart_are_not_combined() -> None:
    clock = FakeClock()
    subject = Correlator(clock)
    for number in range(9):
        correlate(subject, event(f"m{number}"))
    clock.advance(601)
    assert correlate(subject, event("m9")).event["message"] == "m9"


def test_an_object_gets_25_events_and_then_one_every_five_minutes() -> None:
    clock = FakeClock()
    subject = Correlator(clock)
    results = [subject.correlate(event(reason=f"R{number}"), "c") for number in range(30)]
    assert [result is None for result in results] == [False] * 25 + [True] * 5
    assert subject.correlate(event(name="other"), "c") is not None
    clock.advance(301)
    assert subject.correlate(event(reason="late"), "c") is not None
    assert subject.correlate(event(reason="later"), "c") is None
