"""What travels with one write from the endpoint into the registry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from apimachinery.objects import Object

Validating = Callable[[Object | None, Object | None], Awaitable[None]]
"""Validating admission: called with (new or None, old or None) of the stored version, raises to refuse."""

Transform = Callable[[Object | None], Awaitable[Object]]
"""Makes the new object from the live one (None: there is none).

May be called again after a lost race; must not change its argument.
"""


async def admit_all(new: Object | None, old: Object | None) -> None:
    """No validating admission: for the server's own writes."""


class Requester(Protocol):
    """The user behind a write."""

    @property
    def name(self) -> str: ...

    @property
    def uid(self) -> str: ...

    @property
    def groups(self) -> tuple[str, ...]: ...

    @property
    def extra(self) -> Mapping[str, tuple[str, ...]]: ...


@dataclass(slots=True, kw_only=True)
class WriteContext:
    """``actor`` says who writes, for the log; ``requester`` for kinds that keep it (None: the server itself);
    ``group`` is the API group in which it is asked for."""

    namespace: str = ""
    group: str = ""
    actor: str = ""
    requester: Requester | None = None
    dry_run: bool = False
    validating: Validating = admit_all
    warnings: list[str] = field(default_factory=list)
