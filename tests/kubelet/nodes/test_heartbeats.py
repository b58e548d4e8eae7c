from __future__ import annotations

import threading

import pytest

from client.errors import TransportError
from kubelet.nodes.agent import NodeAgent
from kubelet.nodes.heartbeats import Heartbeats
from tests.kubelet.nodes.builders import Post


class Watchman:
    """Heartbeats of one node, driven by hand."""

    def __init__(self) -> None:
        self.post = Post()
        self.registered: list[NodeAgent] = []
        self.heartbeats = Heartbeats(self.post.clock, self.registered.append)
        self.heartbeats.add(self.post.agent)

    def run(self, seconds: float) -> None:
        for _ in range(int(seconds * 10) + 1):
            for key in self.heartbeats.due():
                self.heartbeats.do(key)
            self.post.clock.advance(0.1)


@pytest.fixture
def watchman() -> Watchman:
    return Watchman()


def test_a_node_is_registered_and_gets_its_lease_at_once(watchman: Watchman) -> None:
    watchman.run(0.1)
    assert watchman.registered == [watchman.post.agent]
    assert watchman.post.lease["spec"]["holderIdentity"] == "node-1"


def test_the_lease_is_renewed_every_ten_seconds(watchman: Watchman) -> None:
    watchman.run(100)
    assert 8 <= watchman.post.api.count("update", "leases") <= 10


def test_registering_is_repeated_until_it_works(watchman: Watchman, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(verb: str, resource: str) -> None:
        raise TransportError("refused")

    watchman.post.api.fail = refuse
    watchman.run(30)
    tries = watchman.post.api.count("create", "nodes")
    assert 6 <= tries <= 10
    assert watchman.registered == []
    watchman.post.api.fail = lambda verb, resource: None
    watchman.run(8)
    assert len(watchman.registered) == 1
    assert "register failed" in caplog.text


def test_a_failed_renewal_is_repeated_soon(watchman: Watchman) -> None:
    watchman.run(1)

    def refuse(verb: str, resource: str) -> None:
        if resource == "leases":
            raise TransportError("refused")

    watchman.post.api.fail = refuse
    watchman.run(20)
    watchman.post.api.fail = lambda verb, resource: None
    before = watchman.post.api.count("update", "leases")
    watchman.run(8)
    assert watchman.post.api.count("update", "leases") > before


def test_an_unexpected_failure_does_not_end_the_thread(watchman: Watchman, caplog: pytest.LogCaptureFixture) -> None:
    def fail(verb: str, resource: str) -> None:
        raise KeyError("surprise")

    watchman.post.api.fail = fail
    watchman.run(1)
    watchman.post.api.fail = lambda verb, resource: None
    watchman.run(8)
    assert len(watchman.registered) == 1
    assert "surprise" in caplog.text


def test_a_status_is_looked_at_when_somebody_changed_it(watchman: Watchman) -> None:
    watchman.run(1)
    changed = dict(watchman.post.node)
    changed["status"] = {**changed["status"], "addresses": []}
    watchman.post.api.put("nodes", changed)
    assert watchman.post.agent.seen(watchman.post.node)
    watchman.heartbeats.look_at("node-1")
    watchman.run(0.1)
    assert watchman.post.node["status"]["addresses"]


def test_its_threads_end_when_stopped(watchman: Watchman) -> None:
    thread = threading.Thread(target=watchman.heartbeats.work)
    thread.start()
    watchman.heartbeats.stop()
    thread.join(1)
    assert not thread.is_alive()
