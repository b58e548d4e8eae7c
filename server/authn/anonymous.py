"""The user of a request that names none."""

from __future__ import annotations

from server.authn.authenticator import Connection
from server.authn.user import ANONYMOUS, UNAUTHENTICATED, User

_ANONYMOUS = User(ANONYMOUS, groups=(UNAUTHENTICATED,))


class AnonymousAuthenticator:
    async def authenticate(self, connection: Connection) -> User:
        return _ANONYMOUS
