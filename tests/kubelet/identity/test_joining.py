"""How nodes get their certificates and keep them: against an API in memory, one step at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from apimachinery.clock import FakeClock
from apimachinery.status import Forbidden
from client.api import Client
from client.errors import TryAgain
from client.workers import work_off
from kubelet.identity.certificates import Certificates
from kubelet.identity.joining import OwnClients
from kubelet.identity.waiting import RequestWatch
from tests.kubelet.identity.signing import Authority, issued

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIFE = timedelta(days=10)


class API:
    """A client; ``requests`` are those made with it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.requests: list[dict[str, Any]] = []
        self.refuse = False
        self.renewed = self.closed = 0

    def create(self, gvr: Any, namespace: str, obj: dict[str, Any], **_: Any) -> dict[str, Any]:
        if self.refuse:
            raise Forbidden("not you")
        self.requests.append(obj)
        return obj

    def renew(self) -> None:
        self.renewed += 1

    def close(self) -> None:
        self.closed += 1


class World:
    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock(NOW)
        self.authority = Authority(NOW)
        self.bootstrap = API("bootstrap")
        self.made: dict[str, API] = {}
        self.joined: list[str] = []
        self.watches: list[Any] = []
        watches = self.watches

        class Watch:
            def __init__(self, client: API, clock: Any, seen: Callable[[Any], None], name: str = "") -> None:
                self.client, self.seen, self.name = client, seen, name
                self.running = False
                watches.append(self)

            def start(self) -> None:
                self.running = True

            def stop(self) -> None:
                self.running = False

        self.clients = OwnClients(
            cast(Client, self.bootstrap),
            Certificates(folder, self.authority.pem),
            self._make,
            self.clock,
            watching=cast("type[RequestWatch]", Watch),
        )
        self.clients._workers.start = lambda stop=None: None  # type: ignore[method-assign]

    def _make(self, path: Path) -> Client:
        self.made[path.stem] = API(path.stem)
        return cast(Client, self.made[path.stem])

    def start(self, *nodes: str) -> None:
        self.clients.start(nodes, lambda node, client: self.joined.append(node))
        self.work()

    def work(self) -> None:
        """Everything that is due."""
        while (key := self.clients.queue.get(0)) is not None:
            work_off("test", self.clients.queue, self.clients.sync, key)
            self.clients.queue.done(key)

    def tell(self, request: dict[str, Any]) -> None:
        """Who watches sees the request."""
        for watch in self.watches:
            if watch.running and watch.name in ("", request["metadata"]["name"]):
                watch.seen(request)
        self.work()

    def issue(self, request: dict[str, Any]) -> None:
        self.tell(issued(request, self.authority.sign(request, self.clock.now(), LIFE)))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_nodes_ask_by_the_bootstrap_client_and_join_with_certificates_of_their_own(world: World) -> None:
    world.start("one", "two")
    assert len(world.bootstrap.requests) == 2
    assert [watch.name for watch in world.watches] == [""]
    for request in list(world.bootstrap.requests):
        world.tell(request)
        world.issue(request)
    assert sorted(world.joined) == ["one", "two"]
    assert world.clients.client_of("two") is cast(Client, world.made["kubelet-client-two"])
    assert not world.watches[0].running


def test_a_node_that_is_known_needs_no_token(world: World, tmp_path: Path) -> None:
    world.start("one")
    world.issue(world.bootstrap.requests[0])
    again = World(tmp_path)
    again.authority = world.authority
    again.clients._certificates = Certificates(tmp_path, world.authority.pem)
    again.start("one", "two")
    assert again.joined == ["one"]
    assert len(again.bootstrap.requests) == 1


def test_a_node_renews_its_certificate_as_itself(world: World) -> None:
    world.start("one")
    world.issue(world.bootstrap.requests[0])
    own = world.made["kubelet-client-one"]
    world.clock.advance(LIFE.total_seconds() * 0.69)
    world.work()
    assert own.requests == []
    world.clock.advance(LIFE.total_seconds() * 0.22)
    world.work()
    (request,) = own.requests
    assert world.watches[-1].name == request["metadata"]["name"]
    world.issue(request)
    assert own.renewed == 1
    assert not world.watches[-1].running
    assert world.joined == ["one"]
    assert len(world.bootstrap.requests) == 1
    world.clock.advance(LIFE.total_seconds() * 0.95)
    world.work()
    assert len(own.requests) == 2


def test_a_node_whose_certificate_has_expired_is_a_stranger_again(world: World) -> None:
    world.start("one")
    world.issue(world.bootstrap.requests[0])
    world.clock.advance(LIFE.total_seconds() + 1)
    world.work()
    assert len(world.bootstrap.requests) == 2
    world.issue(world.bootstrap.requests[1])
    assert world.made["kubelet-client-one"].renewed == 1


def test_a_request_nobody_answers_is_made_anew(world: World) -> None:
    world.start("one")
    world.clock.advance(15 * 60 + 1)
    world.work()
    first, second = world.bootstrap.requests
    world.issue(first)
    assert world.joined == []
    world.issue(second)
    assert world.joined == ["one"]


def test_a_denied_node_asks_again_later_with_another_key(world: World) -> None:
    world.start("one")
    first = world.bootstrap.requests[0]
    denied = {**first, "status": {"conditions": [{"type": "Denied", "status": "True", "message": "no"}]}}
    world.tell(denied)
    assert len(world.bootstrap.requests) == 1
    world.clock.advance(1)
    world.work()
    assert world.bootstrap.requests[1]["metadata"]["name"] != first["metadata"]["name"]


def test_a_denial_is_raised_for_the_queue(world: World) -> None:
    world.start("one")
    request = world.clients._nodes["one"].request
    assert request is not None
    request.answer = {
        **world.bootstrap.requests[0],
        "status": {"conditions": [{"type": "Failed", "status": "True", "reason": "SignerValidationFailure"}]},
    }
    with pytest.raises(TryAgain, match="SignerValidationFailure"):
        world.clients.sync("one")


def test_a_server_that_refuses_is_asked_again(world: World) -> None:
    world.bootstrap.refuse = True
    world.start("one")
    world.bootstrap.refuse = False
    world.clock.advance(1)
    world.work()
    assert len(world.bootstrap.requests) == 1


def test_requests_of_others_are_not_looked_at(world: World) -> None:
    world.start("one")
    stranger = {"metadata": {"name": "other"}, "spec": {}, "status": {"certificate": "eA=="}}
    world.tell(stranger)
    assert world.joined == []


def test_stopping_closes_every_client(world: World) -> None:
    world.start("one", "two")
    world.issue(world.bootstrap.requests[0])
    world.clients.stop()
    assert world.bootstrap.closed == 1
    assert [client.closed for client in world.made.values()] == [1]
    assert not any(watch.running for watch in world.watches)
