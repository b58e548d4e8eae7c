"""HTTP/1.1 over kept-alive connections, with as little work per request as possible.

The official client's pool manager makes the sockets (TLS, client certificates, proxies); urllib3's and http.client's
request and response objects are left out, for they cost four times what the exchange itself does. A connection serves
one request at a time; any thread may abort it, which wakes the thread that reads from it.
"""

from __future__ import annotations

import select
import socket
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httptools
import urllib3
from kubernetes.client.configuration import Configuration
from kubernetes.client.rest import RESTClientObject

from client.errors import ClientClosed, TransportError, TransportTimeout
from client.tls import SharedContext

CONNECT_TIMEOUT = 10.0
_CHUNK = 65536
_IDLE_LIMIT = 64


class StaleConnection(TransportError):
    """A kept-alive connection broke before the first byte of an answer: the server may never have seen the request."""


class Response(NamedTuple):
    status: int
    headers: dict[bytes, bytes]  # names in lower case
    body: bytes


class Connection:
    """One socket. ``fresh`` until it has carried a whole exchange; ``generation``: of its credentials."""

    def __init__(self, sock: socket.socket, generation: int = 0) -> None:
        self.fresh = True
        self.generation = generation
        self.headers: dict[bytes, bytes] = {}
        self._socket = sock
        self._aborted = False
        self._body: list[bytes] = []
        self._head_done = self._done = self._keep_alive = False
        self._parser = httptools.HttpResponseParser(self)
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)

    # Called by the parser.
    def on_message_begin(self) -> None:
        self.headers = {}
        self._body = []
        self._head_done = self._done = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        self._head_done = True

    def on_body(self, data: bytes) -> None:
        self._body.append(data)

    def on_message_complete(self) -> None:
        self._done = True
        self._keep_alive = self._parser.should_keep_alive()

    def exchange(self, request: bytes, timeout: float) -> Response:
        """Send a request and read the whole answer; ``timeout`` in seconds is for each wait."""
        self.send(request, timeout)
        while not self._done:
            self._receive()
        self.fresh = False
        return Response(self._parser.get_status_code(), self.headers, b"".join(self._body))

    def send(self, request: bytes, timeout: float) -> None:
        self._socket.settimeout(timeout)
        self._head_done = self._done = self._keep_alive = False
        self._body = []
        try:
            self._socket.sendall(request)
        except OSError as error:
            raise self._failure(error) from error

    def set_timeout(self, timeout: float) -> None:
        """Seconds for each wait from now on."""
        self._socket.settimeout(timeout)

    def read_head(self) -> int:
        """Wait for the answer's head; its status."""
        while not self._head_done:
            self._receive()
        return int(self._parser.get_status_code())

    def stream(self) -> Iterator[bytes]:
        """The pieces of the body as they arrive, until it ends."""
        while True:
            pieces, self._body = self._body, []
            yield from pieces
            if self._done:
                return
            if not self._body:
                self._receive()

    def is_dropped(self) -> bool:
        """Whether the idle connection has become readable, which only its end (or nonsense) can cause."""
        return bool(self._poll.poll(0))

    @property
    def reusable(self) -> bool:
        return self._done and self._keep_alive and not self._aborted

    def abort(self) -> None:
        """End it from any thread: whoever reads gets an end of stream at once."""
        self._aborted = True
        try:
            # socket.socket's own method: that of an SSLSocket would tear its state from under the reader.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        except OSError:
            return

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> None:
        try:
            data = self._socket.recv(_CHUNK)
        except OSError as error:
            raise self._failure(error) from error
        if not data:
            self._end_of_stream()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            raise TransportError(f"malformed response: {error}") from error

    def _end_of_stream(self) -> None:
        if self._aborted:
            raise ClientClosed("closed")
        framed = b"content-length" in self.headers or b"transfer-encoding" in self.headers
        if not self._head_done or framed:
            raise self._failure(ConnectionResetError("unexpected end of stream"))
        self._done = True

    def _failure(self, error: OSError) -> TransportError:
        if self._aborted:
            return ClientClosed("closed")
        if isinstance(error, TimeoutError):
            return TransportTimeout("timed out waiting for the server")
        if not self.fresh and not self._head_done:
            return StaleConnection(str(error))
        return TransportError(f"{type(error).__name__}: {error}")


class ConnectionPool:
    """Idle connections to one server, newest first, and those in use, so that all can be aborted."""

    def __init__(self, configuration: Configuration) -> None:
        url = urlsplit(configuration.host)
        # urllib3's methods with an underscore are those its own subclasses override: its way to make a socket.
        self._urllib3: Any = RESTClientObject(configuration).pool_manager.connection_from_url(configuration.host)
        self._tunnel = self._urllib3.proxy is not None and url.scheme == "https"
        self._tls = SharedContext() if self._urllib3.proxy is None and url.scheme == "https" else None
        self.absolute = f"http://{url.netloc}" if self._urllib3.proxy is not None and url.scheme == "http" else ""
        self._idle: deque[Connection] = deque()
        self._busy: set[Connection] = set()
        self._closed = False
        self._generation = 0

    def take(self, *, fresh: bool = False) -> Connection:
        """A connection for one request; it must be given back or dropped. Raises TransportError."""
        connection = None if fresh else self._take_idle()
        if connection is None:
            connection = Connection(self._connect(), self._generation)
        self._busy.add(connection)
        if self._closed:
            self.drop(connection)
            raise ClientClosed("the client is closed")
        return connection

    def give_back(self, connection: Connection) -> None:
        """Keep it for the next request if it is still good for one."""
        if connection.reusable and not self._closed and len(self._idle) < _IDLE_LIMIT:
            self._busy.discard(connection)
            self._idle.append(connection)
        else:
            self.drop(connection)

    def drop(self, connection: Connection) -> None:
        self._busy.discard(connection)
        connection.close()

    def renew(self) -> None:
        """The files that say who we are have changed: connections made before are used for no further request."""
        self._generation += 1
        self._close_idle()

    def close(self) -> None:
        """Abort every request under way and close the rest; nothing can be sent afterwards."""
        self._closed = True
        for connection in self._busy.copy():
            connection.abort()
        self._close_idle()

    def _close_idle(self) -> None:
        """Other threads may take from them meanwhile."""
        while True:
            try:
                self._idle.pop().close()
            except IndexError:
                return

    def _take_idle(self) -> Connection | None:
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if connection.generation == self._generation and not connection.is_dropped():
                return connection
            connection.close()

    def _connect(self) -> socket.socket:
        if self._closed:
            raise ClientClosed("the client is closed")
        made = self._urllib3._new_conn()
        made.timeout = CONNECT_TIMEOUT
        try:
            if self._tls is not None:
                self._tls.use(made)
            if self._tunnel:
                self._urllib3._prepare_proxy(made)
            else:
                made.connect()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            made.close()
            raise TransportError(f"cannot connect to {self._urllib3.host}:{self._urllib3.port}: {error}") from error
        sock: socket.socket = made.sock
        return sock
