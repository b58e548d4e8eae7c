"""A new database and an upgraded one are the same; an old one is upgraded at the start."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
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


def rowid_tables(connection: Connection) -> set[tuple[str, int]]:
    rows = connection.execute(text("PRAGMA table_list"))
    return {(row.name, row.wr) for row in rows if not row.name.startswith("sqlite_")}


def index_sql(connection: Connection) -> list[str]:
    rows = connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))
    return [" ".join(str(row.sql).split()) for row in rows]


@pytest.fixture
def new(tmp_path: Path) -> Any:
    with create_engine(f"sqlite:///{tmp_path}/new.db").connect() as connection:
        ensure_schema(connection)
        yield connection
    connection.engine.dispose()


@pytest.fixture
def upgraded(tmp_path: Path) -> Any:
    with create_engine(f"sqlite:///{tmp_path}/old.db").connect() as connection:
        upgrade(connection)
        yield connection
    connection.engine.dispose()


def test_head_is_the_newest_migration(new: Connection) -> None:
    assert ScriptDirectory.from_config(configuration(new)).get_heads() == [HEAD]


def test_a_new_database_and_an_upgraded_one_have_the_same_tables(new: Connection, upgraded: Connection) -> None:
    assert described(new) == described(upgraded)
    assert rowid_tables(new) == rowid_tables(upgraded)
    assert ("cur", 1) in rowid_tables(new)
    assert index_sql(new) == index_sql(upgraded)


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
