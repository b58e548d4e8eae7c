"""What this server itself wants to know of an aggregated one, as the aggregator and in a short time."""

from __future__ import annotations

import asyncio

from server.aggregation.connections import Exchange, Unreachable
from server.aggregation.frontproxy import AGGREGATOR, user_headers
from server.aggregation.remotes import Remote
from server.services.resolving import NoEndpoint, Services

_SECONDS = 5.0
_LARGEST = 32 * 1024 * 1024
"""Bytes of an answer: an index of documents, or a list of resources."""


class CannotAsk(Exception):
    """There is no answer, or no good one; the message is one line."""


async def ask(remote: Remote, services: Services, path: str) -> bytes:
    """The body of the answer to GET, as JSON. Raises CannotAsk."""
    if remote.problem:
        raise CannotAsk(remote.problem)
    try:
        address = services.resolve(remote.namespace, remote.service, remote.port)
    except NoEndpoint as error:
        raise CannotAsk(str(error)) from error
    url = f"https://{address}{path}"
    headers = [(b"accept", b"application/json"), (b"user-agent", b"kube-aggregator"), *user_headers(AGGREGATOR)]
    try:
        async with asyncio.timeout(_SECONDS):
            target = path.encode()
            exchange = await remote.pool.exchange(address, remote.server_name, b"GET", target, headers)
            body = await _whole(exchange)
    except TimeoutError:
        raise CannotAsk(f"timed out waiting for {url}") from None
    except Unreachable as error:
        raise CannotAsk(f'failing or missing response from {url}: Get "{url}": {error}') from error
    if len(body) > _LARGEST:
        raise CannotAsk(f"failing or missing response from {url}: it has more than {_LARGEST} bytes")
    if not 200 <= exchange.head.status < 300:
        status = exchange.head.status
        raise CannotAsk(f"failing or missing response from {url}: bad status from {url}: {status}")
    return body


async def _whole(exchange: Exchange) -> bytes:
    """The body, or a little more than the largest that is taken."""
    pieces, size = [], 0
    async for piece in exchange.body():
        pieces.append(piece)
        size += len(piece)
        if size > _LARGEST:
            exchange.close()
            break
    return b"".join(pieces)
