"""Finds out who is asking; whoever is nobody is refused."""

from __future__ import annotations

from apimachinery.status import Unauthorized
from server.authn.authenticator import Authenticator, Connection, Notes
from server.request import Answer, Handler, Request


def with_authentication(handler: Handler, authenticator: Authenticator) -> Handler:
    async def handle(request: Request) -> Answer:
        notes = Notes(request.warnings, request.audit_annotations)
        user = await authenticator.authenticate(Connection.of(request.scope, request.info.path, notes))
        if user is None:
            raise Unauthorized
        request.user = user
        return await handler(request)

    return handle
