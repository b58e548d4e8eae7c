"""The authority that signs: a certificate and its key in files, read again when they change.

What it signs has the request's subject, key and alternative names, the usages asked for and nothing else of the
request. Source: k8s.io/kubernetes pkg/controller/certificates/authority, signer/signer.go.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from controllers.certificates.requests import BadRequest, alternatives

_BACKDATE = timedelta(minutes=5)
_SHORT = timedelta(hours=8)
_LEAST = timedelta(minutes=10)

_KEY_USAGES: Mapping[str, str] = {
    "signing": "digital_signature",
    "digital signature": "digital_signature",
    "content commitment": "content_commitment",
    "key encipherment": "key_encipherment",
    "key agreement": "key_agreement",
    "data encipherment": "data_encipherment",
    "cert sign": "key_cert_sign",
    "crl sign": "crl_sign",
    "encipher only": "encipher_only",
    "decipher only": "decipher_only",
}
_EXTENDED: Mapping[str, ObjectIdentifier] = {
    "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "server auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "s/mime": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "ipsec end system": ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
    "ipsec tunnel": ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
    "ipsec user": ObjectIdentifier("1.3.6.1.5.5.7.3.7"),
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "microsoft sgc": ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"),
    "netscape sgc": ObjectIdentifier("2.16.840.1.113730.4.1"),
}
_PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class AuthorityError(Exception):
    """The files cannot be used; the message is one line."""


class _Loaded(NamedTuple):
    source: tuple[bytes, bytes]
    certificate: x509.Certificate
    key: _PrivateKey


class Authority:
    """``longest``: the life of a certificate, unless a shorter one is asked for."""

    def __init__(self, certificate: Path, key: Path, longest: timedelta) -> None:
        """Raises AuthorityError."""
        self._files = certificate, key
        self._longest = longest
        self._loaded = _load(self._read())

    def sign(
        self, csr: x509.CertificateSigningRequest, usages: Collection[str], seconds: int | None, now: datetime
    ) -> bytes:
        """The certificate in PEM; ``seconds``: the life asked for. Raises BadRequest, AuthorityError."""
        _, certificate, key = self._current()
        if not csr.is_signature_valid:
            raise BadRequest("unable to verify certificate request signature")
        begin, end = validity(now, life(seconds, self._longest), certificate.not_valid_after_utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(csr.subject)
            .issuer_name(certificate.subject)
            .public_key(csr.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
        )
        builder = _with_extensions(builder, csr, usages, certificate)
        algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        return builder.sign(key, algorithm).public_bytes(Encoding.PEM)

    def _current(self) -> _Loaded:
        source = self._read()
        if source != self._loaded.source:
            self._loaded = _load(source)
        return self._loaded

    def _read(self) -> tuple[bytes, bytes]:
        try:
            certificate, key = (file.read_bytes() for file in self._files)
        except OSError as error:
            raise AuthorityError(f"cannot read {error.filename}: {error.strerror}") from error
        return certificate, key


def life(seconds: int | None, longest: timedelta) -> timedelta:
    """How long a certificate is to live of which ``seconds`` were asked for."""
    if seconds is None:
        return longest
    asked = timedelta(seconds=seconds)
    return longest if asked > longest else max(asked, _LEAST)


def validity(now: datetime, lifetime: timedelta, signer_ends: datetime) -> tuple[datetime, datetime]:
    """From a little before now; never beyond the signer's own end. Raises AuthorityError when that has come."""
    if now >= signer_ends:
        raise AuthorityError(f"refusing to sign a certificate that expired in the past: NotAfter={signer_ends}")
    end = now + lifetime if lifetime < _SHORT else now + lifetime - _BACKDATE
    return now - _BACKDATE, min(end, signer_ends)


def _with_extensions(
    builder: x509.CertificateBuilder,
    csr: x509.CertificateSigningRequest,
    usages: Collection[str],
    issuer: x509.Certificate,
) -> x509.CertificateBuilder:
    unknown = [usage for usage in usages if usage not in _KEY_USAGES and usage not in _EXTENDED]
    if unknown:
        raise BadRequest(f"unrecognized usage values: {unknown}")
    flags = {_KEY_USAGES[usage] for usage in usages if usage in _KEY_USAGES}
    if flags:
        names = dict.fromkeys(_KEY_USAGES.values())
        builder = builder.add_extension(x509.KeyUsage(**{name: name in flags for name in names}), critical=True)
    extended = sorted({_EXTENDED[usage].dotted_string for usage in usages if usage in _EXTENDED})
    if extended:
        purposes = x509.ExtendedKeyUsage([ObjectIdentifier(text) for text in extended])
        builder = builder.add_extension(purposes, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())  # type: ignore[arg-type]
    builder = builder.add_extension(authority, critical=False)
    names_asked = alternatives(csr)
    return builder if names_asked is None else builder.add_extension(names_asked, critical=not csr.subject.rdns)


def _load(source: tuple[bytes, bytes]) -> _Loaded:
    try:
        certificates = x509.load_pem_x509_certificates(source[0])
        key = load_pem_private_key(source[1], None)
    except (ValueError, TypeError) as error:
        raise AuthorityError(f"error reading the signing certificate and its key: {error}") from error
    if len(certificates) != 1:
        raise AuthorityError(f"error reading the signing certificate: expected 1, found {len(certificates)}")
    if not isinstance(key, _PrivateKey):
        raise AuthorityError("error reading the signing key: it cannot sign")
    return _Loaded(source, certificates[0], key)
