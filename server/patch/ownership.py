"""Who owns what after an object changed: one step shared by updates and applies.

Source: sigs.k8s.io/structured-merge-diff/merge/update.go and k8s.io/apimachinery/pkg/util/managedfields/internal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from apimachinery.objects import Object
from openapi.schema import Type
from server.patch.fieldset import EMPTY, FieldSet, Filter, difference, taken, union
from server.patch.managers import UPDATE, Entry, entry_of, fields_of, identity
from server.patch.typed import shape_of
from server.patch.typed_shape import Delta, Shape

Convert = Callable[[Object, str], tuple[Object, Type]]
"""An object in another version of its API, with its type there; raises KeyError when there is no such version."""

_STRIPPED: Final[FieldSet] = {
    "f:apiVersion": {},
    "f:kind": {},
    "f:metadata": {
        ".": {},
        "f:clusterName": {},
        "f:creationTimestamp": {},
        "f:generation": {},
        "f:managedFields": {},
        "f:name": {},
        "f:namespace": {},
        "f:resourceVersion": {},
        "f:selfLink": {},
        "f:uid": {},
    },
}
"""What identifies an object or is set by the server belongs to nobody."""

_NOTHING: Final = Delta(EMPTY, EMPTY)


@dataclass(frozen=True, slots=True)
class Operation:
    """One write, as far as ownership is concerned."""

    manager: str
    api_version: str
    subresource: str
    time: str
    shape: Shape
    reset: Filter | None
    """Takes out the fields this endpoint does not write (status of the main resource, spec of /status)."""
    convert: Convert | None

    def at(self, obj: Object, api_version: str) -> tuple[Object, Shape] | None:
        """The object in a version, with its shape there; None when there is no such version (any more)."""
        if api_version == self.api_version and obj.get("apiVersion", api_version) == api_version:
            return obj, self.shape
        if self.convert is None:
            return None
        try:
            converted, type = self.convert(obj, api_version)
        except KeyError:
            return None
        return converted, shape_of(type)

    def kept(self, fields: FieldSet | None) -> FieldSet:
        """The fields of a set this endpoint may write."""
        return self.reset(fields) if fields and self.reset is not None else fields or EMPTY

    def delta(self, old: Object, new: Object) -> Delta:
        """How the object changes, in the version of the request."""
        return self.filtered(self.shape.compare(old, new))

    def filtered(self, delta: Delta | None) -> Delta:
        """The part of a change this endpoint may make. Endpoints of all versions are taken to write the same fields."""
        return _NOTHING if delta is None else Delta(self.kept(delta.changed), self.kept(delta.removed))


class Deltas:
    """How one object changed, in whichever version an entry is written."""

    def __init__(self, operation: Operation, old: Object, new: Object) -> None:
        self._operation = operation
        self._old = old
        self._new = new
        self.own = operation.delta(old, new)
        self._by_version: dict[str, Delta | None] = {operation.api_version: self.own}

    def at(self, api_version: str) -> Delta | None:
        """None when there is no such version (any more): its entries are dropped."""
        if api_version not in self._by_version:
            self._by_version[api_version] = self._converted(api_version)
        return self._by_version[api_version]

    def _converted(self, api_version: str) -> Delta | None:
        old, new = self._operation.at(self._old, api_version), self._operation.at(self._new, api_version)
        if old is None or new is None:
            return None
        found = old[1].compare(old[0], new[0])
        return self._operation.filtered(found)


def stripped(fields: FieldSet) -> FieldSet:
    return difference(fields, _STRIPPED)


def updated(entries: list[Entry], operation: Operation, old: Object, new: Object) -> list[Entry]:
    """The entries after a write other than apply: what it changed is now the writer's, what it removed is nobody's."""
    deltas = Deltas(operation, old, new)
    who = (operation.manager or "unknown", UPDATE, operation.api_version, operation.subresource)
    mine: Entry | None = None
    result: list[Entry] = []
    for entry in entries:
        delta = deltas.at(entry["apiVersion"])
        if delta is None:
            continue
        before = fields_of(entry)
        after = difference(taken(before, delta.changed or EMPTY), delta.removed or EMPTY)
        if not after:
            continue
        kept = entry if after is before else {**entry, "fieldsV1": after}
        if identity(entry) == who:
            mine = kept
        else:
            result.append(kept)
    gained = stripped(deltas.own.changed or EMPTY)
    if gained:
        fields = union(fields_of(mine), gained) if mine is not None else gained
        mine = entry_of(operation.manager, UPDATE, operation.api_version, operation.subresource, fields, operation.time)
    if mine is not None:
        result.append(mine)
    return result
