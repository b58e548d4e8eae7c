from __future__ import annotations

import pytest

from server.http.h1_response import ResponseEncoder, ResponseError, simple_response, status_line

DATE = b"date: now\r\n"


def encoder(method: str = "GET", version: str = "1.1", keep_alive: bool = True) -> ResponseEncoder:
    return ResponseEncoder(method, version, keep_alive)


def test_a_body_in_one_piece_goes_out_with_its_length_in_one_write() -> None:
    response = encoder()
    response.start(200, [(b"A", b"b")], DATE)
    assert response.body(b"xyz", False) == b"HTTP/1.1 200 OK\r\ndate: now\r\na: b\r\ncontent-length: 3\r\n\r\nxyz"
    assert response.complete
    assert response.keep_alive


def test_a_stream_is_chunked() -> None:
    response = encoder()
    response.start(200, [], DATE)
    assert response.body(b"", True) == b"HTTP/1.1 200 OK\r\ndate: now\r\ntransfer-encoding: chunked\r\n\r\n"
    assert response.body(b"x" * 17, True) == b"11\r\n" + b"x" * 17 + b"\r\n"
    assert response.body(b"", True) == b""
    assert response.body(b"yz", False) == b"2\r\nyz\r\n0\r\n\r\n"


def test_a_stream_over_http_1_0_ends_with_the_connection() -> None:
    response = encoder(version="1.0", keep_alive=False)
    response.start(200, [], DATE)
    assert response.body(b"x", True) == b"HTTP/1.1 200 OK\r\ndate: now\r\nconnection: close\r\n\r\nx"
    assert response.body(b"y", False) == b"y"
    assert not response.keep_alive


def test_a_given_length_is_kept_and_no_chunks_are_made() -> None:
    response = encoder()
    response.start(200, [(b"content-length", b"2")], DATE)
    assert response.body(b"x", True).endswith(b"content-length: 2\r\n\r\nx")
    assert response.body(b"y", False) == b"y"


def test_the_answer_to_head_has_the_headers_and_no_body() -> None:
    response = encoder("HEAD")
    response.start(200, [(b"content-length", b"5")], DATE)
    assert response.body(b"hello", False) == b"HTTP/1.1 200 OK\r\ndate: now\r\ncontent-length: 5\r\n\r\n"
    assert response.keep_alive


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_body_has_none(status: int) -> None:
    response = encoder()
    response.start(status, [], DATE)
    assert response.body(b"dropped", False) == status_line(status) + b"date: now\r\n\r\n"


def test_a_connection_header_of_the_application_closes_the_connection() -> None:
    response = encoder()
    response.start(200, [(b"Connection", b"close")], DATE)
    assert response.body(b"", False).count(b"connection: close\r\n") == 1
    assert not response.keep_alive


def test_an_application_cannot_choose_the_transfer_encoding() -> None:
    response = encoder()
    response.start(200, [(b"transfer-encoding", b"chunked")], DATE)
    assert b"transfer-encoding" not in response.body(b"x", False)


@pytest.mark.parametrize("header", [(b"a", b"b\r\nc: d"), (b"a", b"b\nc"), (b"a\r\nb", b"c"), (b"a", b"\0")])
def test_a_header_that_would_split_the_response_is_refused(header: tuple[bytes, bytes]) -> None:
    with pytest.raises(ResponseError):
        encoder().start(200, [header], DATE)


@pytest.mark.parametrize("parts", [[b"xyz"], [b"x", b"yz"], [b"x"]])
def test_a_body_of_another_length_than_announced_is_refused(parts: list[bytes]) -> None:
    response = encoder()
    response.start(200, [(b"content-length", b"2")], DATE)
    with pytest.raises(ResponseError):
        for index, part in enumerate(parts):
            response.body(part, index < len(parts) - 1)
    assert not response.keep_alive


def test_starting_twice_or_sending_out_of_turn_is_refused() -> None:
    response = encoder()
    with pytest.raises(ResponseError):
        response.body(b"", False)
    response.start(200, [], DATE)
    with pytest.raises(ResponseError):
        response.start(200, [], DATE)
    response.body(b"", False)
    with pytest.raises(ResponseError):
        response.body(b"", False)


def test_a_status_line_carries_a_reason_phrase() -> None:
    assert status_line(404) == b"HTTP/1.1 404 Not Found\r\n"
    assert status_line(599) == b"HTTP/1.1 599 Unknown\r\n"


def test_a_refusal_is_a_whole_response_and_the_last() -> None:
    assert simple_response(400, DATE) == (
        b"HTTP/1.1 400 Bad Request\r\ndate: now\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
