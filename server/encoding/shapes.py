"""What an answer contains, before it is written in a media type: the object itself, a Table, or its metadata alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from apimachinery.gvk import GroupVersionKind
from apimachinery.objects import Object
from apimachinery.status import BadRequest, NotAcceptable
from server.encoding.negotiation import Encoding
from server.encoding.pieces import Buffer, metadata_of
from server.printers.printer import Column, Printer
from server.printers.template import Ages, RowTemplate, row_template
from server.registry.served import Served
from storage.types import Entry


@dataclass(frozen=True, slots=True)
class ListMeta:
    resource_version: str
    continue_token: str = ""
    remaining: int = 0

    def to_object(self) -> Object:
        metadata: Object = {"resourceVersion": self.resource_version}
        if self.continue_token:
            metadata["continue"] = self.continue_token
        if self.remaining:
            metadata["remainingItemCount"] = self.remaining
        return metadata


class Shape(Protocol):
    """Makes response objects. ``first`` is false for all but the first event of a watch."""

    @property
    def kind(self) -> GroupVersionKind: ...

    @property
    def list_kind(self) -> GroupVersionKind: ...

    def one(self, obj: Object, *, first: bool = True) -> Object: ...

    def many(self, entries: Sequence[Entry], meta: ListMeta) -> Object:
        """What there is many of is the last field."""

    def ordered(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """As they are shown."""

    def items(self, entries: Sequence[Entry]) -> Sequence[Buffer]:
        """The JSON of each element of that field without its opening brace, out of stored bytes."""


@dataclass(frozen=True, slots=True)
class PlainShape:
    served: Served

    @property
    def kind(self) -> GroupVersionKind:
        return self.served.gvk

    @property
    def list_kind(self) -> GroupVersionKind:
        return self.served.gvk._replace(kind=self.served.resource.list_kind)

    def one(self, obj: Object, *, first: bool = True) -> Object:
        return obj

    def many(self, entries: Sequence[Entry], meta: ListMeta) -> Object:
        items = []
        for entry in entries:
            obj = self.served.object_of(entry)
            if self.served.item_start > 1:
                del obj["kind"], obj["apiVersion"]
            items.append(obj)
        return _listed(self.list_kind, meta, items)

    def ordered(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        return entries

    def items(self, entries: Sequence[Entry]) -> Sequence[Buffer]:
        skip, bytes_of = self.served.item_start, self.served.bytes_of
        return [memoryview(bytes_of(entry))[skip:] for entry in entries]


@dataclass(frozen=True, slots=True)
class PartialShape:
    """PartialObjectMetadata and its list."""

    served: Served
    meta_version: str

    @property
    def kind(self) -> GroupVersionKind:
        return GroupVersionKind("meta.k8s.io", self.meta_version, "PartialObjectMetadata")

    @property
    def list_kind(self) -> GroupVersionKind:
        return GroupVersionKind("meta.k8s.io", self.meta_version, "PartialObjectMetadataList")

    def one(self, obj: Object, *, first: bool = True) -> Object:
        return {"kind": "PartialObjectMetadata", "apiVersion": self.kind.api_version, "metadata": obj["metadata"]}

    def many(self, entries: Sequence[Entry], meta: ListMeta) -> Object:
        return _listed(self.list_kind, meta, [self.one(self.served.object_of(entry)) for entry in entries])

    def ordered(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        return entries

    def items(self, entries: Sequence[Entry]) -> Sequence[Buffer]:
        head = _partial_head(self.kind.api_version)
        return [b"".join((head, metadata_of(self.served, entry), b"}")) for entry in entries]


@dataclass(frozen=True, slots=True)
class TableShape:
    """A Table, one row an object. ``include`` is Metadata, Object or None: what each row carries along."""

    served: Served
    printer: Printer
    now: datetime
    include: str
    meta_version: str

    @property
    def kind(self) -> GroupVersionKind:
        return GroupVersionKind("meta.k8s.io", self.meta_version, "Table")

    @property
    def list_kind(self) -> GroupVersionKind:
        return self.kind

    def one(self, obj: Object, *, first: bool = True) -> Object:
        meta = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
        return self._table(meta, [self._row(obj)], first)

    def many(self, entries: Sequence[Entry], meta: ListMeta) -> Object:
        objects = [self.served.object_of(entry) for entry in entries]
        if self.printer.order is not None:
            objects.sort(key=self.printer.order)
        return self._table(meta.to_object(), [self._row(obj) for obj in objects], True)

    def ordered(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        if self.printer.order is None:
            return entries
        return sorted(entries, key=lambda entry: self._template(entry).order)

    def items(self, entries: Sequence[Entry]) -> Sequence[Buffer]:
        ages, served = Ages(self.now), self.served
        if self.include == "None":
            return [b"%bnull}" % self._template(entry).fill(ages) for entry in entries]
        if self.include == "Object":
            return [b"%b%b}" % (self._template(entry).fill(ages), served.bytes_of(entry)) for entry in entries]
        head = b"{" + _partial_head(self.kind.api_version)
        return [
            b"".join((self._template(entry).fill(ages), head, metadata_of(served, entry), b"}}")) for entry in entries
        ]

    def _template(self, entry: Entry) -> RowTemplate:
        """Kept beside the entry: a few hundred bytes."""
        name = ("row", self.served.form)
        found: RowTemplate | None = entry.memo.get(name)
        if found is None or found.printer is not self.printer:
            obj = self.served.object_of(entry)
            found = entry.memo[name] = row_template(self.printer, obj)
            metadata_of(self.served, entry, obj)
        return found

    def _table(self, metadata: Object, rows: list[Object], columns: bool) -> Object:
        return {
            "kind": "Table",
            "apiVersion": self.kind.api_version,
            "metadata": metadata,
            "columnDefinitions": [_column_object(column) for column in self.printer.columns] if columns else None,
            "rows": rows,
        }

    def _row(self, obj: Object) -> Object:
        printed = self.printer.row(obj, self.now)
        row: Object = {"cells": printed.cells}
        if printed.conditions:
            row["conditions"] = printed.conditions
        row["object"] = self._carried(obj)
        return row

    def _carried(self, obj: Object) -> Object | None:
        if self.include == "None":
            return None
        if self.include == "Object":
            return obj
        return {
            "kind": "PartialObjectMetadata",
            "apiVersion": self.kind.api_version,
            "metadata": obj["metadata"],
        }


def _column_object(column: Column) -> Object:
    return {
        "name": column.name,
        "type": column.type,
        "format": column.format,
        "description": column.description,
        "priority": column.priority,
    }


def _partial_head(api_version: str) -> bytes:
    """Without its opening brace."""
    return b'"kind":"PartialObjectMetadata","apiVersion":"%b","metadata":' % api_version.encode()


def _listed(kind: GroupVersionKind, meta: ListMeta, items: list[Object]) -> Object:
    return {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": meta.to_object(), "items": items}


def shape_for(served: Served, encoding: Encoding, include: str, now: datetime, *, is_list: bool) -> Shape:
    """The shape an encoding asks for. Raises NotAcceptable when it does not fit a list or a single object."""
    if encoding.transform == "Table":
        if include not in ("", "Metadata", "Object", "None"):
            raise BadRequest(
                f'Unable to convert to Table as requested: includeObject: Invalid value: "{include}": '
                "must be 'Metadata', 'Object', 'None', or empty"
            )
        return TableShape(served, served.kind.printer, now, include, encoding.meta_version)
    if not encoding.transform:
        return PlainShape(served)
    if is_list != encoding.transform.endswith("List"):
        what = f"a list ({_go_type(served, is_list)})" if is_list else f"not a list ({_go_type(served, is_list)})"
        raise NotAcceptable(f"you requested {encoding.transform}, but the requested object is {what}")
    return PartialShape(served, encoding.meta_version)


def _go_type(served: Served, is_list: bool) -> str:
    package = served.registry.gvk.group.partition(".")[0] or "core"
    return f"*{package}.{served.resource.list_kind if is_list else served.gvk.kind}"
