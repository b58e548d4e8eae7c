"""JSON Web Tokens in compact form, signed (RFC 7515, RFC 7519): reading, verifying and making them.

What a token says of keys (jwk, jku, x5c, x5u) is never looked at: the caller brings the keys.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import orjson

from openapi.decode import DecodeError, parse_json
from server.authn.jwk import encode_part, key_id
from server.authn.signatures import CHECKS, PrivateKey, PublicKey, algorithm_of, signature

Claims = dict[str, Any]

_PART = re.compile(rb"[A-Za-z0-9_-]*")


class TokenError(Exception):
    """Not a token, or not one of these keys. The message is for logs, not for who brought the token."""


class Token(NamedTuple):
    """The parts of a token; ``claims`` is still encoded, since nothing it says is to be believed yet."""

    header: Claims
    claims: bytes
    signed: bytes
    signature: bytes

    @property
    def key_id(self) -> str:
        """Whose it claims to be, "" if it does not say."""
        given = self.header.get("kid", "")
        if not isinstance(given, str):
            raise TokenError("kid is not a string")
        return given


def read(token: bytes) -> Token:
    """Raises TokenError."""
    parts = token.split(b".")
    if len(parts) != 3:
        raise TokenError("a token has three parts")
    header, claims, sig = parts
    read_header = _object(_decode(header))
    if "crit" in read_header:
        raise TokenError("the token has critical extensions, of which none is known")
    return Token(read_header, _decode(claims), header + b"." + claims, _decode(sig))


def unverified(token: bytes) -> Claims:
    """The claims of a token nobody has verified: only to tell whose it claims to be. Raises TokenError."""
    parts = token.split(b".")
    if len(parts) != 3:
        raise TokenError("a token has three parts")
    try:
        claims = orjson.loads(_decode(parts[1]))
    except orjson.JSONDecodeError as error:
        raise TokenError(str(error)) from None
    if not isinstance(claims, dict):
        raise TokenError("not an object")
    return claims


def verified(token: Token, keys: Iterable[PublicKey], algorithms: Collection[str] = CHECKS.keys()) -> Claims:
    """The claims of a token that one of ``keys`` signed; times and all else are not looked at. Raises TokenError."""
    algorithm = token.header.get("alg")
    check = CHECKS.get(algorithm) if isinstance(algorithm, str) and algorithm in algorithms else None
    if check is None:
        raise TokenError("the token's algorithm is not one that is taken")
    if not any(check(key, token.signature, token.signed) for key in keys):
        raise TokenError("the signature does not match")
    return _object(token.claims)


def sign(claims: Claims, key: PrivateKey) -> str:
    header = {"alg": algorithm_of(key), "kid": key_id(key.public_key())}
    signed = f"{encode_part(orjson.dumps(header))}.{encode_part(orjson.dumps(claims))}"
    return f"{signed}.{encode_part(signature(key, signed.encode()))}"


def _decode(part: bytes) -> bytes:
    """Base64url without padding, and nothing else."""
    if not _PART.fullmatch(part) or len(part) % 4 == 1:
        raise TokenError("not base64url")
    return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))


def _object(data: bytes) -> Claims:
    try:
        value, repeated = parse_json(data, find_duplicates=True)
    except DecodeError as error:
        raise TokenError(str(error)) from None
    if not isinstance(value, dict):
        raise TokenError("not an object")
    if repeated:
        raise TokenError(repeated[0])
    return value
