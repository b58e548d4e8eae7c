"""Begins requests, as many as there are seats for and as fit into a turn of the event loop.

While nobody waits, a request costs a comparison and an addition. Once a turn has lasted as long as it may, or the seats
of a level are taken, requests wait in their level's queues, and each further turn begins with the next few of them: so
many that it stays as short. A refusal takes its turn too, or else those who are refused and at once come again would
have all the time there is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from time import perf_counter

from server.flowcontrol.controller import Flow
from server.flowcontrol.levels import Level, may_borrow
from server.flowcontrol.queues import SERVICE, Waiting

TURN = 0.0005
"""Seconds that a turn of the event loop should last at the most while requests wait."""
_MOST = 64
"""Requests begun in one turn at the most."""
_SWEEP = 0.5
"""Seconds between two looks for those who have waited too long."""

QUEUE_FULL = "queue-full"
TIME_OUT = "time-out"
NO_QUEUE = "concurrency-limit"


class Ticket:
    """A request that was begun; ``done`` gives its seats back, once."""

    __slots__ = ("_began", "_item", "_level", "_turns", "_width")

    def __init__(self, turns: Turns, level: Level, width: int, item: Waiting | None) -> None:
        self._turns = turns
        self._level = level
        self._width = width
        self._item = item
        self._began = perf_counter()

    def done(self) -> None:
        self._level.executing -= self._width
        item = self._item
        if item is not None and item.queue is not None:
            item.queue.charge((perf_counter() - self._began - SERVICE) * self._width)
        self._turns.seats_freed()


class Turns:
    """``levels`` gives the limited levels as they are now; ``wait_limit`` in seconds."""

    def __init__(self, levels: Callable[[], Iterable[Level]], wait_limit: float = 15.0) -> None:
        self._levels = levels
        self._wait_limit = wait_limit
        self._waiting = 0
        self._refused: deque[asyncio.Future[None]] = deque()
        self._ticking = False
        self._turn = 0.0
        self._quota = 1
        self._virtual = 0.0
        self._sweeping: asyncio.TimerHandle | None = None

    # -- what a request does

    def admit(self, level: Level, width: int) -> bool:
        """Whether a request may begin at once; if so, ``leave`` is to be called when it ends."""
        if self._waiting or level.executing + width > level.nominal:
            return False
        now = perf_counter()
        if not self._ticking:
            self._ticking = True
            self._turn = now
            asyncio.get_running_loop().call_soon(self._tick)
        elif now - self._turn > TURN:
            return False
        level.executing += width
        return True

    def leave(self, level: Level, width: int) -> None:
        level.executing -= width
        if self._waiting:
            self.seats_freed()

    async def wait(self, flow: Flow, width: int) -> Ticket | str:
        """The ticket once it is the request's turn, or why it is refused."""
        level = flow.level
        if not level.shape.queues:
            if not self._fits(level, width):
                return await self._refuse(NO_QUEUE)
            return self._begin(level, width, None)
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        item = Waiting(width, perf_counter() + self._wait_limit, _setter(answer))
        if not level.queues.put(item, flow.hand):
            return await self._refuse(QUEUE_FULL)
        self._enqueued(level)
        try:
            begun = await answer
        except BaseException:
            self._abandon(item, level, answer)
            raise
        return Ticket(self, level, width, item) if begun else TIME_OUT

    def _enqueued(self, level: Level) -> None:
        self._waiting += 1
        if level.queues.waiting == 1:
            level.tag = max(level.tag, self._virtual)
        self._run_on()
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(_SWEEP, self._sweep)

    def _abandon(self, item: Waiting, level: Level, answer: asyncio.Future[bool]) -> None:
        """Whoever waited was cancelled: perhaps in the moment in which it was begun."""
        item.gone = True
        if answer.done() and not answer.cancelled() and answer.result():
            self.leave(level, item.width)

    async def _refuse(self, reason: str) -> str:
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._refused.append(answer)
        self._run_on()
        await answer
        return reason

    def _begin(self, level: Level, width: int, item: Waiting | None) -> Ticket:
        level.executing += width
        return Ticket(self, level, width, item)

    def seats_freed(self) -> None:
        if self._waiting:
            self._run_on()

    def _run_on(self) -> None:
        if not self._ticking:
            self._ticking = True
            self._turn = perf_counter()
            asyncio.get_running_loop().call_soon(self._tick)

    # -- what happens in a turn

    def _tick(self) -> None:
        """The next turn; there is another as long as this one had something to do."""
        now = perf_counter()
        self._adapt(now - self._turn)
        self._turn = now
        begun = 0
        while begun < self._quota and self._begin_next(now):
            begun += 1
        if self._refused:
            answer = self._refused.popleft()
            if not answer.done():
                answer.set_result(None)
            begun += 1
        if begun:
            asyncio.get_running_loop().call_soon(self._tick)
        else:
            self._ticking = False

    def _adapt(self, lasted: float) -> None:
        if lasted > TURN:
            self._quota = max(1, self._quota // 2)
        elif self._quota < _MOST:
            self._quota += 1

    def _begin_next(self, now: float) -> bool:
        """Begin the next request of the level that has had the least; False if none can be begun."""
        if not self._waiting:
            return False
        found: tuple[float, Level, Waiting] | None = None
        for level in self._levels():
            before = level.queues.waiting
            if not before:
                continue
            item = level.queues.head()
            self._waiting -= before - level.queues.waiting
            if item is not None and (found is None or level.tag < found[0]) and self._fits(level, item.width):
                found = level.tag, level, item
        if found is None:
            return False
        tag, level, item = found
        level.queues.take(item)
        self._waiting -= 1
        self._virtual = max(self._virtual, tag)
        level.tag = tag + item.width * SERVICE / max(level.shares, 1)
        if item.deadline <= now:
            item.resume(False)
            return True
        level.executing += item.width
        item.resume(True)
        return True

    def _fits(self, level: Level, width: int) -> bool:
        if level.executing + width <= level.nominal or not level.executing:
            return True
        return may_borrow(level, width, self._levels())

    def _sweep(self) -> None:
        """Refuse who has waited too long, although no seat has become free."""
        self._sweeping = None
        now = perf_counter()
        for level in self._levels():
            before = level.queues.waiting
            for item in level.queues.expired(now):
                item.resume(False)
            self._waiting -= before - level.queues.waiting
        if self._waiting:
            self._sweeping = asyncio.get_running_loop().call_later(_SWEEP, self._sweep)


def _setter(answer: asyncio.Future[bool]) -> Callable[[bool], None]:
    def settle(begun: bool) -> None:
        if not answer.done():
            answer.set_result(begun)

    return settle
