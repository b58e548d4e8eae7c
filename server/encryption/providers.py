"""The ciphers: a key of each makes bytes unreadable and readable again.

Stored forms are upstream's: AES-GCM with a 12-byte nonce in front, AES-CBC with a 16-byte vector and PKCS #7,
secretbox (XSalsa20-Poly1305) with a 24-byte nonce. Only AES-GCM binds a value to its object's key.
Source: k8s.io/apiserver/pkg/storage/value/encrypt.
"""

from __future__ import annotations

import os
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

_BLOCK = 16
_GCM_NONCE = 12
_TOO_SHORT = "the stored data was shorter than the required size"


class Unreadable(Exception):
    """These bytes were not made by this key; one line that says what is wrong with them."""


class Box(Protocol):
    """One key of one cipher. Used by several threads."""

    def seal(self, data: bytes, authenticated: bytes) -> bytes: ...

    def open(self, data: bytes, authenticated: bytes) -> bytes:
        """Raises Unreadable."""


class AesGcm:
    prefix = "k8s:enc:aesgcm:v1:"
    sizes = (16, 24, 32)
    stranger = "no matching key was found for the provided AES transformer"

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, data: bytes, authenticated: bytes) -> bytes:
        nonce = os.urandom(_GCM_NONCE)
        return nonce + self._cipher.encrypt(nonce, data, authenticated)

    def open(self, data: bytes, authenticated: bytes) -> bytes:
        if len(data) < _GCM_NONCE:
            raise Unreadable(_TOO_SHORT)
        try:
            return self._cipher.decrypt(data[:_GCM_NONCE], data[_GCM_NONCE:], authenticated)
        except InvalidTag:
            raise Unreadable("cipher: message authentication failed") from None


class AesCbc:
    prefix = "k8s:enc:aescbc:v1:"
    sizes = (16, 24, 32)
    stranger = AesGcm.stranger

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.AES(key)

    def seal(self, data: bytes, authenticated: bytes) -> bytes:
        vector = os.urandom(_BLOCK)
        padder = PKCS7(8 * _BLOCK).padder()
        padded = padder.update(data) + padder.finalize()
        encryptor = Cipher(self._algorithm, modes.CBC(vector)).encryptor()
        return vector + encryptor.update(padded) + encryptor.finalize()

    def open(self, data: bytes, authenticated: bytes) -> bytes:
        if len(data) < _BLOCK:
            raise Unreadable(_TOO_SHORT)
        if len(data) % _BLOCK:
            raise Unreadable("the stored data is not a multiple of the block size")
        decryptor = Cipher(self._algorithm, modes.CBC(data[:_BLOCK])).decryptor()
        unpadder = PKCS7(8 * _BLOCK).unpadder()
        padded = decryptor.update(data[_BLOCK:]) + decryptor.finalize()
        try:
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError:
            raise Unreadable("invalid padding on input") from None


class Secretbox:
    prefix = "k8s:enc:secretbox:v1:"
    sizes = (32,)
    stranger = "no matching key was found for the provided Secretbox transformer"

    def __init__(self, key: bytes) -> None:
        self._box = SecretBox(key)

    def seal(self, data: bytes, authenticated: bytes) -> bytes:
        return bytes(self._box.encrypt(data))

    def open(self, data: bytes, authenticated: bytes) -> bytes:
        if len(data) < SecretBox.NONCE_SIZE + SecretBox.MACBYTES:
            raise Unreadable(_TOO_SHORT)
        try:
            return self._box.decrypt(data)
        except CryptoError:
            raise Unreadable("message authentication failed") from None


Provider = type[AesGcm] | type[AesCbc] | type[Secretbox]

PROVIDERS: dict[str, Provider] = {"aesgcm": AesGcm, "aescbc": AesCbc, "secretbox": Secretbox}
"""By the name of their field in the configuration; ``identity`` is no cipher, and ``kms`` is not supported."""
