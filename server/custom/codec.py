"""How objects of a custom resource are read and printed: by their schema, keys in alphabetical order.

Source: k8s.io/apiextensions-apiserver/pkg/apiserver/customresource_handler.go (schemaCoercingDecoder).
"""

from __future__ import annotations

from typing import Any

from apimachinery.objects import Object
from openapi.decode import DecodeError, canonicalise
from openapi.schema import package_of
from server.custom.embedded import coerce, has_embedded, read_metadata
from server.custom.pruning import drop_nulls, prune
from server.validation.structural import Schema


class SchemaCodec:
    """``api_version`` is what objects are printed in; ``preserves``: nothing is pruned, as in definitions of old."""

    def __init__(self, schema: Schema, api_version: str, *, preserves: bool = False) -> None:
        self.api_version = api_version
        self._schema = schema
        self._preserves = preserves
        self._embedded = has_embedded(schema)
        self._meta = package_of("meta/v1").type("ObjectMeta")

    def decode(self, value: Any) -> tuple[Object, list[str]]:
        """The object without unknown fields, and ``unknown field "spec.x"`` for each. Raises DecodeError."""
        if not isinstance(value, dict):
            raise DecodeError("json: cannot unmarshal into Go value of type map[string]interface {}")
        obj, unknown = self.pruned(value)
        metadata, paths = read_metadata(value.get("metadata"), "metadata")
        obj["metadata"] = metadata
        return obj, [f'unknown field "{path}"' for path in (*paths, *unknown)]

    def pruned(self, obj: Object) -> tuple[Object, list[str]]:
        """A deep copy in which nothing is that the schema does not know, but for the metadata."""
        if self._preserves:
            return prune(obj, {"x-kubernetes-preserve-unknown-fields": True})
        copy, unknown = prune(obj, self._schema)
        drop_nulls(copy, self._schema)
        if self._embedded:
            unknown += coerce(copy, self._schema)
        return copy, unknown

    def canonicalise(self, obj: Object) -> Object:
        """Sorted at every level, with a place for the resourceVersion."""
        metadata = canonicalise(obj["metadata"], self._meta)
        metadata.setdefault("resourceVersion", "")
        canonical: Object = _sorted({**obj, "apiVersion": self.api_version, "metadata": metadata})
        return canonical


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_sorted(one) for one in value]
    return value
