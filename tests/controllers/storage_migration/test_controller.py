"""A migration from its beginning to its end, and what can go wrong."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object
from apimachinery.status import Conflict, Forbidden, ServiceUnavailable, StatusError
from client.discovery import APIResource
from client.resources import CONFIGMAPS, CUSTOMRESOURCEDEFINITIONS, STORAGEVERSIONMIGRATIONS
from controllers.storage_migration.controller import build_storage_migration
from controllers.storage_migration.stages import definition_status_after, turn
from tests.controllers.world import World, said

WIDGETS = GroupVersion("example.com", "v2").resource("widgets")
VERBS = ("get", "list", "update", "patch")
SERVED = (
    APIResource(CONFIGMAPS, GroupVersion("", "v1").kind("ConfigMap"), True, VERBS),
    APIResource(WIDGETS, GroupVersion("example.com", "v2").kind("Widget"), False, VERBS),
    APIResource(GroupVersion("", "v1").resource("bindings"), GroupVersion("", "v1").kind("Binding"), True, ("create",)),
)


def migration(name: str = "m", resource: str = "configmaps", group: str = "", **metadata: Any) -> Object:
    return {
        "apiVersion": "storagemigration.k8s.io/v1",
        "kind": "StorageVersionMigration",
        "metadata": {"name": name, **metadata},
        "spec": {"resource": {"group": group, "resource": resource}},
        "status": {},
    }


def config_map(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "ns"}}


def world(*resources: APIResource) -> World:
    found = World()
    found.api.discover = lambda: resources or SERVED  # type: ignore[attr-defined]
    return found


def run(given: World) -> None:
    given.settle(given.build(build_storage_migration))


def conditions(given: World, name: str = "m") -> list[tuple[str, str, str]]:
    found = given.get(STORAGEVERSIONMIGRATIONS, name)["status"]["conditions"]
    return [(entry["type"], entry["status"], entry["reason"]) for entry in found]


DONE = [("Running", "False", "MigrationCompleted"), ("Succeeded", "True", "StorageVersionMigrationSucceeded")]


def test_every_object_is_written_once_more_and_the_migration_says_how_far_it_is() -> None:
    given = world()
    given.put(CONFIGMAPS, config_map("a"), config_map("b"))
    given.put(STORAGEVERSIONMIGRATIONS, migration())
    run(given)
    assert said(given.writes) == [
        "update storageversionmigrations m status",
        "update storageversionmigrations m status",
        "patch configmaps a",
        "patch configmaps b",
        "update storageversionmigrations m status",
        "update storageversionmigrations m status",
    ]
    written = given.writes[2].body
    assert set(written) == {"apiVersion", "kind", "metadata"}
    assert set(written["metadata"]) == {"uid", "resourceVersion"}
    assert conditions(given) == DONE
    before = len(given.writes)
    run(given)
    assert len(given.writes) == before


def test_what_was_written_since_the_beginning_is_left_alone() -> None:
    given = world()
    given.put(CONFIGMAPS, config_map("old"))
    begun = migration()
    condition = {"type": "Running", "status": "True", "reason": "MigrationRunning"}
    begun["status"] = {"resourceVersion": "1", "conditions": [condition]}
    given.put(CONFIGMAPS, config_map("new"))
    given.put(STORAGEVERSIONMIGRATIONS, begun)
    run(given)
    assert [write.name for write in given.writes if write.resource == "configmaps"] == ["old"]


@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (Conflict("written by somebody else"), DONE),
        (
            Forbidden("not allowed"),
            [("Running", "False", "MigrationCompleted"), ("Failed", "True", "StorageVersionMigrationFailed")],
        ),
    ],
)
def test_an_object_that_cannot_be_written(error: StatusError, ends: list[tuple[str, str, str]]) -> None:
    given = world()
    given.put(CONFIGMAPS, config_map("a"))
    given.put(STORAGEVERSIONMIGRATIONS, migration())

    def refuse(verb: str, gvr: Any, obj: Any) -> None:
        if gvr is CONFIGMAPS:
            raise error

    given.api.refuse = refuse
    run(given)
    assert conditions(given) == ends


def test_a_server_that_cannot_answer_now_is_asked_again() -> None:
    given = world()
    given.put(CONFIGMAPS, config_map("a"))
    given.put(STORAGEVERSIONMIGRATIONS, migration())
    answers = [ServiceUnavailable("not now")]

    def refuse(verb: str, gvr: Any, obj: Any) -> None:
        if gvr is CONFIGMAPS and answers:
            raise answers.pop()

    given.api.refuse = refuse
    controller = given.build(build_storage_migration)
    given.settle(controller)
    given.clock.advance(5)
    given.settle(controller)
    assert conditions(given) == DONE


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("nothings", "unable to obtain GVR from discovery"),
        ("bindings", 'resource "/v1, Resource=bindings" does not support discovery operations: [update patch list]'),
    ],
)
def test_what_cannot_be_migrated_fails(resource: str, message: str) -> None:
    given = world()
    given.put(STORAGEVERSIONMIGRATIONS, migration(resource=resource))
    controller = given.build(build_storage_migration)
    given.settle(controller)
    given.clock.advance(61)
    given.settle(controller)
    (failure,) = [
        entry for entry in given.get(STORAGEVERSIONMIGRATIONS, "m")["status"]["conditions"] if entry["type"] == "Failed"
    ]
    assert failure["message"] == f"migration encountered unhandled error: {message}"


def definition(**versions: bool) -> Object:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {"versions": [{"name": name, "storage": storage} for name, storage in versions.items()]},
        "status": {"storedVersions": list(versions)},
    }


def test_a_definition_forgets_the_versions_its_objects_are_no_longer_stored_in() -> None:
    given = world()
    given.put(CUSTOMRESOURCEDEFINITIONS, definition(v1=False, v2=True))
    given.put(STORAGEVERSIONMIGRATIONS, migration(resource="widgets", group="example.com"))
    run(given)
    status = given.get(CUSTOMRESOURCEDEFINITIONS, "widgets.example.com")["status"]
    assert status["storedVersions"] == ["v2"]
    (condition,) = status["conditions"]
    assert (condition["type"], condition["status"]) == ("StorageMigrating", "False")
    assert condition["message"] == "The migration has succeeded and the stored versions have been updated"


def test_a_definition_that_changed_in_the_meantime_keeps_them() -> None:
    changed = definition(v1=False, v2=True)
    changed["metadata"]["generation"] = 2
    changed["status"]["conditions"] = [{"type": "StorageMigrating", "status": "True", "observedGeneration": 1}]
    status = definition_status_after(changed, success=True, now=World().clock.now())
    assert "storedVersions" not in status
    assert status["conditions"][0]["message"].endswith("due to a generation mismatch")
    assert definition_status_after(changed, success=False, now=World().clock.now())["conditions"][0]["reason"] == (
        "MigrationFailed"
    )


def test_migrations_of_a_resource_take_turns_the_oldest_first() -> None:
    old = migration("b", creationTimestamp="2026-01-01T00:00:00Z")
    new = migration("a", creationTimestamp="2026-01-02T00:00:00Z")
    assert turn([new, old]).current is old
    running = {**new, "status": {"conditions": [{"type": "Running", "status": "True"}]}}
    assert turn([running, old]).current is running
    over = {**old, "status": {"conditions": [{"type": t, "status": "True"} for t in ("Running", "Failed")]}}
    assert turn([over, new]) == ([over], new)
    given = world()
    given.put(STORAGEVERSIONMIGRATIONS, old, new)
    run(given)
    assert [write.name for write in given.writes] == ["b"] * 4 + ["a"] * 4
