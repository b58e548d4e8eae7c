"""Bodies as the audit log tells them: JSON, whatever the client spoke."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from apimachinery.gvk import GroupVersion
from openapi.decode import DecodeError
from openapi.schema import type_of
from server.encoding import protobuf
from server.encoding.negotiation import PROTOBUF, YAML
from server.encoding.yamlbody import parse_yaml
from server.request import Request, Response

_APPLY = "application/apply-patch"


def read_request(request: Request) -> Any:
    """What the client sent, as a value; None if it sent nothing, or nothing that can be read."""
    body = request.taken_body
    return _read(body, request.header(b"content-type")) if body else None


def read_response(answer: Response, *, omit_managed_fields: bool) -> Any:
    """The answer's object, ready for JSON; None if it has none."""
    body = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
    media_type = answer.content_type.decode("latin-1")
    plain = media_type.partition(";")[0].strip() == "application/json"
    if plain and not omit_managed_fields:
        body = body.rstrip(b"\n")
        if b"\n" not in body:
            return orjson.Fragment(body) if body else None
    value = _read(body, media_type)
    return without_managed_fields(value) if omit_managed_fields else value


def _read(body: bytes, content_type: str) -> Any:
    try:
        if content_type.startswith(PROTOBUF):
            return _read_protobuf(body)
        if content_type.startswith((YAML, _APPLY)):
            return parse_yaml(body)[0]
        return orjson.loads(body)
    except (ValueError, KeyError, DecodeError, protobuf.ProtobufError):
        return None


def _read_protobuf(body: bytes) -> Any:
    api_version, kind, raw = protobuf.unwrap(body)
    gvk = GroupVersion.parse(api_version).kind(kind)
    return {"kind": kind, "apiVersion": api_version, **protobuf.decode(raw, type_of(gvk))}


def without_managed_fields(value: Any) -> Any:
    """The same without metadata.managedFields: of an object, of each item of a list, of each row of a Table."""
    if not isinstance(value, dict):
        return value
    value = _strip(value)
    if isinstance(value.get("items"), list):
        value["items"] = [_strip(item) for item in value["items"]]
    if value.get("kind") == "Table" and isinstance(value.get("rows"), list):
        value["rows"] = [{**row, "object": _strip(row.get("object"))} for row in value["rows"]]
    return value


def _strip(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    metadata = value.get("metadata")
    if not isinstance(metadata, dict):
        return dict(value)
    return {**value, "metadata": {name: field for name, field in metadata.items() if name != "managedFields"}}


def metadata_of(value: Any) -> Mapping[str, Any]:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    return metadata if isinstance(metadata, dict) else {}
