"""/openapi/v2 and /openapi/v3: what the kinds look like, for kubectl and code generators.

Source: k8s.io/kube-openapi pkg/handler and pkg/handler3.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from email.utils import format_datetime
from functools import partial

import orjson

from apimachinery.clock import Clock
from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object
from apimachinery.status import NotAcceptable
from openapi.documents import openapi_v2_json, openapi_v2_protobuf, openapi_v3, openapi_v3_hash, openapi_v3_index
from openapi.operations import base_path
from openapi.resources import GROUP_VERSIONS
from server.request import Answer, Handler, Request, Response

V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
_V2_PROTOBUF_ANSWERED = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
"""What the answer is labelled: the name clients ask for is no valid media type."""
_JSON = "application/json"
_JSON_RANGES = frozenset({_JSON, "application/*", "*/*"})
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


Make = Callable[[], bytes]


def v2_handler(as_json: Make = openapi_v2_json, as_protobuf: Make = openapi_v2_protobuf) -> Handler:
    """Both are called off the event loop, for every request: they keep what they make."""

    async def serve_v2(request: Request) -> Answer:
        for media_type in _accepted(request):
            if media_type in (V2_PROTOBUF, _V2_PROTOBUF_ANSWERED):
                return _document(request, await asyncio.to_thread(as_protobuf), _V2_PROTOBUF_ANSWERED, [])
            if media_type in _JSON_RANGES:
                return _document(request, await asyncio.to_thread(as_json), _JSON, [])
        raise NotAcceptable("406: Not Acceptable", {})

    return serve_v2


async def _no_paths() -> Mapping[str, Object]:
    return {}


def v3_handlers(clock: Clock, further: Callable[[], Awaitable[Mapping[str, Object]]] = _no_paths) -> dict[str, Handler]:
    """The index and a document per group-version, by path; each made when first asked for, off the event loop.

    ``further``: entries of the index for documents that others have.
    """

    async def serve_index(request: Request) -> Answer:
        index = await asyncio.to_thread(openapi_v3_index)
        more = await further()
        if more:
            index = {**index, "paths": dict(sorted({**more, **index["paths"]}.items()))}
        return _document(request, orjson.dumps(index), _JSON, [])

    handlers: dict[str, Handler] = {"/openapi/v3": serve_index}
    for group_version in GROUP_VERSIONS:
        handlers["/openapi/v3" + base_path(group_version)] = partial(_serve_v3, group_version, clock)
    return handlers


async def _serve_v3(group_version: GroupVersion, clock: Clock, request: Request) -> Answer:
    make = partial(openapi_v3, *group_version)
    return await serve_document(request, clock, openapi_v3_hash(*group_version), make)


async def serve_document(request: Request, clock: Clock, current: str, make: Make) -> Answer:
    """A version 3 document, made off the event loop; who asks for another hash than the current is sent to that."""
    headers: list[tuple[bytes, bytes]] = []
    given = request.param("hash")
    if given:
        if given != current:
            location = f"{request.info.path}?hash={current}"
            return Response(301, b"", b"text/plain; charset=utf-8", [(b"location", location.encode())])
        expires = format_datetime(clock.now() + _A_YEAR, usegmt=True)
        headers = [(b"cache-control", b"public, immutable"), (b"expires", expires.encode())]
    if not set(_accepted(request)) & _JSON_RANGES:
        raise NotAcceptable("406: Not Acceptable", {})
    return _document(request, await asyncio.to_thread(make), _JSON, headers)
