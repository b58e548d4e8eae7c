"""What the store can answer instead of yes.

StorageError
├── KeyExists            create over an existing object (carries it)
├── KeyMissing           update or delete of an object that is not there
├── RevisionMismatch     compare-and-swap lost (carries the current object)
├── Compacted            the asked revision is no longer kept
├── OutcomeUnknown       the write may or may not have happened
├── StoreUnavailable     nothing was written; try again later
├── StoreLocked          another process has this SQLite file
├── StoreDamaged         the file or database is not (or no longer) a readable store
├── StoreSealed          a value is encrypted, and not with a key that is known
├── SchemaTooNew         written by a newer kubejazz
├── SchemaTooOld         written by an older one, and only to be looked at
├── SlowWatcher          the watch fell out of the ring of recent events
└── StoreStopped         the store has been stopped

Every message is one line, fit to be printed as it is. How each becomes an API error is the server's decision.
"""

from __future__ import annotations

from storage.types import Entry


class StorageError(Exception):
    """The base of everything the store raises on purpose."""


class KeyExists(StorageError):
    def __init__(self, entry: Entry) -> None:
        super().__init__(f"{entry.key.resource} {entry.key.path} exists")
        self.entry = entry


class KeyMissing(StorageError):
    pass


class RevisionMismatch(StorageError):
    """``entry`` is the current object, or None when it has been deleted since."""

    def __init__(self, entry: Entry | None) -> None:
        super().__init__(f"the object is now at revision {entry.revision}" if entry else "the object has been deleted")
        self.entry = entry


class Compacted(StorageError):
    """``compact_revision``: the oldest revision that can still be listed, and watched from."""

    def __init__(self, compact_revision: int) -> None:
        super().__init__(f"history before revision {compact_revision} is no longer kept")
        self.compact_revision = compact_revision


class OutcomeUnknown(StorageError):
    pass


class StoreUnavailable(StorageError):
    pass


class StoreLocked(StorageError):
    pass


class StoreDamaged(StorageError):
    pass


class StoreSealed(StorageError):
    pass


class SchemaTooNew(StorageError):
    pass


class SchemaTooOld(StorageError):
    pass


class SlowWatcher(StorageError):
    pass


class StoreStopped(StorageError):
    pass
