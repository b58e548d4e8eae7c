"""No request takes for ever: after a minute, or the ``timeout`` the client asks for, it is answered with 504.

Watches and other answers that go on until somebody ends them are left alone. A write that was handed to the store by
then may still happen, as the answer's code says.
Source: k8s.io/apiserver/pkg/endpoints/filters/request_deadline.go, pkg/server/filters/timeout.go.
"""

from __future__ import annotations

import asyncio

from apimachinery.durations import SECOND, parse_duration
from apimachinery.status import BadRequest, Timeout
from server.filters.fairness import is_streaming
from server.request import Answer, Handler, Request

PERIOD = 0.5
"""Seconds between two looks for requests whose time is over: finer than that only for those who ask for it."""
_TOO_LATE = "request did not complete within the allotted timeout"
_INVALID = "invalid timeout specified in the request URL"


class Deadlines:
    """The requests under way that have as much time as any, in the order of their deadlines."""

    def __init__(self, longest: float) -> None:
        self.longest = longest
        self._due: dict[asyncio.Task[object], float] = {}
        self._late: set[asyncio.Task[object]] = set()
        self._looking: asyncio.TimerHandle | None = None

    def begin(self, task: asyncio.Task[object]) -> None:
        loop = task.get_loop()
        self._due[task] = loop.time() + self.longest
        if self._looking is None:
            self._looking = loop.call_later(PERIOD, self._look, loop)

    def end(self, task: asyncio.Task[object]) -> bool:
        """Whether the request was cancelled for being late."""
        self._due.pop(task, None)
        if task in self._late:
            self._late.discard(task)
            return True
        return False

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        while self._due:
            task, due = next(iter(self._due.items()))
            if due > now:
                break
            del self._due[task]
            self._late.add(task)
            task.cancel()
        self._looking = loop.call_later(PERIOD, self._look, loop) if self._due else None


def with_timeout(handler: Handler, longest: float) -> Handler:
    """``longest`` in seconds; 0: as long as it takes, unless the client says otherwise."""
    deadlines = Deadlines(longest)

    async def handle(request: Request) -> Answer:
        query = request.scope.get("query_string") or b""
        if is_streaming(request) or request.info.forced_watch or b"watch=" in query:
            return await handler(request)
        if b"timeout=" in query:
            wished = _wished(request)
            if wished and (not longest or wished < longest):
                return await _within(handler, request, wished)
        if not longest:
            return await handler(request)
        task = asyncio.current_task()
        assert task is not None
        deadlines.begin(task)
        try:
            answer = await handler(request)
        except asyncio.CancelledError:
            if not deadlines.end(task):
                raise
            task.uncancel()
            raise Timeout.of(_TOO_LATE) from None
        except BaseException:
            deadlines.end(task)
            raise
        deadlines.end(task)
        return answer

    return handle


async def _within(handler: Handler, request: Request, seconds: float) -> Answer:
    try:
        async with asyncio.timeout(seconds):
            return await handler(request)
    except TimeoutError:
        raise Timeout.of(_TOO_LATE) from None


def _wished(request: Request) -> float:
    """Seconds; 0: the client says nothing of it. Raises BadRequest."""
    text = request.param("timeout")
    if not text:
        return 0.0
    try:
        return max(parse_duration(text) / SECOND, 0.0)
    except ValueError as error:
        raise BadRequest(f"{_INVALID} - {error}") from None
