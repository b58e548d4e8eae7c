"""TLS by pyOpenSSL for what Python's own ``ssl`` cannot do: hear a client out whose certificate is not good.

``ssl`` ends the handshake with such a client; upstream answers its requests with 401 (or lets another credential
decide). So the handshake succeeds with whatever certificate the client can prove to own, and ``verify_error`` tells
whether it is one to believe. asyncio and uvloop take the context for an ``ssl.SSLContext`` and what it wraps for an
``ssl.SSLObject``: of both there is here what these two, and :mod:`server.http.tcp`, call.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any, Self, TypeVar

from OpenSSL import SSL, crypto

T = TypeVar("T")

_RECORD = 16384
"""Bytes that one TLS record carries at the most (RFC 8446, 5.1)."""
_REASONS = {
    getattr(SSL.X509VerificationCodes, name): name.removeprefix("ERR_").replace("_", " ").lower()
    for name in dir(SSL.X509VerificationCodes)
    if name.startswith("ERR_")
}
_HEAD = 5
"""Bytes before a record's content, the last two of them its length."""
_PIECE = 4 * _RECORD
"""Bytes that are encrypted in one go: buffers of that size stay in the processor's cache."""
_LITTLE = 4096
"""Bytes of most answers, and of most of a handshake."""
_MORE = 512
"""Bytes that encryption may add to a piece."""


class Context(ssl.SSLContext):
    """Makes the server's side of connections by a finished pyOpenSSL context; nothing else of it is in use."""

    _openssl: SSL.Context

    def __new__(cls, openssl: SSL.Context) -> Self:
        made = super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)
        made._openssl = openssl
        return made

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *_: Any, **__: Any) -> ServerSide:  # type: ignore[override]
        return ServerSide(self._openssl, incoming, outgoing)


class ServerSide:
    """One connection in place of an ``ssl.SSLObject``, whose exceptions it raises; never blocks."""

    __slots__ = ("_connection", "_head", "_incoming", "_most", "_outgoing", "_records", "_refusals", "_rest")

    def __init__(self, context: SSL.Context, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> None:
        self._refusals: list[int] = []
        self._connection = SSL.Connection(context)
        self._connection.set_app_data(self._refusals)
        self._connection.set_accept_state()
        self._incoming = incoming
        self._outgoing = outgoing
        self._records = 0
        """Whole records that OpenSSL has and that have not been read, or a few more than that."""
        self._most = _RECORD
        """Bytes that one of these, or the next, may hold: buffers that are larger than need be are left as holes."""
        self._rest = 0
        """Bytes that are still to come of a record of which OpenSSL has the beginning."""
        self._head = b""
        """The beginning of a record that does not yet tell its length."""

    def do_handshake(self) -> None:
        self._do(self._connection.do_handshake)

    def read(self, length: int, buffer: memoryview | None = None) -> Any:
        """The next bytes, b"" at the end of the stream; with a buffer how many have been put there."""
        if self._incoming.pending:
            self._feed()
        size = min(length, self._most)
        try:
            data = self._connection.recv(size)
        except SSL.WantReadError:
            self._records = 0
            raise ssl.SSLWantReadError from None
        except SSL.ZeroReturnError:
            data = b""
        except SSL.Error as error:
            self._flush()
            raise _translated(error) from error
        if self._records and (len(data) < size or not self._connection.pending()):
            self._records -= 1
        if buffer is None:
            return data
        buffer[: len(data)] = data
        return len(data)

    def pending(self) -> int:
        """Not 0 if there may be more to read; how many bytes, is known only by reading."""
        return self._records

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """All of it is written."""
        view = memoryview(data)
        try:
            for start in range(0, len(view), _PIECE):
                self._connection.sendall(view[start : start + _PIECE])
                self._flush(_PIECE if len(view) > _LITTLE else _LITTLE)
        except SSL.Error as error:
            raise _translated(error) from error
        return len(view)

    def unwrap(self) -> None:
        """Say goodbye. Raises ssl.SSLWantReadError until the peer has done so, too."""
        if not self._do(self._connection.shutdown):
            self._do(self._connection.shutdown)

    def getpeercert(self, binary_form: bool = False) -> Any:
        """The DER bytes of the client's certificate, None without one; see ``verify_error``. Else nothing: {}."""
        if not binary_form:
            return {}
        found = self._connection.get_peer_certificate()
        return crypto.dump_certificate(crypto.FILETYPE_ASN1, found) if found is not None else None

    @property
    def verify_error(self) -> str:
        """Why the client's certificate is not to be believed, in OpenSSL's terms; "": it is good, or there is none."""
        return _REASONS.get(self._refusals[0], f"error {self._refusals[0]}") if self._refusals else ""

    def selected_alpn_protocol(self) -> str | None:
        return self._connection.get_alpn_proto_negotiated().decode() or None

    def cipher(self) -> tuple[str | None, str | None, int | None]:
        made = self._connection
        return made.get_cipher_name(), made.get_cipher_version(), made.get_cipher_bits()

    def compression(self) -> None:
        """There is none."""

    def _do(self, step: Callable[[], T]) -> T:
        if self._incoming.pending:
            self._feed()
        try:
            return step()
        except SSL.Error as error:
            raise _translated(error) from error
        finally:
            self._flush()

    def _feed(self) -> None:
        """Give OpenSSL what has come, and count the records: an attempt to read where there is nothing is dear."""
        data = self._incoming.read()
        self._most = _RECORD if self._records or self._rest else min(len(data), _RECORD)
        self._connection.bio_write(data)
        data = self._head + data
        end = self._rest
        if 0 < end <= len(data):
            self._records += 1
        while end + _HEAD <= len(data):
            end += _HEAD + int.from_bytes(data[end + 3 : end + _HEAD], "big")
            if end <= len(data):
                self._records += 1
        self._head = data[end:]
        self._rest = max(end - len(data), 0)

    def _flush(self, room: int = _LITTLE) -> None:
        room += _MORE
        try:
            while len(data := self._connection.bio_read(room)) == room:
                self._outgoing.write(data)
            self._outgoing.write(data)
        except SSL.WantReadError:
            pass  # all has been taken


def note_refusal(connection: SSL.Connection, certificate: crypto.X509, error: int, depth: int, good: int) -> bool:
    """The verify callback of a context: every certificate will do, what is wrong with it is remembered."""
    if not good:
        connection.get_app_data().append(error)
    return True


def _translated(error: SSL.Error) -> ssl.SSLError:
    if isinstance(error, SSL.WantReadError):
        return ssl.SSLWantReadError()
    if isinstance(error, SSL.ZeroReturnError):
        return ssl.SSLZeroReturnError()
    if isinstance(error, SSL.SysCallError):
        return ssl.SSLEOFError(*error.args)
    return ssl.SSLError(reason_of(error))


def reason_of(error: SSL.Error) -> str:
    """One line."""
    reasons = [str(part[-1]) for part in (error.args[0] if error.args else ()) if isinstance(part, tuple)]
    return "; ".join(reasons) or "TLS error"
