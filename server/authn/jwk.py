"""JSON Web Keys (RFC 7517): naming, printing and reading public keys."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.authn.signatures import PublicKey, algorithm_of, coordinate_size

_CURVES: Mapping[str, type[ec.EllipticCurve]] = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}
_CURVE_NAMES = {str(curve.name): name for name, curve in _CURVES.items()}
_SMALLEST_RSA = 1024


class KeySetError(ValueError):
    """Not a set of keys; the message is one line."""


class Key(NamedTuple):
    """``id`` is "" for a key without one; ``algorithm`` "" for a key that does not say what it is used with."""

    id: str
    algorithm: str
    key: PublicKey


def key_id(key: PublicKey) -> str:
    """As upstream names keys: the digest of the public key in DER."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encode_part(hashlib.sha256(der).digest())


def key_set(keys: Sequence[PublicKey]) -> bytes:
    """What others verify tokens by that these keys signed."""
    return orjson.dumps({"keys": [_printed(key) for key in keys]})


def _printed(key: PublicKey) -> dict[str, str]:
    about = {"use": "sig", "kid": key_id(key), "alg": algorithm_of(key)}
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return {**about, "kty": "RSA", "n": _unsigned(numbers.n), "e": _unsigned(numbers.e)}
    point, size = key.public_numbers(), coordinate_size(key)
    axes = {axis: encode_part(value.to_bytes(size, "big")) for axis, value in (("x", point.x), ("y", point.y))}
    return {**about, "kty": "EC", "crv": _CURVE_NAMES[key.curve.name], **axes}


def _unsigned(number: int) -> str:
    return encode_part(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def read_key_set(data: bytes) -> tuple[Key, ...]:
    """The public keys for signatures in a key set; keys of other sorts and for other uses are left out.

    Raises KeySetError.
    """
    try:
        listed = orjson.loads(data)["keys"]
        return tuple(key for each in listed if (key := _read(each)) is not None)
    except (orjson.JSONDecodeError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise KeySetError(f"not a JSON Web Key Set: {error}") from None


def _read(jwk: Mapping[str, Any]) -> Key | None:
    if jwk.get("use", "sig") != "sig":
        return None
    key: PublicKey
    if jwk.get("kty") == "RSA":
        key = rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key()
        if key.key_size < _SMALLEST_RSA:
            return None
    elif jwk.get("kty") == "EC" and jwk.get("crv") in _CURVES:
        key = ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), _CURVES[jwk["crv"]]()).public_key()
    else:
        return None
    return Key(str(jwk.get("kid", "")), str(jwk.get("alg", "")), key)


def _number(text: str) -> int:
    try:
        return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def encode_part(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
