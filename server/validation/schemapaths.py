"""Paths to fields of custom resources.

Source: k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation, pkg/apiserver/schema/cel (ValidFieldPath).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from apimachinery.fielderrors import invalid
from server.validation.checks import Errors

Schema = Mapping[str, Any]

_tokens = re.compile(r"'(?:[^'\\]|\\.)*'|[.\[\]]|[^.\[\]]+", re.S)


class PathError(ValueError):
    """The path names no field; the message is upstream's."""


def check_simple_path(errors: Errors, path: str, text: str) -> bool:
    """A path in dot notation, not empty."""
    if not text:
        errors.append(invalid(path, text, "must not be empty"))
    elif not text.startswith("."):
        errors.append(invalid(path, text, "must be a simple json path starting with ."))
    else:
        return True
    return False


def find_field(text: str, schema: Schema, *, keys: bool = True) -> tuple[tuple[str, ...], Schema | None]:
    """The steps of a path and the schema it leads to. ``keys``: whether ``['name']`` is allowed. Raises PathError."""
    steps: list[str] = []
    found: Schema | None = schema
    tokens = iter(_tokens.findall(text))
    for token in tokens:
        if token == "[":
            if not keys:
                raise PathError("array notation is not allowed")
            name = _quoted(_next(tokens))
            found = _step(found, name)
            closing = _next(tokens)
            if closing != "]":
                raise PathError(f"expected ] but got {closing}")
        elif token == ".":
            name = _next(tokens)
            found = _step(found, name)
        else:
            raise PathError(f"expected [ or . but got: {token}")
        steps.append(name)
    return tuple(steps), found


def _next(tokens: Any) -> str:
    token: str | None = next(tokens, None)
    if token is None:
        raise PathError("unexpected end of JSON path")
    return token


def _quoted(token: str) -> str:
    if len(token) < 2 or token[0] != "'" or token[-1] != "'":
        raise PathError(f"expected single quoted string but got {token}")
    return token[1:-1].replace("\\'", "'").replace("\\\\", "\\")


def _step(schema: Schema | None, name: str) -> Schema | None:
    properties, more = (schema or {}).get("properties"), (schema or {}).get("additionalProperties")
    if properties:
        if name not in properties:
            raise PathError("does not refer to a valid field")
        step: Schema = properties[name]
        return step
    if more is None:
        raise PathError("does not refer to a valid field")
    return more if isinstance(more, Mapping) else None
