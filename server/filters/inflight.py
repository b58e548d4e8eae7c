"""Without priority and fairness: so many reads and so many writes at once, and no more.

Source: k8s.io/apiserver/pkg/server/filters/maxinflight.go.
"""

from __future__ import annotations

from server.authn.user import MASTERS
from server.filters.authorization import authorization_verb
from server.filters.fairness import is_streaming, too_many_requests
from server.request import Answer, Handler, Request

_READING = frozenset({"get", "list", "watch"})


def with_max_in_flight(handler: Handler, reads: int, writes: int) -> Handler:
    """0: no limit. Long answers do not count, and ``system:masters`` are let through."""
    limits = (writes, reads)
    running = [0, 0]

    async def handle(request: Request) -> Answer:
        assert request.user is not None
        verb = authorization_verb(request)
        if is_streaming(request) or verb == "watch":
            return await handler(request)
        reading = verb in _READING
        limit = limits[reading]
        if limit and running[reading] >= limit and MASTERS not in request.user.groups:
            return too_many_requests()
        running[reading] += 1
        try:
            return await handler(request)
        finally:
            running[reading] -= 1

    return handle
