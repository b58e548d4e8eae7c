"""The server's side of TLS beside the standard library's client, with bytes that come in pieces of any size."""

from __future__ import annotations

import contextlib
import random
import ssl
from pathlib import Path

import pytest

from server.http.tls import server_context
from tests.server.http.certificates import VERSIONS, Authority, alice


class Ends:
    """A client and the server's side. What the client says arrives in pieces, and is read as uvloop reads it."""

    def __init__(self, folder: Path, version: ssl.TLSVersion) -> None:
        authority, client = alice(folder, version)
        self._to_client, self._from_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = client.wrap_bio(self._to_client, self._from_client, server_hostname="127.0.0.1")
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.server = server_context(authority.server()).wrap_bio(self._incoming, self._outgoing, server_side=True)
        for _ in range(4):
            with contextlib.suppress(ssl.SSLWantReadError):
                self.client.do_handshake()
            self._incoming.write(self._from_client.read())
            with contextlib.suppress(ssl.SSLWantReadError):
                self.server.do_handshake()
            self._to_client.write(self._outgoing.read())

    def say(self, data: bytes) -> None:
        self.client.write(data)

    def arrive(self, sizes: list[int]) -> bytes:
        """What the server has read once everything has come."""
        said, heard, start = self._from_client.read(), b"", 0
        while start < len(said):
            for size in sizes:
                self._incoming.write(said[start : start + size])
                start += size
                heard += self._read()
        return heard

    def _read(self) -> bytes:
        heard = b""
        with contextlib.suppress(ssl.SSLWantReadError):
            while self._incoming.pending > 0 or self.server.pending() > 0:
                heard += self.server.read(256 * 1024)
        return heard

    def answer(self, data: bytes) -> bytes:
        assert self.server.write(data) == len(data)
        self._to_client.write(self._outgoing.read())
        heard = b""
        with contextlib.suppress(ssl.SSLWantReadError):
            while True:
                heard += self.client.read(256 * 1024)
        return heard


@VERSIONS
@pytest.mark.parametrize("sizes", [[1], [3], [5], [6, 1, 4], [16384 + 5], [40_000], [1 << 20], [2, 16384, 7]])
def test_all_that_has_come_is_read_however_it_has_come(
    tmp_path: Path, version: ssl.TLSVersion, sizes: list[int]
) -> None:
    ends, numbers = Ends(tmp_path, version), random.Random(str(sizes))
    for length in (1, 300, 16383, 16384, 16385, 50_000, 3, 33_000):
        parts = [numbers.randbytes(length), numbers.randbytes(7)]
        for part in parts:
            ends.say(part)
        assert ends.arrive(sizes) == b"".join(parts)
        answer = numbers.randbytes(length * 3)
        assert ends.answer(answer) == answer


@VERSIONS
def test_where_nothing_is_left_nobody_is_told_to_look(tmp_path: Path, version: ssl.TLSVersion) -> None:
    """An attempt to read in vain costs more than to read."""
    ends = Ends(tmp_path, version)
    ends.arrive([1 << 20])
    for _ in range(3):
        ends.say(b"x" * 500)
        assert ends.arrive([1 << 20]) == b"x" * 500
        assert ends.server.pending() == 0


@VERSIONS
def test_a_peer_that_takes_its_leave_is_at_its_end(tmp_path: Path, version: ssl.TLSVersion) -> None:
    ends = Ends(tmp_path, version)
    ends.say(b"last words")
    assert ends.arrive([1 << 20]) == b"last words"
    with contextlib.suppress(ssl.SSLWantReadError):
        ends.client.unwrap()
    ends._incoming.write(ends._from_client.read())
    assert ends.server.read(1024) == b""
    ends.server.unwrap()


@VERSIONS
def test_what_has_been_tampered_with_is_an_error_of_tls(tmp_path: Path, version: ssl.TLSVersion) -> None:
    ends = Ends(tmp_path, version)
    ends.say(b"pay 100")
    record = bytearray(ends._from_client.read())
    record[-1] ^= 1
    ends._incoming.write(record)
    with pytest.raises(ssl.SSLError) as caught:
        ends.server.read(1024)
    assert "mac" in str(caught.value)
    assert ends._outgoing.pending  # the alert


def test_what_is_no_tls_is_an_error_of_tls(tmp_path: Path) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context(Authority(tmp_path).server()).wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    with pytest.raises(ssl.SSLError) as caught:
        server.do_handshake()
    assert not isinstance(caught.value, ssl.SSLWantReadError)
