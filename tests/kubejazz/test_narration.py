"""How rows of the revision log are told."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from kubejazz.narration import author, differences, line, record
from storage.backend import Change, Told

ACTOR = (
    '{"user":"system:admin","manager":"kubectl","verb":"patch","agent":"kubectl/v1.33 (linux)","subresource":"status"}'
)


def change(new: Any, old: Any = None, *, op: int = 1) -> Change:
    value = None if new is None else orjson.dumps(new)
    previous = None if old is None else orjson.dumps(old)
    return Change(7, op, "pods", "default", "web", "u", 3, 1e9, 0, value, 0 if old is None else 6, 0, previous)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            Told(change({}), ACTOR),
            "2001-09-09T01:46:40.000Z  7  created  pods default/web  by system:admin (kubectl: patch status)",
        ),
        (Told(change({}, {}), "ttl"), "2001-09-09T01:46:40.000Z  7  updated  pods default/web  by ttl"),
        (Told(change(None, {}, op=2), ""), "2001-09-09T01:46:40.000Z  7  deleted  pods default/web  by nobody"),
        (
            Told(change({}), '{"user":"a","manager":"argo","verb":"create","agent":"python/3"}'),
            "2001-09-09T01:46:40.000Z  7  created  pods default/web  by a (argo by python: create)",
        ),
    ],
)
def test_a_change_is_one_line(told: Told, expected: str) -> None:
    assert line(told) == expected


def test_the_author_is_what_is_known_of_them() -> None:
    assert author('{"user":"a","manager":"","verb":"create"}') == {"user": "a", "verb": "create"}
    assert record(Told(change({}), "ttl"), None)["by"] == {"user": "ttl"}


def test_what_changed_is_told_field_by_field_and_bookkeeping_is_not() -> None:
    old = {
        "metadata": {"resourceVersion": "1", "managedFields": [1], "labels": {"a/b": "1"}},
        "spec": {"x": 1, "y": {}},
    }
    new = {
        "metadata": {"resourceVersion": "2", "managedFields": [2], "labels": {"a/b": "2"}},
        "spec": {"x": 1, "z": [3]},
    }
    assert [str(difference) for difference in differences(change(new, old))] == [
        '~ metadata.labels[a/b]: "1" → "2"',
        "+ spec.z[0]: 3",
        "- spec.y: {}",
    ]


def test_elements_of_a_list_are_recognised_by_name() -> None:
    old = {"c": [{"name": "a", "v": 1}, {"name": "b", "v": 1}], "t": [{"type": "x"}, {"type": "x"}]}
    new = {"c": [{"name": "b", "v": 2}, {"name": "a", "v": 1}], "t": [{"type": "x"}, {"type": "y"}]}
    told = [str(difference) for difference in differences(change(new, old))]
    assert told[:1] == ["~ c[b].v: 1 → 2"]
    assert '+ t[y].type: "y"' in told


def test_a_creation_adds_everything_and_a_deletion_changes_nothing() -> None:
    assert [str(difference) for difference in differences(change({"a": {"b": 1}}))] == ["+ a.b: 1"]
    assert differences(change(None, {"a": 1}, op=2)) == []
