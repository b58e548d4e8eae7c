"""Strategic merge patch: the situations upstream's own table covers, in a server's half of it (patch onto live)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from apimachinery.gvk import GroupVersionKind
from openapi.schema import type_of
from server.patch.errors import FailedPatch, InapplicablePatch, MalformedPatch
from server.patch.strategic import apply_strategic_patch
from tests.server.patch.types import ITEM

DEPLOYMENT = type_of(GroupVersionKind("apps", "v1", "Deployment"))
SERVICE = type_of(GroupVersionKind("", "v1", "Service"))


def _pets(*names: str, **values: str) -> list[dict[str, Any]]:
    return [{"name": name, **({"value": values[name]} if name in values else {})} for name in names]


MAPS = {
    "a field is added": ({"name": "a"}, {"value": "b"}, {"name": "a", "value": "b"}),
    "a field is changed": ({"value": "a"}, {"value": "b"}, {"value": "b"}),
    "null deletes": ({"name": "a", "value": "b"}, {"value": None}, {"name": "a"}),
    "null of a missing field is dropped": ({"name": "a"}, {"value": None}, {"name": "a"}),
    "an empty patch changes nothing": ({"name": "a"}, {}, {"name": "a"}),
    "nested objects merge": (
        {"child": {"name": "a", "value": "b"}},
        {"child": {"value": "c"}},
        {"child": {"name": "a", "value": "c"}},
    ),
    "maps merge": (
        {"labels": {"a": "1", "b": "2"}},
        {"labels": {"a": None, "c": "3"}},
        {"labels": {"b": "2", "c": "3"}},
    ),
    "nulls in a new object are dropped": ({}, {"child": {"name": "a", "value": None}}, {"child": {"name": "a"}}),
    "nulls in a new list are dropped": ({}, {"plain": [{"name": "a", "value": None}]}, {"plain": [{"name": "a"}]}),
    "an object replaces a scalar": ({"child": "x"}, {"child": {"name": "a"}}, {"child": {"name": "a"}}),
    "a scalar replaces an object": ({"child": {"name": "a"}}, {"child": "x"}, {"child": "x"}),
    "$patch replace": (
        {"child": {"name": "a", "value": "b"}},
        {"child": {"$patch": "replace", "value": "c"}},
        {"child": {"value": "c"}},
    ),
    "$patch delete": (
        {"child": {"name": "a"}, "name": "x"},
        {"child": {"$patch": "delete"}},
        {"child": {}, "name": "x"},
    ),
    "$patch at the top": ({"name": "a"}, {"$patch": "replace", "value": "b"}, {"value": "b"}),
    "a directive for what does not exist leaves nothing": ({}, {"child": {"$patch": "delete"}}, {}),
    "a directive over a scalar removes it": ({"child": "x"}, {"child": {"$patch": "delete"}}, {}),
    "strategy replace": ({"whole": {"name": "a"}}, {"whole": {"value": "b"}}, {"whole": {"value": "b"}}),
    "raw objects merge one level": ({"raw": {"a": 1, "b": 2}}, {"raw": {"b": 3}}, {"raw": {"a": 1, "b": 3}}),
    "unknown fields are taken over": ({}, {"foo": "bar"}, {"foo": "bar"}),
    "unknown scalars change": ({"foo": 1}, {"foo": 2}, {"foo": 2}),
    "field names fold case": (
        {"CHILD": {"name": "a"}},
        {"CHILD": {"value": "b"}},
        {"CHILD": {"name": "a", "value": "b"}},
    ),
}
LISTS = {
    "without a strategy the list is replaced": ({"plain": _pets("a")}, {"plain": _pets("b")}, {"plain": _pets("b")}),
    "of numbers without a strategy": ({"numbers": [1, 2]}, {"numbers": [3]}, {"numbers": [3]}),
    "items merge by key": (
        {"pets": [{"name": "a", "value": "1"}, {"name": "b"}]},
        {"pets": [{"name": "a", "labels": {"x": "y"}}]},
        {"pets": [{"name": "a", "value": "1", "labels": {"x": "y"}}, {"name": "b"}]},
    ),
    "a new item comes first": ({"pets": _pets("a")}, {"pets": _pets("b")}, {"pets": _pets("b", "a")}),
    "the patch's order wins": (
        {"pets": _pets("a", "b", "c")},
        {"pets": _pets("c", "a")},
        {"pets": _pets("b", "c", "a")},
    ),
    "an item is deleted": (
        {"pets": _pets("a", "b")},
        {"pets": [{"name": "a", "$patch": "delete"}]},
        {"pets": _pets("b")},
    ),
    "all of the same name are deleted": (
        {"pets": _pets("a", "b", "a")},
        {"pets": [{"name": "a", "$patch": "delete"}]},
        {"pets": _pets("b")},
    ),
    "deleting what is not there": (
        {"pets": _pets("b")},
        {"pets": [{"name": "a", "$patch": "delete"}]},
        {"pets": _pets("b")},
    ),
    "deleting in a list that is not there": ({}, {"pets": [{"name": "a", "$patch": "delete"}]}, {"pets": []}),
    "deleting and adding": (
        {"pets": _pets("a", "b")},
        {"pets": [{"name": "c"}, {"name": "a", "$patch": "delete"}]},
        {"pets": _pets("c", "b")},
    ),
    "$patch replace": (
        {"pets": _pets("a", "b")},
        {"pets": [{"name": "c"}, {"$patch": "replace"}]},
        {"pets": _pets("c")},
    ),
    "$patch replace alone empties": ({"pets": _pets("a")}, {"pets": [{"$patch": "replace"}]}, {"pets": []}),
    "an item's field is deleted": (
        {"pets": [{"name": "a", "value": "1"}]},
        {"pets": [{"name": "a", "value": None}]},
        {"pets": [{"name": "a"}]},
    ),
    "lists in items merge": (
        {"pets": [{"name": "a", "pets": _pets("x"), "plain": _pets("p")}]},
        {"pets": [{"name": "a", "pets": _pets("y"), "plain": _pets("q")}]},
        {"pets": [{"name": "a", "pets": _pets("y", "x"), "plain": _pets("q")}]},
    ),
    "two empty lists": ({"pets": []}, {"pets": []}, {"pets": []}),
    "numbers and texts are different names": (
        {"pets": [{"name": 1}]},
        {"pets": [{"name": "1"}]},
        {"pets": [{"name": "1"}, {"name": 1}]},
    ),
    "scalars are united": ({"tags": ["a", "b"]}, {"tags": ["b", "c"]}, {"tags": ["a", "b", "c"]}),
    "$deleteFromPrimitiveList": ({"tags": ["a", "b", "a"]}, {"$deleteFromPrimitiveList/tags": ["a"]}, {"tags": ["b"]}),
    "$deleteFromPrimitiveList without strategy": (
        {"numbers": [1, 2]},
        {"$deleteFromPrimitiveList/numbers": [1]},
        {"numbers": [2]},
    ),
    "$deleteFromPrimitiveList of nothing there": ({"tags": []}, {"$deleteFromPrimitiveList/tags": ["a"]}, {"tags": []}),
    "$deleteFromPrimitiveList without a list": ({}, {"$deleteFromPrimitiveList/tags": ["a"]}, {}),
    "$deleteFromPrimitiveList beside additions": (
        {"tags": ["a", "b"]},
        {"tags": ["c"], "$deleteFromPrimitiveList/tags": ["a"]},
        {"tags": ["c", "b"]},
    ),
}
ORDER = {
    "reorders live items": (
        {"pets": _pets("a", "b", "c")},
        {"$setElementOrder/pets": _pets("c", "b", "a")},
        {"pets": _pets("c", "b", "a")},
    ),
    "wins over the patch's place": (
        {"pets": _pets("a", "b")},
        {"$setElementOrder/pets": _pets("a", "b", "c"), "pets": _pets("c")},
        {"pets": _pets("a", "b", "c")},
    ),
    "server-only items are woven in": (
        {"pets": _pets("a", "x", "b", "y")},
        {"$setElementOrder/pets": _pets("b", "a")},
        {"pets": _pets("x", "b", "a", "y")},
    ),
    "deletions need not be listed": (
        {"pets": _pets("a", "b")},
        {"$setElementOrder/pets": _pets("b"), "pets": [{"name": "a", "$patch": "delete"}]},
        {"pets": _pets("b")},
    ),
    "of a new list": (
        {},
        {"$setElementOrder/pets": _pets("b", "a"), "pets": [*_pets("b", "a"), {"name": "z", "$patch": "delete"}]},
        {"pets": _pets("b", "a")},
    ),
    "of no list at all": ({"name": "x"}, {"$setElementOrder/pets": _pets("a")}, {"name": "x"}),
    "may name what is not there": (
        {"pets": _pets("a")},
        {"$setElementOrder/pets": _pets("z", "a")},
        {"pets": _pets("a")},
    ),
    "of scalars": (
        {"tags": ["a", "b", "c"]},
        {"$setElementOrder/tags": ["c", "d", "a"], "tags": ["d"]},
        {"tags": ["b", "c", "d", "a"]},
    ),
    "with deletion of scalars": (
        {"tags": ["a", "b", "c"]},
        {"$setElementOrder/tags": ["c", "a"], "$deleteFromPrimitiveList/tags": ["b"]},
        {"tags": ["c", "a"]},
    ),
}
RETAIN = {
    "clears the rest": (
        {"choice": {"name": "a", "value": "b"}},
        {"choice": {"$retainKeys": ["name"], "name": "c"}},
        {"choice": {"name": "c"}},
    ),
    "keeps what is listed": (
        {"choice": {"name": "a", "value": "b"}},
        {"choice": {"$retainKeys": ["name", "value"], "name": "c"}},
        {"choice": {"name": "c", "value": "b"}},
    ),
    "allows deletions of others": (
        {"choice": {"name": "a", "value": "b"}},
        {"choice": {"$retainKeys": ["name"], "value": None}},
        {"choice": {"name": "a"}},
    ),
    "in items": (
        {"choices": [{"name": "a", "value": "b", "labels": {"x": "y"}}]},
        {"choices": [{"$retainKeys": ["name", "value"], "name": "a", "value": "c"}]},
        {"choices": [{"name": "a", "value": "c"}]},
    ),
    "without the directive it merges": (
        {"choice": {"name": "a"}},
        {"choice": {"value": "b"}},
        {"choice": {"name": "a", "value": "b"}},
    ),
}


def _cases(**tables: dict[str, Any]) -> list[Any]:
    return [
        pytest.param(*case, id=f"{table}: {name}") for table, cases in tables.items() for name, case in cases.items()
    ]


@pytest.mark.parametrize(("live", "patch", "expected"), _cases(maps=MAPS, lists=LISTS, order=ORDER, retain=RETAIN))
def test_a_patch_merges_by_the_type_and_leaves_its_input_alone(live: Any, patch: Any, expected: Any) -> None:
    before = copy.deepcopy((live, patch))
    assert apply_strategic_patch(live, patch, ITEM) == expected
    assert (live, patch) == before


@pytest.mark.parametrize(
    ("live", "patch", "error", "message"),
    [
        ({}, {"$patch": "frob"}, FailedPatch, "unknown patch type: frob in map: map[$patch:frob]"),
        ({}, {"$patch": "merge"}, FailedPatch, "unknown patch type: merge in map: map[$patch:merge]"),
        (
            {"pets": _pets("a")},
            {"pets": [{"value": "s"}]},
            FailedPatch,
            "map: map[value:s] does not contain declared merge key: name",
        ),
        (
            {"pets": _pets("a")},
            {"pets": [{"value": "s", "$patch": "delete"}]},
            FailedPatch,
            "map: map[$patch:delete value:s] does not contain declared merge key: name",
        ),
        (
            {"pets": _pets("a")},
            {"pets": [{"$patch": "merge"}]},
            FailedPatch,
            "merging lists cannot yet be specified in the patch",
        ),
        (
            {"pets": _pets("a")},
            {"pets": [{"$patch": 1}]},
            FailedPatch,
            "unknown patch type: 1 in map: map[$patch:1]",
        ),
        (
            {"tags": ["a"]},
            {"tags": [1]},
            FailedPatch,
            "list element types are not identical: [[a] [1]]",
        ),
        ({"nested": [["a"]]}, {"nested": [["b"]]}, FailedPatch, "unexpected slice of slice"),
        ({"tags": [["a"]]}, {"tags": [["b"]]}, InapplicablePatch, "lists of lists are not supported"),
        ({"raw": [1]}, {"raw": [2]}, FailedPatch, "expected slice or array type, but got: struct"),
        (
            {"keyless": _pets("a")},
            {"keyless": _pets("b")},
            FailedPatch,
            "cannot merge lists without merge key for struct",
        ),
        (
            {"foo": {"a": 1}},
            {"foo": {"b": 2}},
            FailedPatch,
            'unable to find api field in struct Item for the json field "foo"',
        ),
        (
            {"raw": {"a": {"b": 1}}},
            {"raw": {"a": {"c": 1}}},
            FailedPatch,
            'unable to find api field in struct RawExtension for the json field "a"',
        ),
        (
            {"labels": {"a": {}}},
            {"labels": {"a": {"b": "c"}}},
            FailedPatch,
            "merging an object in json but data type is not struct, instead is: map",
        ),
        (
            {"odd": {}},
            {"odd": {"name": "a"}},
            FailedPatch,
            "unexpected patch strategy: [merge replace retainKeys]",
        ),
        ({}, {"$setElementOrder/pets": "x"}, FailedPatch, "expected a []interface {}, but received a string"),
        ({"pets": "x"}, {"$setElementOrder/pets": []}, FailedPatch, "expected a []interface {}, but received a string"),
        ({}, {"$setElementOrder": []}, MalformedPatch, "invalid patch format of setElementOrder list"),
        ({}, {"$deleteFromPrimitiveList": []}, MalformedPatch, "invalid patch format of primitive list"),
        ({}, {"$retainKeys": "x"}, MalformedPatch, "invalid patch format of retainKeys"),
        ({}, {"$retainKeys": ["name"], "value": "x"}, MalformedPatch, "invalid patch format of retainKeys"),
        (
            {"pets": _pets("a", "b")},
            {"$setElementOrder/pets": _pets("a", "b"), "pets": _pets("b", "a")},
            FailedPatch,
            "The order in patch list:\n[map[name:b] map[name:a]]\n doesn't match $setElementOrder list:\n"
            "[map[name:a] map[name:b]]\n",
        ),
        (
            {"tags": ["a"]},
            {"$setElementOrder/tags": ["a"], "tags": ["b"]},
            FailedPatch,
            "The order in patch list:\n[b]\n doesn't match $setElementOrder list:\n[a]\n",
        ),
        (
            {},
            ["x"],
            MalformedPatch,
            "json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
    ],
)
def test_a_bad_patch_is_refused_in_upstream_words(live: Any, patch: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        apply_strategic_patch(live, patch, ITEM)
    assert getattr(caught.value, "why", str(caught.value)) == message


def test_a_null_patch_changes_nothing() -> None:
    assert apply_strategic_patch({"name": "a"}, None, ITEM) == {"name": "a"}


def test_the_answer_to_a_failed_merge_is_a_bare_500() -> None:
    live = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "nginx"}]}}}}
    patch = {"spec": {"template": {"spec": {"containers": [{"image": "s"}]}}}}
    with pytest.raises(FailedPatch) as caught:
        apply_strategic_patch(live, patch, DEPLOYMENT)
    # Recorded from an upstream server.
    assert caught.value.to_status() == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "map: map[image:s] does not contain declared merge key: name",
        "code": 500,
    }


def test_built_in_kinds_merge_by_their_own_keys() -> None:
    live = {"spec": {"ports": [{"port": 80, "protocol": "TCP"}, {"port": 81}], "selector": {"app": "x"}}}
    patch = {"spec": {"ports": [{"port": 81, "$patch": "delete"}, {"port": 80, "name": "a"}]}}
    assert apply_strategic_patch(live, patch, SERVICE) == {
        "spec": {"ports": [{"port": 80, "protocol": "TCP", "name": "a"}], "selector": {"app": "x"}}
    }


def test_a_deployment_strategy_forgets_the_parameters_of_another_type() -> None:
    live = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert apply_strategic_patch(live, patch, DEPLOYMENT) == {"spec": {"strategy": {"type": "Recreate"}}}
