"""A small HTTP/1.1 client on the event loop: one request on one connection, the whole answer within a time.

It follows no redirects and keeps no connections: what it asks is remembered by those who ask.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import httptools

LARGEST = 4 * 1024 * 1024
"""Bytes of an answer."""
_CHUNK = 64 * 1024
_UNKNOWN_AUTHORITY = "x509: certificate signed by unknown authority"
_DISTRUST = {
    10: "x509: certificate has expired or is not yet valid",
    9: "x509: certificate has expired or is not yet valid",
    18: _UNKNOWN_AUTHORITY,
    19: _UNKNOWN_AUTHORITY,
    20: _UNKNOWN_AUTHORITY,
}
"""By OpenSSL's number of what it found."""
_PORTS = {"http": 80, "https": 443}


class OutboundError(Exception):
    """There was no answer; the message is one line. ``again``: it may be different at once (a reset, a time-out)."""

    def __init__(self, message: str, *, again: bool = False) -> None:
        super().__init__(message)
        self.again = again


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Remote:
    """Whom to ask, and how to say who asks. ``url`` may have a path."""

    url: str
    tls: ssl.SSLContext | None = None
    """None: whatever the machine trusts."""
    server_name: str = ""
    """Whose certificate is expected, if not the host's."""
    headers: Mapping[str, str] = field(default_factory=dict)


async def send(
    remote: Remote, method: str, body: bytes = b"", *, content_type: str = "", seconds: float = 30.0
) -> Reply:
    """Raises OutboundError for anything but an answer, of whatever status."""
    try:
        async with asyncio.timeout(seconds):
            return await _exchange(remote, method, body, content_type)
    except TimeoutError:
        raise OutboundError(f"{method} {remote.url}: no answer within {seconds:g} s", again=True) from None
    except ConnectionResetError as error:
        raise OutboundError(f"{method} {remote.url}: {error}", again=True) from None
    except ConnectionRefusedError:
        raise OutboundError(
            f"{method} {remote.url}: dial tcp {_dialled(remote.url)}: connect: connection refused"
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise OutboundError(f"{method} {remote.url}: {_distrust(error)}") from None
    except (OSError, httptools.HttpParserError, ValueError) as error:
        raise OutboundError(f"{method} {remote.url}: {error}") from None


def _dialled(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or _PORTS[parts.scheme]}"


def _distrust(error: ssl.SSLCertVerificationError) -> str:
    """In Go's words where it has some for the same."""
    why = _DISTRUST.get(error.verify_code, f"x509: {error.verify_message}")
    return f"tls: failed to verify certificate: {why}"


async def _exchange(remote: Remote, method: str, body: bytes, content_type: str) -> Reply:
    parts = urlsplit(remote.url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("not an http or https URL")
    context, name = None, None
    if parts.scheme == "https":
        context, name = remote.tls or ssl.create_default_context(), remote.server_name or parts.hostname
    port = parts.port or _PORTS[parts.scheme]
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=context, server_hostname=name)
    try:
        writer.write(_request(parts, remote, method, body, content_type))
        return await _answer(reader)
    finally:
        writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            await writer.wait_closed()


def _request(parts: SplitResult, remote: Remote, method: str, body: bytes, content_type: str) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    headers = {
        "Host": host,
        "User-Agent": "kubejazz",
        "Accept": "application/json",
        "Connection": "close",
        **remote.headers,
    }
    if body:
        headers |= {"Content-Type": content_type, "Content-Length": str(len(body))}
    lines = [f"{method} {target} HTTP/1.1", *(f"{key}: {value}" for key, value in headers.items())]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a line break in a header")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class _Collected:
    """What the parser tells."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.pieces: list[bytes] = []
        self.size = 0
        self.head_done = self.done = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.head_done:
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.head_done = True

    def on_body(self, piece: bytes) -> None:
        self.size += len(piece)
        self.pieces.append(piece)

    def on_message_complete(self) -> None:
        self.done = True


async def _answer(reader: asyncio.StreamReader) -> Reply:
    collected = _Collected()
    parser = httptools.HttpResponseParser(collected)
    received = 0
    while not collected.done:
        data = await reader.read(_CHUNK)
        if not data:
            break
        received += len(data)
        if received > LARGEST:
            raise ValueError(f"the answer has more than {LARGEST} bytes")
        parser.feed_data(data)
    if not collected.done and not _ends_with_the_connection(collected):
        raise ConnectionResetError("the connection ended before the answer did")
    return Reply(parser.get_status_code(), collected.headers, b"".join(collected.pieces))


def _ends_with_the_connection(collected: _Collected) -> bool:
    framed = "content-length" in collected.headers or "transfer-encoding" in collected.headers
    return collected.head_done and not framed
