"""When those who are refused are told so: a refusal costs a turn of the event loop too.

Clients that come again at once, whatever Retry-After says, would otherwise take the time that others wait for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

PAUSE = 0.002
"""Seconds between two refusals while others wait: whoever is refused should stay away for a second, and is made to."""
MOST = 1000
"""Of those who have not been told yet."""


class Refusals:
    """``run_on`` is called when a pause is over, so that ``tell`` is called again."""

    def __init__(self, run_on: Callable[[], None]) -> None:
        self._run_on = run_on
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._next = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self) -> asyncio.Future[None]:
        """Done once it is time to refuse."""
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        return answer

    def tell(self, now: float, *, crowded: bool) -> bool:
        """Whether one has been told, as is due at ``now``. ``crowded``: others wait who are not to be refused."""
        if crowded and now < self._next and len(self._waiting) <= MOST:
            if self._waiting and self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(self._next - now, self._go_on)
            return False
        while self._waiting:
            answer = self._waiting.popleft()
            if not answer.done():  # or else its client has gone
                self._next = now + PAUSE
                answer.set_result(None)
                return True
        return False

    def _go_on(self) -> None:
        self._timer = None
        self._run_on()
