"""Lists: order, pages, and exact older states (DESIGN §6, 4 and 6)."""

from __future__ import annotations

import pytest

from storage.errors import Compacted
from storage.store import Store
from storage.types import Index, Key, Page, Revision
from tests.storage.beds import Bed, forget
from tests.storage.objects import create_all, key, names, removal, write


def labelled(index: Index, _: Key) -> bool:
    return "on" in index.labels


async def some(store: Store) -> None:
    """Namespaces whose names are close to each other in every order."""
    for namespace in ("a", "a-b", "ab", "a.b"):
        await create_all(store, "y", "x", namespace=namespace)
    await create_all(store, "n2", "n1", namespace="", resource="nodes")


async def test_order_is_bytewise_by_path(bed: Bed) -> None:
    store = await bed.store()
    await some(store)
    paths = [entry.key.path for entry in store.cache("pods").list(None).entries]
    assert paths == ["a-b/x", "a-b/y", "a.b/x", "a.b/y", "a/x", "a/y", "ab/x", "ab/y"]
    assert names(store.cache("nodes").list(None).entries) == ["n1", "n2"]


@pytest.mark.parametrize("namespace", ["a", "a-b", "ab", "a.b"])
async def test_a_namespace_is_not_a_prefix(bed: Bed, namespace: str) -> None:
    store = await bed.store()
    await some(store)
    found = store.cache("pods").list(namespace).entries
    assert [(entry.key.namespace, entry.key.name) for entry in found] == [(namespace, "x"), (namespace, "y")]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 9])
async def test_pages_skip_and_repeat_nothing(bed: Bed, limit: int) -> None:
    store = await bed.store()
    await some(store)
    cache = store.cache("pods")
    everything = cache.list(None).entries
    found: list[str] = []
    page = Page([], True, 0)
    while page.more:
        page = cache.list(None, start=found[-1] if found else "", limit=limit)
        found += [entry.key.path for entry in page.entries]
        assert page.remaining == len(everything) - len(found)
    assert found == [entry.key.path for entry in everything]


async def test_a_page_of_a_namespace_counts_that_namespace_alone(bed: Bed) -> None:
    store = await bed.store()
    await some(store)
    page = store.cache("pods").list("a", limit=1)
    assert (names(page.entries), page.more, page.remaining) == (["x"], True, 1)
    page = store.cache("pods").list("a", start="a/x", limit=1)
    assert (names(page.entries), page.more, page.remaining) == (["y"], False, 0)


async def test_a_predicate_sees_labels_and_leaves_no_empty_page_behind(bed: Bed) -> None:
    store = await bed.store()
    for name, on in (("a", True), ("b", False), ("c", True), ("d", False)):
        await store.commit(write(key(name), labels={"on": ""} if on else {}))
    cache = store.cache("pods")
    page = cache.list("default", limit=1, predicate=labelled)
    assert (names(page.entries), page.more, page.remaining) == (["a"], True, 0)
    page = cache.list("default", limit=1, start="default/a", predicate=labelled)
    assert (names(page.entries), page.more) == (["c"], False)


async def history(store: Store) -> dict[int, list[tuple[str, int]]]:
    """Some changes, and what the list was after each."""
    states: dict[int, list[tuple[str, int]]] = {}
    cache = store.cache("pods")

    def note() -> None:
        states[store.revision] = [(entry.key.path, entry.revision) for entry in cache.list(None).entries]

    note()
    for step in range(40):
        target = key(f"n{step * 7 % 5}", f"ns{step % 3}")
        entry = cache.get(target.namespace, target.name)
        if entry is not None and step % 4 == 0:
            await store.commit(removal(target, entry.revision))
        else:
            await store.commit(write(target, entry.revision if entry else 0))
        note()
        await create_all(store, f"other{step}", resource="nodes")
    return states


async def check_history(store: Store, states: dict[int, list[tuple[str, int]]]) -> None:
    cache = store.cache("pods")
    for revision, state in states.items():
        page = await cache.list_at(revision)
        assert [(entry.key.path, entry.revision) for entry in page.entries] == state
        in_namespace = [one for one in state if one[0].startswith("ns1/")]
        page = await cache.list_at(revision, "ns1")
        assert [(entry.key.path, entry.revision) for entry in page.entries] == in_namespace
        found: list[tuple[str, int]] = []
        while True:
            page = await cache.list_at(revision, start=found[-1][0] if found else "", limit=2)
            found += [(entry.key.path, entry.revision) for entry in page.entries]
            assert page.remaining == len(state) - len(found)
            if not page.more:
                break
        assert found == state
        for namespace, expected in ((None, state), ("ns1", in_namespace)):
            walked: list[tuple[str, int]] = []
            while step := await cache.stretch(Revision(revision), namespace, walked[-1][0] if walked else "", 3):
                walked += [(entry.key.path, entry.revision) for entry in step]
            assert walked == expected


async def test_every_older_state_is_listed_exactly_from_memory(bed: Bed) -> None:
    store = await bed.store()
    await check_history(store, await history(store))


async def test_every_older_state_is_listed_exactly_from_the_log(bed: Bed) -> None:
    store = await bed.store()
    states = await history(store)
    # More changes than are loaded into memory at a start.
    for start in range(0, 1200, 400):
        await create_all(store, *(f"more{start + i}" for i in range(400)), resource="nodes")
    store = await bed.restart(store)
    await check_history(store, states)


async def test_an_older_state_carries_the_older_bytes(bed: Bed) -> None:
    store = await bed.store()
    (old,) = await create_all(store, "a")
    gone = await store.commit(removal(key("a"), old.revision))
    store = await bed.restart(store)
    (found,) = (await store.cache("pods").list_at(old.revision)).entries
    assert (found.value, found.uid, found.create_revision) == (old.value, old.uid, old.create_revision)
    assert (await store.cache("pods").list_at(gone.revision)).entries == []


async def test_a_forgotten_state_is_refused_and_the_oldest_kept_one_is_exact(bed: Bed) -> None:
    store = await bed.store()
    (old,) = await create_all(store, "a")
    new = await store.commit(write(key("a"), old.revision))
    await forget(store, bed.clock)
    await store.commit(write(key("a"), new.revision))
    bed.clock.advance(1000)
    store = await bed.restart(store)
    with pytest.raises(Compacted) as caught:
        await store.cache("pods").list_at(old.revision)
    assert caught.value.compact_revision == new.revision == store.compact_revision
    (found,) = (await store.cache("pods").list_at(new.revision)).entries
    assert found.value == new.value
    with pytest.raises(Compacted):
        store.cache("pods").watch(Revision(old.revision))
