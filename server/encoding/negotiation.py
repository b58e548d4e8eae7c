"""Picks the form of an answer from Accept, and reads the form of a body from Content-Type.

Source: k8s.io/apiserver/pkg/endpoints/handlers/negotiation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from apimachinery.status import NotAcceptable, UnsupportedMediaType

JSON = "application/json"
YAML = "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"
MEDIA_TYPES = (JSON, YAML, PROTOBUF)
STREAM_TYPES = (f"{JSON};stream=watch", f"{PROTOBUF};stream=watch")

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
"""What Go's strconv.ParseBool takes for true."""
_TRANSFORMS = frozenset({"Table", "PartialObjectMetadata", "PartialObjectMetadataList"})
_META_VERSIONS = frozenset({"v1", "v1beta1"})


_PARAMETERS = re.compile(r"""[^;]*(;\s*[\w!#$%&'*+.^`|~-]+=([\w!#$%&'*+.^`|~-]+|"(\\.|[^"\\])*")\s*)*;?\s*""", re.ASCII)
"""What Go's mime.ParseMediaType takes after the media type."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """The agreed form. ``transform`` is "", "Table" or a PartialObjectMetadata kind, of ``meta_version``."""

    media_type: str = JSON
    transform: str = ""
    meta_version: str = ""
    pretty: bool = False


PLAIN_JSON = Encoding()


class _Clause(NamedTuple):
    type: str
    subtype: str
    params: Mapping[str, str]
    quality: float


def _clause(part: str) -> _Clause | None:
    media_type, *raw = part.split(";")
    kind, slash, subtype = (piece.strip(" ") for piece in media_type.partition("/"))
    if not subtype and kind == "*":
        subtype = "*"
    elif not slash or not subtype or "/" in subtype:
        return None
    params = {}
    quality = 1.0
    for piece in raw:
        name, _, value = piece.partition("=")
        if value and "=" not in value:
            params[name.strip(" ")] = value.strip(" ")
    if "q" in params:
        quality = _quality(params.pop("q"))
    return _Clause(kind, subtype, params, quality)


def _quality(text: str) -> float:
    """What cannot be read counts as 0, which comes last but is not refused."""
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if math.isfinite(quality) else 0.0


def _clauses(accept: str) -> list[_Clause]:
    """In the order they are tried. Upstream's order is no order in the strict sense, so it is built as upstream does:
    a wildcard gives way to what is more exact whatever their qualities are."""
    clauses: list[_Clause] = []
    for part in accept.split(","):
        clause = _clause(part.strip(" "))
        if clause is None:
            continue
        place = len(clauses)
        while place and _before(clause, clauses[place - 1]):
            place -= 1
        clauses.insert(place, clause)
    return clauses


def _before(one: _Clause, other: _Clause) -> bool:
    return (
        one.quality > other.quality
        or (one.type != "*" and other.type == "*")
        or (one.subtype != "*" and other.subtype == "*")
    )


def _accepts(clause: _Clause, offered: str) -> bool:
    kind, _, subtype = offered.partition("/")
    if clause.type == "*":
        return clause.subtype == "*"
    return clause.type == kind and clause.subtype in (subtype, "*")


def _encoding(clause: _Clause, media_type: str, pretty: bool, transforms: bool) -> Encoding | None:
    """None when the clause asks for something that is not offered in that media type."""
    params = clause.params
    if params.get("stream") and (params["stream"] != "watch" or media_type == YAML):
        return None
    if params.get("sv", "v1") != "v1":
        return None
    pretty = pretty or params.get("pretty") == "1"
    if params.keys().isdisjoint(("as", "g", "v")):
        return Encoding(media_type, pretty=pretty)
    wanted, version = params.get("as", ""), params.get("v", "")
    if not transforms or params.get("g") != "meta.k8s.io" or version not in _META_VERSIONS or wanted not in _TRANSFORMS:
        return None
    if wanted == "Table" and media_type == PROTOBUF:
        return None
    return Encoding(media_type, wanted, version, pretty)


@lru_cache(maxsize=256)
def negotiate(
    accept: str,
    pretty: bool,
    offered: tuple[str, ...] = MEDIA_TYPES,
    transforms: bool = True,
    streams: tuple[str, ...] = (),
) -> Encoding:
    """Raises NotAcceptable (406). ``streams`` are offered besides, by routes that can watch: they are named only.

    Upstream looks twice: its router wants one of the media types by its full name, whatever the parameters; then the
    handler picks one.
    """
    if not accept:
        return Encoding(offered[0], pretty=pretty)
    named = {part.partition(";")[0].strip(" ") for part in accept.split(",")}
    if named.isdisjoint(("*/*", *offered)):
        raise NotAcceptable(f"406: Not Acceptable\n\nAvailable representations: {', '.join(offered + streams)}", {})
    for clause in _clauses(accept):
        for media_type in offered:
            encoding = _encoding(clause, media_type, pretty, transforms) if _accepts(clause, media_type) else None
            if encoding is not None:
                return encoding
    raise NotAcceptable.of(offered)


@lru_cache(maxsize=256)
def content_media_type(content_type: str, offered: tuple[str, ...] = MEDIA_TYPES) -> str:
    """The media type of a body; an absent Content-Type is JSON. Raises UnsupportedMediaType (415)."""
    media_type = content_type.split(";", 1)[0].strip().lower() or JSON
    if media_type not in offered or not _PARAMETERS.fullmatch(content_type):
        raise UnsupportedMediaType.of(offered)
    return media_type


def wants_pretty(pretty_param: str | None, user_agent: str) -> bool:
    """``?pretty=true``, or a browser or curl without it, as upstream decides."""
    if pretty_param:
        return pretty_param in _TRUE
    return user_agent.startswith(("curl", "Wget", "Mozilla/5.0"))
