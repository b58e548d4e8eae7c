"""Tasks that begin at once, not in the event loop's next turn: what ``eager_start`` does from Python 3.12 on.

Source: "Extending asyncio" in Python's documentation, of ``_enter_task`` and ``_leave_task``.
"""

from __future__ import annotations

import asyncio
import contextlib
import types
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Coroutine, Generator
from contextvars import copy_context
from typing import Any


class EagerTask:
    """``task`` runs ``coroutine``, whose first step is taken in ``begin``, with ``task`` as the current one.

    ``begin`` is to be called once, in the turn of the event loop in which this was made, and outside of any task.
    """

    __slots__ = ("_context", "_loop", "_steps", "task")

    def __init__(self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, None]) -> None:
        self._loop = loop
        self._context = copy_context()
        self._steps = _run(coroutine)
        self.task: asyncio.Task[None] = loop.create_task(self._steps, context=self._context)

    def begin(self) -> None:
        """An error of the first step is raised by the task."""
        _enter_task(self._loop, self.task)
        try:
            self._context.run(self._steps.send, None)
        finally:
            _leave_task(self._loop, self.task)


async def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    await _steps(coroutine)


@types.coroutine
def _steps(coroutine: Coroutine[Any, Any, None]) -> Generator[Any, Any, None]:
    """One step for ``begin``, and from the task's first on those that are left."""
    try:
        awaited = coroutine.send(None)
    except BaseException as error:
        with contextlib.suppress(asyncio.CancelledError):  # too late
            yield
        if isinstance(error, StopIteration):
            return
        raise
    failed: BaseException | None = None
    try:
        yield
    except asyncio.CancelledError as cancelled:
        if awaited is None or not awaited.cancel():
            failed = cancelled
    if failed is None and not (awaited is not None and awaited.done()):
        failed = yield from _wait(awaited)
    while failed is not None:
        try:
            awaited = coroutine.throw(failed)
        except StopIteration:
            return
        failed = yield from _wait(awaited)
    yield from coroutine


def _wait(awaited: Any) -> Generator[Any, Any, BaseException | None]:
    """What the task throws instead of going on."""
    try:
        yield awaited
    except BaseException as error:
        return error
    return None
