"""Bearer tokens: who a token is, asked of one authenticator of tokens after the other.

Source: k8s.io/apiserver pkg/authentication/request/bearertoken, pkg/authentication/token/union.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from apimachinery.status import Unauthorized
from server.authn.authenticator import BadCredential, Connection, Notes, refused
from server.authn.user import User

_SCHEME = b"bearer"
_PROTOCOL = b"base64url.bearer.authorization.k8s.io."
_ENCODED = re.compile(rb"[A-Za-z0-9_-]+")


class Identified(NamedTuple):
    """``audiences``: those of the ones asked for that the token is meant for."""

    user: User
    audiences: tuple[str, ...]


class TokenAuthenticator(Protocol):
    async def identify(self, token: bytes, audiences: Sequence[str], notes: Notes | None) -> Identified | None:
        """Whose a token is, if it is for any of ``audiences``; None if it is not a token of this sort.

        Called for every request that bears a token, on the event loop: it may wait, but must not block.
        Raises :class:`apimachinery.status.Unauthorized` for a token of its sort that is not good.
        """


class BearerTokens:
    """An Authenticator of the requests that bear a token. ``audiences``: those of this API server."""

    def __init__(self, authenticators: Sequence[TokenAuthenticator], audiences: Sequence[str]) -> None:
        self._authenticators = tuple(authenticators)
        self.audiences = tuple(audiences)

    async def authenticate(self, connection: Connection) -> User | None:
        token = bearer_token(connection.authorization) or protocol_token(connection.protocols)
        if not token:
            return None
        found = await self.identify(token, self.audiences, connection.notes)
        if found is None:
            raise Unauthorized from BadCredential("invalid bearer token")
        return found.user

    async def identify(self, token: bytes, audiences: Sequence[str], notes: Notes | None) -> Identified | None:
        """The first good answer counts. Raises Unauthorized if there is none and somebody refused the token."""
        errors: list[Unauthorized] = []
        for authenticator in self._authenticators:
            try:
                found = await authenticator.identify(token, audiences, notes)
            except Unauthorized as error:
                errors.append(error)
                continue
            if found is not None:
                return found
        if errors:
            raise refused(errors)
        return None


class ForAudiences:
    """Tokens that say nothing of audiences are for those of this API server."""

    def __init__(self, inner: TokenAuthenticator, implicit: Sequence[str]) -> None:
        self._inner = inner
        self._implicit = tuple(implicit)

    async def identify(self, token: bytes, audiences: Sequence[str], notes: Notes | None) -> Identified | None:
        matching = tuple(audience for audience in self._implicit if audience in audiences)
        if not matching:
            return None
        found = await self._inner.identify(token, matching, notes)
        return found and Identified(found.user, matching)


def bearer_token(authorization: bytes) -> bytes:
    """The token of an Authorization header, b"" if it holds none: the word after ``Bearer`` and one space."""
    words = authorization.strip().split(b" ", 2)
    if len(words) < 2 or words[0].lower() != _SCHEME:
        return b""
    return words[1]


def protocol_token(protocols: bytes) -> bytes:
    """The token among the protocols that a WebSocket's handshake asks for, b"" if there is none.

    There has to be another protocol besides, which the server can choose. Raises Unauthorized.
    """
    if _PROTOCOL not in protocols:
        return b""
    listed = [protocol.strip() for protocol in protocols.split(b",")]
    tokens = [protocol.removeprefix(_PROTOCOL) for protocol in listed if protocol.startswith(_PROTOCOL)]
    if len(tokens) != 1 or len(listed) == 1 or not _ENCODED.fullmatch(tokens[0]):
        raise Unauthorized from BadCredential("invalid bearer token among the protocols of a WebSocket")
    try:
        return base64.urlsafe_b64decode(tokens[0] + b"=" * (-len(tokens[0]) % 4))
    except ValueError as error:
        raise Unauthorized from error
