"""Deletion: preconditions, grace, finalizers and propagation, and deleting a whole collection.

Source: k8s.io/apiserver/pkg/registry/generic/registry/store.go (Delete), pkg/registry/rest/delete.go (BeforeDelete).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.status import Conflict, NotFound
from apimachinery.timefmt import format_time, parse_time
from server.patch.values import deep_copy
from server.registry.codec import decode
from server.registry.context import WriteContext
from server.registry.errors import to_api_error
from server.registry.options import DeleteOptions
from server.registry.registry import Registry
from server.registry.strategy import GarbageCollection
from storage.errors import KeyMissing, RevisionMismatch, StorageError
from storage.types import Entry

ORPHAN_FINALIZER = "orphan"
FOREGROUND_FINALIZER = "foregroundDeletion"


class Grace(Enum):
    """What the grace rules say about one deletion request."""

    NONE = "delete now"
    MARK = "the object was changed and must be stored"
    PENDING = "a deletion is under way and this request changes nothing"


class Deletion(NamedTuple):
    """``entry`` is the object as it was left or removed; ``removed`` whether it is gone."""

    entry: Entry
    removed: bool
    return_object: bool


async def delete(registry: Registry, context: WriteContext, name: str, options: DeleteOptions) -> Deletion:
    """Delete one object, or mark it as being deleted. Raises NotFound, Conflict (preconditions)."""
    while True:
        live = registry.get(context.namespace, name)
        try:
            return await _delete_once(registry, context, live, replace(options))
        except (RevisionMismatch, KeyMissing):
            continue
        except StorageError as error:
            raise to_api_error(error, registry.resource, name, "delete") from error


async def _delete_once(registry: Registry, context: WriteContext, live: Entry, options: DeleteOptions) -> Deletion:
    obj = decode(live.value)
    check_preconditions(registry, obj, options)
    await context.validating(None, deep_copy(obj))
    now = registry.clock.now()
    grace = _apply_grace(registry, obj, options, now)
    returns = registry.strategy.returns_deleted
    if grace is Grace.PENDING:
        return Deletion(live, False, returns)
    _set_deletion_finalizers(registry, obj, options)
    registry.strategy.begin_delete(obj, now)
    metadata = obj["metadata"]
    held = bool(metadata.get("finalizers")) or registry.strategy.keep_while(obj)
    if grace is Grace.NONE and held:
        _mark_deleting(obj, now)
    if held or (grace is Grace.MARK and metadata.get("deletionGracePeriodSeconds")):
        registry.strategy.prepare_delete(obj)
        return Deletion(await registry.replace(context, live, obj), False, True)
    return Deletion(await registry.remove(context, live), True, returns)


def check_preconditions(registry: Registry, obj: Object, options: DeleteOptions) -> None:
    """Raises Conflict (409)."""
    metadata = obj["metadata"]
    resource = GroupResource(registry.gvk.group, registry.gvk.kind)
    if options.uid is not None and options.uid != metadata["uid"]:
        raise Conflict.of(
            resource,
            metadata["name"],
            f"the UID in the precondition ({options.uid}) does not match the UID in record ({metadata['uid']}). "
            "The object might have been deleted and then recreated",
        )
    if options.resource_version is not None and options.resource_version != metadata["resourceVersion"]:
        raise Conflict.of(
            resource,
            metadata["name"],
            f"the ResourceVersion in the precondition ({options.resource_version}) does not match the ResourceVersion "
            f"in record ({metadata['resourceVersion']}). The object might have been modified",
        )


def _apply_grace(registry: Registry, obj: Object, options: DeleteOptions, now: datetime) -> Grace:
    if options.grace_period is not None and options.grace_period < 0:
        options.grace_period = 1
    metadata = obj["metadata"]
    if "deletionTimestamp" not in metadata:
        period = registry.strategy.grace_period(obj, options.grace_period)
        if period is None:
            return Grace.NONE
        metadata["deletionTimestamp"] = format_time(now + timedelta(seconds=period))
        metadata["deletionGracePeriodSeconds"] = period
        _bump_generation(metadata)
        return Grace.MARK
    current = metadata.get("deletionGracePeriodSeconds")
    if not current:
        return Grace.NONE
    if options.grace_period is None or options.grace_period >= current:
        return Grace.PENDING
    return _shorten_grace(metadata, current, options.grace_period, now)


def _shorten_grace(metadata: Object, current: int, period: int, now: datetime) -> Grace:
    """A repeated request may only bring the end nearer, never into the past."""
    until = parse_time(metadata["deletionTimestamp"]) - timedelta(seconds=current) + timedelta(seconds=period)
    if until < now:
        until = now
        if period != 0:
            period = 1
    metadata["deletionTimestamp"] = format_time(until)
    metadata["deletionGracePeriodSeconds"] = period
    return Grace.MARK


def _bump_generation(metadata: Object) -> None:
    if metadata.get("generation"):
        metadata["generation"] += 1


def _mark_deleting(obj: Object, now: datetime) -> None:
    metadata = obj["metadata"]
    deletion = metadata.get("deletionTimestamp")
    if deletion is None:
        _bump_generation(metadata)
    if deletion is None or parse_time(deletion) > now:
        metadata["deletionTimestamp"] = format_time(now)
    metadata["deletionGracePeriodSeconds"] = 0


def _propagation(registry: Registry, obj: Object, options: DeleteOptions) -> str:
    """Foreground, Orphan or Background: the request's word, else the object's finalizers', else the kind's default."""
    if registry.strategy.garbage_collection is GarbageCollection.UNSUPPORTED:
        return "Background"
    if options.orphan_dependents is not None:
        return "Orphan" if options.orphan_dependents else "Background"
    if options.propagation is not None:
        return options.propagation
    finalizers = obj["metadata"].get("finalizers") or ()
    for finalizer in finalizers:
        if finalizer == ORPHAN_FINALIZER:
            return "Orphan"
        if finalizer == FOREGROUND_FINALIZER:
            return "Foreground"
    return "Orphan" if registry.strategy.garbage_collection is GarbageCollection.ORPHAN else "Background"


def _set_deletion_finalizers(registry: Registry, obj: Object, options: DeleteOptions) -> None:
    """Add or drop the garbage collector's finalizers as the propagation asks."""
    propagation = _propagation(registry, obj, options)
    metadata = obj["metadata"]
    before = metadata.get("finalizers") or []
    after = [f for f in before if f not in (ORPHAN_FINALIZER, FOREGROUND_FINALIZER)]
    if propagation == "Orphan":
        after.append(ORPHAN_FINALIZER)
    elif propagation == "Foreground":
        after.append(FOREGROUND_FINALIZER)
    if set(before) == set(after):
        return
    if after:
        metadata["finalizers"] = after
    else:
        metadata.pop("finalizers", None)


async def delete_collection(
    registry: Registry, context: WriteContext, entries: list[Entry], options: DeleteOptions
) -> None:
    """Delete each of ``entries`` by itself; not atomic. One that is gone by now is as good as deleted."""
    for entry in entries:
        try:
            await delete(registry, replace(context, namespace=entry.key.namespace), entry.key.name, options)
        except NotFound:
            continue
