"""Asking authenticators from synchronous tests."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from server.authn.authenticator import Authenticator, Connection
from server.authn.bearer import Identified, TokenAuthenticator
from server.authn.user import User

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


def ask(authenticator: Authenticator, connection: Connection) -> User | None:
    return run(authenticator.authenticate(connection))


def identify(authenticator: TokenAuthenticator, token: str, *audiences: str) -> Identified | None:
    return run(authenticator.identify(token.encode(), audiences or ("api",), None))
