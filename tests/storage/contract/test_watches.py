"""Watches: everything after a revision, in order, once (DESIGN §6, 7 to 11)."""

from __future__ import annotations

import asyncio

import pytest

from storage.errors import Compacted, SlowWatcher, StoreStopped
from storage.types import Event, Revision
from storage.watch import NAME, Topic, Watch
from tests.storage.beds import Bed, forget
from tests.storage.objects import create_all, key, removal, seen, text_in, version_in, write


async def drain(watch: Watch) -> list[Event]:
    events: list[Event] = []
    while more := await watch.next(0):
        events += more
    return events


async def test_a_watch_gets_exactly_the_events_after_its_revision(bed: Bed) -> None:
    store = await bed.store()
    a, b = await create_all(store, "a", "b")
    await create_all(store, "other", resource="nodes")
    watch = store.cache("pods").watch(a.revision)
    new = await store.commit(write(key("a"), a.revision))
    gone = await store.commit(removal(key("b"), b.revision))
    events = await drain(watch)
    assert seen(events) == [(b.revision, "b", False), (new.revision, "a", False), (gone.revision, "b", True)]
    assert [event.previous for event in events] == [None, a, b]
    assert await watch.next(0) == []


async def test_a_deletion_carries_the_last_object_with_its_own_revision(bed: Bed) -> None:
    store = await bed.store()
    entry = await store.commit(write(key("a"), labels={"x": "1"}, text="last"))
    watch = store.cache("pods").watch(entry.revision)
    await store.commit(removal(key("a"), entry.revision))
    (event,) = await watch.next(0)
    assert (version_in(event.entry), text_in(event.entry)) == (str(event.revision), "last")
    assert event.entry.index.labels == {"x": "1"}


async def test_events_that_are_pending_together_come_together(bed: Bed) -> None:
    store = await bed.store()
    watch = store.cache("pods").watch(store.revision)
    await asyncio.gather(*(store.commit(write(key(f"n{i}"))) for i in range(300)))
    revisions = [event.revision for event in await watch.next(0)]
    assert revisions == sorted(revisions)
    assert len(revisions) == 300


async def test_a_waiting_watch_is_woken_by_an_event(bed: Bed) -> None:
    store = await bed.store()
    watch = store.cache("pods").watch(store.revision)
    waiting = asyncio.create_task(watch.next(30))
    await asyncio.sleep(0)
    await create_all(store, "a", resource="nodes")
    assert not waiting.done()
    await create_all(store, "a")
    assert [event.entry.key.name for event in await waiting] == ["a"]


async def test_a_watch_of_a_namespace_sees_and_wakes_for_that_alone(bed: Bed) -> None:
    store = await bed.store()
    watch = store.cache("pods").watch(store.revision, namespace="mine")
    waiting = asyncio.create_task(watch.next(30))
    await asyncio.sleep(0)
    await create_all(store, "a", "b", namespace="theirs")
    assert not waiting.done()
    await create_all(store, "c", namespace="mine")
    assert [event.entry.key.name for event in await waiting] == ["c"]
    await create_all(store, "d", namespace="theirs")
    assert await watch.next(0) == []
    assert watch.position == store.revision


async def test_a_watch_of_a_topic_wakes_for_objects_that_are_of_it_or_were(bed: Bed) -> None:
    store = await bed.store()
    watch = store.cache("pods").watch(store.revision, topic=Topic("text", "mine"))
    waiting = asyncio.create_task(watch.next(30))
    await asyncio.sleep(0)
    other = await store.commit(write(key("other"), text="theirs"))
    assert not waiting.done()
    entered = await store.commit(write(key("other"), other.revision, text="mine"))
    assert [event.revision for event in await waiting] == [entered.revision]
    waiting = asyncio.create_task(watch.next(30))
    await asyncio.sleep(0)
    left = await store.commit(write(key("other"), entered.revision, text="theirs"))
    assert [event.revision for event in await waiting] == [left.revision]
    assert watch.position == store.revision


async def test_a_watch_of_a_name_wakes_for_it_alone_and_for_its_end(bed: Bed) -> None:
    store = await bed.store()
    watch = store.cache("pods").watch(store.revision, topic=Topic(NAME, "a"))
    waiting = asyncio.create_task(watch.next(30))
    await asyncio.sleep(0)
    await create_all(store, "b", "c")
    assert not waiting.done()
    (made,) = await create_all(store, "a")
    assert [event.revision for event in await waiting] == [made.revision]
    waiting = asyncio.create_task(watch.next(30))
    await asyncio.sleep(0)
    gone = await store.commit(removal(key("a"), made.revision))
    assert seen(await waiting) == [(gone.revision, "a", True)]
    waiting = asyncio.create_task(watch.next(30))
    await asyncio.sleep(0)
    watch.close()
    with pytest.raises(StoreStopped):
        await waiting


async def test_nothing_is_lost_between_a_timeout_and_the_next_call(bed: Bed) -> None:
    store = await bed.store()
    watch = store.cache("pods").watch(store.revision, namespace="mine")
    got: list[Event] = []

    async def write_them() -> None:
        for i in range(100):
            await create_all(store, f"n{i}", namespace="mine")

    writing = asyncio.create_task(write_them())
    while not writing.done():
        got += await watch.next(0.0005)
    got += await drain(watch)
    assert [event.entry.key.name for event in got] == [f"n{i}" for i in range(100)]


async def test_a_cancelled_wait_loses_nothing(bed: Bed) -> None:
    store = await bed.store()
    watch = store.cache("pods").watch(store.revision, namespace="mine")
    waiting = asyncio.create_task(watch.next(30))
    await asyncio.sleep(0)
    commit = asyncio.create_task(store.commit(write(key("a", "mine"))))
    await asyncio.sleep(0)
    waiting.cancel()
    await commit
    await asyncio.gather(waiting, return_exceptions=True)
    assert [event.entry.key.name for event in await watch.next(0)] == ["a"]


async def test_the_position_follows_the_store_when_idle_and_the_events_when_not(bed: Bed) -> None:
    store = await bed.store()
    watch = store.cache("pods").watch(store.revision)
    await create_all(store, "x", resource="nodes")
    assert watch.position == store.revision
    before = store.revision
    await create_all(store, "a", "b")
    assert watch.position <= before
    await watch.next(0)
    assert watch.position == store.revision


async def test_a_watch_survives_a_restart(bed: Bed) -> None:
    store = await bed.store()
    a, b = await create_all(store, "a", "b")
    await create_all(store, "n", resource="nodes")
    await store.commit(removal(key("b"), b.revision))
    store = await bed.restart(store)
    await create_all(store, "c")
    watch = store.cache("pods").watch(a.revision)
    events = await drain(watch)
    assert [(event.entry.key.name, event.deleted) for event in events] == [("b", False), ("b", True), ("c", False)]
    assert events[1].previous is not None
    assert events[1].previous.value == b.value


async def test_a_watch_from_before_what_is_in_memory_replays_the_log(bed: Bed) -> None:
    store = await bed.store()
    start = store.revision
    for i in range(3):
        await asyncio.gather(*(store.commit(write(key(f"n{i}-{j}", f"ns{j % 2}"))) for j in range(500)))
    store = await bed.restart(store)
    watch = store.cache("pods").watch(start, namespace="ns1")
    assert watch.position == start
    first = await watch.next(5)
    assert watch.position < store.revision
    await create_all(store, "last", namespace="ns1")
    events = first + await drain(watch)
    assert [event.revision for event in events] == sorted(event.revision for event in events)
    assert len(events) == 751
    assert watch.position == store.revision


async def test_a_watch_of_what_is_forgotten_is_refused(bed: Bed) -> None:
    store = await bed.store()
    a, b = await create_all(store, "a", "b")
    await forget(store, bed.clock)
    store = await bed.restart(store)
    with pytest.raises(Compacted):
        store.cache("pods").watch(a.revision)
    assert await store.cache("pods").watch(b.revision).next(0) == []


async def test_a_replay_that_compaction_overtakes_ends_with_compacted(bed: Bed) -> None:
    store = await bed.store()
    start = store.revision
    for i in range(4):
        await asyncio.gather(*(store.commit(write(key(f"n{i}-{j}"))) for j in range(500)))
    store = await bed.restart(store)
    watch = store.cache("pods").watch(start)
    assert await watch.next(0)
    await forget(store, bed.clock)
    with pytest.raises(Compacted):
        await drain(watch)


async def test_a_slow_watch_is_closed_and_never_skips(bed: Bed) -> None:
    store = await bed.store()
    slow = store.cache("pods").watch(store.revision)
    idle = store.cache("pods").watch(store.revision, namespace="quiet")
    waiting = asyncio.create_task(idle.next(30))
    await asyncio.gather(*(store.commit(write(key(f"n{i}"))) for i in range(1500)))
    bed.clock.advance(76)
    await create_all(store, "one-more")
    with pytest.raises(SlowWatcher):
        await slow.next(0)
    await create_all(store, "a", namespace="quiet")
    assert [event.entry.key.name for event in await waiting] == ["a"]


async def test_stopping_the_store_ends_watches_after_what_was_pending(bed: Bed) -> None:
    store = await bed.store()
    behind = store.cache("pods").watch(store.revision)
    waiting = asyncio.create_task(store.cache("nodes").watch(store.revision).next(None))
    await create_all(store, "a")
    await store.stop()
    with pytest.raises(StoreStopped):
        await waiting
    assert [event.entry.key.name for event in await behind.next(None)] == ["a"]
    with pytest.raises(StoreStopped):
        await behind.next(None)


async def test_closing_a_watch_ends_its_wait_and_no_other(bed: Bed) -> None:
    store = await bed.store()
    cache = store.cache("pods")
    one, other = cache.watch(store.revision), cache.watch(store.revision)
    waiting = [asyncio.create_task(watch.next(30)) for watch in (one, other)]
    await asyncio.sleep(0)
    one.close()
    one.close()
    with pytest.raises(StoreStopped):
        await waiting[0]
    assert not waiting[1].done()
    await create_all(store, "a")
    assert len(await waiting[1]) == 1


async def test_a_watch_from_the_newest_revision_of_a_resource_nobody_has_written(bed: Bed) -> None:
    store = await bed.store()
    await create_all(store, "a")
    watch = store.cache("widgets.example.com").watch(Revision(store.revision - 1))
    assert await watch.next(0) == []
    await create_all(store, "w", resource="widgets.example.com")
    assert len(await watch.next(0)) == 1
