"""What a row of the log must be, in a number kept beside it: so that damage is found, and named, before it is served.

A CRC finds every flipped bit and every burst of up to 32, and misses other damage once in four thousand million times;
it is no protection against somebody who can write to the database. It covers what the writer knows: with the key, the
author and the time, but without the revisions, which the database gives out and the chain of the log proves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

from storage.types import Write


def digest_of(
    resource: str, namespace: str, name: str, uid: str, hole: int, actor: str, at: float, value: bytes | None
) -> int:
    """Of a row of the log (``value`` None: a tombstone, whose ``uid`` and ``hole`` do not count): below 2**32."""
    if value is None:
        uid, hole, value = "", 0, b""
    head = f"{resource}\0{namespace}\0{name}\0{uid}\0{hole}\0{actor}\0{at!r}\0"
    return crc32(value, crc32(head.encode()))


def matches(digest: int, *row: Any) -> bool:
    """Whether a row, as :func:`digest_of` takes it, is what was written.

    It may be of other types: SQLite's columns have none, and the file is perhaps damaged."""
    try:
        return digest == digest_of(*row)
    except (TypeError, UnicodeError):
        return False


def digests_of(writes: Sequence[Write], at: float) -> list[int]:
    """Of the rows that ``writes`` become, in one batch."""
    return [digest_of(*w.key, w.uid, w.hole, w.actor, at, w.value) for w in writes]
