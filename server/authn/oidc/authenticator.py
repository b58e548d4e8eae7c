"""A TokenAuthenticator for the tokens of OpenID Connect providers.

Source: k8s.io/apiserver plugin/pkg/authenticator/token/oidc; github.com/coreos/go-oidc (IDTokenVerifier.Verify).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from apimachinery.clock import Clock
from apimachinery.status import Unauthorized
from server.authn.authenticator import BadCredential, Notes
from server.authn.bearer import Identified
from server.authn.jwt import Claims, Token, TokenError, read, unverified, verified
from server.authn.oidc.claims import user_of
from server.authn.oidc.issuer import Issuer
from server.authn.oidc.keys import FileKeys, KeySource, RemoteKeys
from server.authn.signatures import CHECKS, PublicKey
from server.authn.user import User, authenticated

_LEEWAY = 60.0
_REMEMBERED = 4096
_REMEMBERED_FOR = 10.0
_GOOGLE = {"accounts.google.com": "https://accounts.google.com"}


class _Known(NamedTuple):
    user: User
    until: float
    """By the monotonic clock."""
    expires: float
    """By the wall clock."""


class IssuerTokens:
    """Those of one issuer."""

    def __init__(self, issuer: Issuer, keys: KeySource, algorithms: Collection[str], clock: Clock) -> None:
        self._issuer = issuer
        self._keys = keys
        self._algorithms = algorithms
        self._clock = clock
        self._known: dict[bytes, _Known] = {}

    async def user(self, token: bytes) -> User:
        """Raises TokenError."""
        digest = hashlib.sha256(token).digest()
        known = self._known.get(digest)
        now = self._clock.now().timestamp()
        if known is not None and known.until > self._clock.monotonic() and known.expires >= now:
            return known.user
        claims = await self._verified(read(token))
        expires = self._check(claims, now)
        user = authenticated(user_of(self._issuer, claims))
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[digest] = _Known(user, self._clock.monotonic() + _REMEMBERED_FOR, expires)
        return user

    async def _verified(self, token: Token) -> Claims:
        """With the keys there are, and, if none of them fits, with those there are by now."""
        try:
            return verified(token, self._fitting(token), self._algorithms)
        except TokenError:
            if not await self._keys.refresh():
                raise
        return verified(token, self._fitting(token), self._algorithms)

    def _fitting(self, token: Token) -> Iterable[PublicKey]:
        algorithm, kid = token.header.get("alg"), token.key_id
        return [
            each.key for each in self._keys.known if (not kid or each.id == kid) and each.algorithm in ("", algorithm)
        ]

    def _check(self, claims: Claims, now: float) -> float:
        """When the token expires. Raises TokenError."""
        if _GOOGLE.get(claims.get("iss", ""), claims.get("iss")) != self._issuer.url:
            raise TokenError("another issuer")
        meant = claims.get("aud")
        listed = [meant] if isinstance(meant, str) else meant
        if not isinstance(listed, list) or not any(each in self._issuer.audiences for each in listed):
            raise TokenError("expected another audience")
        expires, begins = _time(claims.get("exp")), _time(claims.get("nbf", 0))
        if expires < now:
            raise TokenError("token is expired")
        if begins > now + _LEEWAY:
            raise TokenError("token is not valid yet")
        return expires


def _time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenError("exp or nbf is not a time")
    return float(value)


class OidcTokens:
    """``algorithms``: what tokens may be signed with. They say nothing of this server's audiences."""

    def __init__(self, issuers: Sequence[Issuer], clock: Clock, algorithms: Collection[str] = CHECKS.keys()) -> None:
        """Raises KeySetError for a file of keys that cannot be used."""
        self._by_url = {
            issuer.url: IssuerTokens(issuer, _source(issuer, clock), algorithms, clock) for issuer in issuers
        }

    async def identify(self, token: bytes, audiences: Sequence[str], notes: Notes | None) -> Identified | None:
        try:
            claimed = unverified(token).get("iss")
        except TokenError:
            return None
        issuer = self._by_url.get(_GOOGLE.get(claimed, claimed)) if isinstance(claimed, str) else None
        if issuer is None:
            return None
        try:
            return Identified(await issuer.user(token), tuple(audiences))
        except TokenError as error:
            raise Unauthorized from BadCredential(f"oidc: a token of {claimed}: {error}")


def _source(issuer: Issuer, clock: Clock) -> KeySource:
    if issuer.keys is not None:
        return FileKeys(issuer.keys)
    return RemoteKeys(issuer.url, issuer.discovery_url, issuer.authority, clock)
