from __future__ import annotations

import asyncio

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Request, TextMessage

from tests.server.http.harness import Lab, Peer, get, post, run, serving


class WebSocket:
    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._connection = WSConnection(ConnectionType.CLIENT)

    async def open(self) -> None:
        self.send(Request(host="test", target="/ws"))
        assert isinstance(await self.event(), AcceptConnection)

    def send(self, event: Request | TextMessage | CloseConnection) -> None:
        self._peer.writer.write(self._connection.send(event))

    async def event(self) -> object:
        while True:
            for event in self._connection.events():
                return event
            self._connection.receive_data(await self._peer.reader.read(65536) or None)


def test_a_websocket_is_spoken_after_an_upgrade() -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            socket = WebSocket(await server.peer())
            await socket.open()
            socket.send(TextMessage(data="hello"))
            event = await socket.event()
            assert isinstance(event, TextMessage)
            assert event.data == "hello"
            assert lab.scopes[0]["type"] == "websocket"
            socket.send(CloseConnection(code=1000))
            await lab.left.wait()

    run(main())


def test_an_upgrade_may_follow_another_request() -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            assert (await peer.get("/a")).body == b"/a"
            await WebSocket(peer).open()

    run(main())


def test_a_websocket_learns_that_the_server_stops() -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            socket = WebSocket(await server.peer())
            await socket.open()
        assert lab.left.is_set()

    run(main())


def test_an_upgrade_nobody_knows_is_an_ordinary_request_with_a_reason_phrase() -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            request = post("/echo", b"body", "Connection: Upgrade", "Upgrade: SPDY/3.1")
            answer = await peer.ask(request)
            assert (answer.status, answer.reason, answer.body) == (200, "OK", b"body")
            assert "date" in answer.headers
            assert (await peer.get("/after")).body == b"/after"
            peer.close()

    run(main())


def test_a_client_that_leaves_during_a_handed_over_request_is_noticed() -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            peer = await server.peer()
            peer.writer.write(get("/watch", "Connection: Upgrade", "Upgrade: SPDY/3.1") + get("/pipelined"))
            await peer.head()
            peer.close()
            await lab.left.wait()

    run(main())


def test_http_2_in_the_clear_is_spoken_when_asked_for() -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            process = await asyncio.create_subprocess_exec(
                *("curl", "-s", "--http2-prior-knowledge", "-w", " %{http_version}", f"{server.url}/a"),
                stdout=asyncio.subprocess.PIPE,
            )
            out, _ = await process.communicate()
            assert out == b"/a 2"

    run(main())
