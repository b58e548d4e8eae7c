"""Compaction and expiry (DESIGN §6, 19)."""

from __future__ import annotations

import asyncio
import math
from datetime import timedelta

import pytest

from storage.reading import SQLReading
from tests.storage.beds import HISTORY, Bed, forget
from tests.storage.objects import create_all, key, names, removal, seen, write


async def test_live_objects_are_never_forgotten(bed: Bed) -> None:
    store = await bed.store()
    created = await create_all(store, *(f"n{i}" for i in range(20)))
    updated = [await store.commit(write(entry.key, entry.revision, text="new")) for entry in created[:10]]
    await forget(store, bed.clock)
    assert store.compact_revision == store.revision
    store = await bed.restart(store)
    found = {entry.key.name: entry.value for entry in store.cache("pods").list(None).entries}
    assert found == {entry.key.name: entry.value for entry in created[10:] + updated}


async def test_compaction_resurrects_nothing(bed: Bed) -> None:
    store = await bed.store()
    a, b = await create_all(store, "a", "b")
    await store.commit(removal(key("a"), a.revision))
    await forget(store, bed.clock)
    await store.commit(removal(key("b"), b.revision))
    store = await bed.restart(store)
    assert store.cache("pods").list(None).entries == []
    assert (await store.cache("pods").list_at(store.compact_revision)).entries[0].key.name == "b"


async def test_nothing_but_the_live_versions_is_left(bed: Bed) -> None:
    store = await bed.store()
    a, b = await create_all(store, "a", "b")
    a = await store.commit(write(key("a"), a.revision))
    await store.commit(removal(key("b"), b.revision))
    await forget(store, bed.clock)
    reading = store._backend.reading
    assert isinstance(reading, SQLReading)
    assert [tuple(row) for row in reading._ask("SELECT rev FROM log")] == [(a.revision,)]


async def test_what_seems_to_come_from_the_future_is_forgotten_too(bed: Bed) -> None:
    store = await bed.store()
    for i in range(3):
        await asyncio.gather(*(store.commit(write(key(f"n{i}-{j}"))) for j in range(500)))
    bed.clock.set_back(timedelta(days=400))
    store = await bed.restart(store)
    await store.compaction.compact()
    assert store.compact_revision == 1
    bed.clock.advance(HISTORY + 1)
    await store.compaction.compact()
    assert store.compact_revision == store.revision


@pytest.mark.parametrize("history", [300.0, 24 * 3600.0, math.inf])
async def test_history_is_kept_for_as_long_as_was_asked(bed: Bed, history: float) -> None:
    store = await bed.store(history)
    a, b = await create_all(store, "a", "b")
    await store.commit(removal(key("a"), a.revision))
    await store.compaction.compact()
    bed.clock.advance(min(history, 10 * 365 * 24 * 3600.0) - 1)
    await store.compaction.compact()
    assert [entry.key.name for entry in (await store.cache("pods").list_at(b.revision)).entries] == ["a", "b"]
    assert seen(await store.cache("pods").watch(b.revision).next(0)) == [(b.revision + 1, "a", True)]
    bed.clock.advance(2)
    await store.compaction.compact()
    assert (store.compact_revision == store.revision) == math.isfinite(history)


async def test_the_history_that_must_be_kept_is_kept(bed: Bed) -> None:
    store = await bed.store()
    (old,) = await create_all(store, "a")
    await store.compaction.compact()
    bed.clock.advance(HISTORY - 1)
    new = await store.commit(write(key("a"), old.revision))
    await store.compaction.compact()
    assert store.compact_revision < old.revision
    bed.clock.advance(2)
    await store.compaction.compact()
    assert store.compact_revision == old.revision
    assert names((await store.cache("pods").list_at(old.revision)).entries) == ["a"]
    assert new.revision > store.compact_revision


async def test_the_age_of_what_was_there_at_the_start_is_read_from_the_log(bed: Bed) -> None:
    store = await bed.store()
    for i in range(3):
        await create_all(store, *(f"n{i}-{j}" for j in range(500)))
    old = store.revision
    bed.clock.advance(HISTORY + 1)
    await create_all(store, "young")
    store = await bed.restart(store)
    await store.compaction.compact()
    assert 1000 <= store.compact_revision <= old


async def test_the_compacted_revision_never_falls(bed: Bed) -> None:
    store = await bed.store()
    await create_all(store, "a", "b", "c")
    await forget(store, bed.clock)
    mark = store.compact_revision
    await store.compaction.compact()
    store = await bed.restart(store)
    await store.compaction.compact()
    assert store.compact_revision == mark


async def test_what_has_expired_is_deleted_by_one_event(bed: Bed) -> None:
    store = await bed.store()
    now = bed.clock.now().timestamp()
    await store.commit(write(key("short"), expires_at=now + 10))
    await store.commit(write(key("long"), expires_at=now + 100))
    await create_all(store, "ever")
    watch = store.cache("pods").watch(store.revision)
    assert await store.expiry.sweep() == 0
    bed.clock.advance(11)
    assert await store.expiry.sweep() == 1
    assert await store.expiry.sweep() == 0
    assert seen(await watch.next(0)) == [(store.revision, "short", True)]
    assert names(store.cache("pods").list(None).entries) == ["ever", "long"]


async def test_a_renewed_object_does_not_expire(bed: Bed) -> None:
    store = await bed.store()
    now = bed.clock.now().timestamp()
    entry = await store.commit(write(key("a"), expires_at=now + 10))
    await store.commit(write(key("a"), entry.revision, expires_at=now + 1000))
    bed.clock.advance(11)
    assert await store.expiry.sweep() == 0


async def test_expiry_goes_on_after_a_restart(bed: Bed) -> None:
    store = await bed.store()
    await store.commit(write(key("a"), expires_at=bed.clock.now().timestamp() + 10))
    store = await bed.restart(store)
    bed.clock.advance(11)
    assert await store.expiry.sweep() == 1
    assert store.cache("pods").list(None).entries == []
