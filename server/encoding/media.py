"""Writes a response object in a media type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import yaml

from apimachinery.gvk import GroupVersionKind
from apimachinery.objects import Object
from openapi.schema import type_of
from server.encoding import protobuf
from server.encoding.negotiation import PROTOBUF, YAML, Encoding


class _Dumper(yaml.CSafeDumper):
    """Writes as Go's yaml does: no anchors, quotes are double, texts of several lines stand as blocks."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    if "\n" in text:
        return dumper.represent_scalar(_TEXT, text, style="|")
    resolve: Callable[..., str] = dumper.resolve
    plain = resolve(yaml.ScalarNode, text, (True, False)) == _TEXT
    return dumper.represent_scalar(_TEXT, text, style=None if plain and text else '"')


_TEXT = "tag:yaml.org,2002:str"
_Dumper.add_representer(str, _represent_text)


def dump(obj: Object, kind: GroupVersionKind, encoding: Encoding) -> bytes:
    """``kind`` is what protobuf needs to know the fields by; JSON and YAML write ``obj`` as it is."""
    if encoding.media_type == PROTOBUF:
        return protobuf.wrap(kind, protobuf.encode(obj, type_of(kind)))
    if encoding.media_type == YAML:
        return yaml.dump(obj, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, width=1 << 20).encode()
    if encoding.pretty:
        return orjson.dumps(obj, option=orjson.OPT_INDENT_2)
    return orjson.dumps(obj) + b"\n"
