"""Reads a YAML body as JSON would have said it (sigs.k8s.io/yaml): string keys, no dates, no aliases run wild."""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

from openapi.decode import DecodeError
from openapi.gojson import DEEPEST

_MAX_NODES = 400_000
"""More nodes than a 3 MiB body can hold by itself: an expansion attack (aliases of aliases)."""

_DEEPEST = DEEPEST
"""Levels of nesting, as of JSON. The library's time grows with the square of them, and its stack with them: some
hundred thousand brackets would stop the server for minutes, or for good."""
_INLINE = re.compile(rb"(?:[-?:][ \t]+){%d}" % _DEEPEST)
"""Block collections that begin on one line."""


class _Loader(yaml.CSafeLoader):
    """Safe loading without timestamps; keys end up sorted, as Go sorts them; repeated ones are in ``repeated``."""

    def __init__(self, stream: bytes) -> None:
        super().__init__(stream)
        self.repeated: list[str] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        self.flatten_mapping(node)
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _key(self.construct_object(key_node, deep=True))
            if key in mapping:
                line = key_node.start_mark.line + 1
                self.repeated.append(f'line {line}: key "{key}" already set in map')
            mapping[key] = self.construct_object(value_node, deep=True)
        return dict(sorted(mapping.items()))


_MOST_DIGITS = 20


def _construct_map(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    return loader.construct_mapping(node, deep=True)


def _construct_int(loader: _Loader, node: yaml.ScalarNode) -> int | float | str:
    """As Go reads numbers: beyond 64 bits they are floats, beyond those text."""
    if len(node.value) <= _MOST_DIGITS:
        number = loader.construct_yaml_int(node)
        return number if -(1 << 63) <= number < 1 << 64 else float(number)
    try:
        value = float(node.value)
    except ValueError:
        return str(node.value)
    return value if math.isfinite(value) else str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:map", _construct_map)
_Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return key if isinstance(key, str) else str(key)


def parse_yaml(body: bytes) -> tuple[Any, list[str]]:
    """(value, messages about repeated keys). Raises DecodeError."""
    try:
        _check_depth(body)
        loader = _Loader(body)
        try:
            node = loader.get_single_node()
            if node is None:
                raise DecodeError("unexpected end of JSON input")
            _limit(node)
            value = loader.construct_document(node)
        finally:
            loader.dispose()
    except RecursionError:
        raise DecodeError("error converting YAML to JSON: yaml: exceeded max depth") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DecodeError(f"error converting YAML to JSON: yaml: {_one_line(error)}") from None
    return value, loader.repeated


def _check_depth(body: bytes) -> None:
    """Nearly every body is told by its few brackets to be harmless; of others the beginning and end of collections
    are followed, without making anything of them."""
    if body.count(b"[") + body.count(b"{") <= _DEEPEST and not _INLINE.search(body):
        return
    depth = 0
    for event in yaml.parse(body, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise DecodeError("error converting YAML to JSON: yaml: exceeded max depth")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def repeated_keys(messages: list[str]) -> str:
    """The messages about repeated keys as Go's yaml joins them."""
    return "\n  ".join(["yaml: unmarshal errors:", *messages])


def _one_line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"line {mark.line + 1}: {problem}" if mark else problem.replace("\n", " ")


def _limit(root: yaml.Node) -> None:
    """Count nodes as they will be expanded, aliases each time they are used; refuse too many, and loops."""
    sizes: dict[int, int] = {}
    active: set[int] = set()

    def size(node: yaml.Node) -> int:
        known = sizes.get(id(node))
        if known is not None:
            return known
        if id(node) in active:
            raise DecodeError("error converting YAML to JSON: yaml: anchor value contains itself")
        active.add(id(node))
        if len(active) > _DEEPEST:
            raise DecodeError("error converting YAML to JSON: yaml: exceeded max depth")
        total = 1
        if isinstance(node, yaml.MappingNode):
            total += sum(size(key) + size(value) for key, value in node.value)
        elif isinstance(node, yaml.SequenceNode):
            total += sum(size(item) for item in node.value)
        active.discard(id(node))
        if total > _MAX_NODES:
            raise DecodeError("error converting YAML to JSON: yaml: document contains excessive aliasing")
        sizes[id(node)] = total
        return total

    size(root)
