"""The TLS side of the listener."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

PROTOCOLS = ["http/1.1", "h2"]
"""Offered by ALPN, the preferred one first: a client that can do both gets the faster path."""


class TLSError(Exception):
    """The certificate files cannot be used; the message is one line."""


@dataclass(frozen=True, slots=True)
class TLSFiles:
    """PEM files. ``client_ca``: whose client certificates are accepted; None: nobody is asked for one."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


def server_context(files: TLSFiles) -> ssl.SSLContext:
    """Raises TLSError. A client without a certificate is welcome; one with a foreign one fails the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.set_alpn_protocols(PROTOCOLS)
    try:
        context.load_cert_chain(files.certificate, files.key)
    except OSError as error:
        raise TLSError(f"cannot use serving certificate {files.certificate} with key {files.key}: {error}") from error
    if files.client_ca is not None:
        try:
            context.load_verify_locations(files.client_ca)
        except OSError as error:
            raise TLSError(f"cannot use client CA {files.client_ca}: {error}") from error
        context.verify_mode = ssl.CERT_OPTIONAL
    return context
