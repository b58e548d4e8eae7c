"""The configuration's file, read again when it has changed: keys are rotated without a restart."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from pathlib import Path

from server.encryption.config import EncryptionConfigError, load_encryption
from server.encryption.transformer import Encryption

PERIOD = 10.0
"""Seconds between two looks at the file."""

log = logging.getLogger("kubejazz.encryption")


class EncryptionFile:
    """``sealer`` is what the store uses; with ``automatic`` it follows the file."""

    def __init__(self, path: Path, *, automatic: bool = False) -> None:
        """Raises EncryptionConfigError."""
        self.automatic = automatic
        self._path = path
        self._digest = _digest(path)
        self.sealer = sealer_of(path)

    async def refresh(self) -> None:
        """Take what the file says now, if that can be used; else all stays as it is, and the reason is logged once."""
        await asyncio.to_thread(self._refresh)

    def _refresh(self) -> None:
        digest = _digest(self._path)
        if digest == self._digest:
            return
        self._digest = digest
        try:
            self.sealer.replace(load_encryption(self._path))
        except EncryptionConfigError as error:
            log.error("the encryption configuration stays as it was: %s", error)
        else:
            log.info("the encryption configuration was read again: %s", self._path)


def sealer_of(path: Path) -> Encryption:
    """What opens the values of a store with that configuration. Raises EncryptionConfigError."""
    return Encryption(load_encryption(path))


def _digest(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b""
