"""What is said of a value that is not what its schema says. Source of the words: kube-openapi's validation."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.objects import Object
from server.custom.values import checker

KEYED = {
    "type": "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["n"],
    "items": {"type": "object", "properties": {"n": {"type": "string"}, "v": {"type": "integer", "maximum": 5}}},
}
NUMBER_OR_NAME = {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}


def said(schema: Object, value: Any, *old: Any) -> list[str]:
    errors: list[Any] = []
    checker({"type": "object", "properties": {"f": schema}})(errors, {"f": value}, "", *({"f": one} for one in old))
    return [str(error) for error in errors]


def of_type(wanted: str, found: str) -> str:
    return f'f: Invalid value: "{found}": f in body must be of type {wanted}: "{found}"'


@pytest.mark.parametrize(
    ("schema", "value", "problem"),
    [
        ({"type": "string"}, 1, of_type("string", "integer")),
        ({"type": "string"}, None, of_type("string", "null")),
        ({"type": "integer"}, "1", of_type("integer", "string")),
        ({"type": "integer"}, 1.5, of_type("integer", "number")),
        ({"type": "number"}, True, of_type("number", "boolean")),
        ({"type": "boolean"}, 0, of_type("boolean", "integer")),
        ({"type": "array", "items": {}}, {}, of_type("array", "object")),
        ({"type": "object"}, [], of_type("object", "array")),
        ({"x-kubernetes-int-or-string": True}, 1.5, of_type("integer,string", "number")),
        ({"type": "string", "maxLength": 2}, "abc", "f: Too long: may not be more than 2 bytes"),
        ({"type": "string", "minLength": 2}, "a", 'f: Invalid value: "a": f in body should be at least 2 chars long'),
        ({"type": "string", "pattern": "^a"}, "b", "f: Invalid value: \"b\": f in body should match '^a'"),
        ({"type": "string", "pattern": r"\pL"}, "1", "f: Invalid value: \"1\": f in body should match '\\pL'"),
        ({"type": "string", "enum": ["x"]}, "y", 'f: Unsupported value: "y": supported values: "x"'),
        ({"type": "integer", "enum": [1, 2]}, 3, 'f: Unsupported value: 3: supported values: "1", "2"'),
        ({"type": "string", "format": "date"}, "x", 'f: Invalid value: "x": f in body must be of type date: "x"'),
        ({"type": "integer", "maximum": 5}, 6, "f: Invalid value: 6: f in body should be less than or equal to 5"),
        (
            {"type": "integer", "minimum": 5, "exclusiveMinimum": True},
            5,
            "f: Invalid value: 5: f in body should be greater than 5",
        ),
        (
            {"type": "number", "maximum": 0.5},
            0.75,
            "f: Invalid value: 0.75: f in body should be less than or equal to 0.5",
        ),
        ({"type": "integer", "multipleOf": 3}, 4, "f: Invalid value: 4: f in body should be a multiple of 3"),
        (
            {"type": "integer", "format": "int32"},
            2**31,
            '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in f',
        ),
        ({"type": "array", "items": {}, "maxItems": 1}, [1, 2], "f: Too many: 2: must have at most 1 item"),
        (
            {"type": "array", "items": {}, "minItems": 1},
            [],
            "f: Invalid value: 0: f in body should have at least 1 items",
        ),
        (
            {"type": "array", "items": {}, "uniqueItems": True},
            [1, 1],
            'f: Invalid value: "": f in body shouldn\'t contain duplicates',
        ),
        ({"type": "object", "maxProperties": 0}, {"a": 1}, "f: Too many: 1: must have at most 0 items"),
        ({"type": "object", "required": ["a"]}, {}, "f.a: Required value"),
        (
            {"type": "object", "additionalProperties": {"type": "string"}},
            {"a": 1},
            of_type("string", "integer").replace("f", "f.a", 1).replace(": f in", ": f.a in"),
        ),
        (
            {"type": "integer", "not": {"enum": [1]}},
            1,
            '<nil>: Invalid value: "": "f" must not validate the schema (not)',
        ),
    ],
)
def test_a_wrong_value_has_one_problem(schema: Object, value: Any, problem: str) -> None:
    assert said(schema, value) == [problem]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, 2.0),
        ({"type": "number"}, 1),
        ({"type": "string", "nullable": True}, None),
        ({"type": "string", "nullable": True, "enum": ["a"]}, None),
        (NUMBER_OR_NAME, "x"),
        (NUMBER_OR_NAME, 7),
        ({"type": "string", "format": "nobody-knows"}, "x"),
        ({"type": "string", "maxLength": 2}, "äö"),
        ({"type": "integer", "format": "int32"}, -(2**31)),
        ({"type": "number", "multipleOf": 0.1}, 0.3),
        ({}, [1, {"a": None}]),
    ],
)
def test_a_right_value_has_none(schema: Object, value: Any) -> None:
    assert said(schema, value) == []


def test_junctors_say_which_one_failed_and_why() -> None:
    alternatives = [{"required": ["a"]}, {"required": ["b"], "maxProperties": 1}]
    assert said({"type": "object", "anyOf": alternatives}, {"c": 1, "d": 2}) == [
        '<nil>: Invalid value: "": "f" must validate at least one schema (anyOf)',
        "f.a: Required value",
    ]
    assert said({"type": "object", "oneOf": alternatives}, {"a": 1, "b": 2, "c": 3}) == []
    both = said({"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1, "b": 2})
    assert both == [
        '<nil>: Invalid value: "": "f" must validate one and only one schema (oneOf). Found 2 valid alternatives'
    ]
    assert said({"type": "object", "allOf": [{"required": ["a"]}]}, {}) == [
        "f.a: Required value",
        '<nil>: Invalid value: "": "f" must validate all the schemas (allOf). None validated',
    ]


def test_what_did_not_change_is_not_checked() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer", "maximum": 5}, "b": {"type": "string"}}}
    assert said(schema, {"a": 9, "b": "new"}, {"a": 9, "b": "old"}) == []
    assert len(said(schema, {"a": 8, "b": "old"}, {"a": 9, "b": "old"})) == 1
    assert said(KEYED, [{"n": "x", "v": 9}, {"n": "y", "v": 1}], [{"n": "x", "v": 9}]) == []
    assert len(said(KEYED, [{"n": "y", "v": 9}], [{"n": "x", "v": 9}])) == 1
    assert len(said({"type": "integer", "maximum": 0}, 1, True)) == 1
