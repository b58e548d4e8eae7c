"""The nodes' certificates in a folder: one PEM file each, which holds the private key too, as a kubelet keeps it."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_SOONEST, _SPREAD = 0.7, 0.2
"""A certificate is renewed after this fraction of its life, and up to so much later: nodes that joined together do not
renew together."""


@dataclass(frozen=True, slots=True)
class NodeCertificate:
    """``renewal``: when to ask for the next one."""

    path: Path
    renewal: datetime
    end: datetime


class Certificates:
    """``authorities``: those that the API server is known by (PEM), "" if unknown: a certificate that names one of
    them as its issuer must be of it."""

    def __init__(self, folder: Path, authorities: str, random: Random | None = None) -> None:
        self._folder = folder
        self._random = random or Random()
        self._authorities = x509.load_pem_x509_certificates(authorities.encode()) if authorities else []

    def load(self, node: str, now: datetime) -> NodeCertificate | None:
        """None: there is none that can be used now."""
        path = self._path(node)
        try:
            pem = path.read_bytes()
            certificate = x509.load_pem_x509_certificate(pem)
            key = load_pem_private_key(pem, None)
        except (OSError, ValueError, TypeError):
            return None
        if key.public_key() != certificate.public_key() or not self._may_be_known(certificate):
            return None
        valid = certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc
        return self._of(path, certificate) if valid else None

    def save(self, node: str, certificate: bytes, key: bytes) -> NodeCertificate:
        """Replaces what was there at once. Raises OSError, ValueError for a certificate that is none."""
        loaded = x509.load_pem_x509_certificate(certificate)
        path = self._path(node)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(".new")
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(certificate + key)
        fresh.replace(path)
        return self._of(path, loaded)

    def _of(self, path: Path, certificate: x509.Certificate) -> NodeCertificate:
        begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        share = _SOONEST + _SPREAD * self._random.random()
        return NodeCertificate(path, begin + (end - begin) * share, end)

    def _path(self, node: str) -> Path:
        return self._folder / f"kubelet-client-{node}.pem"

    def _may_be_known(self, certificate: x509.Certificate) -> bool:
        namesakes = [authority for authority in self._authorities if authority.subject == certificate.issuer]
        return not namesakes or any(_issued(authority, certificate) for authority in namesakes)


def _issued(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
