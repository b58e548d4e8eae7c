from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from apimachinery.clock import FakeClock
from kubelet.serving.readonly import ENDPOINT as KUBELETS_ENDPOINT
from kubelet.serving.readonly import Page, ReadOnlyServer
from metricsserver.scraper import ENDPOINT, Kubelets, Scraper

PAGES: dict[str, dict[str, Page]] = {}


@pytest.fixture
def server() -> Iterator[ReadOnlyServer]:
    PAGES.clear()
    server = ReadOnlyServer(PAGES.get)
    server.start()
    yield server
    server.stop()


def node(name: str, server: ReadOnlyServer | None = None, **status: Any) -> dict[str, Any]:
    annotations = {ENDPOINT: server.endpoint} if server is not None else {}
    return {"metadata": {"name": name, "annotations": annotations}, "status": status}


def page(cpu: float, at: int) -> dict[str, Page]:
    text = f"node_cpu_usage_seconds_total {cpu} {at}000\nnode_memory_working_set_bytes 1024 {at}000\n"
    return {"/metrics/resource": lambda: text}


class Scraping:
    def __init__(self, *nodes: dict[str, Any]) -> None:
        self.nodes = list(nodes)
        kubelets = Kubelets(ssl.create_default_context(), lambda: "token")
        self.scraper = Scraper(lambda: self.nodes, kubelets, FakeClock(), 15.0)

    def cpu(self, name: str) -> int | None:
        found = self.scraper.read().node(name)
        return None if found is None else found.cpu


def test_both_sides_name_the_annotation_alike() -> None:
    assert ENDPOINT == KUBELETS_ENDPOINT


def test_every_node_is_asked_by_its_name(server: ReadOnlyServer) -> None:
    scraping = Scraping(node("a", server), node("b", server))
    for at in (100, 110):
        PAGES["a"], PAGES["b"] = page(at, at), page(2 * at, at)
        scraping.scraper.scrape()
    assert (scraping.cpu("a"), scraping.cpu("b")) == (10**9, 2 * 10**9)
    scraping.scraper.close()


def test_nodes_that_were_seen_once_are_looked_at_again_soon(server: ReadOnlyServer) -> None:
    scraping = Scraping(node("a", server))
    pauses = []
    for at in (100, 102):
        PAGES["a"] = page(at, at)
        scraping.scraper.scrape()
        pauses.append(scraping.scraper.pause())
    assert pauses == [2.0, 15.0]
    scraping.scraper.close()


def test_a_node_that_does_not_answer_is_told_once_and_stops_nobody(
    server: ReadOnlyServer, caplog: pytest.LogCaptureFixture
) -> None:
    scraping = Scraping(node("gone", server), node("homeless"), node("a", server))
    for at in (100, 110):
        PAGES["a"] = page(at, at)
        scraping.scraper.scrape()
    assert scraping.cpu("a") == 10**9
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "cannot scrape node gone",
        "cannot scrape node homeless",
    ]
    scraping.scraper.close()


def test_a_connection_that_was_closed_meanwhile_is_made_anew(server: ReadOnlyServer) -> None:
    scraping = Scraping(node("a", server))
    PAGES["a"] = page(100, 100)
    scraping.scraper.scrape()
    (kept,) = scraping.scraper._connections.values()
    assert kept.sock is not None
    kept.sock.shutdown(2)
    PAGES["a"] = page(110, 110)
    scraping.scraper.scrape()
    assert scraping.cpu("a") == 10**9
    scraping.scraper.close()


def test_other_nodes_are_asked_at_their_kubelets_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int, str, dict[str, str]]] = []

    class Connection:
        def __init__(self, host: str, port: int, **_: Any) -> None:
            self.where = (host, port)

        def request(self, method: str, path: str, headers: dict[str, str]) -> None:
            asked.append((*self.where, path, headers))
            raise OSError("no route to host")

        def close(self) -> None:
            pass

    monkeypatch.setattr(http.client, "HTTPSConnection", Connection)
    addresses = [{"type": "InternalIP", "address": "10.0.0.7"}, {"type": "ExternalIP", "address": "1.2.3.4"}]
    endpoints = {"kubeletEndpoint": {"Port": 10251}}
    Scraping(node("a", addresses=addresses, daemonEndpoints=endpoints)).scraper.scrape()
    assert asked == [("10.0.0.7", 10251, "/metrics/resource", {"Authorization": "Bearer token"})]
