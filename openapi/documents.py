"""The OpenAPI documents of the built-in resources, as bytes ready to be sent.

Each is made when it is first asked for, and only its bytes are kept. Documents that include custom resources are put
together by the server, of ``v2.document`` and ``v3.document``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from apimachinery.gvk import GroupVersion
from openapi import v2, v3
from openapi.definitions import V2, V3, definitions
from openapi.descriptions import client_version
from openapi.gnostic import encode
from openapi.once import once
from openapi.operations import Operation, base_path, operations, resource_list
from openapi.resources import GROUP_VERSIONS, RESOURCES
from openapi.schema import DATA


@once
def openapi_v2_json() -> bytes:
    """What ``/openapi/v2`` answers, as JSON."""
    return orjson.dumps(swagger(), option=orjson.OPT_SORT_KEYS)


@once
def openapi_v2_protobuf() -> bytes:
    """What ``/openapi/v2`` answers, as ``application/com.github.proto-openapi.spec.v2@v1.0+protobuf``."""
    return encode(swagger())


def openapi_v2_json_with(part: Mapping[str, Any]) -> bytes:
    """The version 2 document with further ``paths`` and ``definitions``, spliced in: the large part is made once."""
    document = openapi_v2_json()
    for name, follower in (("definitions", _AFTER_DEFINITIONS), ("paths", _AFTER_PATHS)):
        more = orjson.dumps(part[name], option=orjson.OPT_SORT_KEYS)[1:-1]
        end = document.rindex(follower)
        document = document[:end] + (b"," + more if more else b"") + document[end:]
    return document


def openapi_v2_protobuf_with(part: Mapping[str, Any]) -> bytes:
    """The same as protobuf, in which a message behind another of its kind adds to it."""
    return openapi_v2_protobuf() + encode(part)


_AFTER_DEFINITIONS = b'},"info":{"title":"Kubernetes","version":'
_AFTER_PATHS = b'},"security":[{"BearerToken":[]}],"securityDefinitions":'
"""What comes behind those two parts when keys are sorted."""


def swagger() -> dict[str, Any]:
    """The version 2 document as a value; large, so not to be kept."""
    offered = [operation for group_version in GROUP_VERSIONS for operation in built_in(group_version)]
    return v2.document(offered, definitions(v3.named_types(offered), V2))


@once
def openapi_v3(group: str, version: str) -> bytes:
    """The version 3 document of a built-in group-version, as JSON; raises KeyError for another."""
    group_version = GroupVersion(group, version)
    if group_version not in GROUP_VERSIONS:
        raise KeyError(group_version)
    offered = built_in(group_version)
    document = v3.document(offered, definitions(v3.named_types(offered), V3))
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def built_in(group_version: GroupVersion) -> list[Operation]:
    """All operations of a group-version."""
    offered = [resource_list(group_version)]
    for resource in RESOURCES:
        if resource.group_version == group_version:
            offered += operations(resource)
    return offered


def openapi_v3_index() -> dict[str, Any]:
    """What ``/openapi/v3`` answers: where each document is, with a hash that changes when it does."""
    return {
        "paths": dict(index_entry(*group_version, openapi_v3_hash(*group_version)) for group_version in GROUP_VERSIONS)
    }


def index_entry(group: str, version: str, hashed: str) -> tuple[str, dict[str, str]]:
    """A document's line in the index."""
    path = base_path(GroupVersion(group, version))
    return path[1:], {"serverRelativeURL": f"/openapi/v3{path}?hash={hashed}"}


def openapi_v3_hash(group: str, version: str) -> str:
    """Of what the document is made from, so that the index costs no document."""
    return hashlib.sha512(f"{_ingredients()}{group}/{version}".encode()).hexdigest().upper()


@cache
def _ingredients() -> str:
    """The data, the program, and the version of the client that lends the descriptions."""
    digest = hashlib.sha256(client_version().encode())
    for file in sorted((*DATA.glob("*.json"), *Path(__file__).parent.glob("*.py"))):
        digest.update(file.read_bytes())
    return digest.hexdigest()
