"""One sequence of revisions for everything (DESIGN §6, 1 and 2)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from storage.errors import KeyExists, KeyMissing, RevisionMismatch
from storage.types import Revision
from tests.storage.beds import Bed, forget
from tests.storage.objects import create_all, key, removal, version_in, write


async def test_an_empty_store_has_a_positive_revision(bed: Bed) -> None:
    store = await bed.store()
    assert store.revision > 0
    assert store.cache("pods").list(None).entries == []


async def test_revisions_are_dense_over_all_resources(bed: Bed) -> None:
    store = await bed.store()
    start = store.revision
    writes = [write(key(f"n{i}", resource=resource)) for i in range(50) for resource in ("pods", "nodes", "leases")]
    entries = await asyncio.gather(*(store.commit(one) for one in writes))
    assert sorted(entry.revision for entry in entries) == list(range(start + 1, start + 151))
    assert store.revision == start + 150


async def test_the_revision_is_written_into_the_object_as_a_plain_decimal(bed: Bed) -> None:
    store = await bed.store()
    entries = await create_all(store, *(f"n{i}" for i in range(12)))
    assert [version_in(entry) for entry in entries] == [str(entry.revision) for entry in entries]
    assert not any(version_in(entry).startswith("0") for entry in entries)


async def test_a_commit_is_visible_when_it_is_answered(bed: Bed) -> None:
    store = await bed.store()
    entry = await store.commit(write(key("a")))
    assert store.cache("pods").get("default", "a") is entry
    assert store.revision == entry.revision


async def test_a_failed_compare_consumes_no_revision_and_makes_no_event(bed: Bed) -> None:
    store = await bed.store()
    (entry,) = await create_all(store, "a")
    watch = store.cache("pods").watch(store.revision)
    with pytest.raises(KeyExists):
        await store.commit(write(key("a")))
    with pytest.raises(RevisionMismatch):
        await store.commit(write(key("a"), entry.revision + 7))
    with pytest.raises(KeyMissing):
        await store.commit(write(key("b"), 1))
    assert store.revision == entry.revision
    assert (await store.commit(write(key("c")))).revision == entry.revision + 1
    assert [event.entry.key.name for event in await watch.next(1)] == ["c"]


async def test_the_revision_never_falls_through_a_restart_even_when_the_newest_change_is_forgotten(bed: Bed) -> None:
    store = await bed.store()
    (entry,) = await create_all(store, "a")
    gone = await store.commit(removal(key("a"), entry.revision))
    await forget(store, bed.clock)
    assert store.compact_revision == gone.revision
    store = await bed.restart(store)
    assert (store.revision, store.compact_revision) == (gone.revision, gone.revision)
    assert (await store.commit(write(key("a")))).revision == gone.revision + 1


async def test_a_clock_that_is_set_back_changes_nothing(bed: Bed) -> None:
    store = await bed.store()
    before = await create_all(store, "a", "b")
    bed.clock.set_back(timedelta(days=400))
    after = await create_all(store, "c")
    assert after[0].revision == before[-1].revision + 1
    watch = store.cache("pods").watch(Revision(before[0].revision))
    assert [event.entry.key.name for event in await watch.next(0)] == ["b", "c"]
    store = await bed.restart(store)
    watch = store.cache("pods").watch(Revision(before[0].revision))
    assert [event.entry.key.name for event in await watch.next(0)] == ["b", "c"]
    await store.compaction.compact()
    assert store.compact_revision < before[0].revision


async def test_waiting_for_a_revision_ends_when_it_is_reached(bed: Bed) -> None:
    store = await bed.store()
    cache = store.cache("pods")
    assert await cache.wait_for(store.revision, 0)
    assert not await cache.wait_for(store.revision + 1, 0.01)
    waiting = asyncio.create_task(cache.wait_for(store.revision + 2, 10))
    await create_all(store, "a", resource="nodes")
    assert not waiting.done()
    await create_all(store, "b", resource="nodes")
    assert await waiting
