import queue
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apimachinery.status import Expired, Forbidden
from client.api import Client
from client.errors import TransportError
from client.resources import PODS
from client.watch import LineSplitter
from tests.client.fakeserver import Answer, FakeServer, Request, Reset, events, status


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(lambda request: Answer(stream=events())) as running:
        yield running


@pytest.fixture
def client(server: FakeServer) -> Iterator[Client]:
    made = Client.for_url(server.url, user_agent="test")
    yield made
    made.close()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=8).map(lambda data: data.replace(b"\n", b"")), max_size=6), st.data())
def test_lines_come_out_whole_however_they_are_cut(lines: list[bytes], data: st.DataObject) -> None:
    text = b"".join(line + b"\n" for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    splitter, found = LineSplitter(), []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        found += splitter.feed(text[start:end])
    assert found == lines


def test_a_long_line_in_small_pieces_takes_linear_time() -> None:
    splitter = LineSplitter()
    started = time.perf_counter()
    for _ in range(100_000):
        assert splitter.feed(b"0123456789") == []
    assert len(splitter.feed(b"\n")[0]) == 1_000_000
    assert time.perf_counter() - started < 5


def test_a_watch_yields_events_until_the_server_ends_it(client: Client, server: FakeServer) -> None:
    server.handler = lambda request: Answer(stream=events(("ADDED", {"a": 1}), ("BOOKMARK", {"b": 2})))
    with client.watch(PODS, "ns", resource_version="5", label_selector="a=b", timeout=9) as watch:
        assert list(watch) == [{"type": "ADDED", "object": {"a": 1}}, {"type": "BOOKMARK", "object": {"b": 2}}]
    assert server.requests[0].path == "/api/v1/namespaces/ns/pods"
    assert server.requests[0].query == {
        "watch": "true",
        "resourceVersion": "5",
        "labelSelector": "a=b",
        "timeoutSeconds": "9",
        "allowWatchBookmarks": "true",
    }


def test_a_watch_that_ended_leaves_its_connection_to_the_next_request(client: Client, server: FakeServer) -> None:
    for _ in range(3):
        with client.watch(PODS) as watch:
            assert list(watch) == []
    assert server.connections == 1


def test_initial_events_are_asked_for(client: Client, server: FakeServer) -> None:
    with client.watch(PODS, send_initial_events=True, bookmarks=False):
        query = server.requests[0].query
    assert query["sendInitialEvents"] == "true" and query["resourceVersionMatch"] == "NotOlderThan"
    assert "allowWatchBookmarks" not in query


def test_an_error_event_is_raised(client: Client, server: FakeServer) -> None:
    gone = {"kind": "Status", "reason": "Expired", "message": "too old resource version: 1 (9)", "code": 410}
    server.handler = lambda request: Answer(stream=events(("ADDED", {}), ("ERROR", gone)))
    with client.watch(PODS) as watch:
        assert next(watch)["type"] == "ADDED"
        with pytest.raises(Expired, match="too old"):
            next(watch)


def test_a_refused_watch_raises_on_opening(client: Client, server: FakeServer) -> None:
    server.handler = lambda request: status(403, "Forbidden", "no")
    with pytest.raises(Forbidden, match="no"), client.watch(PODS):
        pass


def test_a_broken_stream_is_a_transport_error(client: Client, server: FakeServer) -> None:
    def stream() -> Iterator[bytes]:
        yield from events(("ADDED", {}))
        raise Reset

    server.handler = lambda request: Answer(stream=stream())
    with client.watch(PODS) as watch, pytest.raises(TransportError):
        for _ in range(2):
            next(watch)


def test_another_thread_ends_a_silent_watch_within_milliseconds(client: Client, server: FakeServer) -> None:
    pending: queue.Queue[bytes] = queue.Queue()
    opened = threading.Event()

    def stream() -> Iterator[bytes]:
        yield from events(("ADDED", {}))
        opened.set()
        yield pending.get(timeout=10)

    server.handler = lambda request: Answer(stream=stream())
    ended: list[float] = []
    with client.watch(PODS) as watch:
        assert next(watch)["type"] == "ADDED"

        def read() -> None:
            ended.extend([0.0] * len(list(watch)))
            ended.append(time.perf_counter())

        thread = threading.Thread(target=read)
        thread.start()
        assert opened.wait(10)
        started = time.perf_counter()
        watch.close()
        watch.close()
        thread.join(5)
        assert not thread.is_alive() and len(ended) == 1
        assert ended[0] - started < 0.5
    pending.put(b"\n")


def test_a_watch_closed_before_it_opened_does_not_open(client: Client, server: FakeServer) -> None:
    watch = client.watch(PODS)
    watch.close()
    with pytest.raises(TransportError), watch:
        pass
    assert server.requests == []


def test_a_closed_client_ends_its_watches(client: Client, server: FakeServer) -> None:
    release = threading.Event()

    def handler(request: Request) -> Answer:
        def stream() -> Iterator[bytes]:
            yield from events(("ADDED", {}))
            release.wait(10)

        return Answer(stream=stream())

    server.handler = handler
    with client.watch(PODS) as watch:
        next(watch)
        threading.Timer(0.01, client.close).start()
        assert list(watch) == []
    release.set()
