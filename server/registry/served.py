"""One resource in one served version: the bridge between what clients see and what is stored."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from typing import Any

import orjson

from apimachinery.gvk import GroupVersionKind
from apimachinery.objects import Object
from openapi.decode import canonicalise
from openapi.resources import Resource
from openapi.schema import Type, type_of
from server.encoding.negotiation import MEDIA_TYPES
from server.kinds.spec import Defaulting, KindSpec
from server.patch.ownership import Convert
from server.registry.codec import decode
from server.registry.registry import Registry
from storage.types import Entry

Conversions = Mapping[tuple[GroupVersionKind, GroupVersionKind], Callable[[Object], Object]]


def _no_defaults(obj: Object) -> None:
    """For kinds whose fields have no defaults."""


class Served:
    """A resource version. ``registry`` is shared by all versions of a kind."""

    media_types: tuple[str, ...] = MEDIA_TYPES
    """In which objects are read and written."""
    views: Mapping[str, Callable[[Served], Any]] = {}
    """Subresources of its own, which come before those that many kinds have: what makes the view of each."""

    def __init__(self, resource: Resource, kind: KindSpec, registry: Registry, conversions: Conversions) -> None:
        self.resource = resource
        self.kind = kind
        self.registry = registry
        self.gvk = resource.gvk
        self.is_stored_version = resource.gvk == resource.storage
        self.apply_defaults: Defaulting = kind.defaults.get(resource.version, _no_defaults)
        self._conversions = conversions
        self._versions: Mapping[str, Served] = {}
        self.head = orjson.dumps({"kind": self.gvk.kind, "apiVersion": self.gvk.api_version})[:-1] + b","
        """How every encoded object of this version begins."""
        self.item_start = len(self.head)
        """Where an object begins in a list: the items of most kinds do not say what they are."""
        self.form: Hashable = self.gvk
        """What tells the encodings of this version from others in the memo of an entry."""

    @cached_property
    def type(self) -> Type:
        return type_of(self.gvk)

    def to_stored(self, obj: Object) -> Object:
        """Convert a decoded object of this version to the stored one."""
        if self.is_stored_version:
            return obj
        return self._conversions[self.gvk, self.resource.storage](obj)

    def from_stored(self, obj: Object) -> Object:
        """Convert an object of the stored version to a canonical one of this version."""
        if self.is_stored_version:
            return obj
        return canonicalise(self._conversions[self.resource.storage, self.gvk](obj), self.type)

    def serve_beside(self, versions: Mapping[str, Served]) -> None:
        """Told once which versions the kind is served in, this one among them, by apiVersion."""
        self._versions = versions

    @property
    def versions(self) -> Mapping[str, Served]:
        """The kind in all versions it is served in, by apiVersion."""
        return self._versions

    def to_stored_from(self, version: Served, obj: Object) -> Object:
        """An object of another served version as those that this one gives to the registry."""
        return version.to_stored(obj)

    @property
    def convert(self) -> Convert | None:
        """Between the served versions of the kind; None where there is one only."""
        return self._convert if len(self._versions) > 1 else None

    def _convert(self, obj: Object, api_version: str) -> tuple[Object, Type]:
        source, target = self._versions[obj["apiVersion"]], self._versions[api_version]
        return target.from_stored(source.to_stored(obj)), target.type

    def object_of(self, entry: Entry) -> Object:
        """The decoded object in this version. The caller owns it."""
        return self.from_stored(decode(entry.value))

    def bytes_of(self, entry: Entry) -> bytes:
        """The JSON of an entry in this version: the stored bytes themselves where that is the stored version."""
        if self.is_stored_version:
            return entry.value
        memo = entry.memo.get(self.gvk)
        if memo is None:
            memo = entry.memo[self.gvk] = orjson.dumps(self.object_of(entry))
        return bytes(memo)
