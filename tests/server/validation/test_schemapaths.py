"""Paths to fields of custom resources."""

from __future__ import annotations

import pytest

from server.validation.schemapaths import PathError, find_field

SCHEMA = {
    "properties": {
        "spec": {"properties": {"size": {"type": "integer"}, "a.b": {"type": "string"}}},
        "map": {"additionalProperties": {"type": "string"}},
        "free": {"additionalProperties": True},
        "leaf": {"type": "string"},
    }
}


@pytest.mark.parametrize(
    ("text", "steps", "found"),
    [
        (".spec.size", ("spec", "size"), {"type": "integer"}),
        ("['spec'].size", ("spec", "size"), {"type": "integer"}),
        (".spec['a.b']", ("spec", "a.b"), {"type": "string"}),
        (".map.x", ("map", "x"), {"type": "string"}),
        (".free.x", ("free", "x"), None),
    ],
)
def test_paths(text: str, steps: tuple[str, ...], found: object) -> None:
    assert find_field(text, SCHEMA) == (steps, found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".none", "does not refer to a valid field"),
        (".leaf.x", "does not refer to a valid field"),
        ("spec", "expected [ or . but got: spec"),
        (".", "unexpected end of JSON path"),
        ("[spec]", "expected single quoted string but got spec"),
        ("['spec'.size", "expected ] but got ."),
    ],
)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(PathError) as error:
        find_field(text, SCHEMA)
    assert str(error.value) == message


def test_dot_notation_only() -> None:
    with pytest.raises(PathError, match="array notation is not allowed"):
        find_field("['spec']", SCHEMA, keys=False)
