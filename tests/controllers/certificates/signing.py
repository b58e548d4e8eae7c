"""Requests and an authority for the tests of the certificate controllers."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from controllers.certificates.requests import KUBELET_CLIENT
from controllers.settings import Settings

CLIENT_USAGES = ("client auth", "digital signature")
SERVING_USAGES = ("server auth", "digital signature")
KEY = ec.generate_private_key(ec.SECP256R1())


def subject(name: str, organizations: Sequence[str]) -> x509.Name:
    groups = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in organizations]
    return x509.Name([*groups, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def alternative(name: str) -> x509.GeneralName:
    if "://" in name:
        return x509.UniformResourceIdentifier(name)
    if "@" in name:
        return x509.RFC822Name(name)
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def csr(
    name: str = "system:node:one", organizations: Sequence[str] = ("system:nodes",), names: Sequence[str] = ()
) -> x509.CertificateSigningRequest:
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject(name, organizations))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([alternative(n) for n in names]), critical=False)
    return builder.sign(KEY, hashes.SHA256())


def request(
    wanted: x509.CertificateSigningRequest | None = None,
    *,
    signer: str = KUBELET_CLIENT,
    usages: Sequence[str] = CLIENT_USAGES,
    username: str = "system:bootstrap:abcdef",
    conditions: Sequence[dict[str, Any]] = (),
    certificate: bytes = b"",
    seconds: int | None = None,
) -> dict[str, Any]:
    pem = (csr() if wanted is None else wanted).public_bytes(Encoding.PEM)
    spec: dict[str, Any] = {
        "request": base64.b64encode(pem).decode(),
        "signerName": signer,
        "usages": list(usages),
        "username": username,
        "groups": ["system:bootstrappers"],
    }
    if seconds is not None:
        spec["expirationSeconds"] = seconds
    status: dict[str, Any] = {"conditions": list(conditions)}
    if certificate:
        status["certificate"] = base64.b64encode(certificate).decode()
    return {"metadata": {"name": "csr"}, "spec": spec, "status": status}


def approved(since: str = "2026-01-01T00:00:00Z") -> dict[str, Any]:
    return {"type": "Approved", "status": "True", "lastUpdateTime": since}


def authority(folder: Path, now: datetime | None = None, life: timedelta = timedelta(days=3650)) -> Settings:
    """Settings with a new authority's files in the folder."""
    begin = now or datetime.now(UTC)
    name = subject("authority", ())
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin - timedelta(hours=1))
        .not_valid_after(begin + life)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "ca.crt", folder / "ca.key"
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    return Settings(signing_certificate=files[0], signing_key=files[1])
