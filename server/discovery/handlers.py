"""Serves discovery: the aggregated documents to who asks for them, the old ones to everybody else; made once each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from apimachinery.gvk import GroupVersion, GroupVersionKind
from apimachinery.objects import Object
from openapi.resources import Resource
from server.discovery import aggregated, legacy
from server.encoding.media import dump
from server.encoding.negotiation import JSON, PROTOBUF, Encoding, negotiate, wants_pretty
from server.request import Answer, Handler, Request, Response

_VARY = (b"vary", b"Accept")


@dataclass(frozen=True, slots=True)
class _Document:
    """One document in its forms."""

    kind: GroupVersionKind
    content: Object

    def answer(self, request: Request) -> Response:
        pretty = wants_pretty(request.param("pretty") or None, request.header(b"user-agent"))
        encoding = negotiate(request.header(b"accept"), pretty, transforms=False)
        return Response(200, dump(self.content, self.kind, encoding), encoding.media_type.encode(), [_VARY])


@dataclass(frozen=True, slots=True)
class _Aggregated:
    """The aggregated document in one version and media type, with the tag that tells whether it changed."""

    body: bytes
    content_type: bytes
    etag: str

    def answer(self, request: Request) -> Response:
        headers = [_VARY, (b"etag", self.etag.encode()), (b"cache-control", b"public")]
        if request.header(b"if-none-match") == self.etag:
            return Response(304, b"", self.content_type, headers)
        return Response(200, self.body, self.content_type, headers)


def _aggregate(content: Object, version: str, media_type: str) -> _Aggregated:
    kind = GroupVersionKind(aggregated.GROUP, version, aggregated.KIND)
    body = dump(content, kind, Encoding(media_type))
    etag = '"' + hashlib.sha512(orjson.dumps(content)).hexdigest().upper() + '"'
    return _Aggregated(body, f"{media_type};g={aggregated.GROUP};v={version};as={aggregated.KIND}".encode(), etag)


class Discovery:
    """Documents for a fixed set of resources. ``address`` is host:port as clients reach the server."""

    def __init__(self, resources: Sequence[Resource], address: str) -> None:
        self._resources = resources
        self._address = address
        self._aggregated: dict[tuple[str, str, str], _Aggregated] = {}

    def handlers(self) -> Mapping[str, Handler]:
        """By path, without a trailing slash."""
        meta = GroupVersion("", "v1")
        handlers: dict[str, Handler] = {
            "/api": self._root("core", _Document(meta.kind("APIVersions"), legacy.api_versions(self._address))),
            "/apis": self._root("groups", _Document(meta.kind("APIGroupList"), self._group_list())),
        }
        for group, versions in self._named_groups():
            names = [version for version, _ in versions]
            document = _Document(meta.kind("APIGroup"), legacy.api_group(group, names))
            handlers[f"/apis/{group}"] = _plain(document)
        for group_version, members in self._by_version().items():
            prefix = "/apis/" if group_version.group else "/api/"
            content = legacy.api_resource_list(group_version, members)
            handlers[prefix + group_version.api_version] = _plain(_Document(meta.kind("APIResourceList"), content))
        return handlers

    def _group_list(self) -> Object:
        return legacy.api_group_list((group, [v for v, _ in versions]) for group, versions in self._named_groups())

    def _by_version(self) -> dict[GroupVersion, list[Resource]]:
        versions: dict[GroupVersion, list[Resource]] = {}
        for resource in self._resources:
            versions.setdefault(resource.group_version, []).append(resource)
        return versions

    def _groups(self) -> dict[str, list[tuple[str, Sequence[Resource]]]]:
        groups: dict[str, list[tuple[str, Sequence[Resource]]]] = {}
        for (group, version), members in self._by_version().items():
            groups.setdefault(group, []).append((version, members))
        return groups

    def _named_groups(self) -> Iterable[tuple[str, Sequence[tuple[str, Sequence[Resource]]]]]:
        return [(group, versions) for group, versions in self._groups().items() if group]

    def _root(self, which: str, document: _Document) -> Handler:
        async def handle(request: Request) -> Answer:
            wanted = _wanted_aggregate(request.header(b"accept"))
            if wanted is None:
                return document.answer(request)
            return self._aggregate_for(which, *wanted).answer(request)

        return handle

    def _aggregate_for(self, which: str, version: str, media_type: str) -> _Aggregated:
        key = (which, version, media_type)
        made = self._aggregated.get(key)
        if made is None:
            groups = [g for g in self._groups().items() if bool(g[0]) == (which == "groups")]
            made = _aggregate(aggregated.discovery_list(version, groups), version, media_type)
            self._aggregated[key] = made
        return made


def _plain(document: _Document) -> Handler:
    async def handle(request: Request) -> Answer:
        return document.answer(request)

    return handle


def _wanted_aggregate(accept: str) -> tuple[str, str] | None:
    """(version, media type) of the first clause for an aggregated document, unless a plain one comes before it."""
    for clause in accept.split(","):
        media_type, *raw = (piece.strip() for piece in clause.split(";"))
        params = dict(piece.split("=", 1) for piece in raw if "=" in piece)
        if media_type not in (JSON, PROTOBUF, "*/*"):
            continue
        if "as" not in params:
            return None
        version = params.get("v", "")
        if params["as"] == aggregated.KIND and params.get("g") == aggregated.GROUP and version in aggregated.VERSIONS:
            return version, JSON if media_type == "*/*" else media_type
    return None
