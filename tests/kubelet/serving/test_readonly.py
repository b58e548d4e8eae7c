from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from kubelet.serving.readonly import ReadOnlyServer

PAGES = {
    "node-1": {"/metrics/resource": lambda: "one\n"},
    "172.18.0.9": {"/metrics/resource": lambda: "one\n"},
    "node-2": {"/metrics/resource": lambda: "two\n", "/broken": lambda: str(1 // 0)},
}


@pytest.fixture
def connection() -> Iterator[http.client.HTTPConnection]:
    server = ReadOnlyServer(PAGES.get)
    server.start()
    host, _, port = server.endpoint.partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=5)
    yield connection
    connection.close()
    server.stop()


def get(connection: http.client.HTTPConnection, node: str, path: str = "/metrics/resource") -> tuple[int, str]:
    connection.request("GET", path, headers={"Host": node})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_the_host_says_which_node_is_asked(connection: http.client.HTTPConnection) -> None:
    assert get(connection, "node-1") == (200, "one\n")
    assert get(connection, "node-2:10255", "/metrics/resource?x=1") == (200, "two\n")
    assert get(connection, "172.18.0.9") == (200, "one\n")


def test_other_nodes_and_paths_are_not_here(connection: http.client.HTTPConnection) -> None:
    assert get(connection, "node-3")[0] == 404
    assert get(connection, "node-1", "/metrics")[0] == 404


def test_a_page_that_fails_says_so(connection: http.client.HTTPConnection, caplog: pytest.LogCaptureFixture) -> None:
    assert get(connection, "node-2", "/broken")[0] == 500


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    server = ReadOnlyServer(PAGES.get)
    port = int(server.endpoint.rpartition(":")[2])
    with pytest.raises(ValueError, match=rf"cannot listen on 127\.0\.0\.1:{port}: Address already in use"):
        ReadOnlyServer(PAGES.get, port)
    server.stop()
