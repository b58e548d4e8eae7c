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
from typing import Final

import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from apimachinery.clock import Clock
from apimachinery.status import Unauthorized
from apimachinery.timefmt import parse_time
from server.authn.authenticator import Connection
from server.authn.jwt import Claims, TokenError, encode_part, key_id, sign, unverified, verify
from server.authn.token_file import bearer_token
from server.authn.user import AUTHENTICATED, CREDENTIAL_ID, User
from storage.types import Entry

ISSUER: Final = "https://kubernetes.default.svc.cluster.local"
AUDIENCES: Final = (ISSUER,)
"""Those of this API server itself."""

_PRIVATE: Final = "kubernetes.io"
_EXTRA: Final = "authentication.kubernetes.io/"
_LEEWAY: Final = 60.0
_REMEMBERED: Final = 4096

Find = Callable[[str, str, str], Entry | None]
"""(plural of a core resource, namespace, name) to the stored object, if it is there."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An object as a token names it. ``kind`` is pod, secret, node or serviceaccount; ``uid`` may be empty."""

    kind: str
    name: str
    uid: str


def bearer_name(namespace: str, name: str) -> str:
    return f"system:serviceaccount:{namespace}:{name}"


def key_set(key: ec.EllipticCurvePublicKey) -> bytes:
    """The JSON Web Key Set that others verify tokens by (RFC 7517)."""
    numbers = key.public_numbers()
    part = {"use": "sig", "kty": "EC", "kid": key_id(key), "crv": "P-256", "alg": "ES256"}
    part |= {axis: _coordinate(value) for axis, value in (("x", numbers.x), ("y", numbers.y))}
    return orjson.dumps({"keys": [part]})


class ServiceAccountTokens:
    """Issues and authenticates tokens of one key. Is an Authenticator. Verified signatures are remembered."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, clock: Clock, find: Find) -> None:
        self._key = key
        self._public = key.public_key()
        self._clock = clock
        self._find = find
        self._verified: dict[bytes, Claims] = {}

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._public

    def issue(
        self, namespace: str, account: Reference, audiences: Sequence[str], seconds: int, bound: Iterable[Reference]
    ) -> str:
        now = int(self._clock.now().timestamp())
        named = {ref.kind: {"name": ref.name, **({"uid": ref.uid} if ref.uid else {})} for ref in (*bound, account)}
        return sign(
            {
                "aud": list(audiences),
                "exp": now + seconds,
                "iat": now,
                "iss": ISSUER,
                "jti": str(uuid.uuid4()),
                _PRIVATE: {"namespace": namespace, **named},
                "nbf": now,
                "sub": bearer_name(namespace, account.name),
            },
            self._key,
        )

    def authenticate(self, connection: Connection) -> User | None:
        token = bearer_token(connection.authorization)
        if b"." not in token:
            return None
        found = self.review(token, AUDIENCES)
        return found[0] if found is not None else None

    def review(self, token: bytes, audiences: Sequence[str]) -> tuple[User, tuple[str, ...]] | None:
        """The bearer, and which of ``audiences`` the token is for; None for tokens of other issuers.

        Raises Unauthorized.
        """
        try:
            claims = self._claims(token)
            if claims is None:
                return None
            self._check_times(claims)
            matching = tuple(audience for audience in audiences if audience in claims["aud"])
            if not matching:
                raise TokenError("the token is for another audience")
            return self._bearer(claims), matching
        except (TokenError, KeyError, TypeError, AttributeError):
            raise Unauthorized from None

    def _claims(self, token: bytes) -> Claims | None:
        digest = hashlib.sha256(token).digest()
        known = self._verified.get(digest)
        if known is None:
            try:
                claimed = unverified(token)
            except TokenError:
                return None
            if claimed.get("iss") != ISSUER:
                return None
            known = verify(token, self._public)
            if len(self._verified) >= _REMEMBERED:
                self._verified.clear()
            self._verified[digest] = known
        return known

    def _check_times(self, claims: Claims) -> None:
        now = self._clock.now().timestamp()
        if now > claims["exp"] or now < claims["nbf"] - _LEEWAY:
            raise TokenError("the token is not valid now")

    def _bearer(self, claims: Claims) -> User:
        private = claims[_PRIVATE]
        namespace, account = private["namespace"], private["serviceaccount"]
        self._check_alive("serviceaccounts", namespace, account)
        extra: dict[str, tuple[str, ...]] = {CREDENTIAL_ID: (f"JTI={claims['jti']}",)}
        pod, secret, node = private.get("pod"), private.get("secret"), private.get("node")
        if secret:
            self._check_alive("secrets", namespace, secret)
        if pod:
            self._check_alive("pods", namespace, pod)
            extra |= _described("pod", pod)
        if node:
            if not pod:
                self._check_alive("nodes", "", node)
            extra |= _described("node", node)
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED)
        return User(bearer_name(namespace, account["name"]), account["uid"], groups, extra)

    def _check_alive(self, plural: str, namespace: str, reference: Mapping[str, str]) -> None:
        """There, with that uid, and not deleted for longer than a minute."""
        entry = self._find(plural, namespace, reference["name"])
        if entry is None or entry.uid != reference["uid"]:
            raise TokenError(f"{plural} {reference['name']} is gone")
        if b'"deletionTimestamp":' in entry.value:
            deletion = orjson.loads(entry.value)["metadata"].get("deletionTimestamp")
            if deletion and self._clock.now() > parse_time(deletion) + timedelta(seconds=_LEEWAY):
                raise TokenError(f"{plural} {reference['name']} has been deleted")


def _described(kind: str, reference: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    extra: dict[str, tuple[str, ...]] = {f"{_EXTRA}{kind}-name": (reference["name"],)}
    if reference.get("uid"):
        extra[f"{_EXTRA}{kind}-uid"] = (reference["uid"],)
    return extra


def _coordinate(value: int) -> str:
    return encode_part(value.to_bytes(32, "big"))
