"""The entries of ``metadata.managedFields``: who owns which fields, since when.

An entry is known by manager, operation and subresource, and for updates by the version of the API it was made in.
Entries are wire objects (metav1.ManagedFieldsEntry); like field sets they are never changed, only replaced.
Source: k8s.io/apimachinery/pkg/util/managedfields/internal (managedfields.go, capmanagers.go).
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from server.patch.fieldset import FieldsError, FieldSet, decode, union
from server.patch.gotext import quote

APPLY: Final = "Apply"
UPDATE: Final = "Update"
MAX_UPDATE_ENTRIES: Final = 10
_ANCIENT: Final = "ancient-changes"

Entry = dict[str, Any]
Identity = tuple[str, str, str, str]


def entry_of(
    manager: str, operation: str, api_version: str, subresource: str, fields: FieldSet, time: str | None
) -> Entry:
    """An entry in Go's field order. ``time`` in wire form."""
    entry: Entry = {"manager": manager or "unknown", "operation": operation, "apiVersion": api_version}
    if time is not None:
        entry["time"] = time
    entry["fieldsType"] = "FieldsV1"
    entry["fieldsV1"] = fields
    if subresource:
        entry["subresource"] = subresource
    return entry


def identity(entry: Entry) -> Identity:
    """What makes two entries the same one."""
    operation = entry["operation"]
    version = "" if operation == APPLY else entry["apiVersion"]
    return entry.get("manager", ""), operation, version, entry.get("subresource", "")


def spelled(who: Identity) -> str:
    """Upstream's manager identifier, by which it sorts."""
    manager, operation, version, subresource = who
    fields = {"manager": manager, "operation": operation, "apiVersion": version, "subresource": subresource}
    return orjson.dumps({name: value for name, value in fields.items() if value}).decode()


def fields_of(entry: Entry) -> FieldSet:
    fields: FieldSet = entry.get("fieldsV1") or {}
    return fields


def is_reset(sent: Any) -> bool:
    """Whether a client asks for managedFields to be forgotten: an empty list, or one empty entry."""
    return isinstance(sent, list) and sent in ([], [{}])


def decode_entries(sent: Any) -> list[Entry]:
    """Read entries written by others; raises FieldsError, worded as upstream."""
    entries: dict[Identity, Entry] = {}
    for position, raw in enumerate(sent or ()):
        entry = _decode_entry(raw, position)
        entries[identity(entry)] = entry
    return list(entries.values())


def _decode_entry(raw: Entry, position: int) -> Entry:
    if raw.get("operation") not in (APPLY, UPDATE):
        raise FieldsError("operation must be `Apply` or `Update`")
    if not raw.get("apiVersion"):
        raise FieldsError("apiVersion must not be empty")
    fields_type = raw.get("fieldsType")
    if not fields_type:
        raise FieldsError(f"missing fieldsType in managed fields entry {position}")
    if fields_type != "FieldsV1":
        raise FieldsError(f"invalid fieldsType {quote(fields_type)} in managed fields entry {position}")
    try:
        fields = decode(raw.get("fieldsV1") or {})
    except (ValueError, RecursionError) as error:
        raise FieldsError(f"error decoding versioned set from {raw}: error decoding set: {error}") from error
    return entry_of(
        raw.get("manager") or "",
        raw["operation"],
        raw["apiVersion"],
        raw.get("subresource") or "",
        fields,
        raw.get("time"),
    ) | {"manager": raw.get("manager") or ""}


def in_order(entries: list[Entry]) -> list[Entry]:
    """Sorted as upstream prints them: appliers first, then by time, name, version, subresource."""
    return sorted(entries, key=_order) if len(entries) > 1 else entries


def _order(entry: Entry) -> tuple[str, ...]:
    # Wire times sort as texts, and no time sorts first.
    return (
        entry["operation"],
        entry.get("time") or "",
        entry.get("manager", ""),
        entry["apiVersion"],
        entry.get("subresource", ""),
    )


def capped(entries: list[Entry], limit: int = MAX_UPDATE_ENTRIES) -> list[Entry]:
    """At most ``limit`` entries of updates: the oldest of the same version are merged under one ancient name."""
    updates = [entry for entry in entries if entry["operation"] == UPDATE]
    surplus = len(updates) - limit
    if surplus <= 0:
        return entries
    updates.sort(key=lambda entry: (entry.get("time") or "", spelled(identity(entry))))
    kept = {identity(entry): entry for entry in entries}
    first_of: dict[str, Identity] = {}
    for entry in updates:
        if surplus <= 0:
            break
        who, version = identity(entry), entry["apiVersion"]
        if version not in first_of:
            first_of[version] = who
            continue
        bucket: Identity = (_ANCIENT, UPDATE, version, "")
        if bucket not in kept:
            kept[bucket] = kept.pop(first_of[version])
        fields = union(fields_of(kept[bucket]), fields_of(entry))
        # The later of the two times: entries come oldest first.
        kept[bucket] = entry_of(_ANCIENT, UPDATE, version, "", fields, entry.get("time"))
        del kept[who]
        surplus -= 1
    return list(kept.values())
