"""A store of every schema there ever was becomes one of today when it is opened, with all that is in it.

``data/ENGINE-VERSION.sql`` is the dump of a store that was written under that schema.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from migrations.run import configuration
from storage.backends import look
from storage.check import check
from storage.errors import SchemaTooNew
from storage.restore import restore
from storage.schema import ensure_schema
from storage.store import open_store
from tests.migrations.test_migrations import connected, described, index_definitions
from tests.storage.cluster import Cluster
from tests.storage.objects import create_all, indexer, key, text_in, write

DATA = Path(__file__).parent / "data"
DUMPS = sorted(path.stem for path in DATA.glob("*.sql"))


def sqlalchemy_url(url: str) -> str:
    return url.replace("postgresql:", "postgresql+psycopg:", 1)


def loaded(request: pytest.FixtureRequest, dump: str, folder: Path) -> tuple[str, str]:
    """The URL of a database with the dump in it, and of an empty one."""
    text = (DATA / f"{dump}.sql").read_text()
    if dump.startswith("sqlite"):
        with closing(sqlite3.connect(folder / "old.db")) as connection:
            connection.executescript(text)
        return f"sqlite:///{folder}/old.db", f"sqlite:///{folder}/new.db"
    cluster: Cluster = request.getfixturevalue("cluster")
    schema = cluster.schema()
    with cluster.connection(schema) as server:
        server.execute(text.encode())
    return cluster.url(schema), cluster.url(cluster.schema())


def test_there_is_a_dump_of_every_version_for_every_engine() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        versions = [step.revision for step in ScriptDirectory.from_config(configuration(connection)).walk_revisions()]
    engine.dispose()
    assert sorted(f"{name}-{version}" for name in ("sqlite", "postgresql") for version in versions) == DUMPS


@pytest.mark.parametrize("dump", DUMPS)
def test_an_old_store_is_upgraded_with_all_that_is_in_it(
    request: pytest.FixtureRequest, dump: str, tmp_path: Path
) -> None:
    url, fresh = loaded(request, dump, tmp_path)

    async def use() -> None:
        store = open_store(url, indexer=indexer)
        await store.start()
        assert store.revision == 7
        pods = store.cache("pods")
        assert [entry.key.name for entry in pods.list(None).entries] == ["a", "b"]
        changed = pods.get("default", "b")
        assert changed is not None
        assert (changed.revision, changed.create_revision, text_in(changed)) == (5, 3, "changed")
        assert len(store.cache("events").list(None).entries) == 1
        assert [entry.revision for entry in (await pods.list_at(4)).entries] == [2, 3, 4]
        (new,) = await create_all(store, "new")
        assert new.revision == 8
        await store.stop()

    asyncio.run(use())
    with look(url) as reading:
        report = check(reading)
    assert (report.damages, report.unsealed) == ((), 0)
    with connected(sqlalchemy_url(url)) as old, connected(sqlalchemy_url(fresh)) as new:
        ensure_schema(new)
        assert described(old) == described(new)
        assert index_definitions(old) == index_definitions(new)


@pytest.mark.parametrize("dump", [dump for dump in DUMPS if dump.startswith("postgresql")])
@pytest.mark.parametrize("scheme", ["", "portable+"])
def test_servers_that_start_at_once_upgrade_an_old_store_together(
    request: pytest.FixtureRequest, dump: str, scheme: str, tmp_path: Path
) -> None:
    url, _ = loaded(request, dump, tmp_path)

    async def use() -> None:
        stores = [open_store(scheme + url, indexer=indexer) for _ in range(4)]
        await asyncio.gather(*(store.start() for store in stores))
        await asyncio.gather(*(create_all(store, f"of{number}") for number, store in enumerate(stores)))
        await asyncio.gather(*(store.stop() for store in stores))

    asyncio.run(use())
    with look(url) as reading:
        report = check(reading)
    assert (report.damages, report.objects, report.unsealed) == ((), 7, 0)


def test_a_server_of_the_first_version_goes_on_beside_newer_ones(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url, _ = loaded(request, "postgresql-0001", tmp_path)
    new = write(key("by-old"))
    arrays = [[part] for part in (*new.key, new.uid, 0, new.hole, None, "old", new.value)]

    async def use() -> None:
        store = open_store(url, indexer=indexer)
        await store.start()
        watch = store.cache("pods").watch(store.revision)
        with psycopg.connect(url, autocommit=True) as old:
            old.execute(
                "SELECT * FROM kubejazz_commit_batch_1('old', 1, 1.5, %s, %s, %s, %s, %s::bigint[], %s::int[],"
                " %s::float8[], %s, %b)",
                arrays,
            )
        (event,) = await watch.next(10)
        assert event.entry.key == new.key
        await store.stop()
        again = open_store(url, indexer=indexer)
        await again.start()
        await again.stop()

    asyncio.run(use())
    with look(url) as reading:
        report = check(reading)
    assert (report.damages, report.unsealed) == ((), 1)


@pytest.mark.parametrize("dump", [dump for dump in DUMPS if dump.startswith("sqlite")])
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_backup_of_any_version_is_restored_and_stays_what_it_is(
    request: pytest.FixtureRequest, dump: str, engine: str, tmp_path: Path
) -> None:
    loaded(request, dump, tmp_path)
    backup = tmp_path / "old.db"
    before = backup.read_bytes()
    cluster: Cluster = request.getfixturevalue("cluster")
    url = f"sqlite:///{tmp_path}/store.db" if engine == "sqlite" else cluster.url(cluster.schema())
    assert restore(backup, url, ".before").objects == 3
    assert backup.read_bytes() == before
    with look(url) as reading:
        report = check(reading)
    assert (report.damages, report.objects, report.unsealed) == ((), 3, 0)


@pytest.mark.parametrize("dump", DUMPS)
def test_a_store_of_a_newer_version_is_refused_by_all(
    request: pytest.FixtureRequest, dump: str, tmp_path: Path
) -> None:
    url, _ = loaded(request, dump, tmp_path)
    with connected(sqlalchemy_url(url)) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaTooNew, match=r"9999.*newer kubejazz"):
        asyncio.run(open_store(url, indexer=indexer).start())
    with pytest.raises(SchemaTooNew, match=r"9999.*newer kubejazz"), look(url):
        pass
