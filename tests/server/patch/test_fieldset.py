"""Sets of paths: what upstream's own set tests cover, and laws that must hold for any sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from server.patch import pathelement
from server.patch.fieldset import (
    FieldsError,
    FieldSet,
    Path,
    decode,
    difference,
    display_path,
    excluding,
    field_set,
    from_paths,
    has,
    including,
    intersection,
    leaves,
    paths,
    recursive_difference,
    taken,
    union,
)


def given(*strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Without a deadline, which a busy machine would miss."""
    return lambda test: settings(deadline=None)(given_any(*strategies)(test))


ELEMENTS = st.one_of(
    st.sampled_from(["f:a", "f:b", "f:", "f:.", "i:0", "i:10", "v:1", 'v:"x"', "v:true"]),
    st.builds(
        lambda name, port: pathelement.key({"name": name, "port": port}), st.text(max_size=2), st.integers(0, 99)
    ),
)
PATHS = st.lists(ELEMENTS, min_size=1, max_size=4).map(tuple)
SETS = st.lists(PATHS, max_size=8).map(lambda found: from_paths(*found))


def _all(fields: FieldSet) -> set[Path]:
    return set(paths(fields))


@given(st.lists(PATHS, max_size=8))
def test_a_set_holds_exactly_the_paths_it_was_made_of(found: list[Path]) -> None:
    fields = from_paths(*found)
    assert _all(fields) == set(found)
    assert all(has(fields, path) for path in found)


@given(SETS)
def test_a_set_survives_decoding_in_any_order(fields: FieldSet) -> None:
    def reversed_node(node: FieldSet) -> FieldSet:
        return {key: reversed_node(child) for key, child in reversed(node.items())}

    decoded = decode(reversed_node(fields))
    assert decoded == fields
    assert list(paths(decoded)) == list(paths(fields))


@given(SETS, SETS)
def test_the_algebra_is_that_of_sets_of_paths(a: FieldSet, b: FieldSet) -> None:
    assert _all(union(a, b)) == _all(a) | _all(b)
    assert _all(intersection(a, b)) == _all(a) & _all(b)
    assert _all(difference(a, b)) == _all(a) - _all(b)


@given(SETS, SETS)
def test_results_are_in_canonical_form(a: FieldSet, b: FieldSet) -> None:
    for result in (union(a, b), intersection(a, b), difference(a, b), recursive_difference(a, b), taken(a, b)):
        assert result == from_paths(*paths(result))
        assert list(result) == sorted(result, key=pathelement.order)


@given(SETS, SETS)
def test_a_recursive_difference_takes_what_lies_below_too(a: FieldSet, b: FieldSet) -> None:
    gone = _all(b)
    kept = {path for path in _all(a) if not any(path[: n + 1] in gone for n in range(len(path)))}
    assert _all(recursive_difference(a, b)) == kept
    assert _all(excluding(b)(a)) == kept


@given(SETS, SETS)
def test_taking_a_leaf_takes_what_lies_below_too(a: FieldSet, b: FieldSet) -> None:
    gone, tips = _all(b), _all(leaves(b))
    kept = {p for p in _all(a) - gone if not any(p[: n + 1] in tips for n in range(len(p)))}
    assert _all(taken(a, b)) == kept


@given(SETS)
def test_leaves_have_no_members_below_them(fields: FieldSet) -> None:
    members = _all(fields)
    tips = {p for p in members if not any(other[: len(p)] == p and other != p for other in members)}
    assert _all(leaves(fields)) == tips


@given(SETS)
def test_what_is_not_changed_is_not_copied(fields: FieldSet) -> None:
    assert difference(fields, {"f:other": {}}) is fields
    assert not fields or union(fields, {}) is fields


def test_the_arguments_stay_as_they_are() -> None:
    a, b = field_set("a.b", "a"), field_set("a.c", "d")
    union(a, b), intersection(a, b), difference(a, b), recursive_difference(a, b), taken(a, b)
    assert (a, b) == (field_set("a.b", "a"), field_set("a.c", "d"))


def test_elements_are_in_upstreams_order() -> None:
    fields = from_paths(
        ("i:1",), ("v:true",), ('v:"a"',), ("v:10",), ("v:9",), ('k:{"p":80}',), ('k:{"p":9}',), ("f:b",), ("f:a",),
        ('k:{"n":"b-c"}',), ('k:{"n":"b"}',), ('k:{"n":"b","p":1}',), ("v:null",), ("v:[1]",), ('v:{"a":1}',),
    )  # fmt: skip
    assert list(fields) == [
        "f:a", "f:b", 'k:{"n":"b"}', 'k:{"n":"b","p":1}', 'k:{"n":"b-c"}', 'k:{"p":9}', 'k:{"p":80}', "v:9", "v:10",
        'v:"a"', "v:true", "v:[1]", 'v:{"a":1}', "v:null", "i:1",
    ]  # fmt: skip


def test_members_come_before_what_is_below_them() -> None:
    fields = from_paths(("f:a", "f:x"), ("f:b",), ("f:a",))
    assert list(paths(fields)) == [("f:a",), ("f:b",), ("f:a", "f:x")]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({}, {}),
        ({".": {}}, {}),
        ({"f:a": {".": {}}}, {"f:a": {}}),
        ({"f:a": {".": {}, "f:b": {}}}, {"f:a": {".": {}, "f:b": {}}}),
        ({'k:{ "b" : 1.0, "a":"x" }': {}}, {'k:{"a":"x","b":1}': {}}),
        ({"v:3.0": {}, "v: 2.5": {}}, {"v:2.5": {}, "v:3": {}}),
        ({"i:007": {}}, {"i:7": {}}),
        ({"x:new": {}, "f:a": {}}, {"f:a": {}}),
        ({"f:a": {"x:new": {}}}, {"f:a": {}}),
    ],
)
def test_decoding_is_lenient_in_form(raw: Any, expected: FieldSet) -> None:
    assert decode(raw) == expected


@pytest.mark.parametrize("element", ["", "f", "fa", "v:", "k:1", "i:x"])
def test_decoding_refuses_what_is_no_path_element(element: str) -> None:
    with pytest.raises(ValueError):
        decode({element: {}})


@pytest.mark.parametrize("raw", [None, [], "x", {"f:a": None}, {"f:a": []}])
def test_decoding_refuses_what_is_no_set(raw: Any) -> None:
    with pytest.raises(FieldsError):
        decode(raw)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (("f:spec", "f:replicas"), ".spec.replicas"),
        (("f:a", 'k:{"name":"x","port":80}', "f:b"), '.a[name="x",port=80].b'),
        (("f:finalizers", 'v:"a/b"'), '.finalizers[="a/b"]'),
        (("f:a", "i:3"), ".a[3]"),
        (("f:a", 'k:{"a":null,"b":true,"c":1.5}'), ".a[a=null,b=true,c=1.5]"),
    ],
)
def test_paths_are_displayed_as_upstream_does(path: Path, shown: str) -> None:
    assert display_path(path) == shown


def test_an_including_filter_keeps_what_matches() -> None:
    keep = including({"f:spec": {"f:containers": {"*": {"f:resources": {}}}}})
    item = ("f:spec", "f:containers", 'k:{"name":"c"}')
    fields = from_paths(
        (*item, "f:resources", "f:limits"), (*item, "f:resources"), (*item, "f:image"), item, ("f:spec",), ("f:status",)
    )
    assert _all(keep(fields)) == {
        (*item, "f:resources", "f:limits"),
        (*item, "f:resources"),
        item,
        ("f:spec",),
    }


def test_html_in_keys_is_escaped_as_go_does() -> None:
    assert pathelement.key({"name": "<a&b>"}) == 'k:{"name":"\\u003ca\\u0026b\\u003e"}'
    assert pathelement.canonical('k:{"name":"<a&b>"}') == 'k:{"name":"\\u003ca\\u0026b\\u003e"}'
