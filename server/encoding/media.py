"""Writes a response object in a media type."""

from __future__ import annotations

from typing import Any

import orjson
import yaml

from apimachinery.gvk import GroupVersionKind
from apimachinery.objects import Object
from openapi.schema import type_of
from server.encoding import protobuf
from server.encoding.negotiation import PROTOBUF, YAML, Encoding


class _Dumper(yaml.CSafeDumper):
    """Never writes anchors: every object stands for itself."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def dump(obj: Object, kind: GroupVersionKind, encoding: Encoding) -> bytes:
    """``kind`` is what protobuf needs to know the fields by; JSON and YAML write ``obj`` as it is."""
    if encoding.media_type == PROTOBUF:
        return protobuf.wrap(kind, protobuf.encode(obj, type_of(kind)))
    if encoding.media_type == YAML:
        return yaml.dump(obj, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, width=1 << 20).encode()
    if encoding.pretty:
        return orjson.dumps(obj, option=orjson.OPT_INDENT_2)
    return orjson.dumps(obj) + b"\n"
