"""The TLS side of the listener."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from OpenSSL import SSL, crypto

from server.http.openssl import Context, note_refusal, reason_of

PROTOCOLS = (b"http/1.1", b"h2")
"""Offered by ALPN, the preferred one first: a client that can do both gets the faster path."""


class TLSError(Exception):
    """The certificate files cannot be used; the message is one line."""


@dataclass(frozen=True, slots=True)
class TLSFiles:
    """PEM files. ``client_ca``: whose client certificates are good; None: nobody is asked for one."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


def server_context(files: TLSFiles) -> ssl.SSLContext:
    """For asyncio's servers. Raises TLSError. Every client is welcome, with whatever certificate or none."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_TICKET)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)  # a resumed session would not look at the certificate again
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_cipher_list(b"ECDHE+AESGCM:ECDHE+CHACHA20")
    context.set_alpn_select_callback(_select)
    with _usable(f"serving certificate {files.certificate} with key {files.key}"):
        context.use_certificate_chain_file(str(files.certificate))
        context.use_privatekey_file(str(files.key))
        context.check_privatekey()
    if files.client_ca is not None:
        with _usable(f"client CA {files.client_ca}"):
            context.load_verify_locations(str(files.client_ca))
            context.load_client_ca(str(files.client_ca).encode())
        context.set_verify(SSL.VERIFY_PEER, note_refusal)
        _trust_what_is_named(context)
    return Context(context)


def _trust_what_is_named(context: SSL.Context) -> None:
    """An authority named is trusted, be it a root or not: as upstream, whose language has no other way."""
    store = context.get_cert_store()
    assert store is not None
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)


def _select(_: SSL.Connection, offered: Sequence[bytes]) -> Any:
    return next((name for name in PROTOCOLS if name in offered), SSL.NO_OVERLAPPING_PROTOCOLS)


@contextlib.contextmanager
def _usable(what: str) -> Iterator[None]:
    try:
        yield
    except (OSError, SSL.Error) as error:
        reason = reason_of(error) if isinstance(error, SSL.Error) else str(error)
        raise TLSError(f"cannot use {what}: {reason}") from error
