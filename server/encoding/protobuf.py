"""The Kubernetes protobuf wire format: objects in an envelope, and watch events in frames.

Source: k8s.io/apimachinery/pkg/runtime/serializer/protobuf; the messages are those of the generated.proto files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from apimachinery.gvk import GroupVersionKind
from apimachinery.objects import Object
from openapi.decode import canonicalise
from openapi.schema import Form, Type
from openapi.wire import BYTES, WireError, framed, key, read_length, read_varint, skip, varint
from server.encoding.pieces import chunked
from server.encoding.protoread import message_reader
from server.encoding.protowrite import message_writer

PREFIX: Final = b"k8s\x00"
_NO_CONTENT_TYPE: Final = framed(3, b"") + framed(4, b"")
_ITEM: Final = key(2, BYTES)
"""Every list has its metadata as the first field and its items as the second."""


class ProtobufError(Exception):
    """The bytes are not a message of the expected type, or the type has no message; the message is upstream's."""


def encode(obj: Object, type: Type) -> bytes:
    """A canonical object as the message of its type, without ``kind`` and ``apiVersion``. Raises ProtobufError."""
    if not has_message(type):
        raise ProtobufError(
            f"object *{type.name} does not implement the protobuf marshalling interface"
            " and cannot be encoded to a protobuf message"
        )
    return message_writer(type)(obj)


def has_message(type: Type) -> bool:
    """Whether the type can be protobuf: a Table, for one, cannot."""
    if type.form is not Form.STRUCT:
        return False
    fields = [field for name, field in type.fields.items() if name not in ("kind", "apiVersion")]
    return not fields or any(field.number for field in fields)


def decode(data: bytes, type: Type) -> Object:
    """The canonical object of a message; ``kind`` and ``apiVersion`` are the caller's to set. Raises ProtobufError."""
    try:
        found: Object = message_reader(type)(data, 0, len(data))
        return canonicalise(found, type)
    except RecursionError:
        raise ProtobufError("proto: nested too deeply") from None
    except IndexError:
        raise ProtobufError("unexpected EOF") from None
    except ValueError as error:
        # Of the wire, or of a quantity.
        raise ProtobufError(str(error)) from None


def wrap(kind: GroupVersionKind, raw: bytes) -> bytes:
    """The envelope ``runtime.Unknown`` after the magic prefix, around an encoded object."""
    return PREFIX + framed(1, _type_meta(kind)) + framed(2, raw) + _NO_CONTENT_TYPE


def _type_meta(kind: GroupVersionKind) -> bytes:
    return framed(1, kind.api_version.encode()) + framed(2, kind.kind.encode())


class WrappedList:
    """What :func:`wrap` makes of a list, in pieces: ``head`` is the list without its items, which are messages."""

    def __init__(self, kind: GroupVersionKind, head: bytes) -> None:
        self._kind = kind
        self._head = head
        self._parts: list[bytes] = []
        self._length = len(head)

    def add(self, items: Iterable[bytes]) -> None:
        for item in items:
            begin = _ITEM + varint(len(item))
            self._parts += (begin, item)
            self._length += len(begin) + len(item)

    def pieces(self) -> Iterator[bytes]:
        """Once all have been added: that many bytes follow, comes first."""
        before = PREFIX + framed(1, _type_meta(self._kind)) + key(2, BYTES) + varint(self._length) + self._head
        return chunked(chain((before,), self._parts, (_NO_CONTENT_TYPE,)))


def unwrap(data: bytes) -> tuple[str, str, bytes]:
    """(apiVersion, kind, the encoded object) of an envelope. Raises ProtobufError."""
    if not data:
        raise ProtobufError("empty data")
    if not data.startswith(PREFIX):
        expected = " ".join(str(byte) for byte in PREFIX)
        raise ProtobufError(f"provided data does not appear to be a protobuf message, expected prefix [{expected}]")
    try:
        envelope = _bytes_fields(data[len(PREFIX) :])
        type_meta = _bytes_fields(envelope.get(1, b""))
    except WireError as error:
        raise ProtobufError(str(error)) from None
    api_version, kind = (type_meta.get(number, b"").decode(errors="replace") for number in (1, 2))
    return api_version, kind, envelope.get(2, b"")


def watch_frame(event_type: str, raw: bytes) -> bytes:
    """A ``WatchEvent`` of an object in its envelope, after its length in four bytes, the most significant first."""
    event = framed(1, event_type.encode()) + framed(2, framed(1, raw))
    return len(event).to_bytes(4, "big") + event


def _bytes_fields(message: bytes) -> dict[int, bytes]:
    """The length-delimited fields by number; others are skipped."""
    found: dict[int, bytes] = {}
    at, end = 0, len(message)
    while at < end:
        field_key, at = read_varint(message, at, end)
        if field_key & 7 == BYTES:
            start, at = read_length(message, at, end)
            found[field_key >> 3] = message[start:at]
        else:
            at = skip(message, at, end, field_key & 7)
    return found
