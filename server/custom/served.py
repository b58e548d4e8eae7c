"""A custom resource in one of its versions, served as any other kind is.

What was stored under an older schema is read under the present one: pruned and defaulted as it is handed out.
Source: k8s.io/apiextensions-apiserver/pkg/apiserver/customresource_handler.go, conversion/nop_converter.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from apimachinery.objects import Object
from openapi.resources import Resource
from openapi.schema import Type
from server.custom.codec import SchemaCodec
from server.encoding.negotiation import JSON, YAML
from server.kinds.spec import KindSpec
from server.registry.codec import decode
from server.registry.registry import Registry
from server.registry.served import Served
from server.validation.structural import Schema
from storage.types import Entry


class CustomServed(Served):
    """``views`` are the subresources that this definition describes by itself (its scale)."""

    media_types = (JSON, YAML)

    def __init__(
        self,
        resource: Resource,
        kind: KindSpec,
        registry: Registry,
        of_type: Type,
        schema: Schema,
        codec: SchemaCodec,
        views: Mapping[str, Callable[[Served], Any]],
    ) -> None:
        super().__init__(resource, kind, registry, {})
        self.type = of_type
        self.schema = schema
        self.views = views
        self.form = ("custom", resource.version)
        self.item_start = 1
        self.head = orjson.dumps({"apiVersion": self.gvk.api_version, "kind": self.gvk.kind})[:-1] + b","
        self._codec = codec

    def to_stored(self, obj: Object) -> Object:
        """Itself: it is validated in the version it was written in; the type of the registry prints the stored one."""
        return obj

    def to_stored_from(self, version: Served, obj: Object) -> Object:
        return {**obj, "apiVersion": self.gvk.api_version}

    def from_stored(self, obj: Object) -> Object:
        """Versions differ in nothing but their name (conversion strategy None), and in what their schemas know."""
        fresh, _ = self._codec.pruned({**obj, "apiVersion": self.gvk.api_version})
        self.apply_defaults(fresh)
        return fresh

    def object_of(self, entry: Entry) -> Object:
        return decode(self.bytes_of(entry))

    def bytes_of(self, entry: Entry) -> bytes:
        """Made once for each entry: what is stored, unless the schema says otherwise by now."""
        made = entry.memo.get(self.form)
        if made is None:
            fresh = orjson.dumps(self.from_stored(decode(entry.value)), option=orjson.OPT_SORT_KEYS)
            made = entry.memo[self.form] = entry.value if fresh == entry.value else fresh
        return bytes(made)
