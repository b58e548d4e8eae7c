"""Lets requests have their turns of the event loop: as many as there are seats for, and as fit into a short turn.

While nobody waits, a request costs a comparison and an addition. Once a turn of the loop has lasted as long as it may,
or the seats of a level are taken, requests wait in their level's queues, and each further turn begins with the next few
of them. A request that has waited for something else, a commit say, or has given way to others, waits for its next turn
in the same order: what a crowd has written together is not answered all at once. While one waits for a commit whose
turn it is, the crowd is held back. A refusal takes a turn too, or else those who are refused and at once come again
would have all the time there is.
"""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import Callable, Coroutine, Generator, Iterable
from time import perf_counter
from typing import Any, TypeVar

from server.flowcontrol.controller import Flow
from server.flowcontrol.hold import Hold
from server.flowcontrol.levels import Level
from server.flowcontrol.order import Order, charge
from server.flowcontrol.queues import SLICE, Waiting
from server.flowcontrol.refusals import Refusals
from server.flowcontrol.writes import NO_WRITES, Writes
from server.manners import Manners

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
"""Seconds of a turn that the writer may have besides."""
_LINGER = 0.002
"""Seconds for which the writer collects what a crowd writes, so that it is committed together: less often, then, it is
in the middle of that when another comes."""

QUEUE_FULL = "queue-full"
TIME_OUT = "time-out"
CANCELLED = "cancelled"
NO_QUEUE = "concurrency-limit"


class Turns:
    """``levels`` gives the limited levels as they are now; ``wait_limit`` in seconds. ``manners`` are those of whoever
    reads the requests."""

    def __init__(
        self,
        levels: Callable[[], Iterable[Level]],
        wait_limit: float = 15.0,
        writes: Writes = NO_WRITES,
        manners: Manners | None = None,
    ) -> None:
        self._order = Order(levels)
        self._writes = writes
        self._manners = manners or Manners()
        self._wait_limit = wait_limit
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
        self._crowded = False
        self._usual = sys.getswitchinterval()
        self._hold = Hold()
        self._sweeping: asyncio.TimerHandle | None = None

    @property
    def flooded(self) -> bool:
        """Whether one of several flows asks for much more than there is time for."""
        return self._order.waiting > 0 and self._length == SHORT

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
        if not self._order.fits(level, width) or not self._order.is_next(flow):
            return False
        level.executing += width
        return True

    def leave(self, level: Level, width: int) -> None:
        level.executing -= width
        if self._order.waiting:
            self._run_on()

    def _room(self, flow: Flow) -> bool:
        """Whether a flow may have a turn now without being unfair to anyone."""
        now = perf_counter()
        if flow.hand != self._hand:
            self._hand = flow.hand
            self._length = SHORT if now < self._flooded_until else TURN
            self._shared_until = now + _MEMORY
        if self._order.waiting:
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
            if not self._order.fits(level, width):
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
    def paced(
        self, work: Coroutine[Any, Any, T], flow: Flow, width: int, *, charged: bool, waited: bool
    ) -> Generator[Any, Any, T]:
        """Run ``work``, each of its turns when it is due; the first is now. ``charged``: others waited for it, and
        ``waited``: it for others."""
        error: BaseException | None = None
        if charged:
            charge(flow, width, SLICE + _OVERHEAD)
        while True:
            began = perf_counter()
            favoured = not waited and self._order.waiting > 0
            if favoured:
                self._writes.prefer(True)
            try:
                awaited = work.throw(error) if error is not None else work.send(None)
            except StopIteration as end:
                result: T = end.value
                return result
            finally:
                if favoured:
                    self._writes.prefer(False)
                if charged:
                    charge(flow, width, perf_counter() - began)
            error, charged = None, False
            try:
                if favoured:
                    yield from self._hold_crowd(awaited)
                else:
                    yield awaited
                if self._room(flow):
                    waited = False
                else:
                    charged = True
                    waited = yield from self._next_turn(flow, width)
            except GeneratorExit:
                work.close()
                raise
            except BaseException as raised:
                error = raised

    def _hold_crowd(self, awaited: Any) -> Generator[Any, Any, None]:
        """It waits while one whose turn it is waits for something else: for a commit, if there is one to be made."""
        self._writes.give_way(_OTHERS)
        self._hold.begin(perf_counter())
        try:
            yield awaited
        finally:
            self._hold.end()

    async def pause(self, flow: Flow, width: int) -> None:
        """Let others have their turns, for a request that has begun and goes on in pieces."""
        if not self._room(flow):
            await self._await_turn(flow, width)
            charge(flow, width, _PIECE)

    @types.coroutine
    def _await_turn(self, flow: Flow, width: int) -> Generator[Any, Any, None]:
        yield from self._next_turn(flow, width)

    def _next_turn(self, flow: Flow, width: int) -> Generator[Any, Any, bool]:
        """Whether it has waited for others."""
        if self._order.is_next(flow):
            return False
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        item = Waiting(width, 0.0, flow.hand, _setter(answer), begun=True)
        self._enqueue(flow.level, item)
        try:
            yield from answer
        except BaseException:
            item.gone = True
            raise
        return True

    def _enqueue(self, level: Level, item: Waiting) -> bool:
        if not self._order.put(level, item):
            return False
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
            self._served = 0
        shared = self._order.waiting > 0 and self._length != ALONE
        self._writes.linger(_LINGER if shared else 0.0)
        held = self._hold.look(now, wanted=shared and self._writes.give_way(_OTHERS))
        self._manners.eager = shared
        self._manners.held = held
        if not held:
            self._serve()
        told = not held and self._refusals.tell(self._turn, crowded=self._order.waiting > 0)
        if held or self._served or told:
            asyncio.get_running_loop().call_soon(self._tick)
        else:
            self._ticking = False
            if self._crowded and not self._order.waiting:
                self._crowded = False
                sys.setswitchinterval(self._usual)

    def _serve(self) -> None:
        """As many of those that wait as fit into a turn."""
        self._turn = perf_counter()
        while self._served * self._each < self._length:
            following = self._order.take()
            if following is None:
                return
            self._served += 1
            level, item = following
            if item.begun:
                item.resume(True)
            elif item.deadline <= self._turn:
                item.resume(False)
            else:
                level.executing += item.width
                item.resume(True)

    def _sweep(self) -> None:
        """Refuse who has waited too long, although no seat has become free."""
        self._sweeping = None
        for item in self._order.expired(perf_counter()):
            item.resume(False)
        if self._order.waiting:
            self._run_on()  # there may be more seats than there were
            self._sweeping = asyncio.get_running_loop().call_later(_SWEEP, self._sweep)


def _setter(answer: asyncio.Future[bool]) -> Callable[[bool], None]:
    def settle(begun: bool) -> None:
        if not answer.done():
            answer.set_result(begun)

    return settle
