"""Certificates and requests for them, made for tests."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
_SUBJECT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alice")])


@cache
def key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    """The same number, the same key."""
    return ec.generate_private_key(ec.SECP256R1())


@cache
def request(encoding: Encoding = Encoding.PEM, *, number: int = 0) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(_SUBJECT)
    return builder.sign(key(number), hashes.SHA256()).public_bytes(encoding)


def tampered_request() -> bytes:
    """One whose last byte, part of the signature, is not what was signed."""
    der = request(Encoding.DER)
    return der[:-1] + bytes([der[-1] ^ 1])


@cache
def certificate(
    *,
    number: int = 0,
    authority: bool = False,
    start: datetime = NOW,
    lifetime: timedelta = timedelta(hours=2),
    names: tuple[str, ...] = (),
) -> str:
    """A self-signed certificate in PEM."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(_SUBJECT)
        .issuer_name(_SUBJECT)
        .public_key(key(number).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + lifetime)
    )
    if authority:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    if names:
        listed = [x509.DNSName(name) for name in names]
        builder = builder.add_extension(x509.SubjectAlternativeName(listed), critical=False)
    return builder.sign(key(number), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def pem(kind: str, data: bytes) -> str:
    lines = b64encode(data).decode()
    body = "\n".join(lines[start : start + 64] for start in range(0, len(lines), 64))
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"


def encoded(data: bytes | str) -> str:
    """As a field of bytes is written."""
    return b64encode(data.encode() if isinstance(data, str) else data).decode()
