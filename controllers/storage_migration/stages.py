"""How far migrations are, and what their statuses say. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from apimachinery.objects import Object, find_condition, name_of
from apimachinery.status import Conflict, NotFound, StatusError
from apimachinery.timefmt import format_time, parse_time

RUNNING, SUCCEEDED, FAILED = "Running", "Succeeded", "Failed"
MIGRATING = "StorageMigrating"
"""The condition of a custom resource definition whose objects are being rewritten."""

_RETRIABLE = (429, 500, 503, 504)


class Turn(NamedTuple):
    """Of the migrations of one resource: those that are over and still marked as running, and the one whose turn it
    is, which may not have begun."""

    over: list[Object]
    current: Object | None


def turn(migrations: Iterable[Object]) -> Turn:
    """One at a time, the oldest first."""
    found = sorted(migrations, key=lambda m: (str(m["metadata"].get("creationTimestamp") or ""), name_of(m)))
    over = [migration for migration in found if is_over(migration) and holds(migration, RUNNING)]
    open_ones = [migration for migration in found if not is_over(migration)]
    running = [migration for migration in open_ones if holds(migration, RUNNING)]
    return Turn(over, next(iter(running or open_ones), None))


def is_over(migration: Object) -> bool:
    return holds(migration, SUCCEEDED) or holds(migration, FAILED)


def holds(migration: Object, condition_type: str) -> bool:
    condition = find_condition(migration, condition_type)
    return condition is not None and condition.get("status") == "True"


def resource_of(migration: Object) -> tuple[str, str]:
    """Its group and plural."""
    resource = migration["spec"]["resource"]
    return resource.get("group") or "", resource["resource"]


def with_condition(status: Object, condition_type: str, value: str, reason: str, message: str, now: datetime) -> Object:
    """The status with that condition; its time moves only when its value does."""
    before = {entry["type"]: entry for entry in status.get("conditions") or ()}
    known = before.get(condition_type)
    since = known["lastTransitionTime"] if known and known["status"] == value else format_time(now)
    condition = {
        "type": condition_type,
        "status": value,
        "lastTransitionTime": since,
        "reason": reason,
        "message": message,
    }
    return {**status, "conditions": list({**before, condition_type: condition}.values())}


def begun(migration: Object, now: datetime) -> Object:
    return with_condition(_status(migration), RUNNING, "True", "MigrationRunning", "The migration is running", now)


def succeeded(migration: Object, now: datetime) -> Object:
    return with_condition(_status(migration), SUCCEEDED, "True", "StorageVersionMigrationSucceeded", "", now)


def failed(migration: Object, problem: str, now: datetime) -> Object:
    message = f"migration encountered unhandled error: {problem}"
    return with_condition(_status(migration), FAILED, "True", "StorageVersionMigrationFailed", message, now)


def completed(migration: Object, now: datetime) -> Object:
    return with_condition(_status(migration), RUNNING, "False", "MigrationCompleted", "Migration completed", now)


def _status(migration: Object) -> Object:
    return dict(migration.get("status") or {})


def is_young(migration: Object, now: datetime) -> bool:
    """Discovery may not have heard of its resource yet."""
    return (now - parse_time(migration["metadata"]["creationTimestamp"])).total_seconds() < 60


def is_newer(obj: Object, revision: str) -> bool:
    """Written since; versions of a resource may be compared (KEP-5504)."""
    return int(obj["metadata"]["resourceVersion"]) > int(revision)


def is_settled(error: StatusError) -> bool:
    """The object was written or deleted by somebody else, so there is nothing left to do for it."""
    return isinstance(error, Conflict | NotFound)


def is_passing(error: StatusError) -> bool:
    return error.status_code in _RETRIABLE


def definition_status(definition: Object, migration: Object, now: datetime) -> Object:
    """What a definition says from the beginning of a migration of its objects on."""
    message = f"Migration {name_of(migration)} is running"
    return {"conditions": [_of_definition(definition, "True", "MigrationRunning", message, now)]}


def definition_status_after(definition: Object, *, success: bool, now: datetime) -> Object:
    """And at its end: older versions are no longer stored, if the definition is the same as at the beginning."""
    if not success:
        return {"conditions": [_of_definition(definition, "False", "MigrationFailed", "The migration has failed", now)]}
    condition = find_condition(definition, MIGRATING)
    generation = definition["metadata"].get("generation")
    message = "The migration has succeeded"
    if condition is None or condition.get("observedGeneration") != generation:
        message += " but the stored versions have not been updated due to a generation mismatch"
        return {"conditions": [_of_definition(definition, "False", "MigrationSucceeded", message, now)]}
    message += " and the stored versions have been updated"
    conditions = [_of_definition(definition, "False", "MigrationSucceeded", message, now)]
    return {"conditions": conditions, "storedVersions": _storage_version(definition["spec"]["versions"])}


def _of_definition(definition: Object, value: str, reason: str, message: str, now: datetime) -> Object:
    return {
        "type": MIGRATING,
        "status": value,
        "reason": reason,
        "message": message,
        "lastTransitionTime": format_time(now),
        "observedGeneration": definition["metadata"].get("generation"),
    }


def _storage_version(versions: Sequence[Object]) -> list[str]:
    return [version["name"] for version in versions if version.get("storage")][:1]
