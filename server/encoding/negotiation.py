"""Picks the form of an answer from Accept, and reads the form of a body from Content-Type.

Source: k8s.io/apiserver/pkg/endpoints/handlers/negotiation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from apimachinery.status import NotAcceptable, UnsupportedMediaType

JSON = "application/json"
YAML = "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"
MEDIA_TYPES = (JSON, YAML, PROTOBUF)

_TRANSFORMS = frozenset({"Table", "PartialObjectMetadata", "PartialObjectMetadataList"})
_META_VERSIONS = frozenset({"v1", "v1beta1"})


@dataclass(frozen=True, slots=True)
class Encoding:
    """The agreed form. ``transform`` is "", "Table" or a PartialObjectMetadata kind, of ``meta_version``."""

    media_type: str = JSON
    transform: str = ""
    meta_version: str = ""
    pretty: bool = False

    @property
    def meta_api_version(self) -> str:
        return f"meta.k8s.io/{self.meta_version}"


PLAIN_JSON = Encoding()


@dataclass(frozen=True, slots=True)
class _Clause:
    media_type: str
    params: dict[str, str]
    quality: float


def _clauses(accept: str) -> list[_Clause]:
    clauses = []
    for part in accept.split(","):
        media_type, *raw = (piece.strip() for piece in part.split(";"))
        params = dict(piece.split("=", 1) for piece in raw if "=" in piece)
        try:
            quality = float(params.pop("q", "1"))
        except ValueError:
            quality = 1.0
        if media_type and quality > 0:
            clauses.append(_Clause(media_type.lower(), params, quality))
    clauses.sort(key=lambda clause: (-clause.quality, clause.media_type.count("*")))
    return clauses


def _accepts(clause: _Clause, offered: str) -> bool:
    return clause.media_type in (offered, "*/*", offered.split("/")[0] + "/*")


def _transform_of(clause: _Clause) -> tuple[str, str] | None:
    """(transform, meta version), or None when the clause asks for something that is not offered."""
    wanted = clause.params.get("as", "")
    if not wanted:
        return "", ""
    version = clause.params.get("v", "")
    if wanted in _TRANSFORMS and clause.params.get("g", "") == "meta.k8s.io" and version in _META_VERSIONS:
        return wanted, version
    return None


@lru_cache(maxsize=256)
def negotiate(accept: str, pretty: bool, offered: tuple[str, ...] = MEDIA_TYPES, transforms: bool = True) -> Encoding:
    """Raises NotAcceptable (406) when nothing offered is accepted."""
    known = False
    for clause in _clauses(accept or "*/*"):
        for media_type in offered:
            if not _accepts(clause, media_type):
                continue
            known = True
            transform = _transform_of(clause)
            if transform is not None and (transforms or not transform[0]):
                return Encoding(media_type, *transform, pretty=pretty)
    if not known:
        raise NotAcceptable("406: Not Acceptable", {})
    raise NotAcceptable.of(offered)


@lru_cache(maxsize=256)
def content_media_type(content_type: str, offered: tuple[str, ...] = MEDIA_TYPES) -> str:
    """The media type of a body; an absent Content-Type is JSON. Raises UnsupportedMediaType (415)."""
    media_type = content_type.split(";", 1)[0].strip().lower() or JSON
    if media_type not in offered:
        raise UnsupportedMediaType.of(offered)
    return media_type


def wants_pretty(pretty_param: str | None, user_agent: str) -> bool:
    """``?pretty=true``, or a browser or curl without it, as upstream decides."""
    if pretty_param is not None:
        return pretty_param not in ("false", "0")
    return user_agent.startswith(("curl", "Wget", "Mozilla/5.0"))
