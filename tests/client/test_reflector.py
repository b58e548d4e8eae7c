import logging
import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from apimachinery.clock import FakeClock
from client import reflector as module
from client.api import Client
from client.reflector import Reflector, typed_items
from client.resources import PODS
from tests.client.fakekube import FakeKube
from tests.client.fakeserver import Answer, Reset, status


class Recording:
    """A sink that lets a test wait for what it is given."""

    def __init__(self) -> None:
        self.calls: queue.Queue[tuple[str, Any]] = queue.Queue()

    def replace(self, items: Iterable[dict[str, Any]], resource_version: str) -> None:
        self.calls.put(("REPLACE", sorted(item["metadata"]["name"] for item in items)))

    def event(self, kind: str, obj: dict[str, Any]) -> None:
        self.calls.put((kind, obj["metadata"]["name"]))

    def next(self) -> tuple[str, Any]:
        return self.calls.get(timeout=10)


class Running:
    def __init__(self, kube: FakeKube) -> None:
        self.sink = Recording()
        self.waits: list[float] = []
        self.clock = FakeClock()
        self.client = Client.for_url(kube.url, user_agent="test")
        self.reflector = Reflector(self.client, PODS, self.sink, clock=self.clock, wait=self._wait)
        self.thread = threading.Thread(target=self.reflector.run)

    def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.advance(seconds)

    def stop(self) -> None:
        self.reflector.stop()
        self.thread.join(5)
        assert not self.thread.is_alive()
        self.client.close()


@contextmanager
def running(kube: FakeKube) -> Iterator[Running]:
    subject = Running(kube)
    subject.thread.start()
    try:
        yield subject
    finally:
        subject.stop()


@pytest.fixture(params=[True, False], ids=["streamed", "listed"])
def kube(request: pytest.FixtureRequest) -> Iterator[FakeKube]:
    with FakeKube(streams_initial=request.param) as fake:
        yield fake


def test_the_state_comes_first_and_then_every_event(kube: FakeKube) -> None:
    kube.put("a")
    kube.put("b")
    with running(kube) as subject:
        assert subject.sink.next() == ("REPLACE", ["a", "b"])
        kube.put("c")
        kube.put("a", x=1)
        kube.delete("b")
        assert [subject.sink.next() for _ in range(3)] == [("ADDED", "c"), ("MODIFIED", "a"), ("DELETED", "b")]
        assert subject.reflector.resource_version == "5"


def test_a_watch_that_ends_is_resumed_at_the_last_version(kube: FakeKube) -> None:
    kube.put("a")
    with running(kube) as subject:
        subject.sink.next()
        kube.wait_until_watched()
        kube.put("b")
        assert subject.sink.next() == ("ADDED", "b")
        kube.end_watches()
        kube.put("c")
        assert subject.sink.next() == ("ADDED", "c")
        assert kube.queries()[-1]["resourceVersion"] == "2"
        assert "sendInitialEvents" not in kube.queries()[-1]


def test_a_bookmark_moves_the_version_and_reaches_no_sink(kube: FakeKube) -> None:
    kube.put("a")
    with running(kube) as subject:
        subject.sink.next()
        kube.bookmark()
        kube.put("b")
        assert subject.sink.next() == ("ADDED", "b")
        kube.bookmark()
        kube.end_watches()
        kube.put("c")
        assert subject.sink.next() == ("ADDED", "c")
        assert kube.queries()[-1]["resourceVersion"] == "4"


def test_a_compacted_version_leads_to_a_new_state(kube: FakeKube) -> None:
    kube.put("a")
    with running(kube) as subject:
        subject.sink.next()
        kube.wait_until_watched()
        subject.clock.advance(60)
        with kube._changed:
            kube.revision += 1
            kube.objects.pop("a")
            kube.compacted = kube.revision
        kube.end_watches()
        assert subject.sink.next() == ("REPLACE", [])
        assert len(subject.waits) <= 1  # one at most, if the watch had only just begun


@pytest.mark.parametrize("reason", ["Expired", "Gone"])
def test_an_error_event_410_leads_to_a_new_state(kube: FakeKube, reason: str) -> None:
    kube.put("a")
    with running(kube) as subject:
        subject.sink.next()
        kube.wait_until_watched()
        subject.clock.advance(60)
        kube.send_error(410, reason)
        assert subject.sink.next() == ("REPLACE", ["a"])


def test_a_server_error_event_does_not_fetch_the_state_again(kube: FakeKube) -> None:
    kube.put("a")
    with running(kube) as subject:
        subject.sink.next()
        kube.wait_until_watched()
        kube.send_error(500, "InternalError")
        kube.put("b")
        assert subject.sink.next() == ("ADDED", "b")
        assert len(subject.waits) == 1


def test_resets_and_refusals_are_waited_out_with_growing_delays(kube: FakeKube) -> None:
    kube.put("a")
    with running(kube) as subject:
        subject.sink.next()
        kube.wait_until_watched()
        kube.fail = [Reset, Reset, status(503, "ServiceUnavailable"), status(429, "TooManyRequests")]
        kube.end_watches()
        kube.put("b")
        assert subject.sink.next() == ("ADDED", "b")
    bounds = [(0.8, 1.6), (1.6, 3.2), (3.2, 6.4)]
    assert all(low <= wait <= high for wait, (low, high) in zip(subject.waits, bounds, strict=False))
    assert len(subject.waits) >= 3


def test_a_failing_server_is_not_hammered_at_the_start() -> None:
    with FakeKube() as kube:
        kube.fail = [status(403, "Forbidden", "no")] * 8
        with running(kube) as subject:
            assert subject.sink.next() == ("REPLACE", [])
        assert len(subject.waits) >= 8
        assert subject.waits[6] >= 15


def test_a_server_that_does_not_stream_is_listed_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE_SIZE", 2)
    with FakeKube(streams_initial=False) as kube:
        for name in "abcde":
            kube.put(name)
        with running(kube) as subject:
            assert subject.sink.next() == ("REPLACE", list("abcde"))
        pages = [query for query in kube.queries() if "limit" in query]
        assert len(pages) == 3 and [("continue" in page) for page in pages] == [False, True, True]


def test_pages_that_expire_are_replaced_by_one_whole_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE_SIZE", 2)
    with FakeKube(streams_initial=False) as kube:
        for name in "abc":
            kube.put(name)
        first = kube._list

        def once(request: Any) -> Answer:
            answer = first(request)
            kube.put("d")
            kube.compact()
            return answer

        monkeypatch.setattr(kube, "_list", once)
        with running(kube) as subject:
            assert subject.sink.next() == ("REPLACE", ["a", "b", "c", "d"])


def test_a_stream_without_an_end_falls_back_to_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_INITIAL_SILENCE", 0.05)
    with FakeKube() as kube:
        kube.put("a")
        serve = kube._watch

        def silent(request: Any) -> Answer:
            request.query.pop("sendInitialEvents", None)
            return serve(request)

        monkeypatch.setattr(kube, "_watch", silent)
        with running(kube) as subject:
            assert subject.sink.next() == ("REPLACE", ["a"])
            kube.put("b")
            assert subject.sink.next() == ("ADDED", "b")


def test_a_version_from_the_future_leads_to_a_new_state(kube: FakeKube) -> None:
    kube.put("a")
    with running(kube) as subject:
        subject.sink.next()
        kube.wait_until_watched()
        causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
        kube.fail = [status(504, "Timeout", "Too large resource version: 9, current: 1", causes=causes)]
        kube.end_watches()
        assert subject.sink.next() == ("REPLACE", ["a"])


def test_a_bug_in_the_sink_does_not_end_the_reflector(kube: FakeKube, caplog: pytest.LogCaptureFixture) -> None:
    kube.put("a")
    with running(kube) as subject:
        subject.sink.next()
        kube.wait_until_watched()
        kube.send("ADDED", {"no": "metadata"})
        assert subject.sink.next() == ("REPLACE", ["a"])
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]


def test_stopping_ends_a_silent_watch_at_once(kube: FakeKube, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with running(kube) as subject:
        subject.sink.next()
        kube.wait_until_watched()
    assert caplog.records == []


def test_items_of_a_list_get_the_kind_that_upstream_leaves_out() -> None:
    page = {"kind": "PodList", "apiVersion": "v1", "items": [{"metadata": {}}, {"kind": "X", "apiVersion": "y/v1"}]}
    assert typed_items(page) == [
        {"kind": "Pod", "apiVersion": "v1", "metadata": {}},
        {"kind": "X", "apiVersion": "y/v1"},
    ]
