"""Types as server-side apply sees them: what is a leaf, how items are told apart, what a comparison finds."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.gvk import GroupVersionKind
from openapi.schema import Field, Form, Type, type_of
from server.patch.fieldset import FieldSet
from server.patch.typed import shape_of, zero_of
from server.patch.typed_shape import Unfit
from tests.server.patch.types import INT, JSON, RAW_EXTENSION, STRING, STRINGS, field, list_of, struct

ITEM = struct("v1.Item", field("name", STRING), field("proto", STRING, default="TCP"), field("value", INT))
WHOLE = struct("v1.Whole", field("a", INT), struct_type="atomic")
THING = struct(
    "v1.Thing",
    field("number", INT),
    field("labels", STRINGS),
    field("selector", STRINGS, map_type="atomic"),
    field("struct", ITEM),
    field("whole", WHOLE, struct_type="atomic"),
    field("granular", WHOLE, struct_type="granular"),
    field("words", list_of(STRING)),
    field("set", list_of(STRING), list_type="set"),
    field("merged", list_of(STRING), patch_strategies=("merge",)),
    field("keyed", list_of(ITEM), list_type="map", list_map_keys=("name", "proto")),
    field("byName", list_of(ITEM), patch_strategies=("merge",), patch_merge_key="name"),
    field("wholes", list_of(WHOLE), list_type="map", list_map_keys=("a",)),
    field("any", JSON),
    field("raw", RAW_EXTENSION),
    field("maps", Type(Form.MAP, "map[string]Item", element=ITEM)),
)
SHAPE = shape_of(THING)


def _compare(old: dict[str, Any], new: dict[str, Any]) -> tuple[FieldSet, FieldSet]:
    delta = SHAPE.compare(old, new)
    return (delta.changed or {}, delta.removed or {}) if delta is not None else ({}, {})


COMPARISONS: dict[str, tuple[Any, Any, FieldSet, FieldSet]] = {
    "nothing": ({"number": 1}, {"number": 1}, {}, {}),
    "a scalar changes": ({"number": 1}, {"number": 2}, {"f:number": {}}, {}),
    "a field comes and one goes": ({"number": 1}, {"words": []}, {"f:words": {}}, {"f:number": {}}),
    "a struct comes": ({}, {"struct": {"value": 1}}, {"f:struct": {".": {}, "f:value": {}}}, {}),
    "a struct goes": ({"struct": {"value": 1}}, {}, {}, {"f:struct": {".": {}, "f:value": {}}}),
    "an empty struct comes": ({}, {"struct": {}}, {"f:struct": {}}, {}),
    "a struct fills": ({"struct": {}}, {"struct": {"value": 1}}, {"f:struct": {"f:value": {}}}, {}),
    "a null struct fills": ({"struct": None}, {"struct": {"value": 1}}, {"f:struct": {"f:value": {}}}, {}),
    "null becomes empty": ({"struct": None}, {"struct": {}}, {"f:struct": {}}, {}),
    "a map entry changes": ({"labels": {"a": "1"}}, {"labels": {"a": "2"}}, {"f:labels": {"f:a": {}}}, {}),
    "a map's struct changes": (
        {"maps": {"x": {"value": 1}}}, {"maps": {"x": {"value": 2}, "y": {}}},
        {"f:maps": {"f:x": {"f:value": {}}, "f:y": {}}}, {},
    ),
    "an atomic map changes": ({"selector": {"a": "1"}}, {"selector": {"b": "1"}}, {"f:selector": {}}, {}),
    "an atomic struct changes": ({"whole": {"a": 1}}, {"whole": {"a": 2}}, {"f:whole": {}}, {}),
    "a field may be granular though its type is atomic": (
        {"granular": {"a": 1}}, {"granular": {"a": 2}}, {"f:granular": {"f:a": {}}}, {}),
    "an atomic list changes": ({"words": ["a"]}, {"words": ["a", "b"]}, {"f:words": {}}, {}),
    "a set gains and loses": (
        {"set": ["a", "b"]}, {"set": ["b", "c"]}, {"f:set": {'v:"c"': {}}}, {"f:set": {'v:"a"': {}}}),
    "a merging list of scalars is a set": ({"merged": ["a"]}, {"merged": ["a", "b"]}, {"f:merged": {'v:"b"': {}}}, {}),
    "order does not matter": ({"set": ["a", "b"]}, {"set": ["b", "a"]}, {}, {}),
    "a set empties": ({"set": ["a"]}, {"set": []}, {}, {"f:set": {'v:"a"': {}}}),
    "an item changes": (
        {"keyed": [{"name": "a", "value": 1}]}, {"keyed": [{"name": "a", "value": 2}]},
        {"f:keyed": {'k:{"name":"a","proto":"TCP"}': {"f:value": {}}}}, {},
    ),
    "a default key may be spelled out": (
        {"keyed": [{"name": "a"}]}, {"keyed": [{"name": "a", "proto": "TCP"}]},
        {"f:keyed": {'k:{"name":"a","proto":"TCP"}': {"f:proto": {}}}}, {},
    ),
    "another key is another item": (
        {"keyed": [{"name": "a"}]}, {"keyed": [{"name": "a", "proto": "UDP"}]},
        {"f:keyed": {'k:{"name":"a","proto":"UDP"}': {".": {}, "f:name": {}, "f:proto": {}}}},
        {"f:keyed": {'k:{"name":"a","proto":"TCP"}': {".": {}, "f:name": {}}}},
    ),
    "a missing key without default is left out": (
        {}, {"keyed": [{"proto": "x"}]}, {"f:keyed": {".": {}, 'k:{"proto":"x"}': {".": {}, "f:proto": {}}}}, {}),
    "the patch merge key identifies": (
        {"byName": [{"name": "a"}]}, {"byName": [{"name": "a", "value": 1}]},
        {"f:byName": {'k:{"name":"a"}': {"f:value": {}}}}, {},
    ),
    "atomic items are leaves": ({"wholes": []}, {"wholes": [{"a": 1}]}, {"f:wholes": {'k:{"a":1}': {}}}, {}),
    "one becomes two": (
        {"byName": [{"name": "a"}]}, {"byName": [{"name": "a"}, {"name": "a"}]},
        {"f:byName": {'k:{"name":"a"}': {}}}, {"f:byName": {'k:{"name":"a"}': {".": {}, "f:name": {}}}},
    ),
    "two become one": (
        {"byName": [{"name": "a"}, {"name": "a"}]}, {"byName": [{"name": "a"}]},
        {"f:byName": {'k:{"name":"a"}': {".": {}, "f:name": {}}}}, {"f:byName": {'k:{"name":"a"}': {}}},
    ),
    "two become two others": (
        {"byName": [{"name": "a"}, {"name": "a", "value": 1}]}, {"byName": [{"name": "a"}, {"name": "a"}]},
        {"f:byName": {'k:{"name":"a"}': {}}}, {},
    ),
    "two stay two": ({"set": ["a", "a"]}, {"set": ["a", "a"]}, {}, {}),
    "an unknown object is granular": (
        {"any": {"a": {"b": 1}}}, {"any": {"a": {"b": 2, "c": [1]}}},
        {"f:any": {"f:a": {"f:b": {}, "f:c": {}}}}, {},
    ),
    "an unknown scalar of another type": ({"any": {"a": 1}}, {"any": {"a": True}}, {"f:any": {"f:a": {}}}, {}),
    "an unknown number of another spelling": ({"any": [1]}, {"any": [1, 2]}, {"f:any": {}}, {}),
    "an object becomes a scalar": ({"any": {"a": 1}}, {"any": 1}, {"f:any": {}}, {"f:any": {"f:a": {}}}),
    "a scalar becomes an object": ({"any": 1}, {"any": {"a": 1}}, {"f:any": {".": {}, "f:a": {}}}, {}),
    "an object becomes null": ({"any": {"a": 1}}, {"any": None}, {}, {"f:any": {"f:a": {}}}),
    "null becomes an object": ({"any": None}, {"any": {"a": 1}}, {"f:any": {"f:a": {}}}, {}),
    "null becomes a scalar": ({"any": None}, {"any": 1}, {"f:any": {}}, {}),
    "an empty object becomes null": ({"any": {}}, {"any": None}, {"f:any": {}}, {}),
    "a raw extension is a leaf": ({"raw": {"a": 1}}, {"raw": {"a": True}}, {"f:raw": {}}, {}),
    "an undeclared field": ({"foo": {"a": 1}}, {"foo": {"a": 2}}, {"f:foo": {"f:a": {}}}, {}),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "changed", "removed"), COMPARISONS.values(), ids=COMPARISONS)
def test_a_comparison_finds(old: Any, new: Any, changed: FieldSet, removed: FieldSet) -> None:
    assert _compare(old, new) == (changed, removed)


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        ({"number": None}, {"f:number": {}}),
        ({"struct": {}}, {"f:struct": {}}),
        ({"struct": {"value": 1}}, {"f:struct": {"f:value": {}}}),
        ({"labels": {"a": "1"}}, {"f:labels": {"f:a": {}}}),
        ({"maps": {"x": {"value": 1}}}, {"f:maps": {"f:x": {".": {}, "f:value": {}}}}),
        ({"selector": {"a": "1"}}, {"f:selector": {}}),
        ({"whole": {"a": 1}}, {"f:whole": {}}),
        ({"words": []}, {"f:words": {}}),
        ({"set": []}, {}),
        ({"set": None}, {"f:set": {}}),
        ({"set": ["b", "a"]}, {"f:set": {'v:"a"': {}, 'v:"b"': {}}}),
        ({"keyed": [{"name": "a"}]}, {"f:keyed": {'k:{"name":"a","proto":"TCP"}': {".": {}, "f:name": {}}}}),
        ({"wholes": [{"a": 1}]}, {"f:wholes": {'k:{"a":1}': {}}}),
        ({"any": {"a": {"b": 1}, "c": []}}, {"f:any": {"f:a": {".": {}, "f:b": {}}, "f:c": {}}}),
        ({"any": 1}, {"f:any": {}}),
        ({"raw": {"a": 1}}, {"f:raw": {}}),
    ],
)
def test_a_configuration_claims(value: Any, fields: FieldSet) -> None:
    assert (SHAPE.owned(value) or {}) == fields


@pytest.mark.parametrize(
    ("live", "config", "merged"),
    [
        ({"any": {"a": 1}}, {"any": {"b": 2}}, {"any": {"a": 1, "b": 2}}),
        ({"any": {"a": 1}}, {"any": 5}, {"any": 5}),
        ({"any": 5}, {"any": {"a": 1}}, {"any": {"a": 1}}),
        ({"any": {"a": 1}}, {"any": None}, {"any": {"a": 1}}),
        ({"any": [1]}, {"any": None}, {"any": None}),
        ({"raw": {"a": 1}}, {"raw": {"b": 1}}, {"raw": {"b": 1}}),
        ({"struct": {"name": "a"}}, {"struct": {}}, {"struct": {"name": "a"}}),
        ({"struct": None}, {"struct": {}}, {"struct": {}}),
        ({"set": ["a"]}, {"set": []}, {"set": ["a"]}),
        ({"set": ["a"]}, {"set": None}, {"set": ["a"]}),
        ({"set": []}, {"set": None}, {"set": None}),
        ({"words": ["a"]}, {"words": []}, {"words": []}),
        ({"byName": [{"name": "a"}, {"name": "a"}]}, {"byName": [{"name": "a", "value": 1}]},
         {"byName": [{"name": "a", "value": 1}]}),
        ({"labels": {"a": "1"}}, {"labels": {"b": "2"}}, {"labels": {"a": "1", "b": "2"}}),
    ],
)  # fmt: skip
def test_a_configuration_merges(live: Any, config: Any, merged: Any) -> None:
    assert SHAPE.merge(live, config) == merged


@pytest.mark.parametrize(
    ("value", "fields", "rest", "extract"),
    [
        ({"number": 1}, {}, {"number": 1}, None),
        ({"number": 1}, {"f:number": {}}, None, {"number": 1}),
        ({"number": 1, "words": ["a"]}, {"f:words": {}}, {"number": 1}, {"words": ["a"]}),
        ({"labels": {"a": "1", "b": "2"}}, {"f:labels": {"f:a": {}}}, {"labels": {"b": "2"}}, {"labels": {"a": "1"}}),
        ({"labels": {"a": "1"}}, {"f:labels": {"f:a": {}}}, {"labels": None}, {"labels": {"a": "1"}}),
        ({"set": ["a", "b"]}, {"f:set": {'v:"a"': {}}}, {"set": ["b"]}, {"set": ["a"]}),
        (
            {"keyed": [{"name": "a", "value": 1}, {"name": "b"}]},
            {"f:keyed": {'k:{"name":"a","proto":"TCP"}': {"f:value": {}}}},
            {"keyed": [{"name": "a"}, {"name": "b"}]},
            {"keyed": [{"value": 1}]},
        ),
        (
            {"keyed": [{"name": "a", "value": 1}, {"name": "b"}]},
            {"f:keyed": {'k:{"name":"a","proto":"TCP"}': {}}},
            {"keyed": [{"name": "b"}]},
            {"keyed": [{"name": "a", "value": 1}]},
        ),
        ({"any": {"a": {"b": 1}}}, {"f:any": {"f:a": {"f:b": {}}}}, {"any": {"a": None}}, {"any": {"a": {"b": 1}}}),
        ({"labels": {}}, {"f:labels": {"f:a": {}}}, {"labels": None}, {"labels": {}}),
    ],
)
def test_fields_can_be_taken_out_or_picked(value: Any, fields: FieldSet, rest: Any, extract: Any) -> None:
    assert SHAPE.without(value, fields) == rest
    assert SHAPE.only(value, fields) == extract


def test_a_set_written_for_granular_fields_conforms_to_atomic_ones() -> None:
    stale = {
        "f:selector": {"f:a": {}},
        "f:words": {'v:"x"': {}},
        "f:wholes": {'k:{"a":1}': {".": {}, "f:a": {}}},
        "f:keyed": {'k:{"name":"a","proto":"TCP"}': {"f:value": {}}},
        "f:number": {},
        "f:gone": {"f:x": {}},
    }
    assert SHAPE.conform(stale) == {**stale, "f:selector": {}, "f:words": {}, "f:wholes": {'k:{"a":1}': {}}}


@pytest.mark.parametrize(
    "value",
    [
        {"keyed": [{"value": 1, "proto": None}, None]},
        {"keyed": ["x"]},
        {"byName": [{"value": 1}]},
        {"byName": [{"name": {}}]},
        {"set": [{}]},
        {"set": [[]]},
        {"set": [None]},
    ],
)
def test_items_that_cannot_be_told_apart_are_unfit(value: Any) -> None:
    with pytest.raises(Unfit):
        SHAPE.members(value)


def test_undeclared_fields_may_be_allowed() -> None:
    fields = {"known": Field(name="known", type=INT)}
    open_struct = shape_of(Type(Form.STRUCT, "v1.Open", fields=fields, element=JSON))
    problems: list[Any] = []
    open_struct.check({"known": 1, "other": {"x": 1}}, "", problems)
    assert problems == []
    assert open_struct.owned({"other": {"x": 1}}) == {"f:other": {".": {}, "f:x": {}}}


def test_a_type_that_contains_itself_has_a_shape() -> None:
    node = Type(
        Form.STRUCT, "v1.Node", fields=lambda: {"next": field("next", node, pointer=True), "v": field("v", JSON)}
    )
    shape = shape_of(node)
    delta = shape.compare({"next": {"next": {"v": 1}}}, {"next": {"next": {"v": True}}})
    assert delta is not None
    assert delta.changed == {"f:next": {"f:next": {"f:v": {}}}}
    assert shape_of(node) is shape


def test_the_zero_value_is_what_go_prints_for_a_new_object() -> None:
    assert zero_of(type_of(GroupVersionKind("apps", "v1", "StatefulSet"))) == {
        "metadata": {},
        "spec": {
            "selector": None,
            "template": {"metadata": {}, "spec": {"containers": None}},
            "serviceName": "",
            "updateStrategy": {},
        },
        "status": {"replicas": 0, "availableReplicas": 0},
    }


def test_a_custom_resource_starts_from_nothing() -> None:
    spec = struct("Spec", field("size", INT, pointer=True))
    assert zero_of(struct("Thing", field("spec", spec, pointer=True))) == {}
