"""Where a test's stores live: one database, any number of stores on it one after the other (or, shared, at once)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from apimachinery.clock import FakeClock
from storage.store import Store, open_store
from tests.storage.cluster import Cluster
from tests.storage.objects import indexer

HISTORY = 300.0

# Long ago, since the database of some has a clock of its own and nothing expires before both say so.
START = datetime(2020, 1, 1, tzinfo=UTC)


class TestClock(FakeClock):
    """A fake clock whose wall can be set."""

    __test__ = False

    def set_back(self, by: timedelta) -> None:
        self._now -= by


class Bed:
    """One empty database, and a clock that its stores share."""

    shared = False
    """Whether several stores may be open at once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.clock = TestClock(START)
        self._stores: list[Store] = []

    async def store(self, history: float = HISTORY) -> Store:
        """A started store on the database."""
        store = open_store(self.url, indexer=indexer, history=history, clock=self.clock)
        self.adopt(store)
        await store.start()
        return store

    def adopt(self, store: Store) -> None:
        """Stop this store too in the end."""
        self._stores.append(store)

    async def restart(self, store: Store) -> Store:
        await store.stop()
        return await self.store()

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Past the store, which should not be in use if it is a file."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop every store."""
        for store in self._stores:
            await store.stop()
        self._stores = []


MakeBed = Callable[[], Bed]


class SQLiteBed(Bed):
    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"sqlite:///{self.path}")

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()


class PostgresBed(Bed):
    shared = True

    def __init__(self, cluster: Cluster, scheme: str = "", hosts: str = "") -> None:
        """``hosts``: of the servers that may have the database, by their folders; else it is ``cluster`` alone."""
        self.cluster = cluster
        self.schema = cluster.schema()
        url = cluster.url(self.schema)
        if hosts:
            url = url.replace(f"host={cluster.folder}", f"host={hosts}&target_session_attrs=read-write")
        super().__init__(scheme + url)

    def connection(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Past the store. In autocommit mode; a context manager that closes it."""
        return self.cluster.connection(self.schema)

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        with self.connection() as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


async def forget(store: Store, clock: FakeClock) -> None:
    """Let the history pass that the store must keep, and have it compact."""
    await store.compaction.compact()
    clock.advance(HISTORY + 1)
    await store.compaction.compact()
