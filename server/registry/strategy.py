"""What the generic registry asks of a kind: a handful of plain functions and flags, all with harmless defaults.

A strategy works on decoded objects of the stored version. It never does I/O and never keeps an object.
Source: k8s.io/apiserver/pkg/registry/rest (RESTCreateStrategy, RESTUpdateStrategy, RESTDeleteStrategy).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from apimachinery.fielderrors import FieldError
from apimachinery.objects import Object
from server.registry.context import Requester


class GarbageCollection(Enum):
    """What happens to dependents when the deleter says nothing."""

    BACKGROUND = "background"
    ORPHAN = "orphan"
    UNSUPPORTED = "unsupported"


def no_change(obj: Object) -> None:
    """The default hook: leaves the object alone."""


def no_change_at(obj: Object, now: datetime) -> None:
    """Leave the object as it is."""


def no_change_from(new: Object, old: Object) -> None:
    """The default update hook: leaves the object alone."""


def no_grace(obj: Object, requested: int | None) -> int | None:
    """Most kinds are deleted at once."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """The behaviour of one kind in the registry.

    ``prepare_create(obj)`` and ``prepare_update(new, old)`` change the new object in place, after decoding, defaulting
    and admission and before validation: they drop what the caller may not set. They may be called several times for one
    request. ``grace_period(obj, requested)`` gives the seconds a graceful deletion takes, or None when the kind is
    deleted at once; ``requested`` is the caller's gracePeriodSeconds. ``selectable`` maps field selector names, beyond
    metadata.name and metadata.namespace, to how they are read.
    """

    prepare_create: Callable[[Object], None] = no_change
    stamp: Callable[[Object, Requester | None], None] | None = None
    """Called after ``prepare_create``, with who creates it."""
    prepare_update: Callable[[Object, Object], None] = no_change_from
    prepare_status: Callable[[Object, Object], None] = no_change_from
    begin_delete: Callable[[Object, datetime], None] = no_change_at
    """Called on an object that is to be deleted, with the time it is; may add finalizers."""
    prepare_delete: Callable[[Object], None] = no_change
    """Called on an object that stays, marked as being deleted."""
    status_keeps_metadata: bool = False
    """Whether a write to /status leaves the metadata as it is, but for managedFields."""
    condition_times: bool = False
    """Whether conditions in a written status get the times that they lack."""
    has_status: bool = False
    keeps_created_status: bool = False
    """Whether a new object may come with a status (a node registers with one)."""
    generation_of: tuple[str, ...] = ()
    """Fields (of the top level, or ``metadata.labels``) whose change moves metadata.generation; empty: none.
    EVERYTHING: whatever is not metadata."""
    first_generation: int = 1
    """That of a new object; 0: it has none until its first change."""
    allow_create_on_update: bool = False
    allow_unconditional_update: bool = True
    garbage_collection: GarbageCollection = GarbageCollection.BACKGROUND
    returns_deleted: bool = False
    """Whether DELETE answers with the deleted object instead of a Status. Like ``has_status`` told by the resource."""
    grace_period: Callable[[Object, int | None], int | None] = no_grace
    keep_while: Callable[[Object], bool] = field(default=lambda obj: False)
    """Whether an object without finalizers must stay although it is being deleted: a namespace until it is empty."""
    selectable: Mapping[str, Callable[[Object], str]] = field(default_factory=dict)
    ttl: float | None = None
    """Seconds after which an object expires, counted from its last write."""


EVERYTHING = ("*",)


@dataclass(frozen=True, slots=True)
class UpdateRules:
    """How one way of writing an object (the resource itself, or a subresource) may change it.

    ``prepare(new, old)`` undoes in place what this way may not touch; ``validate(new, old)`` says what is wrong;
    ``generation_of`` are the top-level fields whose change moves the generation.
    """

    prepare: Callable[[Object, Object], None]
    validate: Callable[[Object, Object], list[FieldError]]
    generation_of: tuple[str, ...] = ()


def drop_status(obj: Object) -> None:
    obj.pop("status", None)


def keep_status(new: Object, old: Object) -> None:
    """A write to the main resource never changes status."""
    if "status" in old:
        new["status"] = old["status"]
    else:
        new.pop("status", None)


_OF_THE_WRITE = ("managedFields", "resourceVersion", "uid", "name", "namespace")


def keep_metadata(new: Object, old: Object) -> None:
    """Who may write the status alone may neither label an object nor keep it from being deleted."""
    metadata = new["metadata"]
    kept = {name: value for name, value in old["metadata"].items() if name not in _OF_THE_WRITE}
    new["metadata"] = {**{name: metadata[name] for name in _OF_THE_WRITE if name in metadata}, **kept}


def keep_all_but_status(new: Object, old: Object) -> None:
    """A write to /status changes nothing else; metadata is the caller's, checked by validation."""
    for name in [n for n in new if n not in ("status", "metadata", "kind", "apiVersion")]:
        if name not in old:
            del new[name]
    for name, value in old.items():
        if name not in ("status", "metadata", "kind", "apiVersion"):
            new[name] = value
