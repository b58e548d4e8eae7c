"""Certificates of authorities nobody trusts, for the objects that hold some."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def authority(common_name: str) -> str:
    """One in PEM, signed by itself, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate(common_name, key, timedelta(days=1))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def request_and_certificate(common_name: str, lifetime: timedelta) -> tuple[bytes, str, datetime, datetime]:
    """A PKCS#10 request without a subject in DER, a certificate of its key in PEM, and when that is good."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    before = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    made = _certificate(common_name, key, lifetime, before).sign(key, hashes.SHA256())
    return (
        request.public_bytes(serialization.Encoding.DER),
        made.public_bytes(serialization.Encoding.PEM).decode(),
        before,
        before + lifetime,
    )


def _certificate(
    common_name: str, key: ec.EllipticCurvePrivateKey, lifetime: timedelta, before: datetime | None = None
) -> x509.CertificateBuilder:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    before = before or datetime.now(UTC) - timedelta(hours=1)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(before)
    return made.not_valid_after(before + lifetime)
