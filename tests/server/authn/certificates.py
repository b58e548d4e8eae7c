"""Client certificates for tests: self-signed, because the chain is the TLS layer's business."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

UID_OID = x509.ObjectIdentifier("1.3.6.1.4.1.57683.2")
START = datetime(2026, 1, 1, tzinfo=UTC)


def client_der(
    name: str = "alice",
    groups: tuple[str, ...] = ("dev",),
    uids: tuple[str, ...] = (),
    start: datetime = START,
    lifetime: timedelta = timedelta(days=1),
) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    attributes += [x509.NameAttribute(UID_OID, uid) for uid in uids]
    if name:
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, name))
    subject = x509.Name(attributes)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + lifetime)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.DER)
