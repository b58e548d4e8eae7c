"""A wait that another thread can end: for a time, or for a socket."""

from __future__ import annotations

import os
import selectors


class Waker:
    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)

    def wake(self) -> None:
        """End the wait that is under way, or the next one. From any thread."""
        try:
            os.write(self._write, b"!")
        except BlockingIOError:
            return  # enough wake-ups are pending already

    def wait(self, timeout: float, socket: int | None = None) -> bool:
        """Whether ``socket`` became readable within ``timeout`` seconds, and before anyone called :meth:`wake`."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._read, selectors.EVENT_READ)
            if socket is not None:
                selector.register(socket, selectors.EVENT_READ)
            ready = {key.fd for key, _ in selector.select(timeout)}
        if self._read in ready:
            os.read(self._read, 1 << 16)
        return socket in ready

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)
