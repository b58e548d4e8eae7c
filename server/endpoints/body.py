"""Reads the object out of a request's body: media type, kind and version, types, unknown and repeated fields.

Source: k8s.io/apiserver/pkg/endpoints/handlers/create.go, rest.go (transformDecodeError).
"""

from __future__ import annotations

from typing import Any

from apimachinery.gvk import GroupVersion, GroupVersionKind
from apimachinery.objects import Object
from apimachinery.status import BadRequest, UnsupportedMediaType
from openapi.decode import DecodeError, decode, parse_json
from openapi.schema import Type
from server.encoding import protobuf
from server.encoding.negotiation import JSON, PROTOBUF, YAML, content_media_type
from server.encoding.yamlbody import parse_yaml, repeated_keys
from server.request import Request

_SUMMARY = 30
_NOT_A_STRUCT = (
    'Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; '
    'Kind string "json:\\"kind,omitempty\\"" }'
)
_GO_NAMES = {list: "array", str: "string", bool: "bool", int: "number", float: "number"}


class UnreadableBody(BadRequest):
    """``why`` is what the decoder says by itself."""

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message)
        self.why = why


async def read_object(
    request: Request,
    expected: GroupVersionKind,
    type_: Type,
    validation: str,
    *,
    also: tuple[GroupVersionKind, ...] = (),
) -> Object:
    """The decoded, canonical object of the body.

    ``validation`` is Ignore, Warn or Strict. ``also`` are further kinds that are taken as if they were ``expected``.
    Raises UnsupportedMediaType (415), RequestEntityTooLarge (413), BadRequest (400) in upstream's words.
    """
    media_type = content_media_type(request.header(b"content-type"))
    if media_type == PROTOBUF and type_.codec is not None:
        raise UnsupportedMediaType.of((JSON, YAML))
    body = await request.body()
    if media_type == PROTOBUF:
        obj = _read_protobuf(body, expected, type_, also)
    else:
        value, repeated = _parse(body, media_type, expected.kind, strict=validation != "Ignore")
        if type_.codec is None and media_type != YAML:
            repeated = []  # the decoding tells
        obj, problems = decode_value(value, expected, type_, body, also=also)
        if repeated and validation == "Strict" and media_type == YAML:
            repeated = [repeated_keys(repeated)]
        apply_field_validation(request, validation, repeated + problems, expected)
    return obj


def _parse(body: bytes, media_type: str, kind: str, *, strict: bool) -> tuple[Any, list[str]]:
    """The value, and what its parser says of repeated keys."""
    try:
        if media_type == YAML:
            return parse_yaml(body)
        return parse_json(body, find_duplicates=strict)
    except DecodeError as error:
        what = "yaml" if media_type == YAML else "json parse error"
        raise unrecognized(kind, f"couldn't get version/kind; {what}: {error}", body) from None


def unrecognized(kind: str, why: str, body: bytes) -> BadRequest:
    told = f"the object provided is unrecognized (must be of type {kind}): {why} ({_summary(body)})"
    return UnreadableBody(told, why)


def _summary(body: bytes) -> str:
    if not body:
        return "<empty>"
    more = " ..." if len(body) > _SUMMARY else ""
    if body[:1] == b"{":
        return body[:_SUMMARY].decode("utf-8", "replace") + more
    return body[:_SUMMARY].hex() + more


def decode_value(
    value: Any,
    expected: GroupVersionKind,
    type_: Type,
    body: bytes,
    *,
    also: tuple[GroupVersionKind, ...] = (),
) -> tuple[Object, list[str]]:
    """Check the kind and decode; (object, messages about unknown and repeated fields)."""
    if not isinstance(value, dict):
        if value is None:
            value = {}
        else:
            what = _GO_NAMES.get(type(value), "value")
            why = f"couldn't get version/kind; json parse error: json: cannot unmarshal {what} into {_NOT_A_STRUCT}"
            raise unrecognized(expected.kind, why, body)
    given = _check_kind(value.get("apiVersion"), value.get("kind"), expected, also)
    try:
        obj, unknown = decode(value, type_)
    except DecodeError as error:
        raise UnreadableBody(f"{_handled_as(given, expected)}: {error}", str(error)) from None
    obj["kind"], obj["apiVersion"] = expected.kind, expected.api_version
    obj.setdefault("metadata", {})
    keep_reset(value, obj)
    return obj, unknown


def keep_reset(value: Object, obj: Object) -> None:
    """An empty list of managedFields, which decoding drops like every empty list, asks for them to be forgotten."""
    metadata = value.get("metadata")
    if isinstance(metadata, dict) and metadata.get("managedFields") == []:
        obj["metadata"]["managedFields"] = []


def _handled_as(given: GroupVersionKind, expected: GroupVersionKind) -> str:
    return f'{given.kind} in version "{given.version}" cannot be handled as a {expected.kind}'


def _check_kind(
    api_version: Any, kind: Any, expected: GroupVersionKind, also: tuple[GroupVersionKind, ...]
) -> GroupVersionKind:
    """What the object says it is; absent parts are taken from what is expected."""
    try:
        group_version = GroupVersion.parse(str(api_version)) if api_version else expected.group_version
    except ValueError as error:
        raise BadRequest(str(error)) from None
    given = group_version.kind(str(kind) if kind else expected.kind)
    if given == expected or given in also:
        return given
    if given.kind == expected.kind and given.group == expected.group:
        raise BadRequest(
            f"the API version in the data ({given.api_version}) does not match the expected API version "
            f"({expected.api_version})"
        )
    raise BadRequest(
        f"{_handled_as(given, expected)}: converting ({given.version}.{given.kind}) to "
        f"({expected.group or 'core'}.{expected.kind}): unknown conversion"
    )


def _read_protobuf(body: bytes, expected: GroupVersionKind, type_: Type, also: tuple[GroupVersionKind, ...]) -> Object:
    try:
        api_version, kind, raw = protobuf.unwrap(body)
        _check_kind(api_version, kind, expected, also)
        obj = protobuf.decode(raw, type_)
    except protobuf.ProtobufError as error:
        raise unrecognized(expected.kind, str(error), body) from None
    obj["kind"], obj["apiVersion"] = expected.kind, expected.api_version
    obj.setdefault("metadata", {})
    return obj


def apply_field_validation(request: Request, validation: str, problems: list[str], kind: GroupVersionKind) -> None:
    """Refuse (Strict), warn about (Warn) or pass over (Ignore) unknown and repeated fields."""
    if not problems or validation == "Ignore":
        return
    if validation == "Strict":
        listed = ", ".join(problems)
        raise BadRequest(f"{_handled_as(kind, kind)}: strict decoding error: {listed}")
    request.warnings.extend(problems)
