"""Lets requests through in the order of API priority and fairness, or refuses them with 429.

Sits between impersonation and authorization: before that, little has been done for the request.
Source: k8s.io/apiserver/pkg/server/filters/priority-and-fairness.go.
"""

from __future__ import annotations

from functools import partial

from server.filters.authorization import authorization_verb
from server.flowcontrol.controller import FlowController
from server.flowcontrol.turns import CANCELLED, Turns
from server.flowcontrol.width import Widths
from server.request import Answer, Handler, Request, Response, text

_MANY = frozenset({"list", "watch"})
_STREAMING = frozenset({"attach", "exec", "log", "portforward", "proxy"})
_SMALL = 64 * 1024
"""Bytes of a body that are waited for before a seat is taken: slow senders shall not hold one."""
_REFUSAL = "Too many requests, please try again later.\n"
_HEADERS = ((b"retry-after", b"1"), (b"x-content-type-options", b"nosniff"))


async def _coroutine(handler: Handler, request: Request) -> Answer:
    return await handler(request)


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
        width = min(widths.of(request, verb), max(level.nominal, 1)) if verb in _MANY else 1
        at_once = turns.admit(flow, width)
        waited = not at_once and not turns.express(flow, width)
        if waited:
            refusal = await turns.begin(flow, width)
            if turns.flooded and (patience := (request.scope.get("extensions") or {}).get("patience")):
                patience["ask"]()
            if not refusal and request.is_abandoned():
                turns.leave(level, width)
                refusal = CANCELLED
            if refusal:
                key = (flow.schema, refusal)
                level.rejected[key] = level.rejected.get(key, 0) + 1
                return too_many_requests()
        if not at_once:
            request.pace = partial(turns.pause, flow, width)
        count = level.dispatched
        count[flow.schema] = count.get(flow.schema, 0) + 1
        answer: Answer | None = None
        try:
            answer = await turns.paced(_coroutine(handler, request), flow, width, charged=not at_once, waited=waited)
        finally:
            if isinstance(answer, Response) and not isinstance(answer.body, bytes):
                request.on_sent = partial(turns.leave, level, width)
                request.pace = partial(turns.pause, flow, width)
            else:
                turns.leave(level, width)
        return answer

    return handle
