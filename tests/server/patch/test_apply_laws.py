"""What must hold for any objects and any configurations, whatever their lists and maps."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from openapi.schema import Field, Form, Type
from server.patch.fieldset import FieldSet, difference, intersection, union
from server.patch.managed import apply, record_update
from server.patch.ownership import stripped
from server.patch.typed import shape_of
from tests.server.patch.types import INT, JSON, STRING, STRINGS, field, list_of, struct


def given(*strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Without a deadline, which a busy machine would miss, and with examples enough for objects of this size."""
    return lambda test: settings(deadline=None, max_examples=50)(given_any(*strategies)(test))


NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

PORT = struct("v1.Port", field("port", INT), field("protocol", STRING, default="TCP"), field("note", STRING))
REFERENCE = struct("v1.Reference", field("kind", STRING), field("id", STRING), struct_type="atomic")


def _spec_fields() -> Mapping[str, Field]:
    fields = (
        field("size", INT),
        field("name", STRING),
        field("labels", STRINGS),
        field("selector", STRINGS, map_type="atomic"),
        field("tags", list_of(STRING), list_type="set"),
        field("words", list_of(STRING)),
        field("ports", list_of(PORT), list_type="map", list_map_keys=("port", "protocol")),
        field("reference", REFERENCE, pointer=True, struct_type="atomic"),
        field("inner", SPEC, pointer=True),
        field("extra", JSON),
    )
    return {each.name: each for each in fields}


SPEC = Type(Form.STRUCT, "v1.Spec", fields=_spec_fields)
THING = struct(
    "v1.Thing",
    field("apiVersion", STRING),
    field("kind", STRING),
    field("metadata", JSON),
    field("spec", SPEC, pointer=True),
)
SHAPE = shape_of(THING)

WORD = st.sampled_from(["", "a", "b", "c"])
PORTS = st.lists(
    st.fixed_dictionaries(
        {"port": st.integers(1, 3)}, optional={"protocol": st.sampled_from(["TCP", "UDP"]), "note": WORD}
    ),
    max_size=4,
    unique_by=lambda port: (port["port"], port.get("protocol", "TCP")),
)
JSON_VALUE = st.recursive(
    st.one_of(st.booleans(), st.integers(0, 2), WORD),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(WORD, inner, max_size=2)),
    max_leaves=4,
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "size": st.integers(0, 2),
    "name": WORD,
    "labels": st.dictionaries(WORD, WORD, max_size=3),
    "selector": st.dictionaries(WORD, WORD, max_size=2),
    "tags": st.lists(WORD, max_size=3, unique=True),
    "words": st.lists(WORD, max_size=2),
    "ports": PORTS,
    "reference": st.fixed_dictionaries({}, optional={"kind": WORD, "id": WORD}),
    "extra": JSON_VALUE,
}
SPECS = st.recursive(
    st.fixed_dictionaries({}, optional=FIELDS),
    lambda inner: st.fixed_dictionaries({}, optional={**FIELDS, "inner": inner}),
    max_leaves=3,
)


def _thing(spec: Any) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "t", "uid": "u"}, "spec": spec}


THINGS = SPECS.map(_thing)
NOTHING = {key: value for key, value in _thing({}).items() if key != "spec"}


def _create(obj: dict[str, Any], manager: str = "maker") -> dict[str, Any]:
    obj = copy.deepcopy(obj)
    record_update(None, obj, THING, manager=manager, api_version="example.com/v1", now=NOW)
    return obj


def _update(live: dict[str, Any], obj: dict[str, Any], manager: str) -> dict[str, Any]:
    obj = copy.deepcopy(obj)
    record_update(live, obj, THING, manager=manager, api_version="example.com/v1", now=NOW)
    return obj


def _apply(live: dict[str, Any], config: dict[str, Any], manager: str, *, force: bool = True) -> dict[str, Any]:
    before = copy.deepcopy((live, config))
    result = apply(live, config, THING, manager=manager, force=force, api_version="example.com/v1", now=NOW)
    assert (live, config) == before
    return result


def _sets(obj: dict[str, Any]) -> dict[tuple[str, str], FieldSet]:
    return {(e["manager"], e["operation"]): e["fieldsV1"] for e in obj["metadata"].get("managedFields", [])}


def _content(obj: dict[str, Any]) -> Any:
    """An object without managedFields and without the order of its lists, which says who wrote first."""

    def unordered(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: unordered(item) for key, item in value.items()}
        return sorted(map(unordered, value), key=repr) if isinstance(value, list) else value

    return unordered({key: value for key, value in obj.items() if key != "metadata"})


def _paths_of(obj: dict[str, Any]) -> FieldSet:
    present = SHAPE.members({key: value for key, value in obj.items() if key != "metadata"})
    return {key: node for key, node in present.items() if key != "."}


def _assert_sound(obj: dict[str, Any]) -> None:
    """Nobody owns what is not there, and no entry is empty."""
    for fields in _sets(obj).values():
        assert fields
        assert not difference(fields, _paths_of(obj))


@given(THINGS, THINGS)
def test_applying_again_changes_nothing(live: dict[str, Any], config: dict[str, Any]) -> None:
    once = _apply(_create(live), config, "a")
    assert _apply(once, config, "a") is once


@given(THINGS, THINGS, THINGS)
def test_nobody_ever_owns_what_is_not_there(one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]) -> None:
    obj = _create(one)
    _assert_sound(obj)
    obj = _apply(obj, two, "a")
    _assert_sound(obj)
    obj = _update(obj, _thing(three["spec"]), "other")
    _assert_sound(obj)
    _assert_sound(_apply(obj, one, "b"))


@given(THINGS, THINGS)
def test_an_applier_owns_what_it_applies_and_gets_it(live: dict[str, Any], config: dict[str, Any]) -> None:
    obj = _apply(_create(live), config, "a")
    applied = stripped(SHAPE.owned(config) or {})
    assert _sets(obj).get(("a", "Apply"), {}) == applied
    delta = SHAPE.compare(obj, SHAPE.merge(obj, config))
    assert delta is None


@given(THINGS, THINGS)
def test_applying_nothing_gives_everything_up(live: dict[str, Any], config: dict[str, Any]) -> None:
    before = _create(live)
    others = _sets(before).get(("maker", "Update"), {})
    obj = _apply(_apply(before, config, "a"), NOTHING, "a")
    assert ("a", "Apply") not in _sets(obj)
    # What the maker kept while "a" applied is still there, with the maker's values.
    kept = _sets(obj).get(("maker", "Update"), {})
    assert not difference(kept, others)
    _assert_sound(obj)


def _with_full_lists(spec: dict[str, Any]) -> dict[str, Any]:
    """Without empty sets and lists of items: naming one of those claims nothing, so nothing takes it away again."""
    kept = {name: value for name, value in spec.items() if value or name not in ("tags", "ports")}
    return {**kept, "inner": _with_full_lists(kept["inner"])} if kept.get("inner") else kept


@given(SPECS.map(_with_full_lists))
def test_what_was_applied_alone_goes_away_again(spec: dict[str, Any]) -> None:
    obj = _apply(_apply(_create(NOTHING), _thing(spec), "a"), NOTHING, "a")
    assert not obj.get("spec")


@given(st.fixed_dictionaries({}, optional=FIELDS), THINGS, st.sets(st.sampled_from(sorted(FIELDS))))
def test_managers_of_disjoint_fields_do_not_mind_the_order(spec: Any, live: dict[str, Any], mine: set[str]) -> None:
    one = _thing({name: value for name, value in spec.items() if name in mine})
    two = _thing({name: value for name, value in spec.items() if name not in mine})
    base = _create(live)
    forward = _apply(_apply(base, one, "a"), two, "b")
    backward = _apply(_apply(base, two, "b"), one, "a")
    assert _content(forward) == _content(backward)
    assert _sets(forward) == _sets(backward)


@given(THINGS)
def test_applying_what_is_there_conflicts_with_nobody(live: dict[str, Any]) -> None:
    obj = _create(live)
    applied = _apply(obj, _thing(live["spec"]), "a", force=False)
    assert applied["spec"] == obj["spec"]
    assert _sets(applied)["maker", "Update"] == _sets(obj)["maker", "Update"] if _sets(obj) else True


@given(THINGS, THINGS)
def test_an_update_owns_exactly_what_it_changes(live: dict[str, Any], new: dict[str, Any]) -> None:
    before = _create(live)
    after = _update(before, new, "other")
    delta = SHAPE.compare(_thing(live["spec"]), _thing(new["spec"]))
    changed = stripped((delta.changed if delta else None) or {})
    sets = _sets(after)
    assert sets.get(("other", "Update"), {}) == (changed if before["metadata"].get("managedFields") else {})
    assert not intersection(sets.get(("maker", "Update"), {}), changed)


@given(THINGS, THINGS)
def test_two_updates_by_one_manager_own_as_much_as_one(live: dict[str, Any], new: dict[str, Any]) -> None:
    after = _update(_create(live, "same"), new, "same")
    assert set(_sets(after)) <= {("same", "Update")}
    if _sets(after):
        whole = _sets(_create(new, "same")).get(("same", "Update"), {})
        assert union(whole, _sets(after)["same", "Update"]) == whole
