from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from apimachinery.gvk import GroupVersionKind
from openapi.schema import type_of
from server.conversion import event

CORE_FIELDS = tuple(type_of(GroupVersionKind("", "v1", "Event")).fields)
EVENTS_FIELDS = tuple(type_of(GroupVersionKind("events.k8s.io", "v1", "Event")).fields)


def objects(fields: tuple[str, ...], api_version: str) -> st.SearchStrategy[dict[str, Any]]:
    values = st.one_of(st.none(), st.integers(), st.text(), st.dictionaries(st.text(), st.integers(), max_size=2))
    any_fields = st.fixed_dictionaries({}, optional={f: values for f in fields if f not in ("kind", "apiVersion")})
    return any_fields.map(lambda obj: {"kind": "Event", "apiVersion": api_version, **obj})


@given(objects(CORE_FIELDS, "v1"))
def test_core_there_and_back(obj: dict[str, Any]) -> None:
    before = dict(obj)
    assert event.to_core(event.from_core(obj)) == before == obj


@given(objects(EVENTS_FIELDS, "events.k8s.io/v1"))
def test_events_there_and_back(obj: dict[str, Any]) -> None:
    before = dict(obj)
    assert event.from_core(event.to_core(obj)) == before == obj


def test_every_field_has_a_place_in_the_other_version() -> None:
    assert event.from_core(dict.fromkeys(CORE_FIELDS)).keys() == set(EVENTS_FIELDS)
    assert event.to_core(dict.fromkeys(EVENTS_FIELDS)).keys() == set(CORE_FIELDS)


def test_names() -> None:
    core = {
        "kind": "Event",
        "apiVersion": "v1",
        "metadata": {"name": "e"},
        "involvedObject": {"kind": "Pod"},
        "reason": "Why",
        "message": "text",
        "source": {"component": "c"},
        "firstTimestamp": "a",
        "lastTimestamp": "b",
        "count": 2,
        "type": "Normal",
        "eventTime": None,
        "reportingComponent": "r",
        "reportingInstance": "i",
    }
    assert event.from_core(core) == {
        "kind": "Event",
        "apiVersion": "events.k8s.io/v1",
        "metadata": {"name": "e"},
        "regarding": {"kind": "Pod"},
        "reason": "Why",
        "note": "text",
        "deprecatedSource": {"component": "c"},
        "deprecatedFirstTimestamp": "a",
        "deprecatedLastTimestamp": "b",
        "deprecatedCount": 2,
        "type": "Normal",
        "eventTime": None,
        "reportingController": "r",
        "reportingInstance": "i",
    }
