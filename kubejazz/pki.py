"""Keys and certificates (ECDSA P-256): pure values, no files.

One authority signs the serving certificate and every client certificate. Certificates satisfy strict RFC 5280 checks
(key identifiers, key usages), which Python's ``ssl`` applies from 3.13 on.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kubejazz.errors import UserError
from kubejazz.identities import Identity

AUTHORITY_LIFETIME = timedelta(days=3650)
LEAF_LIFETIME = timedelta(days=365)
RENEW_BEFORE = timedelta(days=60)
"""A certificate with less left than this is made anew at the next start."""
CLOCK_SKEW = timedelta(hours=1)


class PKIError(UserError):
    """A key or certificate cannot be used; the message is one line."""


class KeyMismatch(PKIError):
    """A key and a certificate that do not belong together: a crash between writing the two, or a wrong file."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def from_pem(cls, certificate: bytes, key: bytes) -> Self:
        """Raises PKIError."""
        loaded = private_key_from_pem(key)
        try:
            parsed = x509.load_pem_x509_certificate(certificate)
        except ValueError as error:
            raise PKIError(f"not a PEM certificate ({_first_line(error)})") from error
        if parsed.public_key() != loaded.public_key():
            raise KeyMismatch("the key does not belong to the certificate")
        return cls(parsed, loaded)

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return private_key_pem(self.key)

    def expires_soon(self, now: datetime) -> bool:
        return self.certificate.not_valid_after_utc - now < RENEW_BEFORE

    def issued_by(self, authority: Credential) -> bool:
        try:
            self.certificate.verify_directly_issued_by(authority.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True


def new_private_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def private_key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def public_key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def private_key_from_pem(pem: bytes) -> ec.EllipticCurvePrivateKey:
    """Raises PKIError."""
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise PKIError(f"not a PEM private key ({_first_line(error)})") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise PKIError("not an ECDSA private key")
    return key


def new_authority(now: datetime) -> Credential:
    key = new_private_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubejazz")])
    builder = _builder(name, name, key, now, AUTHORITY_LIFETIME)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_key_usage(signs_certificates=True), critical=True)
    return Credential(builder.sign(key, hashes.SHA256()), key)


def issue_server(authority: Credential, names: Iterable[str], now: datetime) -> Credential:
    """A serving certificate for DNS names and IP addresses."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kube-apiserver")])
    alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
    return _issue(authority, subject, ExtendedKeyUsageOID.SERVER_AUTH, now, alternatives)


def issue_client(authority: Credential, identity: Identity, now: datetime) -> Credential:
    """A client certificate: the name is its common name, the groups are its organizations."""
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in identity.groups]
    attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, identity.name))
    return _issue(authority, x509.Name(attributes), ExtendedKeyUsageOID.CLIENT_AUTH, now)


def names_of(certificate: x509.Certificate) -> frozenset[str]:
    """The DNS names and IP addresses a serving certificate is for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(str(name.value) for name in names)


def _issue(
    authority: Credential,
    subject: x509.Name,
    usage: x509.ObjectIdentifier,
    now: datetime,
    alternatives: x509.SubjectAlternativeName | None = None,
) -> Credential:
    key = new_private_key()
    builder = _builder(subject, authority.certificate.subject, key, now, LEAF_LIFETIME)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = builder.add_extension(issuer, critical=False)
    if alternatives is not None:
        builder = builder.add_extension(alternatives, critical=False)
    return Credential(builder.sign(authority.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
