"""Bringing a database's schema to HEAD: create it, recognise it, upgrade it, or refuse it."""

from __future__ import annotations

import pkgutil
import uuid
from collections.abc import Callable

from sqlalchemy import Connection, inspect, select

from storage.errors import SchemaTooNew, StoreDamaged
from storage.tables import HEAD, alembic_version, meta, metadata

# By name, not by import: Alembic costs 0.2 s and 12 MB, and a current schema does not need it.
_UPGRADE = "migrations.run:upgrade"

# An empty list carries the store's revision as its resourceVersion, and "0" means something else there.
_FIRST_REVISION = 1


def ensure_schema(connection: Connection) -> None:
    """Called inside a transaction. Raises SchemaTooNew, or StoreDamaged when the tables are someone else's."""
    tables = inspect(connection).get_table_names()
    if not tables:
        metadata.create_all(connection)
        connection.execute(alembic_version.insert().values(version_num=HEAD))
    elif alembic_version.name in tables:
        _upgrade(connection)
    else:
        raise StoreDamaged("the database holds other tables and no kubejazz store: give kubejazz a database of its own")
    if connection.execute(select(meta.c.rev)).one_or_none() is None:
        first = {"id": 1, "rev": _FIRST_REVISION, "compact_rev": _FIRST_REVISION, "store_uuid": str(uuid.uuid4())}
        connection.execute(meta.insert().values(first))


def _upgrade(connection: Connection) -> None:
    version = connection.execute(select(alembic_version.c.version_num)).scalar_one_or_none() or ""
    if version > HEAD:
        raise SchemaTooNew(
            f"the store's schema is version {version}, this kubejazz knows up to {HEAD}: use a newer kubejazz"
        )
    if version < HEAD:
        upgrade: Callable[[Connection], None] = pkgutil.resolve_name(_UPGRADE)
        upgrade(connection)
