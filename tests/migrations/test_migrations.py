"""A new database and an upgraded one are the same; an old one is upgraded at the start."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from migrations.run import configuration, upgrade
from storage.schema import ensure_schema
from storage.store import open_store
from storage.tables import HEAD, alembic_version, metadata
from storage.types import Index
from tests.storage.cluster import Cluster


def described(connection: Connection) -> dict[str, Any]:
    """Everything the database knows about its tables."""
    found: dict[str, Any] = {}
    inspector = inspect(connection)
    for table in inspector.get_table_names():
        columns = [{**column, "type": str(column["type"])} for column in inspector.get_columns(table)]
        found[table] = (
            sorted(columns, key=lambda column: str(column["name"])),
            inspector.get_pk_constraint(table)["constrained_columns"],
            [(index["name"], index["column_names"]) for index in inspector.get_indexes(table)],
            [check["sqltext"] for check in inspector.get_check_constraints(table)],
        )
    return found


def without_rowid(connection: Connection) -> set[str]:
    return {row.name for row in connection.execute(text("PRAGMA table_list")) if row.wr}


def index_definitions(connection: Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))
    else:
        rows = connection.execute(text("SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()"))
    schema = connection.dialect.default_schema_name or ""
    return sorted(" ".join(str(row[0]).replace(schema, "").split()) for row in rows)


def collations(connection: Connection) -> list[tuple[str, str, str]]:
    rows = connection.execute(
        text(
            "SELECT table_name, column_name, collation_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND collation_name IS NOT NULL ORDER BY 1, 2"
        )
    )
    return [tuple(row) for row in rows]


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Two empty databases of one kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new.db", f"sqlite:///{tmp_path}/old.db"
    cluster: Cluster = request.getfixturevalue("cluster")
    new, old = (cluster.url(cluster.schema()).replace(":", "+psycopg:", 1) for _ in range(2))
    return new, old


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def new(urls: tuple[str, str]) -> Iterator[Connection]:
    with connected(urls[0]) as connection:
        ensure_schema(connection)
        yield connection


@pytest.fixture
def upgraded(urls: tuple[str, str]) -> Iterator[Connection]:
    with connected(urls[1]) as connection:
        upgrade(connection)
        yield connection


def test_head_is_the_newest_migration(new: Connection) -> None:
    assert ScriptDirectory.from_config(configuration(new)).get_heads() == [HEAD]


def test_a_new_database_and_an_upgraded_one_have_the_same_tables(new: Connection, upgraded: Connection) -> None:
    assert described(new) == described(upgraded)
    assert index_definitions(new) == index_definitions(upgraded)
    if new.dialect.name == "sqlite":
        assert without_rowid(new) == without_rowid(upgraded) == {"cur"}
    else:
        assert collations(new) == collations(upgraded)
        assert ("cur", "name", "C") in collations(new)


def test_the_migrations_lead_to_what_the_code_expects(upgraded: Connection) -> None:
    differences = compare_metadata(MigrationContext.configure(upgraded), metadata)
    assert [
        difference for difference in differences if getattr(difference[1], "name", "") != alembic_version.name
    ] == []


def test_an_upgraded_database_knows_its_version(upgraded: Connection) -> None:
    assert upgraded.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == HEAD


def test_a_store_upgrades_an_old_database_when_it_starts(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")

    async def start() -> int:
        store = open_store(f"sqlite:///{path}", indexer=lambda resource, value: Index({}, {}))
        await store.start()
        await store.stop()
        return store.revision

    assert asyncio.run(start()) == 1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
        assert connection.execute("SELECT rev, compact_rev FROM meta").fetchall() == [(1, 1)]
