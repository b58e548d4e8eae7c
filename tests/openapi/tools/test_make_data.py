from __future__ import annotations

import json
from typing import Any

import pytest

from openapi.schema import DATA
from openapi.tools.make_data import Facts, dump, encode_field, encode_package, main, needed, resolve

_META = {
    "types": {"TypeMeta": {"fields": [{"json": "kind", "go": "string", "omitempty": True, "pb": 1}]}},
    "aliases": {},
    "enums": {},
}


@pytest.mark.parametrize(
    ("expression", "package", "absolute"),
    [
        ("[]v1.Probe", "apps/v1", "[]core/v1.Probe"),
        ("[]Probe", "core/v1", "[]Probe"),
        ("v1.ListMeta", "apidiscovery/v2", "meta/v1.ListMeta"),
        ("map[ResourceName]resource.Quantity", "core/v1", "map[ResourceName]resource.Quantity"),
        ("Time", "meta/v1", "meta/v1.Time"),
        ("corev1.ConditionStatus", "core/v1", "ConditionStatus"),
    ],
)
def test_type_expressions_become_absolute(expression: str, package: str, absolute: str) -> None:
    assert resolve(expression, package) == absolute


def test_a_field_keeps_its_markers() -> None:
    tags = ["listType=map", "listMapKey=a", "listMapKey=b", 'default="x"']
    field = {"json": "f", "go": "[]T", "pb": 3, "patchStrategy": "merge,retainKeys", "patchMergeKey": "a", "tags": tags}
    assert encode_field(field, "core/v1", [2]) == [
        "f",
        "[]T",
        3,
        "r",
        {"ps": ["merge", "retainKeys"], "mk": "a", "lt": "map", "lk": ["a", "b"], "in": [2], "d": "x"},
    ]


@pytest.mark.parametrize(
    ("field", "flags"),
    [
        ({"go": "*T", "omitempty": True}, "*o"),
        ({"go": "T"}, "r"),
        ({"go": "T", "tags": ["optional"]}, ""),
        ({"go": "T", "omitempty": True, "omitzero": True}, "oz"),
        ({"go": "*T", "omitempty": True, "tags": ["required"]}, "*or"),
    ],
)
def test_flags_tell_pointers_omission_and_requirement(field: dict[str, Any], flags: str) -> None:
    assert encode_field({"json": "f", **field}, "core/v1", [])[3] == flags


def test_embedded_structs_are_unfolded_and_only_needed_foreign_types_are_kept() -> None:
    outer = [
        {"json": "", "go": "metav1.TypeMeta", "inline": True},
        {"json": "", "go": "Inner", "inline": True, "pb": 2},
        {"json": "-", "go": "string"},
    ]
    facts = {
        "meta/v1": _META,
        "apps/v1": {
            "types": {"Outer": {"fields": outer}, "Inner": {"fields": [{"json": "x", "go": "v1.X", "pb": 1}]}},
            "aliases": {"Mode": "string", "Names": "[]string"},
            "enums": {"Mode": ["b", "a"]},
        },
        "core/v1": {
            "types": {
                "NodeSystemInfo": {"fields": []},
                "X": {"fields": [{"json": "y", "go": "[]Y", "pb": 1}]},
                "Y": {"fields": [], "tags": ["structType=atomic"]},
                "Unused": {"fields": []},
            },
            "aliases": {},
            "enums": {},
        },
    }
    encoded = {package: encode_package(Facts(facts), package) for package in ("apps/v1", "core/v1")}
    assert encoded["apps/v1"]["types"]["Outer"] == {
        "f": [["kind", "string", 0, "o"], ["x", "core/v1.X", 1, "r", {"in": [2]}]]
    }
    assert encoded["apps/v1"]["aliases"] == {"Mode": ["a", "b"], "Names": "[]string"}
    kept = needed(encoded, ["apps/v1"])
    assert kept["core/v1"]["types"] == {"X": {"f": [["y", "[]Y", 1, "r"]]}, "Y": {"f": [], "st": "atomic"}}


def test_every_data_file_is_written_one_type_a_line() -> None:
    for file in DATA.glob("*.json"):
        text = file.read_text(encoding="utf-8")
        assert dump(json.loads(text)) == text


def test_the_program_wants_exactly_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
