"""The protobuf form, read back with a reader of its own that knows only the wire format."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from openapi.documents import openapi_v2_json, openapi_v2_protobuf
from openapi.gnostic import encode


def fields(message: bytes) -> Iterator[tuple[int, Any]]:
    at = 0

    def varint() -> int:
        nonlocal at
        number = shift = 0
        while True:
            byte = message[at]
            at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        elif key & 7 == 1:
            yield key >> 3, struct.unpack_from("<d", message, at)[0]
            at += 8
        else:
            assert key & 7 == 2
            size = varint()
            yield key >> 3, message[at : at + size]
            at += size


def one(message: bytes, number: int) -> Any:
    (found,) = (value for key, value in fields(message) if key == number)
    return found


def pairs(message: bytes, number: int) -> dict[str, bytes]:
    """A repeated (name, value) field."""
    return {one(item, 1).decode(): one(item, 2) for key, item in fields(message) if key == number}


def read_schema(message: bytes) -> dict[str, Any]:
    """The keywords built-in definitions use."""
    schema: dict[str, Any] = {}
    for number, value in fields(message):
        match number:
            case 1:
                schema["$ref"] = value.decode()
            case 2:
                schema["format"] = value.decode()
            case 4:
                schema["description"] = value.decode()
            case 19:
                schema.setdefault("required", []).append(value.decode())
            case 20:
                schema.setdefault("enum", []).append(orjson.loads(one(value, 2)))
            case 21:
                schema["additionalProperties"] = read_schema(one(value, 1))
            case 22:
                schema["type"] = one(value, 1).decode()
            case 23:
                schema["items"] = read_schema(one(value, 1))
            case 25:
                schema["properties"] = {name: read_schema(inner) for name, inner in pairs(value, 1).items()}
            case 31:
                schema[one(value, 1).decode()] = orjson.loads(one(one(value, 2), 2))
            case _:
                raise AssertionError(number)
    return schema


def test_all_definitions_are_read_back_from_the_protobuf() -> None:
    document = openapi_v2_protobuf()
    swagger = orjson.loads(openapi_v2_json())
    assert one(document, 1) == b"2.0"
    assert one(one(document, 2), 1) == b"Kubernetes"
    definitions = pairs(one(document, 9), 1)
    assert set(definitions) == set(swagger["definitions"])
    for name, schema in swagger["definitions"].items():
        assert read_schema(definitions[name]) == schema, name


def test_operations_are_read_back_from_the_protobuf() -> None:
    swagger = orjson.loads(openapi_v2_json())
    paths = pairs(one(openapi_v2_protobuf(), 8), 2)
    assert set(paths) == set(swagger["paths"])
    path = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
    patch = one(paths[path], 8)
    expected = swagger["paths"][path]["patch"]
    assert one(patch, 5).decode() == expected["operationId"]
    assert [value.decode() for key, value in fields(patch) if key == 7] == expected["consumes"]
    extensions = {name: orjson.loads(one(value, 2)) for name, value in pairs(patch, 13).items()}
    assert extensions == {key: value for key, value in expected.items() if key.startswith("x-")}
    names = []
    for number, item in fields(patch):
        if number == 8:
            ((kind, parameter),) = fields(one(item, 1))
            if kind == 1:
                assert one(one(parameter, 5), 1).decode() == "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Patch"
                names.append(one(parameter, 2).decode())
            else:
                ((place, details),) = fields(parameter)
                assert one(details, 2) == (b"query" if place == 3 else b"path")
                assert one(details, 20 if place == 3 else 19) == 1
                names.append(one(details, 4).decode())
    assert names == [parameter["name"] for parameter in expected["parameters"]]
    answers = pairs(one(patch, 9), 1)
    assert set(answers) == {"200", "201", "401"}
    answer = one(answers["200"], 1)
    assert one(answer, 1) == b"OK"
    assert one(one(one(answer, 2), 1), 1).decode() == "#/definitions/io.k8s.api.apps.v1.Deployment"
    security = one(one(one(openapi_v2_protobuf(), 13), 1), 2)
    assert one(one(security, 2), 1) == b"apiKey"


def test_keywords_custom_resources_may_use_are_written_too() -> None:
    schema = {
        "title": "T",
        "default": {"a": [1]},
        "multipleOf": 0.5,
        "maximum": 2,
        "exclusiveMaximum": True,
        "exclusiveMinimum": False,
        "maxLength": 300,
        "minLength": 0,
        "pattern": "^a$",
        "uniqueItems": True,
        "maxProperties": 1,
        "enum": ["a", None],
        "additionalProperties": False,
        "type": ["string", "null"],
        "allOf": [{"type": "string"}, {}],
        "items": [{"type": "string"}],
        "example": 1,
    }
    message = one(pairs(one(encode({"definitions": {"x": schema}}), 9), 1)["x"], 5)
    assert orjson.loads(one(message, 2)) == {"a": [1]}
    written = pairs(one(encode({"definitions": {"x": schema}}), 9), 1)["x"]
    got = list(fields(written))
    assert (6, 0.5) in got and (7, 2.0) in got and (8, 1) in got and (11, 300) in got and (12, 0) in got
    assert 10 not in dict(got)
    assert one(one(written, 21).rjust(2), 2) == 0
    assert [value for _, value in fields(one(written, 22))] == [b"string", b"null"]
    assert len([key for key, _ in got if key == 24]) == 2


def test_a_keyword_without_a_field_is_an_error() -> None:
    with pytest.raises(KeyError):
        encode({"definitions": {"x": {"oneOf": []}}})
