"""Authenticators by an AuthenticationConfiguration, which may change while they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from apimachinery.clock import Clock
from server.authn.anonymous import AnonymousAuthenticator
from server.authn.authenticator import Authenticator, Connection, Notes
from server.authn.bearer import ForAudiences, Identified, TokenAuthenticator
from server.authn.jwk import KeySetError
from server.authn.oidc.authenticator import OidcTokens
from server.authn.oidc.config import AuthenticationConfig, read_authentication_config
from server.authn.user import User
from server.configfile import ConfigFileError
from server.reloading import Reloading


class _Made(NamedTuple):
    tokens: TokenAuthenticator
    anonymous: Authenticator | None
    """None: nobody is anonymous."""


class ConfiguredAuthentication:
    """A TokenAuthenticator, and the Authenticator of who comes without a credential.

    ``audiences``: this server's; ``issuers``: its own, which no file may claim; ``anonymous``: of files that say
    nothing of it. Raises ConfigFileError.
    """

    def __init__(
        self,
        path: Path,
        audiences: Sequence[str],
        issuers: Sequence[str],
        anonymous: Authenticator | None,
        clock: Clock,
    ) -> None:
        self._audiences = tuple(audiences)
        self._issuers = tuple(issuers)
        self._anonymous = anonymous
        self._clock = clock
        self._reloading = Reloading(path, self._make, clock)

    async def identify(self, token: bytes, audiences: Sequence[str], notes: Notes | None) -> Identified | None:
        return await self._reloading.current.tokens.identify(token, audiences, notes)

    async def authenticate(self, connection: Connection) -> User | None:
        anonymous = self._reloading.current.anonymous
        return await anonymous.authenticate(connection) if anonymous is not None else None

    def _make(self, path: Path) -> _Made:
        config = read_authentication_config(path, self._issuers)
        try:
            tokens = ForAudiences(OidcTokens(config.issuers, self._clock), self._audiences)
        except KeySetError as error:
            raise ConfigFileError(f"cannot use {path}: {error}") from None
        return _Made(tokens, self._who_is_anonymous(config))

    def _who_is_anonymous(self, config: AuthenticationConfig) -> Authenticator | None:
        if config.anonymous is None:
            return self._anonymous
        return AnonymousAuthenticator(config.anonymous.paths) if config.anonymous.enabled else None
