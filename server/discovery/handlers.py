"""Serves discovery: the aggregated documents to who asks for them, the old ones to everybody else; made once each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import orjson

from apimachinery.gvk import GroupVersion, GroupVersionKind
from apimachinery.objects import Object
from openapi.resources import GROUP_PRIORITIES, Resource
from server.discovery import aggregated, legacy
from server.discovery.further import NOTHING, Further, Listed, merged
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
    """Documents for a fixed set of resources, and for the group-versions that come and go beside them.

    ``address`` is host:port as clients reach the server.
    """

    def __init__(
        self,
        resources: Sequence[Resource],
        address: str,
        further: Further = NOTHING,
        priorities: Mapping[GroupVersion, tuple[int, int]] = GROUP_PRIORITIES,
    ) -> None:
        self._resources = resources
        self._address = address
        self._further = further
        self._priorities = priorities
        self._builtin = _by_group(_by_version(resources))
        self._made_at: Hashable = None
        self._groups: dict[str, list[Listed]] = {}
        self._group_list = _EMPTY
        self._aggregated: dict[tuple[str, str, str], _Aggregated] = {}

    def handlers(self) -> Mapping[str, Handler]:
        """By path, without a trailing slash."""
        versions = _Document(_META.kind("APIVersions"), legacy.api_versions(self._address))
        handlers: dict[str, Handler] = {
            "/api": self._root("core", lambda: versions),
            "/apis": self._root("groups", lambda: self._group_list),
        }
        for group in self._builtin:
            if group:
                handlers[f"/apis/{group}"] = partial(self._serve_group, group)
        for group_version, members in _by_version(self._resources).items():
            prefix = "/apis/" if group_version.group else "/api/"
            content = legacy.api_resource_list(group_version, members)
            handlers[prefix + group_version.api_version] = _plain(_Document(_META.kind("APIResourceList"), content))
        return handlers

    async def path(self, request: Request) -> Answer | None:
        """/apis/<group> of a group that is not built in; None for any other path."""
        parts = request.info.path.strip("/").split("/")
        if len(parts) != 2 or parts[0] != "apis":
            return None
        self._refresh()
        return await self._serve_group(parts[1], request) if parts[1] in self._groups else None

    async def _serve_group(self, group: str, request: Request) -> Answer:
        self._refresh()
        versions = [listed.version for listed in self._groups[group]]
        return _Document(_META.kind("APIGroup"), legacy.api_group(group, versions)).answer(request)

    def _root(self, which: str, document: Callable[[], _Document]) -> Handler:
        async def handle(request: Request) -> Answer:
            self._refresh()
            wanted = _wanted_aggregate(request.header(b"accept"))
            if wanted is None:
                return document().answer(request)
            return self._aggregate_for(which, *wanted).answer(request)

        return handle

    def _refresh(self) -> None:
        """Make anew what depends on the groups, if they have changed."""
        changes = self._further.changes
        if self._groups and changes == self._made_at:
            return
        named = {group: versions for group, versions in self._builtin.items() if group}
        self._groups, self._made_at = merged(named, self._priorities, self._further.versions()), changes
        names = ((group, [listed.version for listed in versions]) for group, versions in self._groups.items())
        self._group_list = _Document(_META.kind("APIGroupList"), legacy.api_group_list(names))
        for key in [key for key in self._aggregated if key[0] == "groups"]:
            del self._aggregated[key]

    def _aggregate_for(self, which: str, version: str, media_type: str) -> _Aggregated:
        key = (which, version, media_type)
        made = self._aggregated.get(key)
        if made is None:
            groups = self._groups if which == "groups" else {"": self._builtin[""]}
            made = _aggregate(aggregated.discovery_list(version, groups), version, media_type)
            self._aggregated[key] = made
        return made


_META = GroupVersion("", "v1")
_EMPTY = _Document(_META.kind("APIGroupList"), {})


def _by_version(resources: Sequence[Resource]) -> dict[GroupVersion, list[Resource]]:
    versions: dict[GroupVersion, list[Resource]] = {}
    for resource in resources:
        versions.setdefault(resource.group_version, []).append(resource)
    return versions


def _by_group(versions: Mapping[GroupVersion, Sequence[Resource]]) -> dict[str, list[Listed]]:
    groups: dict[str, list[Listed]] = {"": []}
    for (group, version), members in versions.items():
        groups.setdefault(group, []).append(Listed(version, aggregated.version_document(version, members)))
    return groups


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
