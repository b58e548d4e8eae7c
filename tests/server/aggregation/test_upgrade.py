"""WebSockets through to an aggregated server, at the level of ASGI's messages on this side."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, Request, TextMessage

from tests.server.aggregation.test_aggregation import Both
from tests.server.aggregation.wardle import FLUNDERS, Answer, Wardle, aggregating
from tests.server.harness import Server

CONSOLE = f"{FLUNDERS}/one/console"


class Echo(Wardle):
    """Says every message back, a ping first; ``bye`` is answered by closing with 4001."""

    protocols: Sequence[str] = ()

    async def _takes_over(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if CONSOLE.encode() not in head:
            return False
        connection = WSConnection(ConnectionType.SERVER)
        connection.receive_data(head)
        while True:
            for event in connection.events():
                for reply in self._replies(event):
                    writer.write(connection.send(reply))
                if isinstance(event, CloseConnection):
                    self.gone.set()
                    return True
            data = await reader.read(65536)
            if not data:
                return True
            connection.receive_data(data)

    def _replies(self, event: Any) -> list[Any]:
        if isinstance(event, Request):
            self.protocols = event.subprotocols
            greeting = TextMessage("hello")
            return [AcceptConnection(subprotocol=next(iter(event.subprotocols), None)), greeting]
        if isinstance(event, TextMessage) and event.data == "bye":
            return [CloseConnection(4001)]
        if isinstance(event, TextMessage):
            return [Ping(b"x"), TextMessage(str(event.data), message_finished=event.message_finished)]
        if isinstance(event, BytesMessage):
            return [Ping(b"x"), BytesMessage(bytes(event.data), message_finished=event.message_finished)]
        return [event.response()] if isinstance(event, CloseConnection) else []


class Client:
    """A WebSocket client of the application: messages in and out."""

    def __init__(self, server: Server, path: str, **headers: str) -> None:
        self.heard: queue.Queue[Any] = queue.Queue()
        self._said: asyncio.Queue[Any] = asyncio.Queue()
        self._loop = server._loop
        self._said.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }
        self.done = asyncio.run_coroutine_threadsafe(server.server.app(scope, self._said.get, self._hear), server._loop)

    async def _hear(self, message: Any) -> None:
        self.heard.put(message)

    def say(self, **message: Any) -> None:
        self._loop.call_soon_threadsafe(self._said.put_nowait, message)

    def hear(self) -> Any:
        return self.heard.get(timeout=5)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    with aggregating(tmp_path, make=Echo) as (server, wardle):
        found = Both(server, wardle)
        found.aggregate()
        found.wait_for("Passed")
        yield found


def open_console(both: Both) -> Client:
    client = Client(both.server, CONSOLE, sec_websocket_protocol="v5.channel.k8s.io, v4.channel.k8s.io")
    assert client.hear() == {"type": "websocket.accept", "headers": [], "subprotocol": "v5.channel.k8s.io"}
    assert client.hear() == {"type": "websocket.send", "text": "hello"}
    return client


def test_messages_go_both_ways(both: Both) -> None:
    client = open_console(both)
    client.say(type="websocket.receive", text="one")
    assert client.hear() == {"type": "websocket.send", "text": "one"}
    client.say(type="websocket.receive", bytes=b"\x00two")
    assert client.hear() == {"type": "websocket.send", "bytes": b"\x00two"}
    client.say(type="websocket.receive", bytes=b"x" * 200_000)
    assert client.hear() == {"type": "websocket.send", "bytes": b"x" * 200_000}
    client.say(type="websocket.disconnect", code=1000)
    client.done.result(5)
    assert both.wardle.gone.wait(5)


def test_the_token_of_a_browser_stays_here(both: Both) -> None:
    client = Client(both.server, CONSOLE, sec_websocket_protocol="base64url.bearer.authorization.k8s.io.c2VjcmV0, own")
    assert client.hear() == {"type": "websocket.accept", "headers": [], "subprotocol": "own"}
    assert isinstance(both.wardle, Echo)
    assert both.wardle.protocols == ["own"]
    client.say(type="websocket.disconnect", code=1000)
    client.done.result(5)


def test_the_aggregated_server_ends_it(both: Both) -> None:
    client = open_console(both)
    client.say(type="websocket.receive", text="bye")
    assert client.hear() == {"type": "websocket.close", "code": 4001}
    client.done.result(5)
    assert client.heard.empty()


def test_an_aggregated_server_that_breaks_off_ends_it_too(both: Both) -> None:
    client = open_console(both)
    both.wardle.down()
    assert client.hear() == {"type": "websocket.close", "code": 1006}
    client.done.result(5)


def test_an_error_is_the_answer_to_the_handshake(both: Both) -> None:
    client = Client(both.server, FLUNDERS)
    start = client.hear()
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 404)
    assert client.hear()["body"] == b"nothing here"


def test_a_watch_that_knows_no_websockets_comes_in_messages(both: Both) -> None:
    pieces: queue.Queue[bytes | None] = queue.Queue()
    both.wardle.answers[FLUNDERS] = Answer(pieces=pieces)
    client = Client(both.server, FLUNDERS)
    assert client.hear() == {"type": "websocket.accept", "headers": []}
    pieces.put(b'{"type":"ADDED"}\n')
    assert client.hear() == {"type": "websocket.send", "text": '{"type":"ADDED"}'}
    client.say(type="websocket.disconnect", code=1000)
    client.done.result(5)
