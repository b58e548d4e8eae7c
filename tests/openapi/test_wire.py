from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openapi.wire import (
    BYTES,
    END_GROUP,
    FIXED32,
    FIXED64,
    START_GROUP,
    VARINT,
    WireError,
    framed,
    key,
    read_length,
    read_varint,
    skip,
    varint,
)


@pytest.mark.parametrize(
    ("number", "written"),
    [(0, "00"), (127, "7f"), (128, "8001"), (300, "ac02"), (-1, "ffffffffffffffffff01")],
)
def test_varints_are_written_as_protobuf_says(number: int, written: str) -> None:
    assert varint(number).hex() == written


@given(st.integers(0, 2**64 - 1), st.binary(max_size=3))
def test_varints_are_read_back(number: int, after: bytes) -> None:
    written = varint(number)
    assert read_varint(written + after, 0, len(written + after)) == (number, len(written))


@pytest.mark.parametrize(
    ("data", "message"),
    [("", "unexpected EOF"), ("80", "unexpected EOF"), ("ff" * 10 + "01", "proto: integer overflow")],
)
def test_a_bad_varint_is_an_error(data: str, message: str) -> None:
    with pytest.raises(WireError, match=message):
        read_varint(bytes.fromhex(data), 0, len(data) // 2)


def test_a_length_beyond_the_end_or_below_zero_is_an_error() -> None:
    with pytest.raises(WireError, match="unexpected EOF"):
        read_length(b"\x05ab", 0, 3)
    with pytest.raises(WireError, match="negative length"):
        read_length(varint(-1) + b"ab", 0, 12)


@pytest.mark.parametrize(
    ("wire_type", "content"),
    [
        (VARINT, varint(300)),
        (BYTES, b"\x02ab"),
        (FIXED64, bytes(8)),
        (FIXED32, bytes(4)),
        (START_GROUP, key(1, VARINT) + b"\x05" + framed(2, b"x") + key(9, END_GROUP)),
        (START_GROUP, key(1, START_GROUP) + key(1, END_GROUP) + key(9, END_GROUP)),
    ],
)
def test_fields_of_no_interest_are_skipped(wire_type: int, content: bytes) -> None:
    assert skip(content + b"more", 0, len(content) + 4, wire_type) == len(content)
    with pytest.raises(WireError):
        skip(content, 0, len(content) - 1, wire_type)


@pytest.mark.parametrize(("wire_type", "message"), [(6, "illegal wireType 6"), (END_GROUP, "end of group")])
def test_what_cannot_be_skipped_is_an_error(wire_type: int, message: str) -> None:
    with pytest.raises(WireError, match=message):
        skip(b"\x00", 0, 1, wire_type)
