"""Finds out who is asking; whoever is nobody is refused."""

from __future__ import annotations

import logging

from apimachinery.status import Unauthorized
from server.authn.authenticator import Authenticator, Connection, Notes, reason
from server.request import Answer, Handler, Request

log = logging.getLogger("kubejazz.authn")


def with_authentication(handler: Handler, authenticator: Authenticator) -> Handler:
    async def handle(request: Request) -> Answer:
        notes = Notes(request.warnings, request.audit_annotations)
        try:
            user = await authenticator.authenticate(Connection.of(request.scope, request.info.path, notes))
        except Unauthorized as error:
            log.warning("Unable to authenticate the request: %s", reason(error))
            raise
        if user is None:
            raise Unauthorized
        request.user = user
        return await handler(request)

    return handle
