"""Background chores: done again and again, and none of them ends because it failed once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from storage.errors import StorageError

log = logging.getLogger(__name__)


async def every(seconds: float, chore: Callable[[], Awaitable[object]], otherwise: str) -> None:
    """Do ``chore`` for ever, ``seconds`` after it was last done. ``otherwise``: what is logged when it cannot be."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await chore()
        except StorageError as error:
            log.warning("%s: %s", otherwise, error)
        except Exception:
            log.exception("%s", otherwise)
