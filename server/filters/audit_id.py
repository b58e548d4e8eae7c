"""Every request has an id, given by the client or made here, and echoed in ``Audit-Id``."""

from __future__ import annotations

from server.request import Answer, Handler, Request
from server.uids import new_uid

_LONGEST = 64


def with_audit_id(handler: Handler) -> Handler:
    async def handle(request: Request) -> Answer:
        given = request.header(b"audit-id")
        request.audit_id = given[:_LONGEST] if given.isprintable() and given else new_uid()
        return await handler(request)

    return handle
