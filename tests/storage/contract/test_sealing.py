"""Sealed values on every back end: plain in memory, sealed in the database, and known by the form they have there."""

from __future__ import annotations

import pytest

from storage.errors import StoreSealed
from storage.sealing import PLAIN, SEALED, Sealed, sealed
from storage.store import Store, open_store
from storage.types import Key
from tests.storage.beds import Bed
from tests.storage.objects import indexer, key, removal, write


class Turned:
    """Seals by turning the bytes over; a form for each mark."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def form(self, resource: str) -> bytes:
        return SEALED + self.mark.encode()

    def seal(self, key: Key, value: bytes) -> Sealed:
        form = self.form(key.resource)
        return Sealed(form + bytes(255 - byte for byte in value), form)

    def open(self, key: Key, stored: bytes) -> Sealed:
        if not stored.startswith(SEALED):
            return Sealed(stored, PLAIN)
        form, body = stored[: len(SEALED) + 1], stored[len(SEALED) + 1 :]
        if self.mark == "X":
            raise sealed(key, "the key is gone")
        return Sealed(bytes(255 - byte for byte in body), form)


async def opened(bed: Bed, mark: str) -> Store:
    store = open_store(bed.url, indexer=indexer, history=300.0, clock=bed.clock, sealer=Turned(mark))
    bed.adopt(store)
    await store.start()
    return store


async def test_the_database_has_sealed_values_and_the_cache_has_not(bed: Bed) -> None:
    store = await opened(bed, "A")
    entry = await store.commit(write(key("a")))
    assert store.cache("pods").get(entry.key.namespace, "a") is entry
    assert entry.value.startswith(b"{")
    await store.stop()
    values = [bytes(row[0]) for row in bed.execute("SELECT value FROM log")]
    assert [value[: len(SEALED) + 1] for value in values] == [SEALED + b"A"]
    assert not any(b"resourceVersion" in value for value in values)
    store = await opened(bed, "A")
    again = store.cache("pods").get(entry.key.namespace, "a")
    assert again is not None
    assert (again.value, again.revision, again.hole) == (entry.value, entry.revision, entry.hole)


async def test_a_form_that_is_no_longer_written_is_stale(bed: Bed) -> None:
    store = await opened(bed, "A")
    entry = await store.commit(write(key("a")))
    assert not store.stale(entry)
    await store.stop()
    store = await opened(bed, "B")
    entry = store.cache("pods").get(entry.key.namespace, "a") or entry
    assert store.stale(entry)
    assert not store.stale(await store.commit(write(key("a"), entry.revision)))


async def test_forms_are_forgotten_with_their_objects(bed: Bed) -> None:
    store = await opened(bed, "A")
    entry = await store.commit(write(key("a")))
    entry = await store.commit(write(key("a"), entry.revision))
    await store.commit(removal(key("a"), entry.revision))
    assert store._sealed._forms == {}


async def test_a_value_that_cannot_be_opened_keeps_the_store_from_starting(bed: Bed) -> None:
    store = await opened(bed, "A")
    await store.commit(write(key("a")))
    await store.stop()
    with pytest.raises(StoreSealed, match="the key is gone"):
        await opened(bed, "X")


@pytest.mark.parametrize("backend", ["postgresql", "portable"])
async def test_servers_open_what_others_have_sealed(bed: Bed) -> None:
    one, other = await opened(bed, "A"), await opened(bed, "B")
    written = await one.commit(write(key("a")))
    watch = other.cache("pods").watch(other.compact_revision)
    (event,) = await watch.next(10.0)
    assert event.entry.value == written.value
    assert other.stale(event.entry)
    watch.close()
