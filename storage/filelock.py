"""One process per SQLite file, held by an advisory lock on a file beside it.

SQLite's own locks would let a second process in between two transactions; this one is held for the process's life and
goes with it, however it dies. The file also remembers whether the database was closed: one that was not has its newest
commits in its write-ahead log, and must not be taken for whole without.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

from storage.errors import StoreLocked, StoreUnavailable

_OPEN = b"open"


class FileLock:
    def __init__(self, database: Path) -> None:
        self._database = database
        real = database.resolve()  # by whatever names two processes call it
        self._path = real.with_name(real.name + ".lock")
        self._descriptor = -1
        self.left_open = False
        """Whether whoever had the database before did not get to close it. Once acquired."""

    def acquire(self) -> None:
        """Raises StoreLocked, naming the holder, when another process (or another store of this one) has it."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnavailable(f"cannot open {self._path}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = next(iter(os.read(descriptor, 40).decode(errors="replace").split()), "unknown")
            os.close(descriptor)
            raise StoreLocked(
                f"{self._database} is in use by process {holder}: one process per SQLite file"
                " (use PostgreSQL for several)"
            ) from error
        self._descriptor = descriptor
        self.left_open = _OPEN in os.read(descriptor, 40).split()
        self._note(open=self.left_open)

    def opened(self) -> None:
        """From now on the database has a write-ahead log."""
        self._note(open=True)

    def closing(self) -> None:
        """Everything is, or will be, in the database itself; to be called before the write-ahead log goes."""
        if self._descriptor >= 0:
            self._note(open=False)
            os.fsync(self._descriptor)

    def _note(self, *, open: bool) -> None:
        content = b"%d %b\n" % (os.getpid(), _OPEN if open else b"")
        os.pwrite(self._descriptor, content, 0)
        os.ftruncate(self._descriptor, len(content))

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
