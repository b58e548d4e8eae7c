from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.http.h1_request import HEAD_LIMIT, HandOver, ProtocolError, RequestHead, RequestParser

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"


class Recorder:
    def __init__(self) -> None:
        self.heads: list[RequestHead] = []
        self.events: list[object] = []

    def on_head(self, head: RequestHead) -> None:
        self.heads.append(head)
        self.events.append((head.method, head.target))

    def on_body(self, data: bytes) -> None:
        if self.events and isinstance(self.events[-1], bytes):
            self.events[-1] += data
        else:
            self.events.append(data)

    def on_end(self) -> None:
        self.events.append("end")


def parse(*parts: bytes) -> Recorder:
    recorder = Recorder()
    parser = RequestParser(recorder)
    for part in parts:
        parser.feed(part)
    return recorder


def post(headers: bytes, body: bytes) -> bytes:
    return b"POST /a HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n" + body


def test_a_request_is_a_head_and_an_end() -> None:
    recorder = parse(GET)
    assert recorder.events == [("GET", b"/a"), "end"]
    assert recorder.heads[0].headers == [(b"host", b"x")]
    assert recorder.heads[0].keep_alive


def test_pipelined_requests_come_one_after_the_other() -> None:
    assert parse(GET + GET.replace(b"/a", b"/b")).events == [("GET", b"/a"), "end", ("GET", b"/b"), "end"]


CHUNKED = post(b"Transfer-Encoding: chunked\r\n", b"2;x=y\r\nab\r\n3\r\ncde\r\n0\r\nTrailer: 1\r\nHost: evil\r\n\r\n")


@given(st.lists(st.integers(0, len(CHUNKED + GET)), max_size=8))
def test_however_the_bytes_are_cut_the_same_is_read(cuts: list[int]) -> None:
    data = CHUNKED + GET
    places = [0, *sorted(cuts), len(data)]
    recorder = parse(*(data[a:b] for a, b in itertools.pairwise(places)))
    assert recorder.events == [("POST", b"/a"), b"abcde", "end", ("GET", b"/a"), "end"]
    assert recorder.heads[0].headers == [(b"host", b"x"), (b"transfer-encoding", b"chunked")]


def test_what_follows_a_request_that_closes_the_connection_is_ignored() -> None:
    last = b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert parse(last + GET).events == [("GET", b"/a"), "end"]
    assert parse(last, GET).events == [("GET", b"/a"), "end"]


def test_an_expectation_is_noticed() -> None:
    assert parse(post(b"Content-Length: 1\r\nExpect: 100-continue\r\n", b"")).heads[0].expects_continue
    assert not parse(post(b"Content-Length: 1\r\n", b"")).heads[0].expects_continue


def test_http_1_0_needs_no_host_and_does_not_keep_the_connection() -> None:
    head = parse(b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").heads[0]
    assert (head.version, head.keep_alive) == ("1.0", False)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("length beside encoding", post(b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n")),
        ("encoding beside length", post(b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", b"0\r\n\r\n")),
        ("two lengths", post(b"Content-Length: 3\r\nContent-Length: 4\r\n", b"abc")),
        ("the same length twice", post(b"Content-Length: 3\r\nContent-Length: 3\r\n", b"abc")),
        ("a list of lengths", post(b"Content-Length: 3, 3\r\n", b"abc")),
        ("a signed length", post(b"Content-Length: +3\r\n", b"abc")),
        ("an empty length", post(b"Content-Length:\r\n", b"abc")),
        ("chunked twice", post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n")),
        ("chunked, then identity", post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"")),
        ("a vertical tab before chunked", post(b"Transfer-Encoding:\x0bchunked\r\n", b"0\r\n\r\n")),
        ("a space before the colon", post(b"Content-Length : 3\r\n", b"abc")),
        ("a folded header", post(b"A: b\r\n c\r\n", b"")),
        ("a folded encoding", post(b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n")),
        ("bare line feeds", b"GET /a HTTP/1.1\nHost: x\n\n"),
        ("one bare line feed", b"GET /a HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"),
        ("a bare carriage return", b"GET /a HTTP/1.1\r\nHost: x\rA: b\r\n\r\n"),
        ("NUL in a header", post(b"A: b\x00c\r\n", b"")),
        ("no Host", b"GET /a HTTP/1.1\r\n\r\n"),
        ("two Hosts", b"GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
        ("an encoding in HTTP/1.0", b"POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("a hexadecimal prefix", post(b"Transfer-Encoding: chunked\r\n", b"0x2\r\nab\r\n0\r\n\r\n")),
        ("a chunk size that overflows", post(b"Transfer-Encoding: chunked\r\n", b"f" * 17 + b"\r\nab\r\n")),
        ("a chunk that ends in line feeds", post(b"Transfer-Encoding: chunked\r\n", b"2\nab\n0\n\n")),
        ("bytes beyond ASCII in the path", b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("a space in the path", b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("a TLS handshake", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        ("an unknown method", b"FROB /a HTTP/1.1\r\nHost: x\r\n\r\n"),
    ],
)
def test_what_smuggles_requests_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse(data)
    assert caught.value.status == 400


@pytest.mark.parametrize("encoding", [b"gzip", b"xchunked", b"gzip, chunked", b"identity"])
def test_transfer_encodings_other_than_chunked_are_not_understood(encoding: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse(post(b"Transfer-Encoding: " + encoding + b"\r\n", b"0\r\n\r\n"))
    assert caught.value.status == 501


def test_a_head_without_end_is_refused() -> None:
    with pytest.raises(ProtocolError) as caught:
        parse(b"GET /a HTTP/1.1\r\nHost: x\r\nA: ", b"a" * HEAD_LIMIT)
    assert caught.value.status == 431


def test_a_big_body_is_not_a_big_head() -> None:
    length = 3 * HEAD_LIMIT
    events = parse(post(b"Content-Length: %d\r\n" % length, b""), b"b" * length).events
    assert events == [("POST", b"/a"), b"b" * length, "end"]


def test_another_version_is_refused() -> None:
    with pytest.raises(ProtocolError) as caught:
        parse(b"GET /a HTTP/2.0\r\nHost: x\r\n\r\n")
    assert caught.value.status == 505


UPGRADE = b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"


def test_an_upgrade_is_handed_over_with_what_came_after_it() -> None:
    recorder = Recorder()
    with pytest.raises(HandOver) as caught:
        RequestParser(recorder).feed(GET + UPGRADE + b"\x81\x00")
    assert recorder.events == [("GET", b"/a"), "end"]
    head = b"GET /ws HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n"
    assert caught.value.data == head + b"\x81\x00"


@pytest.mark.parametrize("length", [0, 4])
def test_an_upgrade_by_a_post_is_handed_over(length: int) -> None:
    with pytest.raises(HandOver) as caught:
        parse(post(b"Content-Length: %d\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n" % length, b"rest"))
    assert caught.value.data.endswith(b"upgrade: SPDY/3.1\r\n\r\nrest")


@pytest.mark.parametrize("cut", [0, 1, 3, 4, 20])
def test_http_2_without_asking_is_handed_over_however_it_is_cut(cut: int) -> None:
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    parser = RequestParser(Recorder())
    with pytest.raises(HandOver) as caught:
        for part in (preface[:cut], preface[cut:]):
            parser.feed(part)
    assert caught.value.data.startswith(preface[:4])
