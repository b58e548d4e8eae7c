"""Asks the authorizer about every request."""

from __future__ import annotations

from server.authn.user import User
from server.authz.authorizer import Attributes, Authorizer, forbidden
from server.registry.options import read_bool
from server.request import Answer, Handler, Request


def with_authorization(handler: Handler, authorizer: Authorizer) -> Handler:
    async def handle(request: Request) -> Answer:
        assert request.user is not None
        attributes = attributes_of(request, request.user)
        verdict = await authorizer.authorize(attributes)
        if not verdict.allowed:
            raise forbidden(attributes, verdict.reason)
        return await handler(request)

    return handle


def attributes_of(request: Request, user: User) -> Attributes:
    info = request.info
    if not info.is_resource:
        return Attributes(user, info.verb, info.path)
    return Attributes(
        user=user,
        verb=authorization_verb(request),
        path=info.path,
        is_resource=True,
        group=info.group,
        version=info.version,
        resource=info.resource,
        subresource=info.subresource,
        namespace=info.namespace,
        name=info.name,
    )


def authorization_verb(request: Request) -> str:
    """A list with ``watch=true`` is a watch."""
    verb = request.info.verb
    if verb == "list" and "watch" in request.query and read_bool(request.query, "watch"):
        return "watch"
    return verb
