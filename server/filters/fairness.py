"""Lets requests through in the order of API priority and fairness, or refuses them with 429.

Sits between impersonation and authorization: before that, little has been done for the request.
Source: k8s.io/apiserver/pkg/server/filters/priority-and-fairness.go.
"""

from __future__ import annotations

from server.filters.authorization import authorization_verb
from server.flowcontrol.controller import Flow, FlowController
from server.flowcontrol.turns import Ticket, Turns
from server.flowcontrol.width import Widths
from server.request import Answer, Handler, Request, Response, text

_MANY = frozenset({"list", "watch"})
_STREAMING = frozenset({"attach", "exec", "log", "portforward", "proxy"})
_SMALL = 64 * 1024
"""Bytes of a body that are waited for before a seat is taken: slow senders shall not hold one."""
_REFUSAL = "Too many requests, please try again later.\n"
_HEADERS = ((b"retry-after", b"1"), (b"x-content-type-options", b"nosniff"))


def is_streaming(request: Request) -> bool:
    """Whether the answer goes on until somebody ends it, watches aside: nobody can say what that takes."""
    return request.info.subresource in _STREAMING or request.info.verb == "proxy"


def too_many_requests() -> Response:
    return text(429, _REFUSAL, _HEADERS)


def with_fairness(handler: Handler, controller: FlowController, turns: Turns, widths: Widths) -> Handler:
    async def handle(request: Request) -> Answer:
        info = request.info
        if is_streaming(request):
            return await handler(request)
        assert request.user is not None
        verb = authorization_verb(request)
        flow = controller.classify(request.user, verb, info)
        request.answer_headers = flow.headers
        level = flow.level
        if level.exempt:
            return await handler(request)
        if request.has_body and request.is_small(_SMALL):
            await request.body()
        width = widths.of(request, verb) if verb in _MANY else 1
        if not turns.admit(level, width):
            return await _in_turn(handler, request, flow, turns, min(width, max(level.nominal, 1)))
        count = level.dispatched
        count[flow.schema] = count.get(flow.schema, 0) + 1
        try:
            return await handler(request)
        finally:
            turns.leave(level, width)

    return handle


async def _in_turn(handler: Handler, request: Request, flow: Flow, turns: Turns, width: int) -> Answer:
    ticket = await turns.wait(flow, width)
    if not isinstance(ticket, Ticket):
        key = (flow.schema, ticket)
        flow.level.rejected[key] = flow.level.rejected.get(key, 0) + 1
        return too_many_requests()
    count = flow.level.dispatched
    count[flow.schema] = count.get(flow.schema, 0) + 1
    try:
        return await handler(request)
    finally:
        ticket.done()
