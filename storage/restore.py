"""After a database was restored from a backup, or a standby took over that had not seen everything.

Its revisions have gone back, and clients hold newer ones: they would take new objects for old. So it goes on beyond
anything ever served, and forgets everything before, which makes every client list again.
"""

from __future__ import annotations

from storage.backends import backend_for
from storage.compaction import STEP
from storage.types import Revision

MARGIN = 1_000_000
"""More revisions than a backup can be behind."""


def continue_beyond(url: str, margin: int = MARGIN) -> Revision:
    """Raise the revision of the database by ``margin``; the answer is where it goes on. Blocks.

    A SQLite file must not be in use; servers on a PostgreSQL database notice and load it anew. Raises StorageError.
    """
    backend = backend_for(url)
    backend.open()
    try:
        meta = backend.reading.meta()
        for target in range(meta.compact_revision + STEP, meta.revision + STEP, STEP):
            backend.compact(min(target, meta.revision))
        return Revision(backend.jump(meta.revision + margin))
    finally:
        backend.close()
