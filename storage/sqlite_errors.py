"""What an error of SQLite means for a write: the one place that decides."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

from storage.errors import OutcomeUnknown, StorageError, StoreDamaged, StoreUnavailable

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_REFUSED = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_BUSY: "the file is locked by another program",
    sqlite3.SQLITE_LOCKED: "the file is locked by another program",
    sqlite3.SQLITE_READONLY: "the file is read-only",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_PERM: "the file may not be opened",
    sqlite3.SQLITE_NOMEM: "out of memory",
}


def translate(error: DBAPIError | sqlite3.Error, path: object, *, committing: bool = False) -> StorageError:
    """The StorageError for ``error``. ``committing``: it came from COMMIT itself.

    A full disk, or a quota (a write that fails), is a clean refusal even there, as the commit frame is the last one
    written. Any other I/O error while committing (the flush) may have left a complete commit frame in the WAL, which a
    crash would then recover: unknown.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    extended = getattr(cause, "sqlite_errorcode", 0)
    if extended == sqlite3.SQLITE_IOERR_WRITE:
        return StoreUnavailable(f"{path}: nothing can be written (a full disk, a quota, or a broken disk)")
    code = extended & 0xFF
    # The driver's own, without a code: a text that is none any more.
    if code in _DAMAGED or str(cause).startswith("Could not decode"):
        return StoreDamaged(f"{path} is damaged ({cause}): restore it from a backup, or move it away to start empty")
    if code in _REFUSED:
        return StoreUnavailable(f"{path}: {_REFUSED[code]}")
    if committing:
        return OutcomeUnknown(f"{path}: {cause}")
    return StoreUnavailable(f"{path}: {cause}")
