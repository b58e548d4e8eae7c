"""Hands a request on to the server of its group-version and its answer back, whatever they are.

Source: k8s.io/kube-aggregator/pkg/apiserver/handler_proxy.go, k8s.io/apimachinery/pkg/util/proxy.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from server.aggregation.connections import Exchange, Unreachable
from server.aggregation.frontproxy import user_headers
from server.aggregation.remotes import Remote
from server.aggregation.upgrade import Opened, open_socket, tunnel
from server.request import Answer, ClientDisconnected, Request, Response, Stream, text
from server.services.resolving import NoEndpoint, Services
from server.websocket import SOCKET

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_NOT_SENT = _HOP_BY_HOP | {b"host", b"content-length", b"authorization", b"expect"}
_IDENTITY = (b"x-remote-", b"impersonate-")
"""Only this server says who asks."""
_NOT_ANSWERED = _HOP_BY_HOP | {b"content-length", b"content-type", b"audit-id", b"date"}
_WHOLE = 64 * 1024
"""An answer up to this size is read before it is handed on, so that it has a length."""


_REDIRECTED = "the backend attempted to redirect this request, which is not permitted"
"""A client would take its credentials along (CVE-2022-3172)."""


async def forward(remote: Remote, services: Services, request: Request) -> Answer:
    if not remote.available:
        return _unavailable()
    if remote.problem:
        return text(500, remote.problem + "\n")
    try:
        address = services.resolve(remote.namespace, remote.service, remote.port)
    except NoEndpoint:
        return _unavailable()
    body = request.chunks() if request.has_body else None
    method = request.method.encode()
    headers = list(_headers(request))
    socket = request.scope.get(SOCKET)
    try:
        if socket is not None:
            found = await open_socket(remote.pool, address, remote.server_name, _target(request), headers)
            return tunnel(found, socket) if isinstance(found, Opened) else await _answer(found)
        exchange = await remote.pool.exchange(address, remote.server_name, method, _target(request), headers, body)
    except Unreachable as error:
        return text(503, f"error trying to reach service: {error}\n")
    return await _answer(exchange)


def _unavailable() -> Response:
    return text(503, "service unavailable\n")


def _target(request: Request) -> bytes:
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query = request.scope.get("query_string") or b""
    path = path.split(b"?", 1)[0]
    return b"%b?%b" % (path, query) if query else path


def _headers(request: Request) -> Iterator[tuple[bytes, bytes]]:
    for name, value in request.scope["headers"]:
        if name not in _NOT_SENT and not name.startswith(_IDENTITY):
            yield name, value
    assert request.user is not None
    yield from user_headers(request.user)
    client = request.scope.get("client")
    if client:
        yield b"x-forwarded-for", str(client[0]).encode()
    if request.audit_id:
        yield b"audit-id", request.audit_id.encode()


async def _answer(exchange: Exchange) -> Answer:
    status, headers = exchange.head
    if 300 <= status < 400 and any(name == b"location" and value for name, value in headers):
        exchange.close()
        return text(502, _REDIRECTED)
    content_type = next((value for name, value in headers if name == b"content-type"), b"")
    kept = [(name, value) for name, value in headers if name not in _NOT_ANSWERED]
    length = next((value for name, value in headers if name == b"content-length"), b"")
    if status in (204, 304) or (length.isdigit() and int(length) <= _WHOLE):
        try:
            body = b"".join([piece async for piece in exchange.body()])
        except Unreachable as error:
            return text(503, f"error trying to reach service: {error}\n")
        return Response(status, body, content_type, kept)
    return Stream(_pass_on(exchange.body()), content_type, status, kept)


def _pass_on(pieces: AsyncIterator[bytes]) -> Callable[[Callable[[bytes], Awaitable[None]]], Awaitable[None]]:
    async def run(send: Callable[[bytes], Awaitable[None]]) -> None:
        try:
            async for piece in pieces:
                await send(piece)
        except Unreachable as error:
            raise ClientDisconnected from error  # an answer without an end: the client shall see that it has none

    return run
