"""Service-account tokens: issuing them, and knowing their bearers.

A token is good while it has not expired and its service account, and the object it is bound to, still exist with the
uids it names. Source: k8s.io/kubernetes pkg/serviceaccount (claims.go, jwt.go).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

import orjson

from apimachinery.clock import Clock
from apimachinery.objects import Object
from apimachinery.status import Unauthorized
from apimachinery.timefmt import parse_time
from server.authn.authenticator import BadCredential, Notes
from server.authn.bearer import Identified
from server.authn.jwk import key_id
from server.authn.jwt import Claims, TokenError, read, sign, unverified, verified
from server.authn.legacy_token import LEGACY_ISSUER, Find, LegacyTokens, bearer, bearer_name
from server.authn.signatures import PrivateKey, PublicKey
from server.authn.user import CREDENTIAL_ID, User

ISSUER: Final = "https://kubernetes.default.svc.cluster.local"

WARN_AFTER: Final = 60 * 60 + 7
"""Seconds: a projected token asked for exactly so long is one that old clients may not refresh."""
_EXTENDED: Final = 365 * 24 * 60 * 60
_PRIVATE: Final = "kubernetes.io"
_EXTRA: Final = "authentication.kubernetes.io/"
_STALE: Final = "authentication.k8s.io/stale-token"
_LEGACY: Final = "authentication.k8s.io/legacy-token"
_LEEWAY: Final = 60.0
_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class Reference:
    """An object as a token names it. ``kind`` is pod, secret, node or serviceaccount; ``uid`` may be empty."""

    kind: str
    name: str
    uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenConfig:
    """How service accounts' tokens are made and taken; the options ``--service-account-*`` of upstream."""

    key: PrivateKey
    """Signs; verifies too."""
    keys: tuple[PublicKey, ...] = ()
    """Verify besides: those that signed before, or will."""
    issuers: tuple[str, ...] = (ISSUER,)
    """The first is written into tokens, all are taken."""
    api_audiences: tuple[str, ...] = ()
    """Those of this API server; none: the issuers."""
    longest: int = 0
    """Seconds that a token is good for at the most; 0: as long as is asked for."""
    extend: bool = True
    """Projected tokens of an hour and seven seconds are good for a year, and noted when used after the hour."""
    jwks_uri: str = ""
    """Where others find the keys; "": at this server's address."""

    @property
    def audiences(self) -> tuple[str, ...]:
        return self.api_audiences or self.issuers

    @property
    def verifying(self) -> tuple[PublicKey, ...]:
        """Each once, the signing key's last."""
        keys = {key_id(key): key for key in (*self.keys, self.key.public_key())}
        return tuple(keys.values())


def _nothing(secret: Object) -> None:
    return None


class Issued(NamedTuple):
    token: str
    credential: str
    """Its id, as in the user's extra."""


class ServiceAccountTokens:
    """Issues tokens, and is a TokenAuthenticator for them. Verified signatures are remembered."""

    def __init__(
        self, config: TokenConfig, clock: Clock, find: Find, used: Callable[[Object], None] = _nothing
    ) -> None:
        """``used`` is called with the Secret of every token of the old sort that is brought."""
        self.config = config
        self._keys = {key_id(key): key for key in config.verifying}
        self._clock = clock
        self._find = find
        self._legacy = LegacyTokens(find, used)
        self._verified: dict[bytes, Claims] = {}

    def issue(
        self, namespace: str, account: Reference, audiences: Sequence[str], seconds: int, bound: Iterable[Reference]
    ) -> Issued:
        now = int(self._clock.now().timestamp())
        named = {ref.kind: {"name": ref.name, **({"uid": ref.uid} if ref.uid else {})} for ref in (*bound, account)}
        private: Claims = {"namespace": namespace, **named}
        if self._extends(seconds, audiences, pod="pod" in named):
            private["warnafter"] = now + seconds
            seconds = _EXTENDED
        claims = {
            "aud": list(audiences),
            "exp": now + seconds,
            "iat": now,
            "iss": self.config.issuers[0],
            "jti": str(uuid.uuid4()),
            _PRIVATE: private,
            "nbf": now,
            "sub": bearer_name(namespace, account.name),
        }
        return Issued(sign(claims, self.config.key), _credential(claims))

    def _extends(self, seconds: int, audiences: Sequence[str], *, pod: bool) -> bool:
        ours = set(audiences) <= set(self.config.audiences)
        return self.config.extend and pod and ours and seconds == WARN_AFTER

    async def identify(self, token: bytes, audiences: Sequence[str], notes: Notes | None) -> Identified | None:
        try:
            claims = self._claims(token)
            if claims is None:
                return None
            meant = claims.get("aud")
            if meant is None:
                meant = self.config.audiences
                _note(notes, _LEGACY, claims.get("sub", ""))
            matching = tuple(audience for audience in audiences if audience in meant)
            if not matching:
                raise TokenError("the token is for another audience")
            self._check_times(claims)
            if claims["iss"] == LEGACY_ISSUER:
                return Identified(self._legacy.bearer(token, claims, notes), matching)
            return Identified(self._bearer(claims, notes), matching)
        except TokenError as error:
            raise Unauthorized from error
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise Unauthorized from BadCredential(f"claims that cannot be read: {error!r}")

    def _claims(self, token: bytes) -> Claims | None:
        """None: not one of these issuers'."""
        digest = hashlib.sha256(token).digest()
        known = self._verified.get(digest)
        if known is None:
            try:
                issuer = unverified(token).get("iss")
            except TokenError:
                return None
            if issuer != LEGACY_ISSUER and issuer not in self.config.issuers:
                return None
            known = self._verify(token)
            if len(self._verified) >= _REMEMBERED:
                self._verified.clear()
            self._verified[digest] = known
        return known

    def _verify(self, token: bytes) -> Claims:
        parts = read(token)
        named = self._keys.get(parts.key_id)
        keys = self._keys.values() if not parts.key_id else (named,) if named is not None else ()
        claims = verified(parts, keys)
        meant = claims.get("aud")
        if isinstance(meant, str):
            claims["aud"] = [meant]
        elif meant is not None and not (isinstance(meant, list) and all(isinstance(each, str) for each in meant)):
            raise TokenError("aud is neither a string nor a list of them")
        return claims

    def _check_times(self, claims: Claims) -> None:
        """A minute is allowed either way, as the libraries of upstream allow it."""
        now = self._clock.now().timestamp()
        expires, begins, issued = (claims.get(name) for name in ("exp", "nbf", "iat"))
        if expires is not None and now - _LEEWAY > expires:
            raise TokenError("the token has expired")
        if (begins or 0) > now + _LEEWAY or (issued or 0) > now + _LEEWAY:
            raise TokenError("the token is not valid yet")

    def _bearer(self, claims: Claims, notes: Notes | None) -> User:
        private = claims[_PRIVATE]
        namespace, account = private["namespace"], private["serviceaccount"]
        self._check_alive("serviceaccounts", namespace, account)
        pod, secret, node = private.get("pod"), private.get("secret"), private.get("node")
        extra: dict[str, tuple[str, ...]] = {CREDENTIAL_ID: (_credential(claims),)} if claims.get("jti") else {}
        if secret:
            self._check_alive("secrets", namespace, secret)
        if pod:
            self._check_alive("pods", namespace, pod)
            extra |= _described("pod", pod)
        if node:
            if not pod:
                self._check_alive("nodes", "", node)
            extra |= _described("node", node)
        self._note_stale(private.get("warnafter"), claims["sub"], notes)
        return bearer(namespace, account["name"], account["uid"], extra)

    def _note_stale(self, warn_after: float | None, subject: str, notes: Notes | None) -> None:
        late = int(self._clock.now().timestamp()) - int(warn_after) if warn_after else 0
        if late > 0:
            _note(notes, _STALE, f"subject: {subject}, seconds after warning threshold: {late}")

    def _check_alive(self, plural: str, namespace: str, reference: Mapping[str, str]) -> None:
        """There, with that uid, and not deleted for longer than a minute."""
        entry = self._find(plural, namespace, reference["name"])
        if entry is None or entry.uid != reference["uid"]:
            raise TokenError(f"{plural} {reference['name']} is gone")
        if b'"deletionTimestamp":' in entry.value:
            deletion = orjson.loads(entry.value)["metadata"].get("deletionTimestamp")
            if deletion and self._clock.now() > parse_time(deletion) + timedelta(seconds=_LEEWAY):
                raise TokenError(f"{plural} {reference['name']} has been deleted")


def _note(notes: Notes | None, key: str, text: str) -> None:
    if notes is not None:
        notes.audit_annotations.setdefault(key, text)


def _credential(claims: Claims) -> str:
    return f"JTI={claims['jti']}"


def _described(kind: str, reference: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    extra: dict[str, tuple[str, ...]] = {f"{_EXTRA}{kind}-name": (reference["name"],)}
    if reference.get("uid"):
        extra[f"{_EXTRA}{kind}-uid"] = (reference["uid"],)
    return extra
