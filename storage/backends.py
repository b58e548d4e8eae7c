"""Which back ends there are, and the one that a URL names."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from contextlib import AbstractContextManager

from storage.backend import Backend
from storage.errors import StorageError
from storage.reading import SQLReading

# Back ends by the scheme of their URL; by name, as a driver costs memory and time that only its own users should pay.
_BACKENDS = {
    "sqlite": "storage.sqlite:SQLiteBackend.from_url",
    "postgresql": "storage.postgres:PostgresBackend.from_url",
    "portable+postgresql": "storage.portable:PortableBackend.from_url",
}

_LOOKING = {
    "sqlite": "storage.looking:sqlite",
    "postgresql": "storage.pg_looking:postgresql",
    "portable+postgresql": "storage.pg_looking:postgresql",
}


def backend_for(url: str) -> Backend:
    """Nothing is opened yet. Raises StorageError for a URL nobody knows."""
    make: Callable[[str], Backend] = pkgutil.resolve_name(_BACKENDS[_scheme(url)])
    return make(url)


def look(url: str) -> AbstractContextManager[SQLReading]:
    """Read-only, beside a server or without one. Raises StorageError, also for a store of another version."""
    make: Callable[[str], AbstractContextManager[SQLReading]] = pkgutil.resolve_name(_LOOKING[_scheme(url)])
    return make(url)


def _scheme(url: str) -> str:
    scheme = url.partition(":")[0]
    if scheme not in _BACKENDS:
        known = ", ".join(f"{name}://" for name in _BACKENDS)
        raise StorageError(f"a database URL begins with one of {known}; {scheme}:// is none of them")
    return scheme
