"""Finds out who is asking; whoever is nobody is refused."""

from __future__ import annotations

from apimachinery.status import Unauthorized
from server.authn.authenticator import Authenticator, Connection
from server.request import Answer, Handler, Request


def with_authentication(handler: Handler, authenticator: Authenticator) -> Handler:
    async def handle(request: Request) -> Answer:
        user = authenticator.authenticate(Connection.of(request.scope))
        if user is None:
            raise Unauthorized
        request.user = user
        return await handler(request)

    return handle
