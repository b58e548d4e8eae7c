"""Compare-and-swap (DESIGN §6, 12 to 14, 16)."""

from __future__ import annotations

import asyncio

import pytest

from storage.errors import KeyExists, KeyMissing, RevisionMismatch, StoreStopped
from storage.types import Index, Revision, Write
from tests.storage.beds import Bed
from tests.storage.objects import create_all, key, removal, text_in, version_in, write


async def test_a_create_over_an_existing_object_is_told_of_it(bed: Bed) -> None:
    store = await bed.store()
    (entry,) = await create_all(store, "a")
    with pytest.raises(KeyExists) as caught:
        await store.commit(write(key("a")))
    assert caught.value.entry is entry


async def test_of_many_creates_of_one_name_exactly_one_succeeds(bed: Bed) -> None:
    store = await bed.store()
    answers = await asyncio.gather(
        *(store.commit(write(key("a"), text=str(i))) for i in range(20)), return_exceptions=True
    )
    won = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert len(won) == 1
    assert sum(isinstance(answer, KeyExists) for answer in answers) == 19
    assert store.cache("pods").get("default", "a") is won[0]


async def test_a_stale_update_is_told_of_the_current_object(bed: Bed) -> None:
    store = await bed.store()
    (old,) = await create_all(store, "a")
    new = await store.commit(write(key("a"), old.revision))
    with pytest.raises(RevisionMismatch) as caught:
        await store.commit(write(key("a"), old.revision))
    assert caught.value.entry is new


async def test_an_update_or_delete_of_nothing_is_refused(bed: Bed) -> None:
    store = await bed.store()
    for one in (write(key("a"), 1), removal(key("a"), 1)):
        with pytest.raises(KeyMissing):
            await store.commit(one)


async def test_a_stale_delete_is_refused(bed: Bed) -> None:
    store = await bed.store()
    (old,) = await create_all(store, "a")
    new = await store.commit(write(key("a"), old.revision))
    with pytest.raises(RevisionMismatch):
        await store.commit(removal(key("a"), old.revision))
    assert store.cache("pods").get("default", "a") is new


async def test_a_delete_answers_the_last_object_with_the_revision_of_the_deletion(bed: Bed) -> None:
    store = await bed.store()
    (entry,) = await create_all(store, "a")
    entry = await store.commit(write(key("a"), entry.revision, text="last"))
    gone = await store.commit(removal(key("a"), entry.revision))
    assert (text_in(gone), version_in(gone)) == ("last", str(entry.revision + 1))
    assert gone.uid == entry.uid
    assert store.cache("pods").get("default", "a") is None


async def test_an_update_keeps_the_revision_of_the_creation(bed: Bed) -> None:
    store = await bed.store()
    (first,) = await create_all(store, "a")
    second = await store.commit(write(key("a"), first.revision))
    assert second.create_revision == first.create_revision == first.revision


async def test_a_recreated_object_is_another_one(bed: Bed) -> None:
    store = await bed.store()
    (first,) = await create_all(store, "a")
    gone = await store.commit(removal(key("a"), first.revision))
    again = await store.commit(write(key("a")))
    assert again.create_revision == gone.revision + 1
    with pytest.raises(RevisionMismatch):
        await store.commit(write(key("a"), first.revision))


async def test_concurrent_read_modify_writes_lose_nothing(bed: Bed) -> None:
    store = await bed.store()
    await store.commit(write(key("counter"), text="0"))
    cache = store.cache("pods")

    async def increment() -> None:
        while True:
            entry = cache.get("default", "counter")
            assert entry is not None
            try:
                await store.commit(write(key("counter"), entry.revision, text=str(int(text_in(entry)) + 1)))
                return
            except RevisionMismatch:
                continue

    await asyncio.gather(*(increment() for _ in range(30)))
    final = cache.get("default", "counter")
    assert final is not None
    assert text_in(final) == "30"


async def test_writes_to_one_key_are_carried_out_in_the_order_they_were_given(bed: Bed) -> None:
    store = await bed.store()
    start = store.revision
    first = asyncio.create_task(store.commit(write(key("a"), text="1")))
    second = asyncio.create_task(store.commit(write(key("a"), start + 1, text="2")))
    third = asyncio.create_task(store.commit(write(key("a"), start + 2, text="3")))
    assert [text_in(await task) for task in (first, second, third)] == ["1", "2", "3"]


async def test_a_cancelled_writer_does_not_disturb_the_others(bed: Bed) -> None:
    store = await bed.store()
    tasks = [asyncio.create_task(store.commit(write(key(f"n{i}")))) for i in range(10)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await create_all(store, "after")
    assert len(store.cache("pods")) == 11


async def test_what_was_committed_survives_a_restart(bed: Bed) -> None:
    store = await bed.store()
    (a, b) = await create_all(store, "a", "b")
    a = await store.commit(write(key("a"), a.revision, labels={"x": "y"}, text="ü"))
    await store.commit(removal(key("b"), b.revision))
    store = await bed.restart(store)
    loaded = store.cache("pods").list(None).entries
    assert [(entry.key, entry.value, entry.revision, entry.create_revision, entry.uid) for entry in loaded] == [
        (a.key, a.value, a.revision, a.create_revision, a.uid)
    ]
    assert loaded[0].index.labels == {"x": "y"}
    assert loaded[0].hole == a.hole


async def test_stopping_commits_what_is_pending_and_refuses_what_comes_after(bed: Bed) -> None:
    store = await bed.store()
    pending = [asyncio.create_task(store.commit(write(key(f"n{i}")))) for i in range(20)]
    await asyncio.sleep(0)
    await store.stop()
    assert len({(await task).revision for task in pending}) == 20
    with pytest.raises(StoreStopped):
        await store.commit(write(key("late")))
    assert len((await bed.store()).cache("pods")) == 20


async def test_a_write_that_contradicts_itself_is_a_mistake_of_the_caller(bed: Bed) -> None:
    store = await bed.store()
    with pytest.raises(ValueError, match="delete"):
        await store.commit(removal(key("a"), 0))
    with pytest.raises(ValueError, match="hole"):
        await store.commit(Write(key("a"), b"{}", 1, Revision(0), "", Index({}, {})))
