from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apimachinery.gvk import GroupVersionKind
from openapi import decode as reading
from openapi.decode import canonicalise
from openapi.schema import Type, package_of, type_of
from openapi.wire import BYTES, VARINT, framed, key, varint
from server.encoding.protobuf import ProtobufError, decode, encode, has_message, unwrap, watch_frame, wrap
from tests.openapi.types import all_kinds
from tests.openapi.values import make

POD = type_of(GroupVersionKind("", "v1", "Pod"))
NAMESPACE = type_of(GroupVersionKind("", "v1", "Namespace"))
SERVICE = type_of(GroupVersionKind("", "v1", "Service"))
CRD = type_of(GroupVersionKind("apiextensions.k8s.io", "v1", "CustomResourceDefinition"))
MESSAGES = [kind for kind in all_kinds() if has_message(kind)]


def without_type_meta(value: Any, type_: Type) -> Any:
    """The object as protobuf carries it: ``kind`` and ``apiVersion`` of whole objects are not in messages."""

    def strip(item: Any, of: Type) -> Any:
        if isinstance(item, dict) and of.form.name == "STRUCT":
            return {
                name: strip(inner, of.fields[name].type)
                for name, inner in item.items()
                if of.fields[name].number or name not in ("kind", "apiVersion")
            }
        if isinstance(item, list) and of.form.name == "LIST":
            return [strip(inner, of.element) for inner in item]
        return item

    return canonicalise(strip(value, type_), type_)


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.definition)
def test_every_kind_survives_the_way_there_and_back(kind: Type) -> None:
    for seed in range(5):
        obj = without_type_meta(reading.decode(make(kind, Random(seed)), kind)[0], kind)
        assert json.dumps(decode(encode(obj, kind), kind)) == json.dumps(obj)


def test_a_namespace_is_written_byte_for_byte_as_upstream_writes_it() -> None:
    obj = {
        "metadata": {"name": "a", "creationTimestamp": "2026-01-01T10:00:00Z"},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }
    expected = (
        b'\n\x19\n\x01a\x12\x00\x1a\x00"\x00*\x002\x008\x00B\x08\x08\xa0\x8b\xd9\xca\x06\x10\x00'
        b"\x12\x0c\n\nkubernetes\x1a\x08\n\x06Active"
    )
    assert encode(obj, NAMESPACE) == expected
    assert wrap(GroupVersionKind("", "v1", "Namespace"), expected) == (
        b"k8s\x00\n\x0f\n\x02v1\x12\tNamespace\x12\x33" + expected + b'\x1a\x00"\x00'
    )


def test_zero_values_are_written_unless_they_are_pointers_lists_or_maps() -> None:
    assert encode({}, NAMESPACE) == b'\n\x10\n\x00\x12\x00\x1a\x00"\x00*\x002\x008\x00B\x00\x12\x00\x1a\x02\n\x00'
    port = package_of("core/v1").type("ServicePort")
    assert encode({}, port) == b'\n\x00\x12\x00\x18\x00"\x06\x08\x00\x10\x00\x1a\x00(\x00'


def test_an_embedded_struct_is_a_message_of_its_own() -> None:
    volume = package_of("core/v1").type("Volume")
    obj = {"name": "v", "emptyDir": {}}
    assert encode(obj, volume) == b"\n\x01v\x12\x04\x12\x02\n\x00"
    assert decode(encode(obj, volume), volume) == obj
    rule = package_of("admissionregistration/v1").type("NamedRuleWithOperations")
    named = {"resourceNames": ["n"], "operations": ["CREATE"], "apiGroups": ["g"]}
    assert encode(named, rule) == b"\n\x01n\x12\x0d\n\x06CREATE\x12\x03\n\x01g"
    assert decode(encode(named, rule), rule) == named


def test_named_lists_are_messages_and_plain_ones_are_repeated() -> None:
    user = package_of("authentication/v1").type("UserInfo")
    obj = {"groups": ["a", "b"], "extra": {"k": ["x", "y"]}}
    assert encode(obj, user) == b'\n\x00\x12\x00\x1a\x01a\x1a\x01b"\x0b\n\x01k\x12\x06\n\x01x\n\x01y'
    assert decode(encode(obj, user), user) == obj


def test_int_or_string_says_which_it_is() -> None:
    service = canonicalise(
        {"spec": {"ports": [{"port": 1, "targetPort": "http"}, {"port": 2, "targetPort": -1}]}}, SERVICE
    )
    written = encode(service, SERVICE)
    assert b'"\x0a\x08\x01\x10\x00\x1a\x04http' in written
    assert b'"\x0f\x08\x00\x10' + varint(-1) + b"\x1a\x00" in written
    assert decode(written, SERVICE) == service


def test_a_schema_is_read_whichever_shape_it_had() -> None:
    schema = {"items": [{"type": "string"}], "additionalProperties": False, "dependencies": {"a": ["b"], "c": {}}}
    versions = [
        {"name": "v1", "schema": {"openAPIV3Schema": schema | {"not": {"additionalProperties": {"type": "object"}}}}}
    ]
    obj = canonicalise({"spec": {"versions": versions}}, CRD)
    assert decode(encode(obj, CRD), CRD) == obj


def test_packed_numbers_are_read_too() -> None:
    context = package_of("core/v1").type("PodSecurityContext")
    assert decode(key(4, BYTES) + b"\x03\x01\xac\x02", context) == {"supplementalGroups": [1, 300]}
    assert decode(key(4, VARINT) + b"\x01" + key(4, VARINT) + b"\x02", context) == {"supplementalGroups": [1, 2]}


def test_unknown_fields_are_skipped() -> None:
    written = encode({"metadata": {"name": "a"}}, NAMESPACE)
    extra = framed(100, b"future") + key(101, VARINT) + b"\x05" + key(102, 5) + bytes(4)
    assert decode(extra + written, NAMESPACE) == decode(written, NAMESPACE)


def test_fields_beyond_a_second_are_cut_from_times_and_kept_in_micro_times() -> None:
    lease = type_of(GroupVersionKind("coordination.k8s.io", "v1", "Lease"))
    obj = {"metadata": {}, "spec": {"renewTime": "2026-01-01T10:00:00.123456Z"}}
    assert decode(encode(obj, lease), lease) == obj
    nanos = framed(1, framed(8, b"\x08\x01\x10" + varint(500_000_000)))
    assert decode(nanos, NAMESPACE)["metadata"] == {"creationTimestamp": "1970-01-01T00:00:01Z"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x0a\x05ab", "unexpected EOF"),
        (b"\x0a", "unexpected EOF"),
        (b"\x0a\x02\x0a\x05abcdefgh", "unexpected EOF"),
        (b"\x0a\x01\x38", "unexpected EOF"),
        (b"\x08\x01", "proto: wrong wireType = 0 for field 1"),
        (b"\x00\x01", "proto: illegal tag 0 (wire type 0)"),
        (b"\x7e", "proto: illegal wireType 6"),
        (framed(1, framed(8, b"\x08" + varint(2**62))), "proto: time out of range"),
    ],
)
def test_malformed_messages_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(ProtobufError) as error:
        decode(data, NAMESPACE)
    assert str(error.value) == message


def test_values_a_type_cannot_hold_are_refused() -> None:
    requirements = package_of("core/v1").type("ResourceRequirements")
    bad = framed(1, framed(1, b"cpu") + framed(2, framed(1, b"many")))
    with pytest.raises(ProtobufError, match="quantities must match"):
        decode(bad, requirements)
    revision = type_of(GroupVersionKind("apps", "v1", "ControllerRevision"))
    with pytest.raises(ProtobufError, match="not JSON"):
        decode(framed(2, framed(1, b"{")), revision)


def test_a_message_nested_beyond_reason_is_refused() -> None:
    data = b""
    for _ in range(3000):
        data = framed(28, data)
    with pytest.raises(ProtobufError, match="nested too deeply"):
        decode(data, package_of("apiextensions/v1").type("JSONSchemaProps"))


@given(st.binary(max_size=60))
def test_no_bytes_raise_another_error(data: bytes) -> None:
    try:
        decode(data, POD)
    except ProtobufError as error:
        assert str(error)


def test_a_table_has_no_protobuf_form() -> None:
    table = type_of(GroupVersionKind("meta.k8s.io", "v1", "Table"))
    assert not has_message(table)
    with pytest.raises(ProtobufError, match=r"object \*v1.Table does not implement the protobuf marshalling interface"):
        encode({}, table)


def test_an_envelope_is_opened_again() -> None:
    assert unwrap(wrap(GroupVersionKind("apps", "v1", "Deployment"), b"raw")) == ("apps/v1", "Deployment", b"raw")
    assert unwrap(b"k8s\x00" + key(7, VARINT) + b"\x01") == ("", "", b"")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty data"),
        (
            b'{"kind":1}',
            "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
        ),
        (b"k8s\x00\x0a\x05", "unexpected EOF"),
    ],
)
def test_what_is_no_envelope_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ProtobufError) as error:
        unwrap(data)
    assert str(error.value) == message


def test_a_watch_event_is_framed_by_its_length() -> None:
    assert watch_frame("ADDED", b"obj") == b"\x00\x00\x00\x0e\n\x05ADDED\x12\x05\n\x03obj"
