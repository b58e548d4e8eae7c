import threading
from collections.abc import Iterator

import pytest

from apimachinery.status import Conflict, Forbidden, NotFound, StatusError, TooManyRequests
from client.api import APPLY, JSON, MERGE, STRATEGIC, Client, PatchKind, path_of
from client.errors import ClientClosed, TransportError
from client.resources import CLUSTERROLES, DEPLOYMENTS, NODES, PODS
from tests.client.fakeserver import Answer, FakeServer, Request, Reset, status


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(lambda request: Answer({"ok": True})) as running:
        yield running


@pytest.fixture
def client(server: FakeServer) -> Iterator[Client]:
    made = Client.for_url(server.url, user_agent="kube-scheduler/v1.37", token="secret")
    yield made
    made.close()


def test_paths() -> None:
    assert path_of(PODS, "default", "web", "log") == "/api/v1/namespaces/default/pods/web/log"
    assert path_of(DEPLOYMENTS) == "/apis/apps/v1/deployments"
    assert path_of(NODES, "", "n1") == "/api/v1/nodes/n1"
    assert path_of(CLUSTERROLES, "", "system:node").endswith("/clusterroles/system:node")
    assert path_of(CLUSTERROLES, "", "a b/ü").endswith("/clusterroles/a%20b%2F%C3%BC")


def test_get_sends_the_headers_and_returns_the_object(client: Client, server: FakeServer) -> None:
    assert client.get(PODS, "default", "web") == {"ok": True}
    request = server.requests[0]
    assert (request.method, request.path, request.query) == ("GET", "/api/v1/namespaces/default/pods/web", {})
    assert request.headers["User-Agent"] == "kube-scheduler/v1.37"
    assert request.headers["Authorization"] == "Bearer secret"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Host"] == server.url.removeprefix("http://")


def test_list_passes_its_options_and_leaves_empty_ones_out(client: Client, server: FakeServer) -> None:
    client.list(PODS, label_selector="a in (b)", field_selector="spec.nodeName=n", limit=5, continue_token="t")
    client.list(PODS, "ns", resource_version="7", resource_version_match="Exact")
    assert server.requests[0].path == "/api/v1/pods"
    expected = {"labelSelector": "a in (b)", "fieldSelector": "spec.nodeName=n", "limit": "5", "continue": "t"}
    assert server.requests[0].query == expected
    assert server.requests[1].path == "/api/v1/namespaces/ns/pods"
    assert server.requests[1].query == {"resourceVersion": "7", "resourceVersionMatch": "Exact"}


def test_writes_name_the_field_manager(client: Client, server: FakeServer) -> None:
    client.create(PODS, "ns", {"a": 1}, dry_run=True)
    client.update(PODS, "ns", "web", {"a": 2}, subresource="status")
    create, update = server.requests
    assert (create.method, create.json) == ("POST", {"a": 1})
    assert create.query == {"fieldManager": "kube-scheduler", "dryRun": "All"}
    assert create.headers["Content-Type"] == "application/json"
    assert (update.method, update.path) == ("PUT", "/api/v1/namespaces/ns/pods/web/status")
    assert update.query == {"fieldManager": "kube-scheduler"}


def test_a_binding_is_created_below_its_pod(client: Client, server: FakeServer) -> None:
    client.create(PODS, "ns", {"target": {}}, name="web", subresource="binding")
    assert server.requests[0].path == "/api/v1/namespaces/ns/pods/web/binding"


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        (MERGE, "application/merge-patch+json"),
        (STRATEGIC, "application/strategic-merge-patch+json"),
        (JSON, "application/json-patch+json"),
        (APPLY, "application/apply-patch+yaml"),
    ],
)
def test_each_kind_of_patch_has_its_content_type(
    client: Client, server: FakeServer, kind: PatchKind, content_type: str
) -> None:
    client.patch(PODS, "ns", "web", {"a": 1}, kind=kind, force=kind is APPLY)
    request = server.requests[0]
    assert (request.method, request.headers["Content-Type"], request.json) == ("PATCH", content_type, {"a": 1})
    assert request.query.get("force") == ("true" if kind is APPLY else None)


def test_delete_sends_its_options(client: Client, server: FakeServer) -> None:
    client.delete(PODS, "ns", "web", grace_period=0, propagation="Orphan", uid="u", resource_version="3")
    client.delete_collection(PODS, "ns", label_selector="a=b")
    one, many = server.requests
    assert one.json == {
        "kind": "DeleteOptions",
        "apiVersion": "v1",
        "gracePeriodSeconds": 0,
        "propagationPolicy": "Orphan",
        "preconditions": {"uid": "u", "resourceVersion": "3"},
    }
    assert (many.method, many.path, many.query) == ("DELETE", "/api/v1/namespaces/ns/pods", {"labelSelector": "a=b"})


def test_an_error_answer_is_raised_as_its_status(client: Client, server: FakeServer) -> None:
    server.handler = lambda request: status(409, "Conflict", "it changed", name="web", kind="pods")
    with pytest.raises(Conflict, match="it changed") as caught:
        client.get(PODS, "ns", "web")
    assert caught.value.details == {"name": "web", "kind": "pods"}


@pytest.mark.parametrize(
    ("code", "body", "kind", "message"),
    [
        (404, b"404 page not found", NotFound, "the server could not find the requested resource"),
        (403, b"go away", Forbidden, "go away"),
        (418, b"", StatusError, "the server responded with the status code 418 but did not return more information"),
        (500, b"boom", StatusError, 'an error on the server ("boom") has prevented the request from succeeding'),
    ],
)
def test_an_error_without_a_status_has_client_gos_words(
    client: Client, server: FakeServer, code: int, body: bytes, kind: type[StatusError], message: str
) -> None:
    server.handler = lambda request: Answer(body, code)
    with pytest.raises(kind) as caught:
        client.get(PODS, "ns", "web")
    assert (type(caught.value), caught.value.message, caught.value.status_code) == (kind, message, code)


def test_a_request_is_repeated_when_the_server_says_when(client: Client, server: FakeServer) -> None:
    answers = iter([Answer({}, 429, {"Retry-After": "0"}), Answer({}, 503, {"Retry-After": "0"}), Answer({"ok": 1})])
    server.handler = lambda request: next(answers)
    assert client.create(PODS, "ns", {"a": 1}) == {"ok": 1}
    assert [request.json for request in server.requests] == [{"a": 1}] * 3


def test_it_is_not_repeated_for_ever_nor_without_being_told(client: Client, server: FakeServer) -> None:
    server.handler = lambda request: status(429, "TooManyRequests")
    with pytest.raises(TooManyRequests):
        client.get(PODS, "ns", "web")
    assert len(server.requests) == 1
    server.handler = lambda request: Answer({}, 429, {"Retry-After": "0"})
    with pytest.raises(TooManyRequests):
        client.get(PODS, "ns", "web")
    assert len(server.requests) == 11


def test_one_connection_carries_many_requests(client: Client, server: FakeServer) -> None:
    for _ in range(5):
        client.get(PODS, "ns", "web")
    assert server.connections == 1


def test_a_connection_that_the_server_closed_is_not_used_again(client: Client, server: FakeServer) -> None:
    server.handler = lambda request: Answer({"ok": 1}, headers={"Connection": "close"})
    client.get(PODS, "ns", "web")
    server.handler = lambda request: Answer({"ok": 2})
    assert client.create(PODS, "ns", {}) == {"ok": 2}
    assert server.connections == 2


def test_a_read_is_repeated_on_a_new_connection_when_a_kept_one_breaks(client: Client, server: FakeServer) -> None:
    client.get(PODS, "ns", "web")
    broken = iter([True])

    def handler(request: Request) -> Answer:
        if next(broken, False):
            raise Reset
        return Answer({"ok": 2})

    server.handler = handler
    assert client.get(PODS, "ns", "web") == {"ok": 2}


def test_a_write_whose_outcome_is_unknown_is_not_repeated(client: Client, server: FakeServer) -> None:
    def handler(request: Request) -> Answer:
        if request.method == "POST":
            raise Reset
        return Answer({})

    server.handler = handler
    client.get(PODS, "ns", "web")
    with pytest.raises(TransportError):
        client.create(PODS, "ns", {})
    assert [request.method for request in server.requests] == ["GET", "POST"]


def test_a_refused_connection_is_a_transport_error() -> None:
    with FakeServer(lambda request: Answer({})) as gone:
        url = gone.url
    refused = Client.for_url(url, user_agent="x")
    with pytest.raises(TransportError, match="cannot connect to 127"):
        refused.get(PODS, "ns", "web")


def test_an_answer_cut_short_is_a_transport_error(client: Client, server: FakeServer) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"ok":'
        raise Reset

    server.handler = lambda request: Answer(stream=pieces())
    with pytest.raises(TransportError):
        client.get(PODS, "ns", "web")


def test_closing_the_client_ends_a_waiting_request_at_once(client: Client, server: FakeServer) -> None:
    arrived, release = threading.Event(), threading.Event()

    def handler(request: Request) -> Answer:
        arrived.set()
        release.wait(10)
        return Answer({})

    server.handler = handler
    caught: list[BaseException] = []

    def call() -> None:
        try:
            client.get(PODS, "ns", "web")
        except TransportError as error:
            caught.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    assert arrived.wait(10)
    client.close()
    thread.join(5)
    release.set()
    assert not thread.is_alive()
    assert isinstance(caught[0], ClientClosed)
    with pytest.raises(ClientClosed):
        client.get(PODS, "ns", "web")


def test_many_threads_share_a_client(client: Client, server: FakeServer) -> None:
    server.handler = lambda request: Answer({"path": request.path})
    wrong: list[str] = []

    def call(number: int) -> None:
        for turn in range(20):
            name = f"p{number}-{turn}"
            if not client.get(PODS, "ns", name)["path"].endswith(name):
                wrong.append(name)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert server.connections <= 8


def test_other_content_is_read_raw(client: Client, server: FakeServer) -> None:
    server.handler = lambda request: Answer(b"line 1\nline 2\n", headers={"Content-Type": "text/plain"})
    answer = client.raw_request("GET", path_of(PODS, "ns", "web", "log"), {"tailLines": "2"}, accept="*/*")
    assert (answer.status, answer.body, answer.headers[b"content-type"]) == (200, b"line 1\nline 2\n", b"text/plain")
