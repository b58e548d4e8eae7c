"""Warning headers stay within what clients take: 4,096 characters, the texts cut to 256 when there are more."""

from __future__ import annotations

from server.warningheaders import LONGEST, MOST, warning_headers


def test_each_text_is_told_once_in_order() -> None:
    assert warning_headers(["b", "a", "b", ""]) == [(b"warning", b'299 - "b"'), (b"warning", b'299 - "a"')]


def test_quotes_are_escaped_and_control_characters_not_told() -> None:
    assert warning_headers(['unknown field "x\\"', "a\nb"]) == [(b"warning", b'299 - "unknown field \\"x\\\\\\""')]


def test_a_long_text_alone_is_whole() -> None:
    assert warning_headers(["a" * MOST]) == [(b"warning", b'299 - "' + b"a" * MOST + b'"')]


def test_many_are_cut_and_the_rest_is_left_out() -> None:
    headers = warning_headers([f"{number:03}" + "x" * 400 for number in range(100)])
    assert len(headers) == MOST // LONGEST
    assert {len(value) for _, value in headers} == {LONGEST + len('299 - ""')}
