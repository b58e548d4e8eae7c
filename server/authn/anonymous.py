"""The user of a request that names none.

Source: k8s.io/apiserver pkg/authentication/request/anonymous.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from server.authn.authenticator import Connection
from server.authn.user import ANONYMOUS, UNAUTHENTICATED, User

_ANONYMOUS = User(ANONYMOUS, groups=(UNAUTHENTICATED,))

HEALTH_PATHS: Final = frozenset({"/healthz", "/livez", "/readyz"})


class AnonymousAuthenticator:
    """``paths``: the only ones that may be asked for without a credential; none: all, authorization will tell."""

    def __init__(self, paths: Collection[str] = ()) -> None:
        self._paths = frozenset(paths)

    async def authenticate(self, connection: Connection) -> User | None:
        return _ANONYMOUS if not self._paths or connection.path in self._paths else None
