"""What several verbs do alike: negotiating the answer, admission, who wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from apimachinery.gvk import GroupVersionKind, GroupVersionResource
from apimachinery.objects import Object
from apimachinery.status import NotAcceptable
from openapi.decode import decode
from server.admission.chain import Attributes
from server.api import Api
from server.encoding.media import dump
from server.encoding.negotiation import MEDIA_TYPES, STREAM_TYPES, Encoding, negotiate, wants_pretty
from server.encoding.responder import STATUS_KIND, Responder
from server.encoding.shapes import shape_for
from server.patch.fieldset import FieldsError
from server.patch.managers import decode_entries
from server.patch.typed import shape_of
from server.patch.typed_shape import Problem
from server.registry.context import Validating, WriteContext
from server.registry.options import WriteOptions
from server.registry.served import Served
from server.request import Request, Response
from storage.types import Entry

_LONGEST_MANAGER = 128
_INVALID_MANAGED_FIELDS = (
    ".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating "
    "admission controller; please fix your requests: {}"
)
_WATCHABLE = frozenset({"list", "watch"})


def encoding_for(request: Request, offered: tuple[str, ...] = MEDIA_TYPES) -> Encoding:
    """Raises NotAcceptable (406)."""
    accept = request.header(b"accept")
    pretty = request.query.get("pretty") if "pretty" in request.query else None
    streams = STREAM_TYPES if request.info.verb in _WATCHABLE and offered is MEDIA_TYPES else ()
    agent = request.header(b"user-agent")
    return negotiate(accept, wants_pretty(pretty[0] if pretty else None, agent), offered, streams=streams)


def responder_for(api: Api, served: Served, request: Request, *, is_list: bool = False) -> Responder:
    encoding = encoding_for(request, served.media_types)
    include = request.param("includeObject") if encoding.transform == "Table" else ""
    shape = shape_for(served, encoding, include, api.clock.now(), is_list=is_list)
    return Responder(served, encoding, shape, api.kept)


def entry_response(responder: Responder, entry: Entry, status: int = 200) -> Response:
    return Response(status, responder.one(entry), responder.content_type)


def status_response(request: Request, status: Object, code: int = 200) -> Response:
    """A Status in the media type the client accepts; its transforms do not apply."""
    try:
        encoding = encoding_for(request)
    except NotAcceptable:
        encoding = Encoding()
    plain = Encoding(encoding.media_type, pretty=encoding.pretty)
    return Response(code, dump(status, STATUS_KIND, plain), plain.media_type.encode())


def field_manager(request: Request, options: WriteOptions) -> str:
    """The field manager a write names, or the program's name out of the User-Agent."""
    if options.field_manager:
        return options.field_manager
    program = request.header(b"user-agent").split("/", 1)[0]
    return "".join(c for c in program if c.isprintable())[:_LONGEST_MANAGER] or "unknown"


def actor(request: Request, manager: str) -> str:
    """Who writes, for the log: a JSON object with user, manager, verb and agent."""
    user = request.user.name if request.user else ""
    agent = request.header(b"user-agent")[:256]
    who = {"user": user, "manager": manager, "verb": request.info.verb, "agent": agent}
    if request.info.subresource:
        who["subresource"] = request.info.subresource
    return orjson.dumps(who).decode()


def write_context(request: Request, manager: str, *, dry_run: bool, validating: Validating) -> WriteContext:
    return WriteContext(
        namespace=request.info.namespace,
        group=request.info.group,
        actor=actor(request, manager),
        requester=request.user,
        dry_run=dry_run,
        validating=validating,
        warnings=request.warnings,
    )


class ServedForms:
    """The versions a kind is served in, for admission. Objects of a write are as the registry takes them."""

    __slots__ = ("_served",)

    def __init__(self, served: Served) -> None:
        self._served = served

    @property
    def equivalents(self) -> Mapping[GroupVersionResource, GroupVersionKind]:
        others = (one for one in self._served.versions.values() if one is not self._served)
        return {one.resource.gvr: one.gvk for one in others}

    def shown(self, obj: Object | None, resource: GroupVersionResource) -> Object | None:
        return None if obj is None else self._version(resource).from_stored(obj)

    def read(self, value: Any, resource: GroupVersionResource) -> Object:
        """What changes an object does not make it one of another kind: it would be stored among those of this one."""
        version = self._version(resource)
        obj, _ = decode(value, version.type)
        kind, api_version = version.gvk.kind, version.gvk.api_version
        if (obj.get("kind") or kind, obj.get("apiVersion") or api_version) != (kind, api_version):
            raise ValueError(f"unable to convert {obj.get('apiVersion')}, Kind={obj.get('kind')} to {version.gvk}")
        obj["kind"], obj["apiVersion"] = kind, api_version
        obj.setdefault("metadata", {})
        version.apply_defaults(obj)
        return self._served.to_stored_from(version, obj)

    def merged(self, obj: Object, patch: Object, resource: GroupVersionResource) -> Object:
        shape = shape_of(self._version(resource).type)
        problems: list[Problem] = []
        shape.check(patch, "", problems)
        if problems:
            raise ValueError("; ".join(map(str, problems)))
        merged: Object = shape.merge(obj, patch)
        return merged

    def _version(self, resource: GroupVersionResource) -> Served:
        found = (one for one in self._served.versions.values() if one.resource.gvr == resource)
        return next(found, self._served)


class Admitting:
    """The admission chain bound to one request."""

    __slots__ = ("_api", "_dry_run", "_operation", "_request", "_served")

    def __init__(self, api: Api, served: Served, request: Request, operation: str, *, dry_run: bool) -> None:
        self._api = api
        self._served = served
        self._request = request
        self._operation = operation
        self._dry_run = dry_run

    def _attributes(self, obj: Object | None, old: Object | None) -> Attributes:
        info, user = self._request.info, self._request.user
        assert user is not None
        name = info.name
        if not name and obj is not None:
            name = obj["metadata"].get("name", "")
        return Attributes(
            operation="CREATE" if self._operation == "UPDATE" and old is None else self._operation,
            resource=GroupVersionResource(info.group, info.version, info.resource),
            kind=self._served.gvk,
            subresource=info.subresource,
            namespace=info.namespace,
            name=name,
            obj=obj,
            old=old,
            user=user,
            dry_run=self._dry_run,
            warnings=self._request.warnings,
            audit_annotations=self._request.audit_annotations,
            forms=ServedForms(self._served),
        )

    async def mutate(self, obj: Object | None, old: Object | None) -> None:
        """Whatever admission makes of managedFields that cannot be is undone, and the requester told."""
        before = None if obj is None else obj["metadata"].get("managedFields")
        await self._api.admission.mutate(self._attributes(obj, old))
        if obj is None or (after := obj["metadata"].get("managedFields")) is before:
            return
        try:
            decode_entries(after or [])
        except FieldsError as error:
            obj["metadata"]["managedFields"] = before or []
            self._request.warnings.append(_INVALID_MANAGED_FIELDS.format(error))

    async def validate(self, obj: Object | None, old: Object | None) -> None:
        await self._api.admission.validate(self._attributes(obj, old))
