"""What an HTTP/2 stream still has to send, with back-pressure that works.

Hypercorn's own compares the length of the chunk it took with the low-water mark, not that of what is left: a stalled
stream never makes its application wait.
"""

from __future__ import annotations

from hypercorn.protocol.h2 import BufferCompleteError, StreamBuffer

HIGH_WATER = 64 * 1024
LOW_WATER = 32 * 1024


class BoundedStreamBuffer(StreamBuffer):
    """``push`` returns at once below the high-water mark, else when what is left has sunk to the low one."""

    async def push(self, data: bytes) -> None:
        if self._complete:
            raise BufferCompleteError
        self.buffer.extend(data)
        await self._is_empty.clear()
        if len(self.buffer) >= HIGH_WATER:
            await self._paused.clear()
            await self._paused.wait()

    async def pop(self, max_length: int) -> bytes:
        data = bytes(self.buffer[:max_length])
        del self.buffer[:max_length]
        if len(self.buffer) <= LOW_WATER:
            await self._paused.set()
        if not self.buffer:
            await self._is_empty.set()
        return data

    @property
    def waiting(self) -> bool:
        """There is something to be sent, or it has been closed."""
        return bool(self.buffer) or self._complete

    @property
    def abandoned(self) -> bool:
        """The application has not said that this was all."""
        return not self._complete
