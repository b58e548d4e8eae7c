"""Looking into a PostgreSQL-like database from outside its servers, and whether there are any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from storage.looking import check_schema
from storage.pg_connection import PgReading, Session, engine_for, translate
from storage.reading import SQLReading

_SERVERS = (
    "SELECT count(DISTINCT application_name) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name LIKE 'kubejazz-%%-writer'"
)


@contextmanager
def postgresql(url: str) -> Iterator[SQLReading]:
    engine = engine_for(url.removeprefix("portable+"))
    session = Session(engine, "kubejazz looks")
    try:
        reading = PgReading(session)
        check_schema(reading, engine.url.render_as_string(hide_password=True))
        yield reading
    finally:
        session.drop()
        engine.dispose()


def servers(url: str) -> int:
    """How many servers are connected to the database. Raises StorageError."""
    engine = engine_for(url.removeprefix("portable+"))
    session = Session(engine, "kubejazz counts")
    try:
        return int(session.run(_SERVERS).scalar_one())
    except DBAPIError as error:
        raise translate(error, engine) from error
    finally:
        session.drop()
        engine.dispose()
