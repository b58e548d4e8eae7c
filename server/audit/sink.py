"""Where events go: a thread of its own writes them, everything that is waiting at once, so that no disk holds up the
event loop."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple, Protocol

from apimachinery.clock import REAL_CLOCK, Clock
from server.audit.rotation import MEGABYTE, RotatingFile

MODES = ("batch", "blocking", "blocking-strict")
BUFFER = 10_000
"""Events that may wait to be written in batch mode before further ones are dropped."""
_AT_ONCE = 1000
STDOUT = "-"

log = logging.getLogger("kubejazz.audit")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOptions:
    """``max_age`` in days, ``max_size`` in megabytes; 0: no limit. The defaults are upstream's."""

    path: str
    mode: str = "blocking"
    max_age: int = 366
    max_backups: int = 100
    max_size: int = 100
    compress: bool = False


class SinkError(Exception):
    """The log cannot be written to; one line that says why."""


class Output(Protocol):
    def open(self) -> None: ...

    def write(self, lines: Sequence[bytes]) -> None: ...

    def close(self) -> None: ...


class StandardOutput:
    def open(self) -> None:
        """It is there."""

    def write(self, lines: Sequence[bytes]) -> None:
        sys.stdout.buffer.write(b"".join(lines))
        sys.stdout.buffer.flush()

    def close(self) -> None:
        """It is not ours to close."""


class _Waiting(NamedTuple):
    """A line and who waits until it has been written."""

    line: bytes
    answer: asyncio.Future[bool] | None


class LogSink:
    """``open`` before use, ``close`` at the end; ``put`` and ``write`` on the event loop that called ``open``."""

    def __init__(self, options: LogOptions, clock: Clock = REAL_CLOCK) -> None:
        self.written = self.failed = self.dropped = 0
        self.strict = options.mode == "blocking-strict"
        self._path = options.path
        self._batch = options.mode == "batch"
        self._output = _output(options, clock)
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="audit-log", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """Raises SinkError."""
        try:
            self._output.open()
        except OSError as error:
            raise SinkError(f"ensureLogFile: open {self._path}: {(error.strerror or str(error)).lower()}") from None
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def close(self) -> None:
        """Write what is waiting. Blocks. May be called twice, and without ``open``."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        self._output.close()

    async def write(self, line: bytes) -> bool:
        """Whether the event has been written; in batch mode, whether there was room for it."""
        if self._batch:
            return self.put(line)
        assert self._loop is not None
        answer: asyncio.Future[bool] = self._loop.create_future()
        self._queue.put(_Waiting(line, answer))
        return await answer

    def put(self, line: bytes) -> bool:
        """Have the event written without waiting for it."""
        if self._queue.qsize() >= BUFFER:
            self.dropped += 1
            return False
        self._queue.put(_Waiting(line, None))
        return True

    # -- on the thread

    def _run(self) -> None:
        running = True
        while running:
            batch: list[_Waiting] = []
            item = self._queue.get()
            while item is not None and len(batch) < _AT_ONCE:
                batch.append(item)
                try:
                    item = self._queue.get_nowait()
                except Empty:
                    break
            else:
                running = item is not None
                if item is not None:
                    batch.append(item)
            if batch:
                self._write(batch)

    def _write(self, batch: Sequence[_Waiting]) -> None:
        try:
            self._output.write([waiting.line for waiting in batch])
        except OSError as error:
            self.failed += len(batch)
            log.error("Unable to write %d audit events to %s: %s", len(batch), self._path, error.strerror or error)
            self._output.close()
            done = False
        else:
            self.written += len(batch)
            done = True
        answers = [waiting.answer for waiting in batch if waiting.answer is not None]
        if answers and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_settle, answers, done)


def _settle(answers: Sequence[asyncio.Future[bool]], done: bool) -> None:
    for answer in answers:
        if not answer.done():
            answer.set_result(done)


def _output(options: LogOptions, clock: Clock) -> Output:
    if options.path == STDOUT:
        return StandardOutput()
    return RotatingFile(
        Path(options.path),
        clock,
        max_size=options.max_size * MEGABYTE,
        max_age=options.max_age,
        max_backups=options.max_backups,
        compress=options.compress,
    )
