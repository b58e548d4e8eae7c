"""Keeping ``metadata.managedFields``: the two entry points of server-side apply and of every other write.

Call them where upstream's handlers do: on the object as the client's request makes it (decoded, defaulted), before
mutating admission and before the strategy prepares it; what those change belongs to nobody.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from apimachinery.objects import Object
from apimachinery.status import BadRequest
from apimachinery.timefmt import format_time
from openapi.schema import Type
from server.patch.applying import Applied, merge_config
from server.patch.conflicts import Conflicts
from server.patch.errors import FailedPatch
from server.patch.fieldset import FieldsError, Filter, has
from server.patch.last_applied import MANAGER, refreshed, vouched_for
from server.patch.managers import Entry, capped, decode_entries, in_order, is_reset
from server.patch.ownership import Convert, Operation, updated
from server.patch.typed import shape_of, zero_of
from server.patch.typed_shape import Problem, Shape, Unfit
from server.patch.values import identical

_UNTRACKED: Final = "before-first-apply"
"""Owns, as an update, what was there before anybody kept track."""


def record_update(
    live: Object | None,
    new: Object,
    type: Type,
    *,
    manager: str,
    api_version: str,
    now: datetime,
    subresource: str = "",
    reset: Filter | None = None,
    convert: Convert | None = None,
) -> None:
    """Set ``metadata.managedFields`` of ``new``, a create (``live`` None) or the outcome of an update or patch.

    ``new`` holds the managedFields the client sent: an empty list (or one empty entry) resets them, none or invalid
    ones leave the live object's in force, and a subresource cannot change them. ``live`` is not changed. Both objects
    are in ``api_version`` and canonical. ``reset`` takes the fields out that this endpoint does not write.
    An existing object without managedFields gets none until it is applied to.
    """
    metadata = new["metadata"]
    sent = metadata.pop("managedFields", None)
    stored = live["metadata"].get("managedFields") if live is not None else None
    entries = _valid_entries(sent, stored, subresource)
    if live is None:
        before = zero_of(type)
    elif entries:
        before = _without_entries(live)
    else:
        return
    operation = Operation(manager, api_version, subresource, format_time(now), shape_of(type), reset, convert)
    try:
        entries = in_order(capped(updated(entries, operation, before, new)))
    except Unfit:
        entries = stored or []
    if entries:
        metadata["managedFields"] = entries


def apply(
    live: Object | None,
    config: Object,
    type: Type,
    *,
    manager: str,
    force: bool,
    api_version: str,
    now: datetime,
    kind: str = "",
    subresource: str = "",
    reset: Filter | None = None,
    convert: Convert | None = None,
) -> Object:
    """The live object (None: a new one) with a configuration applied by a manager, managedFields included.

    ``config`` is what the client sent, not defaulted; it must be of ``api_version`` (and ``kind``, when given). The
    result is as the client wrote it: decode and default it like any request body. It shares parts with both
    arguments, which are not changed. Returns ``live`` itself when nothing changes at all.

    Raises Conflict with upstream's causes, BadRequest for another version or managedFields in the configuration, and
    FailedPatch for what does not fit the type.
    """
    shape = shape_of(type)
    _check_config(config, shape, api_version, kind)
    operation = Operation(manager or "unknown", api_version, subresource, format_time(now), shape, reset, convert)
    stored: list[Entry] = (live["metadata"].get("managedFields") if live is not None else None) or []
    before = {} if live is None else _without_entries(live)
    try:
        entries = stored or in_order(capped(updated([], replace(operation, manager=_UNTRACKED), zero_of(type), before)))
        applied = _apply(before, config, entries, operation, force)
    except Unfit as unfit:
        raise FailedPatch(f"failed to create typed live object ({_described(before)}): {unfit}") from unfit
    obj = refreshed(applied.obj, config) if manager == MANAGER else applied.obj
    entries = in_order(applied.entries)
    if live is not None and obj is before and entries == stored:
        return live
    metadata = dict(obj.get("metadata") or {})
    if entries:
        metadata["managedFields"] = entries
    return {**obj, "metadata": metadata}


def _check_config(config: Object, shape: Shape, api_version: str, kind: str) -> None:
    if config.get("apiVersion") != api_version or (kind and config.get("kind") != kind):
        raise BadRequest(f"invalid object type: {_kind_of(config)}")
    if (config.get("metadata") or {}).get("managedFields") is not None:
        raise BadRequest("metadata.managedFields must be nil")
    problems: list[Problem] = []
    shape.check(config, "", problems)
    if problems:
        text = str(problems[0]) if len(problems) == 1 else "\n  ".join(["errors:", *map(str, problems)])
        raise FailedPatch(f"failed to create typed patch object ({_described(config)}): {text}")


def _apply(live: Object, config: Object, entries: list[Entry], operation: Operation, force: bool) -> Applied:
    """Apply; the manager kubectl may take without a conflict what its client-side apply vouches for."""
    try:
        return merge_config(live, config, entries, operation, force=force)
    except Conflicts as caught:
        vouched = None
        if operation.manager == MANAGER:
            vouched = vouched_for(live, operation.shape, operation.api_version)
        if vouched is None:
            raise caught.to_status_error() from None
        rest = [conflict for conflict in caught.conflicts if not has(vouched, conflict.path)]
        if rest:
            raise Conflicts(rest).to_status_error() from None
    return merge_config(live, config, entries, operation, force=True)


def keep_times(live: Object, new: Object) -> None:
    """Undo in ``new`` what changed but the times of its managedFields, so that a no-op write stays one.

    Call it when ``new`` is otherwise final, before validation; ``new`` may get the live object's entries.
    Source: k8s.io/apiserver/pkg/endpoints/handlers/fieldmanager/equality.go.
    """
    old_entries, new_entries = (obj["metadata"].get("managedFields") or [] for obj in (live, new))
    if len(old_entries) != len(new_entries) or old_entries == new_entries:
        return
    if not all(map(_same_but_time, old_entries, new_entries)):
        return
    if identical(_without_entries(live), _without_entries(new)):
        new["metadata"]["managedFields"] = old_entries


def _same_but_time(old: Entry, new: Entry) -> bool:
    return {**old, "time": None} == {**new, "time": None}


def _described(obj: Object) -> str:
    """Namespace, name and kind as upstream's messages about typed objects give them."""
    metadata = obj.get("metadata") or {}
    return f"{metadata.get('namespace') or ''}/{metadata.get('name') or ''}; {_kind_of(obj)}"


def _kind_of(obj: Object) -> str:
    group, _, version = str(obj.get("apiVersion") or "").rpartition("/")
    return f"{group}/{version}, Kind={obj.get('kind') or ''}"


def _valid_entries(sent: Any, stored: list[Entry] | None, subresource: str) -> list[Entry]:
    if subresource or sent is stored or sent == stored:
        return stored or []
    if is_reset(sent):
        return []
    try:
        return decode_entries(sent) or stored or []
    except FieldsError:
        return stored or []


def _without_entries(obj: Object) -> Object:
    metadata = {name: value for name, value in obj["metadata"].items() if name != "managedFields"}
    return {**obj, "metadata": metadata}
