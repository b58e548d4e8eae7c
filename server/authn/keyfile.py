"""Keys out of PEM files: those that sign and verify the tokens of service accounts.

Source: k8s.io/client-go util/keyutil (PublicKeysFromFile, PrivateKeyFromFile).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from server.authn.signatures import PrivateKey, PublicKey, algorithm_of
from server.configfile import ConfigFileError

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)


def read_private_key(path: Path) -> PrivateKey:
    """The first one in the file. Raises ConfigFileError."""
    for kind, block in _blocks(path):
        if kind.endswith(b"PRIVATE KEY"):
            return _private(block, path)
    raise ConfigFileError(f"{path}: data does not contain a valid RSA or ECDSA private key")


def read_public_keys(path: Path) -> tuple[PublicKey, ...]:
    """Every key in the file, also those of private keys and certificates. Raises ConfigFileError."""
    keys = tuple(_public_keys(path))
    if not keys:
        raise ConfigFileError(f"{path}: data does not contain any valid RSA or ECDSA public keys")
    return keys


def _public_keys(path: Path) -> Iterable[PublicKey]:
    for kind, block in _blocks(path):
        if kind.endswith(b"PRIVATE KEY"):
            yield _private(block, path).public_key()
            continue
        try:
            key: object
            if kind == b"CERTIFICATE":
                key = x509.load_pem_x509_certificate(block).public_key()
            elif kind.endswith(b"PUBLIC KEY"):
                key = load_pem_public_key(block)
            else:
                continue
        except ValueError as error:
            raise ConfigFileError(f"{path}: {error}") from None
        if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            yield _usable(key, path)


def _private(block: bytes, path: Path) -> PrivateKey:
    try:
        key = load_pem_private_key(block, None)
    except (ValueError, TypeError) as error:
        raise ConfigFileError(f"{path}: {error}") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ConfigFileError(f"{path}: neither an RSA nor an ECDSA key")
    _usable(key.public_key(), path)
    return key


def _usable(key: PublicKey, path: Path) -> PublicKey:
    try:
        algorithm_of(key)
    except ValueError as error:
        raise ConfigFileError(f"{path}: {error}") from None
    return key


def _blocks(path: Path) -> list[tuple[bytes, bytes]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigFileError(f"cannot read {path}: {error.strerror}") from None
    return [(match[1], match[0]) for match in _BLOCK.finditer(data)]
