"""What an authenticator is, what it looks at, and how several are asked one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, Self

from apimachinery.status import Unauthorized
from server.authn.user import User


class Notes(NamedTuple):
    """What an authenticator has to say besides: warnings to the client, annotations of the audit event."""

    warnings: list[str]
    audit_annotations: dict[str, str]


class Connection(NamedTuple):
    """The credentials of one request."""

    peer_der: bytes | None
    """The client certificate; that the client has its key was proved in the TLS handshake."""
    authorization: bytes
    """The Authorization header, b"" if absent; the first one if repeated."""
    path: str = ""
    """Percent-decoded. Only who comes without a credential is judged by it."""
    notes: Notes | None = None
    """Where to say more; None: nobody wants to know."""
    protocols: bytes = b""
    """The Sec-WebSocket-Protocol header of a WebSocket's handshake: browsers cannot send a token otherwise."""
    peer_error: str = ""
    """Why the certificate is not to be believed; "": the client CA vouches for it."""

    @classmethod
    def of(cls, scope: Mapping[str, Any], path: str = "", notes: Notes | None = None) -> Self:
        """From an ASGI ``http`` or ``websocket`` scope."""
        tls = (scope.get("extensions") or {}).get("tls")
        peer_der, peer_error = (tls.get("peer_der"), tls.get("peer_error", "")) if tls else (None, "")
        protocols, socket = b"", False
        for name, value in scope["headers"]:
            if name == b"authorization":
                return cls(peer_der, value, path, notes, peer_error=peer_error)
            if name == b"sec-websocket-protocol":
                protocols = protocols or value
            elif name == b"upgrade":
                socket = value.lower() == b"websocket"
        return cls(peer_der, b"", path, notes, protocols if socket else b"", peer_error)


class BadCredential(Exception):
    """Why a credential is refused, in one line: the cause of an Unauthorized, for the log and never for the client."""


def refused(errors: Sequence[Unauthorized]) -> Unauthorized:
    """What to raise for several credentials, or several opinions on one."""
    if len(errors) == 1:
        return errors[0]
    error = Unauthorized()
    error.__cause__ = BadCredential("; ".join(map(reason, errors)))
    return error


def reason(error: Unauthorized) -> str:
    return str(error.__cause__ or "invalid credentials")


class Authenticator(Protocol):
    async def authenticate(self, connection: Connection) -> User | None:
        """The user, or None if there is no credential of this authenticator's sort.

        Called for every request, on the event loop: it may wait, but must not block.
        Raises :class:`apimachinery.status.Unauthorized` for a credential of its sort that is not good; its cause is
        the reason.
        """


class Chain:
    """Ask each in turn; the first user wins. A bad credential counts only if no other one is good.

    With ``anonymous``, a request without any credential gets its user; one with a bad credential never does.
    """

    def __init__(self, authenticators: Sequence[Authenticator], anonymous: Authenticator | None = None) -> None:
        self._authenticators = tuple(authenticators)
        self._anonymous = anonymous

    async def authenticate(self, connection: Connection) -> User | None:
        errors: list[Unauthorized] = []
        for authenticator in self._authenticators:
            try:
                user = await authenticator.authenticate(connection)
            except Unauthorized as error:
                errors.append(error)
                continue
            if user is not None:
                return user
        if errors:
            raise refused(errors)
        return await self._anonymous.authenticate(connection) if self._anonymous is not None else None
