"""Signs the tokens that go into Secrets: JSON Web Tokens (RFC 7515, 7518) without an end."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from apimachinery.objects import Object, name_of, namespace_of

ISSUER = "kubernetes/serviceaccount"
_PRIVATE = "kubernetes.io/serviceaccount"
_CURVES: dict[str, tuple[str, HashAlgorithm]] = {
    "secp256r1": ("ES256", SHA256()),
    "secp384r1": ("ES384", SHA384()),
    "secp521r1": ("ES512", SHA512()),
}

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class KeyFileError(ValueError):
    """The key cannot be used; the message is one line."""


def load_key(path: Path) -> PrivateKey:
    """An RSA or EC private key in PEM. Raises KeyFileError."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise KeyFileError(f"{path} holds no private key: {error}") from None
    if isinstance(key, rsa.RSAPrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return key
    raise KeyFileError(f"{path}: keys of this sort do not sign tokens")


def legacy_claims(account: Object, secret: Object) -> dict[str, Any]:
    namespace, name = namespace_of(account), name_of(account)
    return {
        "iss": ISSUER,
        "sub": f"system:serviceaccount:{namespace}:{name}",
        f"{_PRIVATE}/namespace": namespace,
        f"{_PRIVATE}/secret.name": name_of(secret),
        f"{_PRIVATE}/service-account.name": name,
        f"{_PRIVATE}/service-account.uid": account["metadata"]["uid"],
    }


def sign(claims: dict[str, Any], key: PrivateKey) -> str:
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else _CURVES[key.curve.name][0]
    header = {"alg": algorithm, "kid": _part(hashlib.sha256(public).digest())}
    signed = f"{_part(orjson.dumps(header))}.{_part(orjson.dumps(claims))}"
    return f"{signed}.{_part(_signature(key, signed.encode()))}"


def _signature(key: PrivateKey, signed: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(signed, PKCS1v15(), SHA256())
    size = (key.curve.key_size + 7) // 8
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(_CURVES[key.curve.name][1])))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
