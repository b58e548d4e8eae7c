"""What a server on PostgreSQL meets besides a database that is gone: one that hangs, says nothing, or says no."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable

import pytest
from sqlalchemy.exc import OperationalError

from storage import consistency, follower
from storage.backends import look
from storage.check import check
from storage.errors import StoreUnavailable
from storage.pg_writing import PgWriting
from storage.portable import PortableBackend
from storage.postgres import PostgresFollowing
from storage.restore import continue_beyond
from storage.store import Store
from storage.types import Entry
from tests.storage.beds import PostgresBed
from tests.storage.cluster import Cluster
from tests.storage.objects import create_all, key, write
from tests.storage.standby import Standby
from tests.storage.test_replicas import bed, together, two

__all__ = ["bed"]


@pytest.fixture
def function_bed(postgresql: Callable[[], PostgresBed]) -> PostgresBed:
    return postgresql()


@pytest.fixture
def portable_bed(portable: Callable[[], PostgresBed]) -> PostgresBed:
    return portable()


async def test_a_database_that_hangs_is_no_excuse_for_old_data(
    bed: PostgresBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consistency, "TIMEOUT", 0.3)
    one, other = await two(bed)
    (a,) = await create_all(one, "a")
    await other.consistent()
    backend = other._backend
    assert isinstance(backend, PgWriting)
    session = backend._reader.raw().info.backend_pid
    os.kill(session, signal.SIGSTOP)
    try:
        answers = await asyncio.gather(*(other.consistent() for _ in range(3)), return_exceptions=True)
        assert [type(answer) for answer in answers] == [StoreUnavailable] * 3
        assert "has not answered" in str(answers[0])
        found = other.cache("pods").get("default", "a")
        assert found is not None
        assert found.value == a.value
    finally:
        os.kill(session, signal.SIGCONT)
    monkeypatch.setattr(consistency, "TIMEOUT", 10.0)
    (b,) = await create_all(one, "b")
    await other.consistent()
    assert other.revision >= b.revision


async def test_a_question_that_fails_when_all_have_given_up_bothers_nobody(
    bed: PostgresBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consistency, "TIMEOUT", 0.1)
    store = await bed.store()
    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    failing = asyncio.Event()

    async def fail() -> None:
        await failing.wait()
        raise StoreUnavailable("gone")

    monkeypatch.setattr(store._archive, "run", lambda _: fail())
    with pytest.raises(StoreUnavailable, match="has not answered"):
        await store.consistent()
    failing.set()
    while store._consistency._asking is not None:
        await asyncio.sleep(0)
    monkeypatch.undo()
    await store.consistent()
    gc.collect()
    assert complaints == []


async def test_what_is_not_announced_is_found_all_the_same(
    function_bed: PostgresBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "POLL", 0.1)
    monkeypatch.setattr(PostgresFollowing, "_announced", lambda self: [])
    one, other = await two(function_bed)
    watch = other.cache("pods").watch(other.revision)
    for name in ("a", "b"):
        (entry,) = await create_all(one, name)
        (event,) = await watch.next(10)
        assert event.revision == entry.revision


async def test_a_standby_that_had_missed_commits_takes_over_and_no_revision_is_given_twice(cluster: Cluster) -> None:
    standby = Standby(cluster)
    try:
        standby.start()
        bed = PostgresBed(cluster, hosts=f"{cluster.folder},{standby.folder}")
        try:
            await _take_over(bed, cluster, standby)
        finally:
            await bed.close()
    finally:
        standby.remove()


async def _take_over(bed: PostgresBed, primary: Cluster, standby: Standby) -> None:
    one, other = await two(bed)
    (kept,) = await create_all(one, "kept")
    await caught_up(standby, kept.revision, bed)
    standby.fall_behind()
    lost = await create_all(one, "lost", "lost-too")
    await together(one, other)
    primary.kill()
    standby.promote()
    for store in (one, other):
        refused = await asyncio.gather(store.commit(write(key("new"))), store.consistent(), return_exceptions=True)
        assert [type(answer) for answer in refused] == [StoreUnavailable] * 2
    raised = continue_beyond(bed.url)
    assert raised > lost[-1].revision
    await asyncio.gather(one.consistent(), other.consistent())
    (new,) = await create_all(other, "new")
    assert new.revision == raised + 1
    await together(one, other)
    for store in (one, other):
        assert [entry.key.name for entry in store.cache("pods").list(None).entries] == ["kept", "new"]
    with look(bed.url) as reading:
        assert check(reading).damages == ()


async def caught_up(standby: Standby, revision: int, bed: PostgresBed) -> None:
    with standby.connection(bed.schema) as connection:
        async with asyncio.timeout(20):
            while connection.execute("SELECT rev FROM meta").fetchall() != [(revision,)]:
                await asyncio.sleep(0.01)


async def shown(store: Store, setting: str) -> str:
    backend = store._backend
    assert isinstance(backend, PgWriting)

    def ask() -> int:
        shown.append(str(backend._writer.run(f"SHOW {setting}").scalar_one()))
        return 0

    shown: list[str] = []
    await store._run_in_writer(ask)
    return shown[0]


async def test_what_is_acknowledged_is_durable_whatever_the_roles_settings_are(bed: PostgresBed) -> None:
    bed.url += "%20-c%20synchronous_commit%3Doff%20-c%20default_transaction_isolation%3Dserializable"
    one, other = await two(bed)
    assert await shown(one, "synchronous_commit") == "on"
    await asyncio.gather(*(store.commit(write(key(f"{i}{store is one}"))) for store in (one, other) for i in range(50)))
    await together(one, other)
    assert len(one.cache("pods")) == len(other.cache("pods")) == 100


class Unserialisable(Exception):
    sqlstate = "40001"


async def test_what_an_engine_cannot_serialise_is_tried_again_as_a_whole(portable_bed: PostgresBed) -> None:
    store = await portable_bed.store()
    backend = store._backend
    assert isinstance(backend, PortableBackend)
    write_rows, tries = backend._write, 0

    def refuse_twice(decided: object) -> None:
        nonlocal tries
        tries += 1
        write_rows(decided)  # type: ignore[arg-type]
        if tries <= 2:
            raise OperationalError("COMMIT", {}, Unserialisable("restart transaction"))

    backend._write = refuse_twice  # type: ignore[method-assign]
    answers = await asyncio.gather(*(store.commit(write(key(f"n{i}"))) for i in range(3)))
    assert [answer.revision for answer in answers] == [2, 3, 4]
    assert tries >= 3
    assert portable_bed.execute("SELECT rev FROM log ORDER BY rev") == [(2,), (3,), (4,)]


async def test_an_engine_that_never_can_refuses_in_the_end(
    portable_bed: PostgresBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.portable._LONGEST_PAUSE", 0.001)
    store = await portable_bed.store()
    backend = store._backend
    assert isinstance(backend, PortableBackend)

    def refuse(decided: object) -> None:
        raise OperationalError("COMMIT", {}, Unserialisable("restart transaction"))

    backend._write = refuse  # type: ignore[method-assign]
    with pytest.raises(StoreUnavailable, match="serialise"):
        await store.commit(write(key("a")))
    assert portable_bed.execute("SELECT count(*) FROM log") == [(0,)]


async def test_batches_of_servers_that_write_at_once_meet_and_none_is_lost(bed: PostgresBed) -> None:
    stores = await asyncio.gather(*(bed.store() for _ in range(3)))
    wins = 0

    async def create(store: Store, name: str) -> None:
        nonlocal wins
        answer = (await asyncio.gather(store.commit(write(key(name))), return_exceptions=True))[0]
        wins += isinstance(answer, Entry)

    await asyncio.gather(*(create(store, f"n{i}") for i in range(40) for store in stores))
    assert wins == 40
    await together(*stores)
    assert {store.revision for store in stores} == {41}
