"""The keys, certificates and tokens in a data directory: made at the first start, reused, renewed in time."""

from __future__ import annotations

import csv
import io
import logging
import secrets
import socket
import string
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from kubejazz import pki
from kubejazz.datadir import DataDir
from kubejazz.files import write_atomically
from kubejazz.identities import Identity
from kubejazz.pki import Credential, KeyMismatch, PKIError

SERVICE_ADDRESS = "10.96.0.1"
"""The address of the Service ``kubernetes`` in the default Service network."""
SERVICE_NAMES = (
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)

AUTHORITY = "ca"
_ALPHABET = string.ascii_lowercase + string.digits
FRONT_PROXY_AUTHORITY = "front-proxy-ca"
FRONT_PROXY = Identity("front-proxy-client", "front-proxy-client")
"""Who this server is to the servers that it aggregates."""

log = logging.getLogger("kubejazz.pki")


def serving_names(extra: Iterable[str]) -> tuple[str, ...]:
    """Everything the serving certificate is for, each once."""
    host = socket.gethostname()
    names = (
        "localhost",
        "127.0.0.1",
        "::1",
        *SERVICE_NAMES,
        SERVICE_ADDRESS,
        *([host] if _is_ascii_name(host) else []),
    )
    return tuple(dict.fromkeys((*names, *extra)))


def _is_ascii_name(host: str) -> bool:
    return bool(host) and host.isascii() and "_" not in host


class Credentials:
    """The credentials of one data directory. The caller holds its lock. Every method raises PKIError."""

    def __init__(self, directory: DataDir, now: Callable[[], datetime]) -> None:
        self._directory = directory
        self._now = now
        self.authority_file = directory.pki / "ca.crt"
        self.serving_file = directory.pki / "apiserver.crt"
        self.serving_key_file = directory.pki / "apiserver.key"
        self.service_account_key_file = directory.pki / "sa.key"
        self.authority_key_file = directory.pki / "ca.key"
        self.bootstrap_token_file = directory.pki / "bootstrap-token"
        self.front_proxy_file = directory.pki / f"{FRONT_PROXY.file}.crt"
        self.front_proxy_key_file = directory.pki / f"{FRONT_PROXY.file}.key"
        self._authority: Credential | None = None
        self._front_proxy_authority: Credential | None = None

    def ensure(self, names: Sequence[str], identities: Iterable[Identity]) -> None:
        """Make what is missing and renew what is about to expire."""
        self._ensure_serving(names)
        self._ensure_service_account_key()
        self._ensure_front_proxy()
        wanted = tuple(identities)
        for identity in wanted:
            self.client(identity)
        self._ensure_tokens(wanted)

    @property
    def authority(self) -> Credential:
        if self._authority is None:
            self._authority = self._ensure(AUTHORITY, lambda _: True, lambda: pki.new_authority(self._now()))
        return self._authority

    @property
    def front_proxy_authority(self) -> Credential:
        """Another authority than that of the clients: nobody else's certificate makes a front proxy."""
        if self._front_proxy_authority is None:
            made = self._ensure(FRONT_PROXY_AUTHORITY, lambda _: True, lambda: pki.new_authority(self._now()))
            self._front_proxy_authority = made
        return self._front_proxy_authority

    def _ensure_front_proxy(self) -> None:
        authority = self.front_proxy_authority
        self._ensure(
            FRONT_PROXY.file,
            lambda credential: credential.issued_by(authority),
            lambda: pki.issue_client(authority, FRONT_PROXY, self._now()),
        )

    def client(self, identity: Identity) -> Credential:
        """The client certificate of an identity, made if need be."""
        authority = self.authority
        return self._ensure(
            identity.file,
            lambda credential: credential.issued_by(authority),
            lambda: pki.issue_client(authority, identity, self._now()),
        )

    def bootstrap_token(self) -> str:
        """By which nodes join, made if need be: ``<id>.<secret>``."""
        path = self.bootstrap_token_file
        if not path.exists():
            _write(path, f"{_random(6)}.{_random(16)}\n".encode())
        return _read(path).decode("ascii", "replace").strip()

    def _ensure_serving(self, names: Sequence[str]) -> None:
        authority = self.authority
        self._ensure(
            "apiserver",
            lambda credential: credential.issued_by(authority) and set(names) <= pki.names_of(credential.certificate),
            lambda: pki.issue_server(authority, names, self._now()),
        )

    def _ensure(self, stem: str, usable: Callable[[Credential], bool], make: Callable[[], Credential]) -> Credential:
        certificate, key = self._directory.pki / f"{stem}.crt", self._directory.pki / f"{stem}.key"
        if certificate.exists() and key.exists():
            credential = _load(certificate, key, replaceable=stem not in (AUTHORITY, FRONT_PROXY_AUTHORITY))
            if credential is not None and usable(credential) and not credential.expires_soon(self._now()):
                return credential
            log.info("renewing certificate %s", certificate)
        credential = make()
        _write(key, credential.key_pem)
        _write(certificate, credential.certificate_pem)
        return credential

    def service_account_key(self) -> ec.EllipticCurvePrivateKey:
        path = self.service_account_key_file
        try:
            return pki.private_key_from_pem(_read(path))
        except PKIError as error:
            raise PKIError(f"cannot use service account key {path}: {error}") from error

    def _ensure_service_account_key(self) -> None:
        path = self.service_account_key_file
        if path.exists():
            key = self.service_account_key()
        else:
            key = pki.new_private_key()
            _write(path, pki.private_key_pem(key))
        public = path.with_suffix(".pub")
        if not public.exists():
            _write(public, pki.public_key_pem(key))

    def _ensure_tokens(self, identities: Sequence[Identity]) -> None:
        """A line for each identity; lines somebody added stay."""
        path = self._directory.tokens
        text = _read(path).decode("utf-8", "replace") if path.exists() else ""
        known = {record[1] for record in csv.reader(io.StringIO(text)) if len(record) > 1}
        missing = [identity for identity in identities if identity.name not in known]
        if not missing:
            return
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        for identity in missing:
            writer.writerow((secrets.token_urlsafe(32), identity.name, "", ",".join(identity.groups)))
        separator = "" if not text or text.endswith("\n") else "\n"
        _write(path, (text + separator + out.getvalue()).encode())


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _load(certificate: Path, key: Path, *, replaceable: bool) -> Credential | None:
    """None for a pair that a crash left half renewed and that can be made anew."""
    try:
        return Credential.from_pem(_read(certificate), _read(key))
    except PKIError as error:
        if replaceable and isinstance(error, KeyMismatch):
            return None
        remedy = "restore both, or remove both to have new ones made"
        raise PKIError(f"cannot use certificate {certificate} with key {key}: {error} ({remedy})") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PKIError(f"cannot read {path}: {error.strerror}") from error


def _write(path: Path, content: bytes) -> None:
    try:
        write_atomically(path, content)
    except OSError as error:
        raise PKIError(f"cannot write {path}: {error.strerror}") from error
