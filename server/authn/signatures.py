"""The signature algorithms of JSON Web Tokens (RFC 7518, section 3), over public keys.

There is no ``none`` and no HMAC: a public key can never be taken for a shared secret, and each algorithm takes keys of
its own sort alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

Check = Callable[[PublicKey, bytes, bytes], bool]
"""(key, signature, what was signed): whether it fits. False too for a key of another sort."""

_HASHES: Mapping[str, HashAlgorithm] = {"256": SHA256(), "384": SHA384(), "512": SHA512()}
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


def algorithm_of(key: PublicKey | PrivateKey) -> str:
    """What a key signs with, as upstream chooses it. Raises ValueError for a curve that there is no algorithm for."""
    if isinstance(key, rsa.RSAPublicKey | rsa.RSAPrivateKey):
        return "RS256"
    name = _CURVES.get(key.curve.name)
    if name is None:
        raise ValueError("unknown private key curve, must be 256, 384, or 521")
    return name


def coordinate_size(key: ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey) -> int:
    """Octets of a coordinate, and of each half of a signature."""
    return (key.curve.key_size + 7) // 8


def signature(key: PrivateKey, signed: bytes) -> bytes:
    name = algorithm_of(key)
    digest = _HASHES[name[2:]]
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(signed, PKCS1v15(), digest)
    size = coordinate_size(key)
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(digest)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _pkcs1(digest: HashAlgorithm) -> Check:
    def check(key: PublicKey, sig: bytes, signed: bytes) -> bool:
        return isinstance(key, rsa.RSAPublicKey) and _fits(lambda: key.verify(sig, signed, PKCS1v15(), digest))

    return check


def _pss(digest: HashAlgorithm) -> Check:
    padding = PSS(MGF1(digest), PSS.AUTO)

    def check(key: PublicKey, sig: bytes, signed: bytes) -> bool:
        return isinstance(key, rsa.RSAPublicKey) and _fits(lambda: key.verify(sig, signed, padding, digest))

    return check


def _ecdsa(name: str, digest: HashAlgorithm) -> Check:
    def check(key: PublicKey, sig: bytes, signed: bytes) -> bool:
        if not isinstance(key, ec.EllipticCurvePublicKey) or _CURVES.get(key.curve.name) != name:
            return False
        half = coordinate_size(key)
        if len(sig) != 2 * half:
            return False
        der = encode_dss_signature(int.from_bytes(sig[:half], "big"), int.from_bytes(sig[half:], "big"))
        return _fits(lambda: key.verify(der, signed, ec.ECDSA(digest)))

    return check


def _fits(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except InvalidSignature:
        return False
    return True


CHECKS: Final[Mapping[str, Check]] = {
    **{f"RS{bits}": _pkcs1(digest) for bits, digest in _HASHES.items()},
    **{f"PS{bits}": _pss(digest) for bits, digest in _HASHES.items()},
    **{f"ES{bits}": _ecdsa(f"ES{bits}", digest) for bits, digest in _HASHES.items()},
}
"""By upstream's names: all that a token may be signed with."""
