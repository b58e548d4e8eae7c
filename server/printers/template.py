"""Rows of Tables as bytes with gaps for the ages: what a row says is made once, how long ago things were at each
request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from apimachinery.objects import Object
from server.printers.printer import TEMPLATE, TIME_MARK, Printer, since

_MARK = TIME_MARK.encode()


@dataclass(frozen=True, slots=True)
class RowTemplate:
    """``pieces``: JSON, and a timestamp at every odd place; the first lacks the opening brace, the last ends where the
    value of ``object`` belongs.

    ``order`` is the row's sort key, None where rows keep the order of names.
    """

    printer: Printer
    pieces: tuple[bytes, ...]
    order: Any

    def fill(self, ages: Ages) -> bytes:
        pieces = self.pieces
        if len(pieces) == 3:  # nearly every kind
            return b"%b%b%b" % (pieces[0], ages[pieces[1]], pieces[2])
        return b"".join([ages[piece] if at & 1 else piece for at, piece in enumerate(pieces)])


class Ages(dict[bytes, bytes]):
    """How long ago timestamps were at one moment, as people say it."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._now = now

    def __missing__(self, timestamp: bytes) -> bytes:
        text = self[timestamp] = since(timestamp.decode(), self._now).encode()
        return text


def row_template(printer: Printer, obj: Object) -> RowTemplate:
    printed = printer.row(obj, TEMPLATE)
    row: Object = {"cells": printed.cells}
    if printed.conditions:
        row["conditions"] = printed.conditions
    row["object"] = None
    text = orjson.dumps(row)[len(b"{") : -len(b"null}")]
    return RowTemplate(printer, tuple(text.split(_MARK)), printer.order(obj) if printer.order is not None else None)
