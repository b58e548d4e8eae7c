"""JSON Web Tokens signed with ES256 (RFC 7515, 7518): what service-account tokens are made of."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_HALF = 32
_ALGORITHM = ec.ECDSA(SHA256())

Claims = dict[str, Any]


class TokenError(Exception):
    """Not a token, or not one of this key."""


def key_id(key: ec.EllipticCurvePublicKey) -> str:
    """As upstream names keys: the digest of the public key in DER."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encode_part(hashlib.sha256(der).digest())


def sign(claims: Claims, key: ec.EllipticCurvePrivateKey) -> str:
    header = {"alg": "ES256", "kid": key_id(key.public_key())}
    signed = f"{encode_part(orjson.dumps(header))}.{encode_part(orjson.dumps(claims))}"
    r, s = decode_dss_signature(key.sign(signed.encode(), _ALGORITHM))
    return f"{signed}.{encode_part(r.to_bytes(_HALF, 'big') + s.to_bytes(_HALF, 'big'))}"


def unverified(token: bytes) -> Claims:
    """The claims of a token nobody has verified: only to tell whose it claims to be. Raises TokenError."""
    parts = token.split(b".")
    if len(parts) != 3:
        raise TokenError("a token has three parts")
    return _object(parts[1])


def verify(token: bytes, key: ec.EllipticCurvePublicKey) -> Claims:
    """The claims of a token that ``key`` signed; times are not looked at. Raises TokenError."""
    signed, _, signature = token.rpartition(b".")
    header, _, claims = signed.partition(b".")
    if _object(header).get("alg") != "ES256":
        raise TokenError("unknown algorithm")
    raw = _decode_part(signature)
    if len(raw) != 2 * _HALF:
        raise TokenError("not an ES256 signature")
    der = encode_dss_signature(int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big"))
    try:
        key.verify(der, signed, _ALGORITHM)
    except InvalidSignature:
        raise TokenError("the signature does not match") from None
    return _object(claims)


def encode_part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode_part(part: bytes) -> bytes:
    try:
        return base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise TokenError(str(error)) from None


def _object(part: bytes) -> Claims:
    try:
        value = orjson.loads(_decode_part(part))
    except orjson.JSONDecodeError as error:
        raise TokenError(str(error)) from None
    if not isinstance(value, dict):
        raise TokenError("not an object")
    return value
