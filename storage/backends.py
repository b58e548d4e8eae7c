"""Which back ends there are, and the one that a URL names."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable

from storage.backend import Backend
from storage.errors import StorageError

# Back ends by the scheme of their URL; by name, as a driver costs memory and time that only its own users should pay.
_BACKENDS = {
    "sqlite": "storage.sqlite:SQLiteBackend.from_url",
    "postgresql": "storage.postgres:PostgresBackend.from_url",
    "portable+postgresql": "storage.portable:PortableBackend.from_url",
}


def backend_for(url: str) -> Backend:
    """Nothing is opened yet. Raises StorageError for a URL nobody knows."""
    scheme = url.partition(":")[0]
    if scheme not in _BACKENDS:
        known = ", ".join(f"{name}://" for name in _BACKENDS)
        raise StorageError(f"a database URL begins with one of {known}; {scheme}:// is none of them")
    make: Callable[[str], Backend] = pkgutil.resolve_name(_BACKENDS[scheme])
    return make(url)
