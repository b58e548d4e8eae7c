"""Alembic without an ini file: configured from this package's own folder, on a connection that is already open."""

from __future__ import annotations

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def configuration(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


# Alembic's environment is the process's: two stores of one process take turns.
_turn = threading.Lock()


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to ``revision``, inside the caller's transaction."""
    with _turn:
        command.upgrade(configuration(connection), revision)
