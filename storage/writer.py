"""The one thread that writes: it drains what is queued, commits it at once, and tells the event loop once.

Its speed is the store's: a disk flush is shared by everything that queued up during the one before.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from apimachinery.clock import Clock
from storage.backend import Backend, Batch
from storage.errors import StoreStopped
from storage.pace import Pace
from storage.types import Entry, Key, Write

T = TypeVar("T")

MAX_BATCH = 512


class Pending(NamedTuple):
    """A write and who waits for it."""

    write: Write
    answer: asyncio.Future[Entry]


class Job(NamedTuple):
    """Something else for the thread to do, between two batches."""

    function: Callable[[], Any]
    answer: asyncio.Future[Any]


class _Nudge:
    """Something else has been put where it is seen first."""


class _Stop:
    """The last thing in the queue."""


class Done(NamedTuple):
    """A batch that was tried: what became of it, or the error that took it all."""

    pending: Sequence[Pending]
    result: Batch | Exception


Deliver = Callable[[Done], None]
"""Called on the event loop for every batch, in the order of their revisions."""


class Writer:
    def __init__(self, backend: Backend, clock: Clock, deliver: Deliver, pace: Pace) -> None:
        self._backend = backend
        self._clock = clock
        self._deliver = deliver
        self._pace = pace
        pace.deliver = self._deliver_done
        self._queue: SimpleQueue[Pending | Job | _Nudge | _Stop] = SimpleQueue()
        # What shall go before the rest; there is a _Nudge in the queue for each.
        self._preferred: deque[Pending] = deque()
        # Second writes to a key that already has one in its batch, and what queued behind a job or what was preferred.
        self._waiting: deque[Pending] = deque()
        self._done: deque[Done] = deque()
        self._passed_over = False
        """Whether the last batch was of what is preferred alone: the next one has the rest, too."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._open = True
        self._thread.start()

    # -- on the event loop

    def submit(self, pending: Pending) -> None:
        """Raises StoreStopped after :meth:`stop`."""
        if not self._open:
            raise StoreStopped("the store has been stopped")
        self._pace.submitted()
        if self._pace.preferred:
            self._preferred.append(pending)
            self._pace.hurry()
            self._queue.put(_Nudge())
        else:
            self._queue.put(pending)

    def _deliver_done(self) -> None:
        """Called for every batch, and by then it may have been delivered."""
        self._pace.shut()
        while self._done:
            done = self._done.popleft()
            self._pace.unfinished -= len(done.pending)
            self._deliver(done)

    async def run(self, function: Callable[[], T]) -> T:
        """Have the thread call ``function`` between two batches, and wait for it."""
        if not self._open:
            raise StoreStopped("the store has been stopped")
        answer: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(Job(function, answer))
        return await answer

    async def stop(self) -> None:
        """Commit what is queued, then end the thread. Returns when its last batch has been delivered."""
        if self._open:
            self._open = False
            self._queue.put(_Stop())
        await asyncio.to_thread(self._thread.join)

    # -- on the thread

    def _run(self) -> None:
        running = True
        while running or self._waiting or self._preferred:
            batch, then = self._collect(wait=running)
            if batch:
                self._done.append(Done(batch, self._commit(batch)))
                self._tell(self._deliver_done)
                self._pace.done()
                if not self._preferred:
                    self._backend.settle()
            if isinstance(then, Job):
                self._do(then)
            elif then is not None:
                running = False

    def _collect(self, *, wait: bool) -> tuple[list[Pending], Job | _Stop | None]:
        """The next batch, at most one write per key, and what came after it that is not a write."""
        then: Job | _Stop | None = None
        if wait and not self._waiting and not self._preferred:
            then = self._take(self._queue.get())
            self._pace.gather()
        chosen: dict[Key, Pending] = {}
        again: deque[Pending] = deque()
        _fill(chosen, self._preferred, again)
        self._passed_over = bool(chosen) and not self._passed_over
        if not self._passed_over:
            _fill(chosen, self._waiting, again)
            while then is None and len(chosen) < MAX_BATCH:
                try:
                    then = self._take(self._queue.get_nowait())
                except Empty:
                    break
                _fill(chosen, self._waiting, again)
        again.extend(self._waiting)
        self._waiting = again
        return list(chosen.values()), then

    def _take(self, item: Pending | Job | _Nudge | _Stop) -> Job | _Stop | None:
        if isinstance(item, Pending):
            self._waiting.append(item)
        elif not isinstance(item, _Nudge):
            return item
        return None

    def _commit(self, batch: Sequence[Pending]) -> Batch | Exception:
        try:
            at = self._clock.now().timestamp()
            return self._backend.commit_batch(secrets.randbits(62), at, [pending.write for pending in batch])
        except Exception as error:  # the thread must outlive whatever a write meets; the writers are told
            return error

    def _do(self, job: Job) -> None:
        try:
            result = job.function()
        except Exception as error:
            self._tell(_settle, job.answer, None, error)
        else:
            self._tell(_settle, job.answer, result, None)

    def _tell(self, function: Callable[..., None], *arguments: object) -> None:
        self._loop.call_soon_threadsafe(function, *arguments)


def _fill(chosen: dict[Key, Pending], source: deque[Pending], again: deque[Pending]) -> None:
    """With the first write to each key, as long as there is room; others to the same are for the next batch."""
    while source and len(chosen) < MAX_BATCH:
        pending = source.popleft()
        if chosen.setdefault(pending.write.key, pending) is not pending:
            again.append(pending)


def _settle(answer: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if answer.done():
        return
    if error is None:
        answer.set_result(result)
    else:
        answer.set_exception(error)
