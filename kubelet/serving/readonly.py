"""The read-only port of a node agent: HTTP without authentication, on the loopback interface alone.

One process may be many nodes, so one port serves all of them: the Host header says which node is asked, by its name or
its address. A node tells where the port is in the annotation ENDPOINT.
Source: pkg/kubelet/server/server.go (ListenAndServeKubeletReadOnlyServer).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ENDPOINT = "kubejazz.io/read-only-endpoint"
ADDRESS = "127.0.0.1"
_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_IDLE = 60.0  # seconds
_LOG = logging.getLogger(__name__)

Page = Callable[[], str]
Find = Callable[[str], Mapping[str, Page] | None]
"""The pages of a node by path; by the node's name or address, None for one of others."""


class ReadOnlyServer:
    """Listens from the start; serves once started."""

    def __init__(self, find: Find, port: int = 0) -> None:
        """``port`` 0: any. Raises ValueError in one line when it cannot listen there."""

        class Handler(_Handler):
            pass

        Handler.find = staticmethod(find)
        try:
            self._server = _Server((ADDRESS, port), Handler)
        except OSError as error:
            raise ValueError(f"cannot listen on {ADDRESS}:{port}: {error.strerror}") from error

    @property
    def endpoint(self) -> str:
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def start(self) -> None:
        serve = self._server.serve_forever
        threading.Thread(target=serve, kwargs={"poll_interval": 3600.0}, name="read-only port", daemon=True).start()

    def stop(self) -> None:
        """Listen no longer. The thread ends with the process: it sleeps until something comes."""
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        _LOG.debug("the read-only port lost a client", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE
    find: Callable[[str], Mapping[str, Page] | None]

    def do_GET(self) -> None:
        pages = self.find(_node_of(self.headers.get("Host", "")))
        page = pages.get(self.path.partition("?")[0]) if pages is not None else None
        if page is None:
            self._answer(404, "404 page not found\n")
            return
        try:
            text = page()
        except Exception as error:
            _LOG.exception("%s failed", self.path)
            self._answer(500, f"{error}\n")
            return
        self._answer(200, text)

    def log_message(self, format: str, *args: Any) -> None:
        _LOG.debug(format, *args)

    def _answer(self, code: int, text: str) -> None:
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", _TEXT)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _node_of(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
