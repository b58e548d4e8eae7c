"""The OpenAPI documents that name custom resources, made when first asked for and kept until a definition changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping

import orjson

from apimachinery.clock import Clock
from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object
from openapi.documents import (
    index_entry,
    openapi_v2_json,
    openapi_v2_json_with,
    openapi_v2_protobuf,
    openapi_v2_protobuf_with,
    openapi_v3_hash,
)
from server.custom.published import Described, document, swagger_part
from server.custom.resources import CustomResources
from server.endpoints.openapi import serve_document
from server.request import Answer, Request


class CustomDocuments:
    def __init__(self, resources: CustomResources, clock: Clock) -> None:
        self._resources = resources
        self._clock = clock
        self._made_at: Hashable = None
        self._kept: dict[Hashable, bytes] = {}

    def v2_json(self) -> bytes:
        """Called in threads: what two of them make at once is the same."""
        return self._keep("json", lambda: openapi_v2_json_with(swagger_part(self._described()))) or openapi_v2_json()

    def v2_protobuf(self) -> bytes:
        made = self._keep("protobuf", lambda: openapi_v2_protobuf_with(swagger_part(self._described())))
        return made or openapi_v2_protobuf()

    async def path(self, request: Request) -> Answer | None:
        """The version 3 document of a group-version of custom resources."""
        parts = request.info.path.strip("/").split("/")
        if len(parts) != 5 or parts[:3] != ["openapi", "v3", "apis"]:
            return None
        group_version = GroupVersion(parts[3], parts[4])
        described = self._described(group_version)
        if not described:
            return None
        key, hashed = (group_version, "document"), self._hash(group_version)

        def make() -> bytes:
            return self._keep(key, lambda: document(group_version, described))

        return await serve_document(request, self._clock, hashed, make)

    async def index(self) -> Mapping[str, Object]:
        group_versions = dict.fromkeys(one.resource.group_version for one in self._resources.served())
        return dict(index_entry(*each, self._hash(each)) for each in group_versions)

    def _described(self, group_version: GroupVersion | None = None) -> list[Described]:
        return [
            Described(one.resource, one.type, one.schema)
            for one in self._resources.served()
            if group_version is None or one.resource.group_version == group_version
        ]

    def _hash(self, group_version: GroupVersion) -> str:
        def make() -> bytes:
            parts = [[repr(one.resource), one.schema] for one in self._described(group_version)]
            made_of = orjson.dumps([openapi_v3_hash(*group_version), parts])
            return hashlib.sha512(made_of).hexdigest().upper().encode()

        return self._keep((group_version, "hash"), make).decode()

    def _keep(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Nothing is made where there are no custom resources."""
        changes = self._resources.changes
        if changes != self._made_at:
            self._kept, self._made_at = {}, changes
        if not self._resources.served():
            return b""
        kept = self._kept
        found = kept.get(key)
        if found is None:
            found = kept[key] = make()
        return found
