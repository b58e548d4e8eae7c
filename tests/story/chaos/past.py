"""What happened, out of the revision log: every version of every object of a namespace, in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from kubejazz.datadir import DataDir
from storage.backend import About
from storage.backends import look
from storage.tables import DELETE

ALL = 1_000_000


class Version(NamedTuple):
    """``obj`` is what a write left, ``gone`` says that it is there no more (then ``obj`` is the last of it)."""

    revision: int
    resource: str
    name: str
    uid: str
    obj: Any
    gone: bool


def past(data_dir: Path, *resources: str, namespace: str | None = None) -> Iterator[Version]:
    """Every version of these resources (all, if none is named), in the order of their writes."""
    about = About(resources=list(resources) or None, namespace=namespace, values=True)
    with look(f"sqlite:///{DataDir(data_dir).database}") as reading:
        meta = reading.meta()
        assert meta.compact_revision <= 1, "a part of the past is forgotten"
        told = reading.story(0, meta.revision, ALL, about)
    for change, _ in told:
        gone = change.op == DELETE
        value = change.previous_value if gone else change.value
        assert value is not None
        yield Version(change.revision, change.resource, change.name, change.uid, orjson.loads(value), gone)
