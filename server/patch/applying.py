"""The core of server-side apply: merge the configuration, prune, and settle who owns what, or name the conflicts.

Source: sigs.k8s.io/structured-merge-diff/merge/update.go Apply.
"""

from __future__ import annotations

from typing import NamedTuple

from apimachinery.objects import Object
from server.patch.conflicts import Conflicts, FieldConflict
from server.patch.fieldset import EMPTY, difference, intersection, paths
from server.patch.managers import APPLY, Entry, entry_of, fields_of, identity
from server.patch.ownership import Deltas, Operation, stripped
from server.patch.prune import pruned


class Applied(NamedTuple):
    """The outcome; ``changed`` tells whether the object differs from the live one beyond its managedFields."""

    obj: Object
    entries: list[Entry]
    changed: bool


def merge_config(live: Object, config: Object, entries: list[Entry], operation: Operation, *, force: bool) -> Applied:
    """Apply ``config`` to ``live`` (without managedFields), whose fields are owned as ``entries`` say.

    Raises Conflicts unless ``force``, and Unfit when the live object has items that cannot be told apart.
    """
    shape = operation.shape
    entries = _conformed(entries, live, operation)
    who = (operation.manager, APPLY, "", operation.subresource)
    last = next((entry for entry in entries if identity(entry) == who), None)
    others = [entry for entry in entries if entry is not last]
    fields = operation.kept(shape.owned(config))
    time = last.get("time") if last is not None else None
    own = entry_of(operation.manager, APPLY, operation.api_version, operation.subresource, fields, time)
    merged = pruned(shape.merge(live, config), last, [*others, own], operation)

    deltas = Deltas(operation, live, merged)
    conflicts = _conflicts(others, deltas)
    if conflicts and not force:
        raise Conflicts(conflicts)
    changed = not shape.same(live, merged)
    result = _surviving(others, deltas)
    fields = stripped(fields)
    if fields:
        time = operation.time if changed else time
        result.append(entry_of(operation.manager, APPLY, operation.api_version, operation.subresource, fields, time))
    return Applied(merged if changed else live, result, changed)


def _conformed(entries: list[Entry], live: Object, operation: Operation) -> list[Entry]:
    """Every set brought to what its type says is atomic today; those of versions that are gone stay as they are."""
    result: list[Entry] = []
    for entry in entries:
        view = operation.at(live, entry["apiVersion"])
        before = fields_of(entry)
        after = view[1].conform(before) if view is not None else before
        result.append(entry if after is before else {**entry, "fieldsV1": after})
    return result


def _conflicts(others: list[Entry], deltas: Deltas) -> list[FieldConflict]:
    found: list[FieldConflict] = []
    for entry in others:
        delta = deltas.at(entry["apiVersion"])
        if delta is not None:
            disputed = intersection(fields_of(entry), delta.changed or EMPTY)
            found.extend(FieldConflict(identity(entry), path) for path in paths(disputed))
    return found


def _surviving(others: list[Entry], deltas: Deltas) -> list[Entry]:
    """The other entries without what was taken from them or removed."""
    result: list[Entry] = []
    for entry in others:
        delta = deltas.at(entry["apiVersion"])
        if delta is None:
            continue
        before = fields_of(entry)
        after = difference(difference(before, delta.changed or EMPTY), delta.removed or EMPTY)
        if after:
            result.append(entry if after is before else {**entry, "fieldsV1": after})
    return result
