"""managedFields across the scale subresource: its one field is a field of the parent under another name.

Source: k8s.io/apimachinery/pkg/util/managedfields/scalehandler.go. As there, an entry that comes from the subresource
carries no time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from server.patch.fieldset import FieldSet, Path, difference, from_paths, has
from server.patch.managers import Entry, fields_of, identity, in_order

SCALE_VERSION: Final = "autoscaling/v1"
_REPLICAS: Final[Path] = ("f:spec", "f:replicas")
_REPLICAS_SET: Final[FieldSet] = from_paths(_REPLICAS)

ReplicasPaths = Mapping[str, Path | None]
"""Where the parent keeps its replicas, by apiVersion; None where that version has no scale."""


def to_scale(parent: Sequence[Entry], paths: ReplicasPaths) -> list[Entry]:
    """The entries of a Scale: the parent's that own the replicas."""
    entries: list[Entry] = []
    for entry in parent:
        path = paths.get(entry["apiVersion"])
        if path is not None and has(fields_of(entry), path):
            entries.append({**entry, "apiVersion": SCALE_VERSION, "fieldsV1": _REPLICAS_SET})
    return in_order(entries)


def to_parent(parent: Sequence[Entry], scale: Sequence[Entry], api_version: str, paths: ReplicasPaths) -> list[Entry]:
    """The parent's entries after its Scale was written, which left the entries ``scale``.

    ``api_version`` is the parent's in this request. Entries of versions not in ``paths`` are dropped.
    """
    written = {identity(entry): entry for entry in scale}
    entries: list[Entry] = []
    for entry in parent:
        if entry["apiVersion"] not in paths:
            continue
        path = paths[entry["apiVersion"]]
        fields = fields_of(entry)
        if path is None or not has(fields, path) or written.pop(_in_scale(entry), None) is not None:
            entries.append(entry)
        elif rest := difference(fields, from_paths(path)):
            entries.append({**entry, "fieldsV1": rest})
    path = paths.get(api_version)
    for entry in written.values():
        if path is not None and has(fields_of(entry), _REPLICAS):
            moved = {**entry, "apiVersion": api_version, "fieldsV1": from_paths(path)}
            moved.pop("time", None)
            entries.append(moved)
    return in_order(entries)


def _in_scale(entry: Entry) -> tuple[str, str, str, str]:
    """Who the owner of an entry is among the Scale's."""
    return identity({**entry, "apiVersion": SCALE_VERSION})
