"""Pruning, nulls, defaults, embedded resources, lists that are sets or maps: how an object is read by its schema."""

from __future__ import annotations

from typing import Any

import pytest

from openapi.decode import DecodeError, canonicalise, decode
from server.custom.codec import SchemaCodec
from server.custom.defaulting import apply_defaults, has_defaults
from server.custom.embedded import validate as validate_embedded
from server.custom.listtypes import check_lists
from server.custom.pruning import drop_nulls, prune
from server.custom.types import root_type

OBJECT = "object"
ANY = "x-kubernetes-preserve-unknown-fields"
EMBEDDED = "x-kubernetes-embedded-resource"


def struct(**properties: Any) -> dict[str, Any]:
    return {"type": OBJECT, "properties": properties}


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


@pytest.mark.parametrize(
    ("schema", "value", "pruned", "unknown"),
    [
        (struct(a=TEXT), {"a": "1", "b": 2}, {"a": "1"}, ["b"]),
        (struct(a=struct(b=TEXT)), {"a": {"b": "", "c": {"d": 1}}}, {"a": {"b": ""}}, ["a.c"]),
        (struct(a={"type": "array", "items": struct(b=TEXT)}), {"a": [{"c": 1}]}, {"a": [{}]}, ["a[0].c"]),
        (struct(a={"type": OBJECT, ANY: True}), {"a": {"x": {"y": 1}}}, {"a": {"x": {"y": 1}}}, []),
        (
            struct(a={"type": OBJECT, ANY: True, "properties": {"k": struct(b=TEXT)}}),
            {"a": {"x": 1, "k": {"b": "", "z": 1}}},
            {"a": {"x": 1, "k": {"b": ""}}},
            ["a.k.z"],
        ),
        (struct(a={"type": OBJECT, "additionalProperties": TEXT}), {"a": {"x": "1"}}, {"a": {"x": "1"}}, []),
        (
            struct(),
            {"apiVersion": "v1", "kind": "K", "metadata": {"x": 1}},
            {"apiVersion": "v1", "kind": "K", "metadata": {"x": 1}},
            [],
        ),
        (struct(a={EMBEDDED: True, **struct()}), {"a": {"kind": "K", "b": 1}}, {"a": {"kind": "K"}}, ["a.b"]),
    ],
)
def test_unknown_fields_are_dropped_and_named(schema: Any, value: Any, pruned: Any, unknown: list[str]) -> None:
    assert prune(value, schema) == (pruned, unknown)


def test_a_pruned_object_shares_nothing_with_the_one_that_came() -> None:
    value = {"a": {"x": [1]}}
    pruned, _ = prune(value, struct(a={"type": OBJECT, ANY: True}))
    pruned["a"]["x"].append(2)
    assert value == {"a": {"x": [1]}}


def test_nulls_go_where_they_may_not_be_and_nothing_takes_their_place() -> None:
    schema = struct(a=TEXT, b={**TEXT, "nullable": True}, c={**TEXT, "default": "x"}, d=struct(e=TEXT))
    value = {"a": None, "b": None, "c": None, "d": {"e": None}}
    drop_nulls(value, schema)
    assert value == {"b": None, "c": None, "d": {}}


@pytest.mark.parametrize(
    ("schema", "value", "defaulted"),
    [
        (struct(a={**TEXT, "default": "x"}), {}, {"a": "x"}),
        (struct(a={**TEXT, "default": "x"}), {"a": None}, {"a": "x"}),
        (struct(a={**TEXT, "default": "x", "nullable": True}), {"a": None}, {"a": None}),
        (struct(a={**struct(b={**NUMBER, "default": 1}), "default": {}}), {}, {"a": {"b": 1}}),
        (struct(a=struct(b={**NUMBER, "default": 1})), {}, {}),
        (struct(a={"type": "array", "items": struct(b={**NUMBER, "default": 1})}), {"a": [{}]}, {"a": [{"b": 1}]}),
        (
            struct(a={"type": OBJECT, "additionalProperties": struct(b={**NUMBER, "default": 1})}),
            {"a": {"x": {}}},
            {"a": {"x": {"b": 1}}},
        ),
        (struct(a={**NUMBER, "default": 0}), {}, {"a": 0}),
    ],
)
def test_defaults_fill_what_is_absent(schema: Any, value: Any, defaulted: Any) -> None:
    assert has_defaults(schema)
    apply_defaults(value, schema)
    assert value == defaulted


def test_a_default_is_copied() -> None:
    schema = struct(a={"type": OBJECT, ANY: True, "default": {"x": [1]}})
    first: dict[str, Any] = {}
    second: dict[str, Any] = {}
    apply_defaults(first, schema)
    first["a"]["x"].append(2)
    apply_defaults(second, schema)
    assert second == {"a": {"x": [1]}}


def test_repeated_items_of_sets_and_keys_of_maps() -> None:
    schema = struct(
        s={"type": "array", "x-kubernetes-list-type": "set", "items": TEXT},
        m={
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["k"],
            "items": struct(k=TEXT),
        },
    )
    assert check_lists({"s": ["a", "b"], "m": [{"k": "a"}, {"k": "b"}]}, schema) == []
    found = check_lists({"s": ["a", "a", "a"], "m": [{"k": "a"}, {}, {"k": "a"}, {}]}, schema)
    assert [str(error) for error in found] == [
        's[1]: Duplicate value: "a"',
        'm[2]: Duplicate value: {"k":"a"}',
        "m[3]: Duplicate value: {}",
    ]
    (wrong,) = check_lists({"m": ["a"]}, schema)
    assert str(wrong) == 'm[0]: Invalid value: "a": must be an object for an array of list-type map'


def test_embedded_resources_are_resources() -> None:
    schema = struct(e={EMBEDDED: True, **struct(), ANY: True})
    problems = validate_embedded({"e": {"kind": "9", "metadata": {"labels": {"-": "x"}}}}, schema)
    assert [problem.field for problem in problems] == ["e.apiVersion", "e.kind", "e.metadata.labels"]
    codec = SchemaCodec(schema, "a.io/v1")
    value = {"metadata": {"name": "x", "more": 1}, "e": {"metadata": {"name": "y", "odd": 2}}}
    obj, messages = codec.decode(value)
    assert messages == ['unknown field "metadata.more"', 'unknown field "e.metadata.odd"']
    assert obj["e"]["metadata"] == {"name": "y"}


def test_metadata_of_a_wrong_type_cannot_be_read() -> None:
    codec = SchemaCodec(struct(), "a.io/v1")
    with pytest.raises(DecodeError, match="cannot unmarshal number into Go struct field"):
        codec.decode({"metadata": {"name": 1}})


def test_an_object_is_printed_in_the_stored_version_with_sorted_keys() -> None:
    of_type = root_type("K", "io.a.v1.K", struct(b=TEXT, a=NUMBER), SchemaCodec(struct(b=TEXT, a=NUMBER), "a.io/v2"))
    obj, _ = decode({"metadata": {"name": "x"}, "kind": "K", "b": "1", "apiVersion": "a.io/v1", "a": 1}, of_type)
    printed = canonicalise(obj, of_type)
    assert list(printed) == ["a", "apiVersion", "b", "kind", "metadata"]
    assert printed["apiVersion"] == "a.io/v2"
