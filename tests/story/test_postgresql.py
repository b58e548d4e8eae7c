"""Two API servers on one PostgreSQL, as processes: both active, and what happens when one of the three fails."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from apimachinery.status import Conflict, StatusError
from client.api import Client
from client.errors import TransportError
from client.resources import CONFIGMAPS, ENDPOINTS
from kubejazz.testing import Kubejazz, start
from tests.kubejazz.connection import Api
from tests.kubejazz.processes import kubejazz, the_line
from tests.storage.cluster import Cluster
from tests.story.players import Ledger, Watcher, Writer, check, newest_revision
from tests.story.waiting import eventually

_LIST = "/api/v1/namespaces/default/configmaps"


class Pair:
    """Two servers and a client of each."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.servers = [start(folder / name, database=url, history="1h") for name in ("a", "b")]
        self.clients = [self._client(server) for server in self.servers]

    def _client(self, server: Kubejazz) -> Client:
        return Client.from_kubeconfig(str(server.kubeconfig), user_agent="pair")

    def end(self) -> None:
        """Stop the servers. May be called twice."""
        for server in self.servers:
            if server.process.poll() is None:
                server.process.send_signal(signal.SIGCONT)
                server.stop()

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.end()


@pytest.fixture
def pair(cluster: Cluster, tmp_path: Path) -> Iterator[Pair]:
    with closing(Pair(cluster.url(cluster.schema()), tmp_path)) as pair:
        yield pair
        if not cluster.running:
            cluster.start()


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def create(client: Client, name: str) -> int:
    return int(client.create(CONFIGMAPS, "default", config_map(name))["metadata"]["resourceVersion"])


def test_what_one_server_has_answered_the_other_lists_at_once(pair: Pair) -> None:
    one, other = pair.clients
    for i in range(20):
        revision = create(one, f"n{i}")
        listed = other.list(CONFIGMAPS, "default")
        assert f"n{i}" in {item["metadata"]["name"] for item in listed["items"]}
        assert int(listed["metadata"]["resourceVersion"]) >= revision


def test_of_writes_to_one_object_through_both_exactly_one_wins_each_revision(pair: Pair) -> None:
    create(pair.clients[0], "counter")
    wins: list[list[str]] = [[], []]

    def count(number: int) -> None:
        with closing(pair._client(pair.servers[number])) as client:
            while len(wins[number]) < 15:
                live = client.get(CONFIGMAPS, "default", "counter")
                value = str(int((live.get("data") or {}).get("n", "0")) + 1)
                try:
                    client.update(CONFIGMAPS, "default", "counter", {**live, "data": {"n": value}})
                except Conflict:
                    continue
                wins[number].append(value)

    threads = [threading.Thread(target=count, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(int, wins[0] + wins[1])) == list(range(1, 31)), "two writers won one revision, or one was lost"


def test_a_paused_server_does_not_stall_the_other(pair: Pair) -> None:
    one, other = pair.clients
    create(one, "before")
    stop = threading.Event()

    def write() -> None:
        with closing(pair._client(pair.servers[0])) as client:
            number = 0
            while not stop.is_set():
                number += 1
                try:
                    create(client, f"busy{number}")
                except (TransportError, StatusError):
                    return

    writer = threading.Thread(target=write)
    writer.start()
    longest = 0.0
    try:
        for pause in range(5):
            # In the middle of its writes, whatever it holds at that moment.
            pair.servers[0].process.send_signal(signal.SIGSTOP)
            for i in range(20):
                began = time.monotonic()
                create(other, f"p{pause}-{i}")
                other.list(CONFIGMAPS, "default", limit=1)
                longest = max(longest, time.monotonic() - began)
            pair.servers[0].process.send_signal(signal.SIGCONT)
            time.sleep(0.05)
    finally:
        pair.servers[0].process.send_signal(signal.SIGCONT)
        stop.set()
        writer.join()
    # Held up by the paused one, a write would wait for as long as the pause, and that ends only after it.
    assert longest < 3.0
    newest = create(other, "after")
    assert int(one.list(CONFIGMAPS, "default")["metadata"]["resourceVersion"]) >= newest


def code_of(client: Client) -> int:
    try:
        return client.raw_request("GET", _LIST).status
    except StatusError as error:
        return error.code
    except TransportError:
        return 0


def test_without_its_database_a_server_answers_503_and_recovers_by_itself(pair: Pair, cluster: Cluster) -> None:
    revision = create(pair.clients[0], "kept")
    pair.clients[1].list(CONFIGMAPS, "default")  # both know of it
    cluster.stop()
    began = time.monotonic()
    for server in pair.servers:
        with closing(Api(server, user="admin")) as api:
            status, answer = api.ask("GET", _LIST)
            assert (status, answer["reason"], answer["details"]) == (
                503,
                "ServiceUnavailable",
                {"retryAfterSeconds": 1},
            )
            # Any cached state is what this one asks for.
            assert api.ask("GET", f"{_LIST}/kept?resourceVersion=0")[0] == 200
            assert api.ask("POST", _LIST, config_map("refused"))[0] in (503, 504)
    assert time.monotonic() - began < 30
    cluster.start()
    for client in pair.clients:
        eventually(lambda client=client: code_of(client), lambda code: code == 200, timeout=15)  # type: ignore[misc]
    assert eventually(lambda: create_or_not(pair.clients[1], "again"), bool, timeout=15) > revision
    names = [
        {item["metadata"]["name"] for item in client.list(CONFIGMAPS, "default")["items"]} for client in pair.clients
    ]
    assert names[0] == names[1] >= {"kept", "again"}
    assert "whole" in kubejazz("check", "--database", pair.url).stdout


KILLS = 3


def test_a_killed_database_loses_nothing_and_both_servers_recover_by_themselves(pair: Pair, cluster: Cluster) -> None:
    one, other = pair.servers
    first = newest_revision(one)
    ledger, watchers = Ledger(), [Watcher(server.kubeconfig, first) for server in pair.servers]
    writers = [Writer(pair.servers[number % 2].kubeconfig, number, ledger) for number in range(6)]
    players = [*watchers, *writers]
    for player in players:
        player.start()
    try:
        for _ in range(KILLS):
            ledger.wait_for_more(100, 30)
            cluster.kill()
            for server in pair.servers:
                with closing(Api(server, user="admin")) as api:
                    assert api.ask("GET", _LIST)[0] == 503
            cluster.start()
        ledger.wait_for_more(100, 30)
        for player in writers:
            player.stopping.set()
            player.join()
        for server, watcher in zip((one, other), watchers, strict=True):
            check(server, ledger, watcher, first)
    finally:
        if not cluster.running:
            cluster.start()
        for player in players:
            player.stopping.set()
        pair.end()
        for player in players:
            player.join()
    assert not [player.trouble for player in players if player.trouble]
    assert "whole" in kubejazz("check", "--database", pair.url).stdout


def create_or_not(client: Client, name: str) -> int:
    try:
        return create(client, name)
    except (StatusError, TransportError):
        return 0


def test_a_database_is_backed_up_restored_and_told_of_like_a_file(cluster: Cluster, tmp_path: Path) -> None:
    pair = Pair(cluster.url(cluster.schema()), tmp_path)
    backup = tmp_path / "backup"
    with closing(pair):
        create(pair.clients[0], "early")
        assert kubejazz("backup", str(backup), "--database", pair.url).returncode == 0
        late = create(pair.clients[1], "late")
        told = kubejazz("log", "cm/late", "--database", pair.url).stdout
        assert "created  configmaps default/late  by kubernetes-admin (pair: create)" in told
        assert "servers are connected" in the_line(kubejazz("restore", str(backup), "--database", pair.url))
    restored = kubejazz("restore", str(backup), "--database", pair.url)
    assert restored.returncode == 0, restored.stderr
    (aside,) = tmp_path.glob("backup.before-*Z")
    assert "whole" in kubejazz("check", str(aside)).stdout
    again = start(tmp_path / "a", database=pair.url)
    try:
        with closing(pair._client(again)) as client:
            listed = client.list(CONFIGMAPS, "default")
        names = {item["metadata"]["name"] for item in listed["items"]}
        assert "early" in names
        assert "late" not in names
        assert int(listed["metadata"]["resourceVersion"]) > late + 100_000
    finally:
        again.stop()


def test_the_kubernetes_service_leads_to_both_until_one_stops(pair: Pair) -> None:
    ports = [int(server.url.rpartition(":")[2]) for server in pair.servers]

    def led_to() -> list[int]:
        endpoints = pair.clients[0].get(ENDPOINTS, "default", "kubernetes")
        return [subset["ports"][0]["port"] for subset in endpoints["subsets"]]

    assert led_to() == sorted(ports)
    pair.servers[1].stop()
    assert led_to() == [ports[0]]
