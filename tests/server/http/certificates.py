"""The files a TLS server and its clients need, from an authority made for the test."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kubejazz.identities import Identity
from kubejazz.pki import Credential, issue_client, issue_server, new_authority
from server.http.tls import TLSFiles

VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])


class Authority:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self._credential = new_authority(datetime.now(UTC))
        self.file = self._write("ca", self._credential)[0]

    def server(self) -> TLSFiles:
        credential = issue_server(self._credential, ["localhost", "127.0.0.1"], datetime.now(UTC))
        certificate, key = self._write("server", credential)
        return TLSFiles(certificate, key, client_ca=self.file)

    def client_context(self, name: str = "", trusting: Authority | None = None) -> ssl.SSLContext:
        """For a client that trusts ``trusting`` (default: this authority); with a certificate if it has a name."""
        context = ssl.create_default_context(cafile=str((trusting or self).file))
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        if name:
            context.load_cert_chain(*self.client_files(name))
        return context

    def client_files(self, name: str) -> tuple[Path, Path]:
        return self._write(name, issue_client(self._credential, Identity(name, name), datetime.now(UTC)))

    def _write(self, stem: str, credential: Credential) -> tuple[Path, Path]:
        certificate, key = self.folder / f"{stem}.crt", self.folder / f"{stem}.key"
        certificate.write_bytes(credential.certificate_pem)
        key.write_bytes(credential.key_pem)
        return certificate, key


def alice(folder: Path, version: ssl.TLSVersion) -> tuple[Authority, ssl.SSLContext]:
    """An authority, and a client of that version with a certificate of it."""
    authority = Authority(folder)
    context = authority.client_context("alice")
    context.minimum_version = context.maximum_version = version
    return authority, context
