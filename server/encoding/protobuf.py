"""The Kubernetes protobuf wire format (work in progress by the openapi colleague: encode and decode are yours)."""

from __future__ import annotations

from apimachinery.gvk import GroupVersionKind
from apimachinery.objects import Object
from openapi.schema import Type


class ProtobufError(Exception):
    """The bytes are not a message of the expected type."""


def encode(obj: Object, type: Type) -> bytes:
    raise ProtobufError("not yet")


def decode(data: bytes, type: Type) -> Object:
    raise ProtobufError("not yet")


def wrap(kind: GroupVersionKind, raw: bytes) -> bytes:
    raise ProtobufError("not yet")


def unwrap(data: bytes) -> tuple[str, str, bytes]:
    raise ProtobufError("not yet")


def watch_frame(event_type: str, raw: bytes) -> bytes:
    raise ProtobufError("not yet")
