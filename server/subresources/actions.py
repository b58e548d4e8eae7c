"""Which subresources are actions, by (resource, subresource)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from server.api import Api
from server.registry.served import Served
from server.request import Answer, Request
from server.subresources.binding import bind
from server.subresources.eviction import evict
from server.subresources.streams import log, port_forward, proxy, stream
from server.subresources.token import request_token

Action = Callable[[Api, Served, Request], Awaitable[Answer]]

ACTIONS: dict[tuple[str, str], Action] = {
    ("pods", "binding"): bind,
    ("pods", "eviction"): evict,
    ("pods", "log"): log,
    ("pods", "exec"): stream,
    ("pods", "attach"): stream,
    ("pods", "portforward"): port_forward,
    ("pods", "proxy"): proxy,
    ("services", "proxy"): proxy,
    ("nodes", "proxy"): proxy,
    ("serviceaccounts", "token"): request_token,
}
