"""Makes the bytes of answers: one object, a list, the frames of a watch.

The common case — JSON of the stored version, as it is — hands out the stored bytes; nothing is parsed to be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from apimachinery.gvk import GroupVersionKind
from apimachinery.objects import Object
from openapi.decode import canonicalise
from openapi.schema import type_of
from server.encoding import protobuf
from server.encoding.media import dump
from server.encoding.negotiation import JSON, PROTOBUF, Encoding
from server.encoding.shapes import ListMeta, PlainShape, Shape
from server.registry.served import Served
from storage.types import Entry

STATUS_KIND = GroupVersionKind("", "v1", "Status")
INITIAL_EVENTS_END = {"k8s.io/initial-events-end": "true"}


class Responder:
    """Encodes for one request: ``served`` in ``encoding``, through ``shape``."""

    def __init__(self, served: Served, encoding: Encoding, shape: Shape) -> None:
        self.served = served
        self.encoding = encoding
        self.shape = shape
        self.content_type = encoding.media_type.encode()
        self._raw = isinstance(shape, PlainShape) and encoding.media_type == JSON and not encoding.pretty
        self._memo_key: Any = None
        if not self._raw:
            self._memo_key = (served.gvk, encoding)
        self._first = True

    @property
    def stream_content_type(self) -> bytes:
        if self.encoding.media_type == JSON:
            return self.content_type
        return self.content_type + b";stream=watch"

    def one(self, entry: Entry) -> bytes:
        if self._raw:
            return self.served.bytes_of(entry) + b"\n"
        return dump(self.shape.one(self.served.object_of(entry)), self.shape.kind, self.encoding)

    def many(self, entries: Sequence[Entry], meta: ListMeta) -> bytes:
        if not self._raw:
            return dump(self.shape.many(entries, meta), self.shape.list_kind, self.encoding)
        kind = self.shape.list_kind
        head = orjson.dumps({"kind": kind.kind, "apiVersion": kind.api_version, "metadata": meta.to_object()})
        if not entries:
            return head[:-1] + b',"items":[]}\n'
        skip = len(self.served.head)
        bytes_of = self.served.bytes_of
        items = b",{".join([memoryview(bytes_of(entry))[skip:] for entry in entries])
        return b"".join((head[:-1], b',"items":[{', items, b"]}\n"))

    # -- watch frames ------------------------------------------------------------------------------------------------

    def frame(self, event_type: str, entry: Entry, memo: dict[Any, Any]) -> bytes:
        """One event. ``memo`` belongs to the event: every watcher of the same encoding shares the frame."""
        key = (event_type, self._memo_key, self._first) if self._memo_key else event_type
        frame = memo.get(key)
        if frame is None:
            frame = memo[key] = self._make_frame(event_type, entry)
        self._first = False
        return bytes(frame)

    def _make_frame(self, event_type: str, entry: Entry) -> bytes:
        if self._raw:
            value = self.served.bytes_of(entry)
            return b"".join((b'{"type":"', event_type.encode(), b'","object":', value, b"}\n"))
        obj = self.shape.one(self.served.object_of(entry), first=self._first)
        return self._enclose(event_type, obj, self.shape.kind)

    def bookmark(self, revision: int, annotations: Object | None = None) -> bytes:
        """An otherwise empty object that carries the revision a client may resume from."""
        metadata: Object = {"resourceVersion": str(revision)}
        if annotations:
            metadata["annotations"] = annotations
        gvk = self.served.gvk
        empty = canonicalise({"kind": gvk.kind, "apiVersion": gvk.api_version, "metadata": metadata}, self.served.type)
        shaped = self.shape.one(empty, first=self._first)
        self._first = False
        return self._enclose("BOOKMARK", shaped, self.shape.kind)

    def error(self, status: Object) -> bytes:
        return self._enclose("ERROR", status, STATUS_KIND)

    def _enclose(self, event_type: str, obj: Object, kind: GroupVersionKind) -> bytes:
        if self.encoding.media_type == PROTOBUF:
            return protobuf.watch_frame(event_type, protobuf.wrap(kind, protobuf.encode(obj, type_of(kind))))
        return orjson.dumps({"type": event_type, "object": obj}) + b"\n"
