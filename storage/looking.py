"""Looking into a store from outside the server that uses it: read-only, on a connection of its own.

A server goes on meanwhile: a SQLite file is opened so that it can be neither written nor checkpointed from here, and
PostgreSQL reads a snapshot. Nothing is upgraded: who looks must understand the schema as it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from storage.errors import SchemaTooNew, SchemaTooOld, StorageError, StoreDamaged, StoreUnavailable
from storage.reading import SQLReading
from storage.sqlite import SQLiteReading, path_of_url
from storage.sqlite_errors import translate
from storage.tables import HEAD


@contextmanager
def sqlite(url: str) -> Iterator[SQLReading]:
    path = path_of_url(url)
    if not path.exists():
        raise StoreUnavailable(f"there is no store at {path}")

    def connect() -> sqlite3.Connection:
        place = f"file:{quote(str(path.absolute()))}?mode=ro"
        connection = sqlite3.connect(place, uri=True, isolation_level=None)
        # Damage is to be named, by names that may be damaged.
        connection.text_factory = lambda text: text.decode(errors="backslashreplace")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            reading = SQLiteReading(connection, path)
            check_schema(reading, path)
            yield reading
    except DBAPIError as error:
        raise translate(error, path) from error
    finally:
        engine.dispose()


def check_schema(reading: SQLReading, place: Path | str) -> None:
    """Raises SchemaTooNew, SchemaTooOld, or StoreDamaged for what is no store at all."""
    try:
        version = reading.schema_version()
    except StoreDamaged:
        raise
    except StorageError as error:
        raise StoreDamaged(f"{place} is not a kubejazz store ({error})") from error
    if version > HEAD:
        raise SchemaTooNew(f"{place} has schema {version}, this kubejazz knows up to {HEAD}: use a newer kubejazz")
    if version < HEAD:
        raise SchemaTooOld(
            f"{place} has the older schema {version}: start kubejazz serve on it once, which upgrades it"
        )
