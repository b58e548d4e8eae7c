"""Lets requests have their turns of the event loop: as many as there are seats for, and as fit into a short turn.

While nobody waits, a request costs a comparison and an addition. Once a turn of the loop has lasted as long as it may,
or the seats of a level are taken, requests wait in their level's queues, and each further turn begins with the next few
of them. A request that has waited for something else, a commit say, or has given way to others, waits for its next turn
in the same order: what a crowd has written together is not answered all at once. A refusal takes a turn too, or else
those who are refused and at once come again would have all the time there is.
"""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import Callable, Coroutine, Generator, Iterable, Sequence
from time import perf_counter
from typing import Any, TypeVar

from server.flowcontrol.controller import Flow
from server.flowcontrol.levels import Level, may_borrow
from server.flowcontrol.queues import SLICE, Waiting
from server.flowcontrol.refusals import Refusals

T = TypeVar("T")

ALONE = 0.005
"""Seconds that a turn of the event loop should last at the most while requests of one flow wait."""
TURN = 0.001
"""The same while several flows ask for something."""
SHORT = 0.00005
"""The same if one of them floods the server: that of one request, as a rule."""
FLOOD = 20
"""Requests that wait in each queue of a flow that floods the server."""
_MEMORY = 1.0
"""Seconds for which a flow counts that has asked for something, and for which a flood does."""
_OVERHEAD = 0.00007
"""Seconds that a request costs beside its turns: it is read, put in order and answered."""
_PIECE = 0.0001
"""Seconds that sending a piece of a large answer takes: it is encrypted."""
_SWEEP = 0.5
"""Seconds between two looks for those who have waited too long."""
_WEIGHT = 0.1
"""Of the last turn's work in what the next one's is expected to be."""

_HURRY = 0.00002
"""Seconds after which the event loop lets another thread have the interpreter, if one wants it, while requests wait:
the store's writer needs it a dozen times for a commit, and would each time wait for as long as is usual otherwise."""

_OTHERS = 0.00005
"""Seconds of a turn that other threads may have."""
_SPARE = 4
"""Of so many seats of a level, one is kept while requests wait, for whoever has hardly asked for anything."""
_MOST_SPARE = 2

QUEUE_FULL = "queue-full"
TIME_OUT = "time-out"
CANCELLED = "cancelled"
NO_QUEUE = "concurrency-limit"


def _stay(_: float) -> None:
    """There is no other thread."""


class Turns:
    """``levels`` gives the limited levels as they are now; ``wait_limit`` in seconds. ``give_way`` is called in short
    turns while requests wait: other threads may have the interpreter, for so many seconds at the most."""

    def __init__(
        self, levels: Callable[[], Iterable[Level]], wait_limit: float = 15.0, give_way: Callable[[float], None] = _stay
    ) -> None:
        self._levels = levels
        self._give_way = give_way
        self._wait_limit = wait_limit
        self._waiting = 0
        self._refusals = Refusals(self._run_on)
        self._ticking = False
        self._turn = 0.0
        self._length = TURN
        self._flooded_until = 0.0
        self._hand: tuple[int, ...] = ()
        """Of the flow that had something to do last."""
        self._shared_until = 0.0
        self._each = SLICE
        """Seconds that a turn of the loop lasts for each request served in it, with all that comes with it: answers
        that are written, further requests that are read."""
        self._served = 0
        self._virtual = 0.0
        self._crowded = False
        self._usual = sys.getswitchinterval()
        self._sweeping: asyncio.TimerHandle | None = None

    # -- what a request does

    def admit(self, flow: Flow, width: int) -> bool:
        """Whether a request may begin at once; if so, ``leave`` is to be called when it ends."""
        level = flow.level
        if not self._room(flow) or level.executing + width > level.nominal:
            return False
        level.executing += width
        return True

    def express(self, flow: Flow, width: int) -> bool:
        """As ``admit``, while others wait: for one whose turn would be the next."""
        level = flow.level
        if not self._fits(level, width) or not self._next_anyway(flow):
            return False
        level.executing += width
        return True

    def _next_anyway(self, flow: Flow) -> bool:
        level = flow.level
        if not self._waiting:
            return False
        if any(other.queues.waiting and other.tag < level.tag for other in self._levels() if other is not level):
            return False
        if not level.queues.is_behind(flow.hand):
            return False
        self._advance(level, flow.hand, 1)
        return True

    def _advance(self, level: Level, hand: Sequence[int], width: int) -> None:
        level.queues.charge(hand, SLICE * width)
        level.tag += SLICE * width / max(level.shares, 1)

    def leave(self, level: Level, width: int) -> None:
        level.executing -= width
        if self._waiting:
            self._run_on()

    def _room(self, flow: Flow) -> bool:
        """Whether a flow may have a turn now without being unfair to anyone."""
        now = perf_counter()
        if flow.hand != self._hand:
            self._hand = flow.hand
            self._length = SHORT if now < self._flooded_until else TURN
            self._shared_until = now + _MEMORY
        if self._waiting:
            return False
        if self._ticking:
            return now - self._turn <= self._length
        self._ticking = True
        self._turn = now
        asyncio.get_running_loop().call_soon(self._tick)
        return True

    async def begin(self, flow: Flow, width: int) -> str:
        """Empty once it is the request's turn, and then ``leave`` is to be called; or why it is refused."""
        level = flow.level
        if not level.shape.queues:
            if not self._fits(level, width):
                return await self._refuse(flow, NO_QUEUE)
            level.executing += width
            return ""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        now = perf_counter()
        item = Waiting(width, now + self._wait_limit, flow.hand, _setter(answer))
        if not self._enqueue(level, item):
            return await self._refuse(flow, QUEUE_FULL)
        if item.queue is not None and len(item.queue.items) >= FLOOD:  # it is the shortest of its hand
            self._flooded_until = now + _MEMORY
        try:
            begun = await answer
        except BaseException:
            item.gone = True
            if answer.done() and not answer.cancelled() and answer.result():
                self.leave(level, width)
            raise
        return "" if begun else TIME_OUT

    @types.coroutine
    def paced(self, work: Coroutine[Any, Any, T], flow: Flow, width: int, *, charged: bool) -> Generator[Any, Any, T]:
        """Run ``work``, each of its turns when it is due; the first is now. ``charged``: others waited for it."""
        error: BaseException | None = None
        if charged:
            self._charge(flow, width, SLICE + _OVERHEAD)
        while True:
            began = perf_counter()
            try:
                awaited = work.throw(error) if error is not None else work.send(None)
            except StopIteration as end:
                result: T = end.value
                return result
            finally:
                if charged:
                    self._charge(flow, width, perf_counter() - began)
            error, charged = None, False
            try:
                yield awaited
                if not self._room(flow):
                    charged = True
                    yield from self._next_turn(flow, width)
            except GeneratorExit:
                work.close()
                raise
            except BaseException as raised:
                error = raised

    async def pause(self, flow: Flow, width: int) -> None:
        """Let others have their turns, for a request that has begun and goes on in pieces."""
        if not self._room(flow):
            await self._await_turn(flow, width)
            self._charge(flow, width, _PIECE)

    @types.coroutine
    def _await_turn(self, flow: Flow, width: int) -> Generator[Any, Any, None]:
        yield from self._next_turn(flow, width)

    def _next_turn(self, flow: Flow, width: int) -> Generator[Any, Any, None]:
        if self._next_anyway(flow):
            return
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        item = Waiting(width, 0.0, flow.hand, _setter(answer), begun=True)
        self._enqueue(flow.level, item)
        try:
            yield from answer
        except BaseException:
            item.gone = True
            raise

    def _charge(self, flow: Flow, width: int, seconds: float) -> None:
        """What was taken for a SLICE has taken that long."""
        level, more = flow.level, (seconds - SLICE) * width
        level.queues.charge(flow.hand, more)
        level.tag += more / max(level.shares, 1)

    def _enqueue(self, level: Level, item: Waiting) -> bool:
        idle = not level.queues.waiting
        if not level.queues.put(item):
            return False
        if idle:
            tags = [other.tag for other in self._levels() if other.queues.waiting and other is not level]
            level.tag = max(level.tag, min(tags) if tags else self._virtual)
        self._waiting += 1
        self._run_on()
        if not self._crowded:
            self._crowded = True
            self._usual = sys.getswitchinterval()
            sys.setswitchinterval(_HURRY)
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(_SWEEP, self._sweep)
        return True

    async def _refuse(self, flow: Flow, reason: str) -> str:
        if not self._room(flow):
            answer = self._refusals.put()
            self._run_on()
            await answer
        return reason

    def _run_on(self) -> None:
        if not self._ticking:
            self._ticking = True
            self._turn = perf_counter()
            asyncio.get_running_loop().call_soon(self._tick)

    # -- what happens in a turn

    def _tick(self) -> None:
        """The next turn; there is another as long as this one has something to do."""
        now = perf_counter()
        if now > self._shared_until:
            self._length = ALONE
        if self._served:
            self._each += ((now - self._turn) / self._served - self._each) * _WEIGHT
        if self._waiting and self._length != ALONE:
            self._give_way(_OTHERS)
            now = perf_counter()
        self._turn = now
        served = 0
        while served * self._each < self._length and self._serve_next(now):
            served += 1
        self._served = served
        served += self._refusals.tell(now, crowded=self._waiting > 0)
        if served:
            asyncio.get_running_loop().call_soon(self._tick)
        else:
            self._ticking = False
            if self._crowded and not self._waiting:
                self._crowded = False
                sys.setswitchinterval(self._usual)

    def _serve_next(self, now: float) -> bool:
        """The next turn is for the level that has had the least; False if nobody can have one."""
        if not self._waiting:
            return False
        found: tuple[Level, Waiting] | None = None
        for level in self._levels():
            before = level.queues.waiting
            if not before or (found is not None and found[0].tag <= level.tag):
                continue
            item = level.queues.head()
            if item is not None and not item.begun and not self._fits(level, item.width + _spare(level)):
                item = level.queues.head(begun=True)
            self._waiting -= before - level.queues.waiting
            if item is not None:
                found = level, item
        if found is None:
            return False
        self._serve(*found, now)
        return True

    def _serve(self, level: Level, item: Waiting, now: float) -> None:
        level.queues.take(item)
        self._waiting -= 1
        self._virtual = level.tag
        self._advance(level, item.hand, item.width)
        if item.begun:
            item.resume(True)
        elif item.deadline <= now:
            item.resume(False)
        else:
            level.executing += item.width
            item.resume(True)

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
            self._run_on()  # there may be more seats than there were
            self._sweeping = asyncio.get_running_loop().call_later(_SWEEP, self._sweep)


def _spare(level: Level) -> int:
    return min(level.nominal // _SPARE, _MOST_SPARE)


def _setter(answer: asyncio.Future[bool]) -> Callable[[bool], None]:
    def settle(begun: bool) -> None:
        if not answer.done():
            answer.set_result(begun)

    return settle
