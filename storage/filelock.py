"""One process per SQLite file, held by an advisory lock on a file beside it.

SQLite's own locks would let a second process in between two transactions; this one is held for the process's life and
goes with it, however it dies.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

from storage.errors import StoreLocked, StoreUnavailable


class FileLock:
    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(database.name + ".lock")
        self._descriptor = -1

    def acquire(self) -> None:
        """Raises StoreLocked, naming the holder, when another process (or another store of this one) has it."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnavailable(f"cannot open {self._path}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise StoreLocked(
                f"{self._database} is in use by process {holder}: one process per SQLite file"
                " (use PostgreSQL for several)"
            ) from error
        self._descriptor = descriptor
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
