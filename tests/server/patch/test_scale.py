"""managedFields between a parent and its scale."""

from __future__ import annotations

from typing import Any

import pytest

from server.patch.managers import entry_of
from server.patch.scale import to_parent, to_scale

REPLICAS: dict[str, Any] = {"f:spec": {"f:replicas": {}}}
BOTH: dict[str, Any] = {"f:spec": {"f:replicas": {}, "f:selector": {}}}
REST: dict[str, Any] = {"f:spec": {"f:selector": {}}}
PATHS = {"apps/v1": ("f:spec", "f:replicas"), "apps/v0": None, "example.com/v1": ("f:spec", "f:size")}


def _entry(
    manager: str, operation: str, version: str, fields: dict[str, Any], *, scale: bool = False
) -> dict[str, Any]:
    time = None if scale else "2026-01-02T03:04:05Z"
    return entry_of(manager, operation, version, "scale" if scale else "", fields, time)


def test_a_scale_has_the_owners_of_the_replicas() -> None:
    parent = [
        _entry("a", "Apply", "apps/v1", BOTH),
        _entry("b", "Apply", "apps/v1", REST),
        _entry("c", "Update", "apps/v10", REPLICAS),
        _entry("d", "Update", "apps/v0", REPLICAS),
        _entry("e", "Update", "apps/v1", REPLICAS, scale=True),
        _entry("f", "Update", "example.com/v1", {"f:spec": {"f:size": {}}}),
    ]
    assert to_scale(parent, PATHS) == [
        _entry("a", "Apply", "autoscaling/v1", REPLICAS),
        _entry("e", "Update", "autoscaling/v1", REPLICAS, scale=True),
        _entry("f", "Update", "autoscaling/v1", REPLICAS),
    ]


@pytest.mark.parametrize("old", ["Apply", "Update"])
@pytest.mark.parametrize("new", ["Apply", "Update"])
@pytest.mark.parametrize("manager", ["test", "other"])
def test_a_write_of_the_scale_takes_the_replicas_from_the_parents_owner(old: str, new: str, manager: str) -> None:
    parent = [_entry("test", old, "apps/v1", BOTH)]
    scale = [_entry(manager, new, "autoscaling/v1", REPLICAS, scale=True)]
    result = to_parent(parent, scale, "apps/v1", PATHS)
    assert sorted(result, key=repr) == sorted(
        [_entry("test", old, "apps/v1", REST), _entry(manager, new, "apps/v1", REPLICAS, scale=True)], key=repr
    )


def test_an_owner_of_nothing_else_disappears() -> None:
    scale = [_entry("b", "Update", "autoscaling/v1", REPLICAS, scale=True)]
    result = to_parent([_entry("a", "Update", "apps/v1", REPLICAS)], scale, "apps/v1", PATHS)
    assert result == [_entry("b", "Update", "apps/v1", REPLICAS, scale=True)]


@pytest.mark.parametrize("operation", ["Apply", "Update"])
def test_a_write_that_takes_nothing_leaves_the_parents_entries(operation: str) -> None:
    parent = [_entry("a", operation, "apps/v1", BOTH), _entry("b", "Update", "apps/v0", REPLICAS)]
    assert to_parent(parent, to_scale(parent, PATHS), "apps/v1", PATHS) == parent


def test_entries_of_unknown_versions_are_dropped() -> None:
    assert to_parent([_entry("a", "Update", "apps/v10", REPLICAS)], [], "apps/v1", PATHS) == []


def test_the_replicas_go_where_the_parent_keeps_them() -> None:
    scale = [_entry("b", "Update", "autoscaling/v1", REPLICAS, scale=True)]
    (entry,) = to_parent([], scale, "example.com/v1", PATHS)
    assert entry["fieldsV1"] == {"f:spec": {"f:size": {}}}
