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


class _Stop:
    """The last thing in the queue."""


class Done(NamedTuple):
    """A batch that was tried: what became of it, or the error that took it all."""

    pending: Sequence[Pending]
    result: Batch | Exception


Deliver = Callable[[Done], None]
"""Called on the event loop for every batch, in the order of their revisions."""


class Writer:
    def __init__(self, backend: Backend, clock: Clock, deliver: Deliver) -> None:
        self._backend = backend
        self._clock = clock
        self._deliver = deliver
        self._queue: SimpleQueue[Pending | Job | _Stop] = SimpleQueue()
        # Second writes to a key that already has one in its batch, and what queued behind a job.
        self._waiting: deque[Pending] = deque()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._open = True
        self._unfinished = 0
        """Writes that are on their way; of the event loop alone."""
        self._finished = threading.Lock()
        """The thread opens it after each batch; ``give_way`` shuts it again, and so does the first of new writes."""
        self._thread.start()

    # -- on the event loop

    def submit(self, pending: Pending) -> None:
        """Raises StoreStopped after :meth:`stop`."""
        if not self._open:
            raise StoreStopped("the store has been stopped")
        if not self._unfinished:
            self._finished.acquire(blocking=False)
        self._unfinished += 1
        self._queue.put(pending)

    def give_way(self, seconds: float) -> None:
        """Let the thread have the interpreter until it has finished a batch, for so long at the most.

        It needs the interpreter between any two statements. A busy event loop lets go of it often, but only for
        microseconds, sooner than a thread wakes up: without help, a commit would last a hundred times as long.
        """
        if self._unfinished:
            self._finished.acquire(timeout=seconds)

    def _finish(self, done: Done) -> None:
        self._unfinished -= len(done.pending)
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
        while running or self._waiting:
            batch, then = self._collect(wait=running)
            if batch:
                self._tell(self._finish, Done(batch, self._commit(batch)))
                if self._finished.locked():
                    self._finished.release()
            if isinstance(then, Job):
                self._do(then)
            elif then is not None:
                running = False

    def _collect(self, *, wait: bool) -> tuple[list[Pending], Job | _Stop | None]:
        """The next batch, at most one write per key, and what came after it that is not a write."""
        chosen: dict[Key, Pending] = {}
        again: deque[Pending] = deque()
        while self._waiting and len(chosen) < MAX_BATCH:
            _choose(self._waiting.popleft(), chosen, again)
        then: Job | _Stop | None = None
        block = wait and not chosen
        while len(chosen) < MAX_BATCH:
            try:
                item = self._queue.get(block)
            except Empty:
                break
            block = False
            if not isinstance(item, Pending):
                then = item
                break
            _choose(item, chosen, again)
        again.extend(self._waiting)
        self._waiting = again
        return list(chosen.values()), then

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


def _choose(pending: Pending, chosen: dict[Key, Pending], again: deque[Pending]) -> None:
    if chosen.setdefault(pending.write.key, pending) is not pending:
        again.append(pending)


def _settle(answer: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if answer.done():
        return
    if error is None:
        answer.set_result(result)
    else:
        answer.set_exception(error)
