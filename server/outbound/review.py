"""Asking a webhook for a review: an object is posted and comes back with its status filled in.

Source: k8s.io/apiserver pkg/util/webhook (WithExponentialBackoff, DefaultShouldRetry).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson

from apimachinery.objects import Object
from server.outbound.http import OutboundError, Remote, Reply, send

_TRIES = 5
_FIRST_PAUSE = 0.5
_FACTOR = 1.5
_JITTER = 0.2
_TRANSIENT = frozenset({429, 500, 504})

Pause = Callable[[float], Awaitable[None]]


async def _sleep(seconds: float) -> None:
    await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Reviewer:
    """``seconds``: how long one try may take; ``total``: all of them, 0 for no limit."""

    remote: Remote
    seconds: float = 30.0
    total: float = 0.0
    pause: Pause = _sleep

    async def ask(self, review: Object) -> Object:
        """The status. Raises OutboundError when the webhook cannot be asked or answers something else."""
        body = orjson.dumps(review)
        try:
            async with asyncio.timeout(self.total or None):
                reply = await self._tries(body)
        except TimeoutError:
            raise OutboundError(f"POST {self.remote.url}: no answer within {self.total:g} s") from None
        return _status(reply, self.remote, review["kind"])

    async def _tries(self, body: bytes) -> Reply:
        for number in range(_TRIES):
            last = number == _TRIES - 1
            try:
                reply = await send(self.remote, "POST", body, content_type="application/json", seconds=self.seconds)
                if last or not (reply.status in _TRANSIENT or "retry-after" in reply.headers):
                    return reply
            except OutboundError as error:
                if last or not error.again:
                    raise
            await self.pause(_FIRST_PAUSE * _FACTOR**number * random.uniform(1, 1 + _JITTER))
        raise AssertionError("unreachable")


def _status(reply: Reply, remote: Remote, kind: str) -> Object:
    if reply.status not in (200, 201):
        raise OutboundError(f"POST {remote.url}: status {reply.status}")
    try:
        answer = orjson.loads(reply.body)
        status: Object = answer.get("status") or {}
        if answer.get("kind", kind) != kind or not isinstance(status, dict):
            raise ValueError(f"not a {kind}")
    except (ValueError, AttributeError) as error:
        raise OutboundError(f"POST {remote.url}: {error}") from None
    return status
