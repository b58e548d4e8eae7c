"""Where a kind's registry may reserve something before a write and give it back when the write fails.

The allocation of service addresses and ports needs this; most kinds have no hooks.
Source: k8s.io/apiserver/pkg/registry/generic/registry (BeginCreate, BeginUpdate, AfterDelete).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from apimachinery.objects import Object
from server.registry.context import WriteContext

Finish = Callable[[bool], Awaitable[None]]
"""Called once with whether the write succeeded."""


class Hooks(Protocol):
    async def begin_create(self, context: WriteContext, obj: Object) -> Finish:
        """Called once per attempt, before validation; may fill in fields. Raises a StatusError to refuse."""

    async def begin_update(self, context: WriteContext, new: Object, old: Object) -> Finish:
        """The same for an update, after the strategy's preparation."""

    async def after_delete(self, context: WriteContext, obj: Object) -> None:
        """The object is gone."""


async def finish_nothing(success: bool) -> None:
    """Nothing was reserved."""


class NoHooks:
    async def begin_create(self, context: WriteContext, obj: Object) -> Finish:
        return finish_nothing

    async def begin_update(self, context: WriteContext, new: Object, old: Object) -> Finish:
        return finish_nothing

    async def after_delete(self, context: WriteContext, obj: Object) -> None:
        return None


NO_HOOKS = NoHooks()
