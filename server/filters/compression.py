"""Compresses large answers for clients that take gzip.

Source: k8s.io/apiserver/pkg/endpoints/handlers/responsewriters (from 128 KiB, at the fastest level).
"""

from __future__ import annotations

import asyncio
import gzip

from server.request import Answer, Handler, Request, Response

LARGE = 128 * 1024
_LEVEL = 1
_HEADERS = ((b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding"))


def with_compression(handler: Handler) -> Handler:
    async def handle(request: Request) -> Answer:
        answer = await handler(request)
        if isinstance(answer, Response) and sum(map(len, answer.pieces)) > LARGE and accepts_gzip(request):
            body = await asyncio.to_thread(gzip.compress, b"".join(answer.pieces), _LEVEL, mtime=0)
            return Response(answer.status, body, answer.content_type, [*answer.headers, *_HEADERS])
        return answer

    return handle


def accepts_gzip(request: Request) -> bool:
    return any(clause.strip() == "gzip" for clause in request.header(b"accept-encoding").split(","))
