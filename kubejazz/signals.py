"""Waiting for signals, in a process that does nothing else or that works in other threads."""

from __future__ import annotations

import select
import signal
import socket
import threading
from types import FrameType, TracebackType
from typing import Self

STOPPING = (signal.SIGTERM, signal.SIGINT)


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM or SIGINT sets. For the main thread."""
    stop = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in STOPPING:
        signal.signal(number, handle)
    return stop


class SignalWaiter:
    """Sleeps until something happens: a signal to stop, or a child that ended. For the main thread."""

    def __init__(self) -> None:
        self.stopping = False
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def __enter__(self) -> Self:
        for number in STOPPING:
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(-1)
        self._reader.close()
        self._writer.close()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def wait(self, timeout: float, *others: int) -> list[int]:
        """Return after a signal, when one of the descriptors ``others`` is readable, or after ``timeout`` seconds.

        Returns the readable ones.
        """
        own = self._reader.fileno()
        readable, _, _ = select.select([own, *others], [], [], max(0.0, timeout))
        if own in readable:
            self._reader.recv(4096)
            readable.remove(own)
        return readable
