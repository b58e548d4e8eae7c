"""Connections to a PostgreSQL server that comes and goes, and what its errors mean."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, CursorResult, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from storage.errors import StorageError, StoreUnavailable
from storage.reading import SQLReading

CONNECT_TIMEOUT = 3

# Statements hang when the network does; then the connection is given up.
_KEEPALIVE = {
    "connect_timeout": CONNECT_TIMEOUT,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def engine_for(url: str) -> Engine:
    """For ``postgresql://user@host/database`` and every form of it that libpq knows."""
    target: URL = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(target, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=_KEEPALIVE)


def is_lost(error: DBAPIError) -> bool:
    """Whether the connection is gone, so that a statement under way may or may not have been carried out."""
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or not state or state[:2] == "08" or state[:3] == "57P" or state == "40003"


def translate(error: DBAPIError, engine: Engine) -> StorageError:
    """The StorageError for an error after which certainly nothing was written."""
    message = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    return StoreUnavailable(f"{engine.url.render_as_string(hide_password=True)}: {message}")


class Session:
    """One connection, made when it is needed and again after it was lost. For one thread at a time."""

    def __init__(self, engine: Engine, name: str, *setup: str) -> None:
        self.engine = engine
        self._name = name
        self._setup = setup
        self._connection: Connection | None = None

    def connection(self) -> Connection:
        """Raises DBAPIError."""
        if self._connection is None:
            connection = self.engine.connect()
            try:
                connection.exec_driver_sql("SELECT set_config('application_name', %s, false)", (self._name,))
                for statement in self._setup:
                    connection.exec_driver_sql(statement)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def raw(self) -> psycopg.Connection[Any]:
        raw: psycopg.Connection[Any] = self.connection().connection.driver_connection  # type: ignore[assignment]
        return raw

    @property
    def connected(self) -> bool:
        return self._connection is not None

    def run(self, statement: str, parameters: Sequence[object] = (), **options: Any) -> CursorResult[*tuple[Any, ...]]:
        """Run one statement. Raises DBAPIError; when the connection is lost the next call makes a new one."""
        try:
            return self.connection().exec_driver_sql(statement, tuple(parameters), execution_options=options)
        except DBAPIError as error:
            if is_lost(error):
                self.drop()
            raise

    def call(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement that is run all the time: prepared, in binary, and past SQLAlchemy, whose share of a
        short one would be more than half. As :meth:`run` otherwise."""
        raw = self.raw()
        try:
            # The statement is one of ours, never made of data.
            cursor = raw.execute(statement.encode(), parameters, prepare=True, binary=True)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            wrapped = DBAPIError(statement, None, error, connection_invalidated=raw.closed)
            if is_lost(wrapped):
                self.drop()
            raise wrapped from error

    def drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


class PgReading(SQLReading):
    """Questions on a session of their own. A connection found dead is replaced once before giving up."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._in_snapshot = False

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self._ask("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self._in_snapshot = True
        try:
            yield
            self._ask("COMMIT")
        except BaseException:
            # Whatever state the transaction is in, it ends with its connection.
            self._session.drop()
            raise
        finally:
            self._in_snapshot = False

    def _ask(self, statement: str, parameters: tuple[object, ...] = ()) -> Sequence[Any]:
        # A new connection would not be in the snapshot.
        again = self._session.connected and not self._in_snapshot
        while True:
            try:
                return self._session.call(statement.replace("?", "%s"), parameters)
            except DBAPIError as error:
                if not (again and is_lost(error)):
                    raise translate(error, self._session.engine) from error
                again = False

    def _stream(self, statement: str, parameters: tuple[object, ...] = ()) -> Generator[Any]:
        try:
            with self._session.run(
                statement.replace("?", "%s"), parameters, stream_results=True, yield_per=500
            ) as rows:
                yield from rows
        except DBAPIError as error:
            raise translate(error, self._session.engine) from error
