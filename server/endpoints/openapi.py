"""/openapi/v2 and /openapi/v3: what the kinds look like, for kubectl and code generators.

Source: k8s.io/kube-openapi pkg/handler and pkg/handler3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime

from apimachinery.clock import Clock
from apimachinery.status import NotAcceptable
from openapi.documents import openapi_v2_json, openapi_v2_protobuf
from server.request import Answer, Request, Response

V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
_V2_PROTOBUF_OLD = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_JSON = "application/json"
_A_YEAR = timedelta(days=365)


def _etag(body: bytes) -> str:
    return '"' + hashlib.sha512(body).hexdigest().upper() + '"'


def _document(request: Request, body: bytes, content_type: str, headers: list[tuple[bytes, bytes]]) -> Response:
    etag = _etag(body)
    headers = [(b"etag", etag.encode()), (b"vary", b"Accept"), *headers]
    if request.header(b"if-none-match") == etag:
        return Response(304, b"", content_type.encode(), headers)
    return Response(200, body, content_type.encode(), headers)


def _accepted(request: Request) -> list[str]:
    accept = request.header(b"accept") or "*/*"
    return [clause.split(";", 1)[0].strip() for clause in accept.split(",")]


async def serve_v2(request: Request) -> Answer:
    for media_type in _accepted(request):
        if media_type in (V2_PROTOBUF, _V2_PROTOBUF_OLD):
            return _document(request, openapi_v2_protobuf(), media_type, [])
        if media_type in (_JSON, "application/*", "*/*"):
            return _document(request, openapi_v2_json(), _JSON, [])
    raise NotAcceptable("406: Not Acceptable", {})


async def _serve_v3(make: Callable[[], bytes], digest: Callable[[], str], clock: Clock, request: Request) -> Answer:
    given = request.param("hash")
    headers: list[tuple[bytes, bytes]] = []
    if given:
        if given != digest():
            location = f"{request.info.path}?hash={digest()}"
            return Response(301, b"", b"text/plain; charset=utf-8", [(b"location", location.encode())])
        expires = format_datetime(clock.now() + _A_YEAR, usegmt=True)
        headers = [(b"cache-control", b"public, immutable"), (b"expires", expires.encode())]
    if not set(_accepted(request)) & {_JSON, "application/*", "*/*"}:
        raise NotAcceptable("406: Not Acceptable", {})
    return _document(request, make(), _JSON, headers)
