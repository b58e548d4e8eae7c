"""Random identifiers (RFC 4122, version 4), as many as a busy server needs: the kernel is asked for many at once.

Asking it for each would let go of the interpreter lock each time, and wait for it again.
"""

from __future__ import annotations

import os

_SIZE = 16
_BATCH = 256


class _Uids:
    def __init__(self) -> None:
        self._pool = b""
        self._at = 0

    def __call__(self) -> str:
        """A new one, in its usual form."""
        if self._at >= len(self._pool):
            self._pool = os.urandom(_SIZE * _BATCH)
            self._at = 0
        raw = self._pool[self._at : self._at + _SIZE].hex()
        self._at += _SIZE
        variant = "89ab"[int(raw[16], 16) & 3]
        return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-{variant}{raw[17:20]}-{raw[20:]}"


new_uid = _Uids()
