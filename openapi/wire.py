"""The protobuf wire format below messages: varints, keys, lengths."""

from __future__ import annotations

from typing import Final

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
START_GROUP: Final = 3
END_GROUP: Final = 4
FIXED32: Final = 5

_ONE_BYTE: Final = tuple(bytes([number]) for number in range(0x80))
_MASK: Final = (1 << 64) - 1


class WireError(ValueError):
    """The bytes are not a protobuf message; the message is Go's."""


def varint(number: int) -> bytes:
    """A base 128 varint of a number of up to 64 bits; a negative one takes ten bytes."""
    if 0 <= number < 0x80:
        return _ONE_BYTE[number]
    number &= _MASK
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def key(number: int, wire_type: int) -> bytes:
    """What a field begins with."""
    return varint(number << 3 | wire_type)


def sized(content: bytes) -> bytes:
    """Bytes after their length."""
    return varint(len(content)) + content


def framed(number: int, content: bytes) -> bytes:
    """A whole length-delimited field."""
    return key(number, BYTES) + sized(content)


def read_varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """(the number, unsigned; the position after it). Raises WireError."""
    result = shift = 0
    while True:
        if at >= end:
            raise WireError("unexpected EOF")
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & _MASK, at
        shift += 7
        if shift >= 64:
            raise WireError("proto: integer overflow")


def read_length(data: bytes, at: int, end: int) -> tuple[int, int]:
    """(where the content begins, where it ends) of a length-delimited field. Raises WireError."""
    length, at = read_varint(data, at, end)
    if length >= 1 << 63:
        raise WireError("proto: negative length found during unmarshaling")
    if at + length > end:
        raise WireError("unexpected EOF")
    return at, at + length


def skip(data: bytes, at: int, end: int, wire_type: int) -> int:
    """The position after a field of no interest whose key has been read. Raises WireError."""
    depth = 0
    while True:
        if wire_type == VARINT:
            _, at = read_varint(data, at, end)
        elif wire_type == BYTES:
            _, at = read_length(data, at, end)
        elif wire_type in (FIXED64, FIXED32):
            at += 8 if wire_type == FIXED64 else 4
        elif wire_type == START_GROUP:
            depth += 1
        elif wire_type == END_GROUP:
            if depth == 0:
                raise WireError("proto: unexpected end of group")
            depth -= 1
        else:
            raise WireError(f"proto: illegal wireType {wire_type}")
        if at > end:
            raise WireError("unexpected EOF")
        if depth == 0:
            return at
        following, at = read_varint(data, at, end)
        wire_type = following & 7
