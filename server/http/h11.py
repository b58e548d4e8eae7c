"""Hypercorn's h11 class, which serves upgrades, with a reason phrase in its answers. SPDY's place is here."""

from __future__ import annotations

from http import HTTPStatus

import h11
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.typing import H11SendableEvent

from server.http.replace import Replacement

_PHRASES = {status.value: status.phrase.encode() for status in HTTPStatus}


class PhrasedH11(H11Protocol):
    async def _send_h11_event(self, event: H11SendableEvent) -> None:
        if isinstance(event, (h11.Response, h11.InformationalResponse)) and not event.reason:
            event = type(event)(
                status_code=event.status_code,
                headers=event.headers,
                http_version=event.http_version,
                reason=_PHRASES.get(event.status_code, b"Unknown"),
            )
        await super()._send_h11_event(event)


H11_REPLACEMENT = Replacement(H11Protocol, PhrasedH11, ("_send_h11_event",))
