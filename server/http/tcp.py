"""One accepted connection: finds out who is there and which protocol is spoken, then passes everything on."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, cast

from server.http.h1_connection import H1Connection
from server.http.openssl import ServerSide
from server.http.serving import Address, Endpoint, Serving
from server.http.stock import StockConnection


class TCPConnection(asyncio.Protocol):
    """In place of Hypercorn's TCPServer: no stream reader and writer, no task per connection."""

    __slots__ = ("_handler", "_secure", "_serving")

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._secure = False
        self._handler: H1Connection | StockConnection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)
        if not self._serving.make_room():
            transport.abort()
            return
        tls: ServerSide | None = transport.get_extra_info("ssl_object")
        self._secure = tls is not None
        endpoint = Endpoint(
            secure=self._secure,
            client=_address(transport.get_extra_info("peername")),
            server=_address(transport.get_extra_info("sockname")),
            extensions={"tls": _peer(tls)} if tls is not None else {},
        )
        if tls is not None and tls.selected_alpn_protocol() == "h2":
            self._switch(StockConnection(self._serving, transport, endpoint, "h2"))
        else:
            hand_over = partial(self._hand_over, transport, endpoint)
            self._switch(H1Connection(self._serving, transport, endpoint, hand_over))

    def _hand_over(self, transport: asyncio.Transport, endpoint: Endpoint, data: bytes) -> None:
        stock = StockConnection(self._serving, transport, endpoint, "http/1.1")
        self._switch(stock)
        stock.data(data)
        transport.resume_reading()

    def _switch(self, handler: H1Connection | StockConnection) -> None:
        connections = self._serving.connections
        if hasattr(self, "_handler"):
            connections.pop(self._handler, None)
        self._handler = handler
        connections[handler] = None
        if self._serving.stopping:
            handler.wind_down()

    def data_received(self, data: bytes) -> None:
        self._handler.data(data)

    def eof_received(self) -> bool:
        """TLS knows no half-closed connections: keeping one open is a wish that asyncio would only complain about."""
        return self._handler.eof() and not self._secure

    def connection_lost(self, exc: Exception | None) -> None:
        if hasattr(self, "_handler"):  # there was room for it
            self._serving.connections.pop(self._handler, None)
            self._handler.lost()

    def pause_writing(self) -> None:
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        self._handler.resume_writing()


def _address(name: Any) -> Address:
    return (name[0], name[1]) if isinstance(name, tuple) else None


def _peer(tls: ServerSide) -> dict[str, Any]:
    return {"peer_der": tls.getpeercert(binary_form=True), "peer_error": tls.verify_error}
