"""Several servers on one database, and a database that comes and goes."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from storage import pg_writing
from storage.backend import Batch, News
from storage.backends import look
from storage.check import check
from storage.errors import KeyExists, KeyMissing, OutcomeUnknown, RevisionMismatch, SlowWatcher, StoreUnavailable
from storage.pg_writing import PgWriting
from storage.restore import continue_beyond
from storage.store import Store
from storage.types import Entry, Event, Revision, Write
from storage.watch import Watch
from tests.storage.beds import MakeBed, PostgresBed, forget
from tests.storage.objects import create_all, key, removal, seen, text_in, write


@pytest.fixture(params=["postgresql", "portable"])
def bed(request: pytest.FixtureRequest) -> PostgresBed:
    make: MakeBed = request.getfixturevalue(request.param)
    bed = make()
    assert isinstance(bed, PostgresBed)
    return bed


async def two(bed: PostgresBed) -> tuple[Store, Store]:
    one, other = await asyncio.gather(bed.store(), bed.store())
    return one, other


async def together(*stores: Store) -> None:
    for store in stores:
        await store.consistent()
    assert len({store.revision for store in stores}) == 1


async def drain(watch: Watch) -> list[Event]:
    events: list[Event] = []
    while more := await watch.next(0):
        events += more
    return events


async def test_servers_that_start_at_once_share_a_new_database(bed: PostgresBed) -> None:
    stores = await asyncio.gather(*(bed.store() for _ in range(4)))
    assert {store.revision for store in stores} == {1}


async def test_a_consistent_read_sees_what_another_server_has_committed(bed: PostgresBed) -> None:
    one, other = await two(bed)
    for i in range(10):
        entry = await one.commit(write(key(f"n{i}"), labels={"i": str(i)}))
        await other.consistent()
        found = other.cache("pods").get("default", f"n{i}")
        assert found is not None
        assert (found.value, found.revision, found.uid, found.hole) == (
            entry.value,
            entry.revision,
            entry.uid,
            entry.hole,
        )
        assert found.index.labels == {"i": str(i)}


async def test_what_another_server_writes_arrives_without_being_asked_for(bed: PostgresBed) -> None:
    one, other = await two(bed)
    watch = other.cache("pods").watch(other.revision)
    (a,) = await create_all(one, "a")
    assert seen(await watch.next(10)) == [(a.revision, "a", False)]
    gone = await one.commit(removal(key("a"), a.revision))
    (event,) = await watch.next(10)
    assert (event.deleted, event.entry.value) == (True, gone.value)


async def increment(store: Store) -> None:
    while True:
        await store.consistent()
        entry = store.cache("pods").get("default", "counter")
        assert entry is not None
        try:
            await store.commit(write(key("counter"), entry.revision, text=str(int(text_in(entry)) + 1)))
            return
        except RevisionMismatch as error:
            assert error.entry is not None
            assert error.entry.revision > entry.revision


async def test_servers_writing_at_once_lose_nothing_and_agree_on_the_order(bed: PostgresBed) -> None:
    one, other = await two(bed)
    start = one.revision
    await one.commit(write(key("counter"), text="0"))
    await together(one, other)
    watches = [store.cache("pods").watch(start) for store in (one, other)]
    await asyncio.gather(
        *(increment(store) for store in (one, other) for _ in range(15)),
        *(store.commit(write(key(f"{i}-{store is one}"))) for store in (one, other) for i in range(60)),
    )
    await together(one, other)
    final = one.cache("pods").get("default", "counter")
    assert final is not None
    assert text_in(final) == "30"
    logs = [[(event.revision, event.entry.value) for event in await drain(watch)] for watch in watches]
    assert logs[0] == logs[1]
    assert [revision for revision, _ in logs[0]] == list(range(start + 1, one.revision + 1))


async def test_of_creates_of_one_name_on_all_servers_one_succeeds(bed: PostgresBed) -> None:
    stores = await two(bed)
    for i in range(10):
        answers = await asyncio.gather(
            *(store.commit(write(key(f"n{i}"), text=str(n))) for n, store in enumerate(stores)), return_exceptions=True
        )
        won = [answer for answer in answers if isinstance(answer, Entry)]
        lost = [answer for answer in answers if isinstance(answer, KeyExists)]
        assert (len(won), len(lost)) == (1, 1)
        assert lost[0].entry.value == won[0].value


async def test_a_name_freed_by_another_server_is_free(bed: PostgresBed) -> None:
    one, other = await two(bed)
    (a,) = await create_all(one, "a")
    await other.consistent()
    await one.commit(removal(key("a"), a.revision))
    again = await other.commit(write(key("a")))
    assert again.create_revision == again.revision > a.revision
    with pytest.raises((KeyMissing, RevisionMismatch)):
        await one.commit(write(key("a"), a.revision))


async def test_an_expiry_is_one_event_whoever_sees_it(bed: PostgresBed) -> None:
    stores = await two(bed)
    await stores[0].commit(write(key("a"), expires_at=bed.clock.now().timestamp() + 10))
    await together(*stores)
    start = stores[0].revision
    bed.clock.advance(11)
    assert sum(await asyncio.gather(*(store.expiry.sweep() for store in stores))) == 1
    await together(*stores)
    for store in stores:
        assert seen(await store.cache("pods").watch(start).next(0)) == [(start + 1, "a", True)]


async def test_servers_compact_together_without_harm(bed: PostgresBed) -> None:
    one, other = await two(bed)
    for i in range(30):
        entry = one.cache("pods").get("default", "a")
        await one.commit(write(key("a"), entry.revision if entry else 0, text=str(i)))
    await together(one, other)
    await asyncio.gather(forget(one, bed.clock), forget(other, bed.clock))
    await asyncio.gather(forget(one, bed.clock), forget(other, bed.clock))
    assert one.compact_revision == other.compact_revision == one.revision
    third = await bed.store()
    (entry,) = third.cache("pods").list(None).entries
    assert text_in(entry) == "29"


class Deaf:
    """A server that hears nothing until told to."""

    def __init__(self, store: Store) -> None:
        assert store._follower is not None
        self._following = store._follower._following
        self._hears = threading.Event()
        self._asked = threading.Event()
        store._follower._following = self
        self._following.wake()

    async def is_deaf(self) -> None:
        """A read that was under way may still have brought something; from now on nothing does."""
        assert await asyncio.to_thread(self._asked.wait, 30)

    def hear(self) -> None:
        self._hears.set()

    def listen(self, timeout: float) -> list[News] | None:
        self._asked.set()
        self._hears.wait()
        return self._following.listen(0)

    def wake(self) -> None:
        self._hears.set()
        self._following.wake()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._following, name)


async def test_a_server_left_behind_by_compaction_starts_over_and_ends_its_watches(bed: PostgresBed) -> None:
    one, other = await two(bed)
    a, b = await create_all(one, "a", "b")
    await together(one, other)
    watch = other.cache("pods").watch(other.revision)
    idle = asyncio.create_task(other.cache("pods").watch(other.revision, namespace="quiet").next(30))
    deaf = Deaf(other)
    await deaf.is_deaf()
    await one.commit(removal(key("a"), a.revision))
    await one.commit(write(key("b"), b.revision, text="new"))
    await create_all(one, "c")
    await forget(one, bed.clock)
    await create_all(one, "d")
    assert other.revision == b.revision
    own = asyncio.create_task(other.commit(write(key("e"))))
    await asyncio.sleep(0.1)
    deaf.hear()
    await together(one, other)
    found = [(entry.key.name, entry.value) for entry in other.cache("pods").list(None).entries]
    assert found == [(entry.key.name, entry.value) for entry in one.cache("pods").list(None).entries]
    assert (await own).revision == one.revision
    with pytest.raises(SlowWatcher):
        await watch.next(0)
    with pytest.raises(SlowWatcher):
        await idle
    fresh = other.cache("pods").watch(Revision(other.compact_revision))
    assert [event.entry.key.name for event in await drain(fresh)] == ["d", "e"]


async def test_a_database_that_goes_away_refuses_writes_and_comes_back(
    bed: PostgresBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pg_writing, "RESOLVE_TIMEOUT", 0.3)
    store = await bed.store()
    (a,) = await create_all(store, "a")
    bed.cluster.stop()
    with pytest.raises(StoreUnavailable):
        await store.consistent()
    assert store.cache("pods").get("default", "a") is a
    refused = await asyncio.gather(store.commit(write(key("b"))), return_exceptions=True)
    bed.cluster.start()
    await store.consistent()
    (c,) = await create_all(store, "c")
    names = {entry.key.name for entry in store.cache("pods").list(None).entries}
    if isinstance(refused[0], Entry):
        assert (names, c.revision) == ({"a", "b", "c"}, a.revision + 2)
    else:
        assert isinstance(refused[0], OutcomeUnknown)
        assert (names, c.revision) == ({"a", "c"}, a.revision + 1)
    other = await bed.store()
    assert {entry.key.name for entry in other.cache("pods").list(None).entries} == names


async def test_a_dead_connection_is_replaced_before_anyone_is_refused(bed: PostgresBed) -> None:
    store = await bed.store()
    await create_all(store, "a")
    assert isinstance(store._backend, PgWriting)
    with bed.connection() as observer:
        for part in ("reader", "writer"):
            ended = observer.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s",
                (f"{store._backend.name}-{part}",),
            )
            assert ended.fetchall() == [(True,)]
    await store.consistent()
    await create_all(store, "b")


async def test_a_snapshot_does_not_go_on_elsewhere_when_its_connection_dies(bed: PostgresBed) -> None:
    store = await bed.store()
    backend = store._backend
    assert isinstance(backend, PgWriting)
    with pytest.raises(StoreUnavailable), backend.reading.snapshot():
        backend.reading.meta()
        with bed.connection() as observer:
            observer.execute("SELECT pg_terminate_backend(%s, 5000)", (backend._reader.raw().info.backend_pid,))
        backend.reading.meta()
    assert backend.reading.meta().revision == store.revision


async def test_a_refused_connection_is_a_clear_refusal(bed: PostgresBed) -> None:
    store = await bed.store()
    backend = store._backend
    assert isinstance(backend, PgWriting)
    bed.cluster.stop()
    backend._writer.drop()
    with pytest.raises(StoreUnavailable) as caught:
        await store.commit(write(key("a")))
    assert "\n" not in str(caught.value)


class Losing:
    """Loses the connection around a commit, once: before it or after it."""

    def __init__(self, backend: PgWriting, *, after: bool) -> None:
        self._commit = backend._commit
        self._backend = backend
        self._after = after
        self._lost = False
        backend._commit = self  # type: ignore[method-assign]

    def __call__(self, batch_id: int, at: float, writes: Sequence[Write]) -> Batch:
        if self._lost:
            return self._commit(batch_id, at, writes)
        self._lost = True
        if self._after:
            self._commit(batch_id, at, writes)
        self._backend._writer.drop()
        raise OperationalError("commit", {}, Exception("lost"), connection_invalidated=True)


@pytest.mark.parametrize("after", [True, False])
async def test_a_connection_lost_around_a_commit_leaves_one_commit(bed: PostgresBed, after: bool) -> None:
    store = await bed.store()
    (a,) = await create_all(store, "a")
    watch = store.cache("pods").watch(store.revision)
    assert isinstance(store._backend, PgWriting)
    Losing(store._backend, after=after)
    answers = await asyncio.gather(
        store.commit(write(key("b"))),
        store.commit(write(key("a"))),
        store.commit(write(key("c"))),
        return_exceptions=True,
    )
    assert isinstance(answers[1], KeyExists)
    revisions = [answer.revision for answer in answers if isinstance(answer, Entry)]
    assert revisions == [a.revision + 1, a.revision + 2]
    await create_all(store, "d")
    assert [event.entry.key.name for event in await drain(watch)] == ["b", "c", "d"]


async def test_a_session_that_outlives_its_connection_does_not_write_twice(bed: PostgresBed) -> None:
    store = await bed.store()
    (a,) = await create_all(store, "a")
    assert isinstance(store._backend, PgWriting)
    with bed.connection() as blocker, bed.connection() as observer:
        blocker.execute("BEGIN")
        blocker.execute("SELECT rev FROM meta FOR UPDATE")
        committing = asyncio.create_task(store.commit(write(key("b"))))
        await waiting_writer(observer, store._backend)
        with socket.socket(fileno=os.dup(store._backend._writer.raw().fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
        await asyncio.sleep(0.1)
        blocker.execute("COMMIT")
    assert (await committing).revision == a.revision + 1
    await store.consistent()
    assert store.revision == a.revision + 1


async def test_a_write_whose_outcome_stayed_unknown_is_seen_when_it_was_made(bed: PostgresBed) -> None:
    store = await bed.store()
    (a,) = await create_all(store, "a")
    backend = store._backend
    assert isinstance(backend, PgWriting)
    commit_batch = backend.commit_batch

    def forget_it(batch_id: int, at: float, writes: Sequence[Write]) -> Batch:
        commit_batch(batch_id, at, writes)
        backend.commit_batch = commit_batch  # type: ignore[method-assign]
        raise OutcomeUnknown("?")

    backend.commit_batch = forget_it  # type: ignore[method-assign]
    with pytest.raises(OutcomeUnknown):
        await store.commit(write(key("b")))
    (c,) = await create_all(store, "c")
    assert c.revision == a.revision + 2
    assert store.cache("pods").get("default", "b") is not None


async def waiting_writer(observer: psycopg.Connection[tuple[Any, ...]], backend: PgWriting) -> int:
    """The process of the writer's session, once it waits for a lock."""
    waiting = "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND wait_event_type = 'Lock'"
    while (row := observer.execute(waiting, (f"{backend.name}-writer",)).fetchone()) is None:
        await asyncio.sleep(0.01)
    return int(row[0])


async def test_a_session_killed_in_the_middle_of_a_commit_leaves_one_commit(bed: PostgresBed) -> None:
    store = await bed.store()
    (a,) = await create_all(store, "a")
    assert isinstance(store._backend, PgWriting)
    with bed.connection() as blocker, bed.connection() as observer:
        blocker.execute("BEGIN")
        blocker.execute("SELECT rev FROM meta FOR UPDATE")
        committing = asyncio.create_task(store.commit(write(key("b"))))
        observer.execute("SELECT pg_terminate_backend(%s)", (await waiting_writer(observer, store._backend),))
        await asyncio.sleep(0.1)
        blocker.execute("COMMIT")
    assert (await committing).revision == a.revision + 1
    assert len(store.cache("pods")) == 2


async def test_a_database_that_has_lost_data_is_not_called_consistent(bed: PostgresBed) -> None:
    store = await bed.store()
    await create_all(store, "a", "b")
    with bed.connection() as connection:
        connection.execute("UPDATE meta SET rev = 1")
    with pytest.raises(StoreUnavailable, match="lost data"):
        await store.consistent()


def take_back(bed: PostgresBed, revision: int) -> None:
    """What is left when a standby takes over that has seen nothing after ``revision`` (of creates)."""
    bed.execute(f"DELETE FROM log WHERE rev > {revision}")
    bed.execute(f"DELETE FROM cur WHERE mod_rev > {revision}")
    bed.execute(f"UPDATE meta SET rev = {revision}")


@pytest.mark.parametrize("at_once", [1, 3])
async def test_no_server_writes_to_a_database_that_is_behind_what_it_has_seen(bed: PostgresBed, at_once: int) -> None:
    writer, reader = await two(bed)
    a, b, _ = await create_all(writer, "a", "b", "c")
    await together(writer, reader)
    take_back(bed, a.revision)
    for store in (writer, reader):
        refused = await asyncio.gather(
            *(store.commit(write(key(f"new{i}"))) for i in range(at_once)), return_exceptions=True
        )
        assert {type(answer) for answer in refused} == {StoreUnavailable}
        assert "lost data" in str(refused[0])
        assert "bump-revision" in str(refused[0])
    raised = continue_beyond(bed.url)
    assert raised > b.revision
    for store in (writer, reader):
        # Before a server has seen that, it may still refuse.
        await store.consistent()
    (new,) = await create_all(writer, "new")
    assert new.revision == raised + 1
    await together(writer, reader)
    for store in (writer, reader):
        assert [entry.key.name for entry in store.cache("pods").list(None).entries] == ["a", "new"]
    with look(bed.url) as reading:
        assert check(reading).damages == ()


async def test_servers_follow_a_database_that_was_made_to_go_on_elsewhere(bed: PostgresBed) -> None:
    one, other = await two(bed)
    await create_all(one, "a")
    await together(one, other)
    watch = other.cache("pods").watch(other.revision)
    raised = continue_beyond(bed.url, 1000)
    (b,) = await create_all(one, "b")
    assert b.revision == raised + 1
    await together(one, other)
    with pytest.raises(SlowWatcher):
        await watch.next(0)
    assert len(other.cache("pods")) == 2
