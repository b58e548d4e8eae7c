"""HTTPS for the front proxy alone: whoever shows another certificate, or none, gets no answer."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Collection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from metricsserver.api import API, Answer

_IDLE = 120.0  # seconds
_HANDSHAKE = 10.0

log = logging.getLogger(__name__)


class FrontDoor:
    """Listens from the start; serves once started. ``names``: common names of front proxies, all when empty."""

    def __init__(self, api: API, tls: ssl.SSLContext, names: Collection[str], address: str, port: int) -> None:
        """Raises OSError when it cannot listen there."""

        class Handler(_Handler):
            pass

        Handler.api, Handler.names = api, names
        self._server = _Server((address, port), Handler)
        self._server.tls = tls

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        serve = self._server.serve_forever
        threading.Thread(target=serve, kwargs={"poll_interval": 3600.0}, name="metrics API", daemon=True).start()

    def close(self) -> None:
        """Listen no longer. The thread ends with the process: it sleeps until something comes."""
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    tls: ssl.SSLContext

    def finish_request(self, request: Any, client_address: Any) -> None:
        """On the connection's own thread, so that a slow handshake holds nobody else up."""
        request.settimeout(_HANDSHAKE)
        with self.tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def shutdown_request(self, request: Any) -> None:
        """The secured socket has taken the plain one's place, and is closed."""
        request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("a connection ended", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE
    api: API
    names: Collection[str]

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handle_one_request(self) -> None:
        if self.names and not _common_names(self.connection) & set(self.names):
            self.close_connection = True
            return
        super().handle_one_request()

    def do_GET(self) -> None:
        self._answer(self.api.answer(self.command, self.path, self.headers.get("Accept", "")))

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)

    def _answer(self, answer: Answer) -> None:
        if self.command not in ("GET", "HEAD"):
            self.close_connection = True  # what it sent has not been read
        self.send_response(answer.code)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


def _common_names(connection: Any) -> set[str]:
    subject = (connection.getpeercert() or {}).get("subject") or ()
    return {value for part in subject for key, value in part if key == "commonName"}
