"""Small objects for the store, written the way the server writes them."""

from __future__ import annotations

import orjson

from storage.store import Store
from storage.types import Entry, Event, Index, Key, Revision, Write

_MARK = b'"resourceVersion":"'


def key(name: str, namespace: str = "default", resource: str = "pods") -> Key:
    return Key(resource, namespace, name)


def write(
    target: Key,
    expected: int = 0,
    *,
    labels: dict[str, str] | None = None,
    text: str = "",
    expires_at: float | None = None,
    actor: str = "tester",
) -> Write:
    """A create (``expected`` 0) or an update."""
    metadata = {"name": target.name, "resourceVersion": "", "labels": labels or {}}
    value = orjson.dumps({"metadata": metadata, "text": text})
    hole = value.index(_MARK) + len(_MARK)
    uid = f"uid-{target.path}"
    return Write(target, value, hole, Revision(expected), uid, indexer(target.resource, value), expires_at, actor)


def removal(target: Key, expected: int) -> Write:
    return Write(target, None, 0, Revision(expected), "", Index({}, {}), actor="tester")


def indexer(resource: str, value: bytes) -> Index:
    obj = orjson.loads(value)
    return Index(obj["metadata"]["labels"], {"text": obj["text"]})


def version_in(entry: Entry) -> str:
    """The resourceVersion as a client reads it."""
    return str(orjson.loads(entry.value)["metadata"]["resourceVersion"])


def text_in(entry: Entry) -> str:
    return str(orjson.loads(entry.value)["text"])


def seen(events: list[Event]) -> list[tuple[int, str, bool]]:
    return [(event.revision, event.entry.key.name, event.deleted) for event in events]


async def create_all(store: Store, *names: str, namespace: str = "default", resource: str = "pods") -> list[Entry]:
    """One after the other, so that revisions follow the names."""
    return [await store.commit(write(key(name, namespace, resource))) for name in names]


def names(entries: list[Entry]) -> list[str]:
    return [entry.key.name for entry in entries]
