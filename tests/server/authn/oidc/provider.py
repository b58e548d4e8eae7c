"""A provider of tokens for tests: keys, tokens, and where it publishes them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, Self

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from server.authn.jwk import key_set
from server.authn.signatures import PrivateKey

URL = "https://id.example.com"
RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
NOW = 1_767_225_600
"""The first second of 2026, where a FakeClock begins."""
HASHES: dict[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(**more: Any) -> dict[str, Any]:
    return {"iss": URL, "aud": "kubernetes", "sub": "jane", "exp": NOW + 600, "iat": NOW, **more}


def signature(key: Any, algorithm: str, signed: bytes) -> bytes:
    digest = HASHES[algorithm[2:]]
    if algorithm.startswith("RS"):
        return bytes(key.sign(signed, padding.PKCS1v15(), digest))
    if algorithm.startswith("PS"):
        return bytes(key.sign(signed, padding.PSS(padding.MGF1(digest), digest.digest_size), digest))
    size = (key.curve.key_size + 7) // 8
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(digest)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def token(payload: Any, key: Any = RSA_KEY, algorithm: str = "RS256", **header: Any) -> str:
    """``payload``: bytes as they are, anything else as JSON."""
    body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    signed = f"{part(orjson.dumps({'alg': algorithm, 'typ': 'JWT', **header}))}.{part(body)}"
    return f"{signed}.{part(signature(key, algorithm, signed.encode()))}"


class KeyFile:
    """A key set in a file."""

    def __init__(self, path: Path, *keys: PrivateKey) -> None:
        self.path = path
        self.write(*keys)

    def write(self, *keys: PrivateKey) -> Self:
        before = self.path.stat().st_mtime_ns if self.path.exists() else 0
        listed = [{**each, "alg": ""} for each in orjson.loads(key_set([key.public_key() for key in keys]))["keys"]]
        self.path.write_bytes(orjson.dumps({"keys": [{k: v for k, v in each.items() if v} for each in listed]}))
        assert self.path.stat().st_mtime_ns != before
        return self
