"""A user out of a client certificate: the common name is the name, the organizations are the groups.

The TLS layer has checked the chain against the client CA when the connection was made, and says what is wrong with it.
A connection may outlive its certificate, so the validity period is checked again for every request.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.x509.oid import NameOID

from apimachinery.clock import REAL_CLOCK, Clock
from apimachinery.status import Unauthorized
from server.authn.authenticator import BadCredential, Connection
from server.authn.user import CREDENTIAL_ID, User, authenticated

_UID = x509.ObjectIdentifier("1.3.6.1.4.1.57683.2")
"""The subject attribute that carries a user's uid (k8s.io/apimachinery pkg/util/asn1)."""


class _Known(NamedTuple):
    user: User | None
    not_before: datetime
    not_after: datetime


class CertificateAuthenticator:
    """``cache_size`` certificates are remembered; the oldest is forgotten first."""

    def __init__(self, clock: Clock = REAL_CLOCK, cache_size: int = 4096) -> None:
        self._clock = clock
        self._cache_size = cache_size
        self._known: dict[bytes, _Known] = {}

    async def authenticate(self, connection: Connection) -> User | None:
        der = connection.peer_der
        if der is None:
            return None
        if connection.peer_error:
            raise Unauthorized from BadCredential(f"x509: {connection.peer_error}")
        known = self._known.get(der) or self._learn(der)
        if not known.not_before <= self._clock.now() <= known.not_after:
            raise Unauthorized from BadCredential("x509: the certificate has expired or is not yet valid")
        return known.user

    def _learn(self, der: bytes) -> _Known:
        known = _read(der)
        while len(self._known) >= self._cache_size:
            del self._known[next(iter(self._known))]
        self._known[der] = known
        return known


def _read(der: bytes) -> _Known:
    try:
        certificate = x509.load_der_x509_certificate(der)
        subject = certificate.subject
        user = _user(subject, der)
    except ValueError as error:
        raise Unauthorized from error
    return _Known(user, certificate.not_valid_before_utc, certificate.not_valid_after_utc)


def _user(subject: x509.Name, der: bytes) -> User | None:
    names = _texts(subject, NameOID.COMMON_NAME)
    if not names or not names[-1]:
        return None
    uids = _texts(subject, _UID)
    if len(uids) > 1:
        raise ValueError("expected at most 1 UID in the certificate's subject")
    return authenticated(
        User(
            name=names[-1],
            uid=uids[0] if uids else "",
            groups=_texts(subject, NameOID.ORGANIZATION_NAME),
            extra={CREDENTIAL_ID: (f"X509SHA256={hashlib.sha256(der).hexdigest()}",)},
        )
    )


def _texts(subject: x509.Name, oid: x509.ObjectIdentifier) -> tuple[str, ...]:
    return tuple(str(attribute.value) for attribute in subject.get_attributes_for_oid(oid))
