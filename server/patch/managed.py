"""Keeping ``metadata.managedFields``: the two entry points of server-side apply and of every other write.

Call them where upstream's handlers do: on the object as the client's request makes it (decoded, defaulted), before
mutating admission and before the strategy prepares it; what those change belongs to nobody.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apimachinery.objects import Object
from apimachinery.timefmt import format_time
from openapi.schema import Type
from server.patch.fieldset import FieldsError, Filter
from server.patch.managers import Entry, capped, decode_entries, in_order, is_reset
from server.patch.ownership import Convert, Operation, updated
from server.patch.typed import shape_of, zero_of
from server.patch.typed_shape import Unfit


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
