"""Taking out of an object what a manager applied before and applies no longer.

A field goes when its last set named it, the new one does not, and nobody else claims it; what others own below it
brings it back. Source: sigs.k8s.io/structured-merge-diff/merge/update.go (prune and its helpers).
"""

from __future__ import annotations

from collections.abc import Iterable

from apimachinery.objects import Object
from server.patch.fieldset import EMPTY, FieldSet, difference, intersection, union
from server.patch.managers import Entry, fields_of
from server.patch.ownership import Operation
from server.patch.typed_shape import Shape


def pruned(merged: Object, last: Entry | None, entries: Iterable[Entry], operation: Operation) -> Object:
    """``merged`` without what the ``last`` entry of the manager held in vain.

    ``entries`` are everybody's, with the manager's new one. ``merged`` is in the version of the request.
    """
    if last is None or not fields_of(last):
        return merged
    version = last["apiVersion"]
    managed = _by_version(entries)
    if version == operation.api_version and not difference(fields_of(last), managed.get(version, EMPTY)):
        return merged
    view = operation.at(merged, version)
    if view is None:
        return merged
    base, shape = view
    wanted = shape.named(fields_of(last))
    left = shape.without(base, wanted) or {}
    for at in sorted(managed, key=lambda other: other != version):
        left = _with_owned(base, left, managed[at], at, operation)
    left = _in_version(left, version, operation)
    gone = intersection(difference(_present(shape, base), _present(shape, left)), wanted)
    return _in_version(shape.without(base, gone) or {}, operation.api_version, operation)


def _by_version(entries: Iterable[Entry]) -> dict[str, FieldSet]:
    managed: dict[str, FieldSet] = {}
    for entry in entries:
        version = entry["apiVersion"]
        managed[version] = union(managed.get(version, EMPTY), fields_of(entry))
    return managed


def _with_owned(base: Object, left: Object, managed: FieldSet, version: str, operation: Operation) -> Object:
    """``left`` with what somebody owns in that version brought back from ``base``."""
    view, remaining = operation.at(base, version), operation.at(left, version)
    if view is None or remaining is None:
        return left
    whole, shape = view
    unowned = difference(_present(shape, whole), union(_present(shape, remaining[0]), shape.named(managed)))
    restored: Object = shape.without(whole, unowned) or {}
    return restored


def _present(shape: Shape, obj: Object) -> FieldSet:
    return shape.named(shape.owned(obj) or EMPTY)


def _in_version(obj: Object, version: str, operation: Operation) -> Object:
    view = operation.at(obj, version)
    return obj if view is None else view[0]
