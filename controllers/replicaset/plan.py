"""What a set of replicas needs: pure functions on its object and its pods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from apimachinery.objects import Object
from controllers.shared.ranking import deletion_order, rank_by_company

BURST = 500
"""Pods made or deleted at most in one go; the next begins when these have been seen."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How many pods to make, which to delete; never both."""

    create: int = 0
    delete: tuple[Object, ...] = ()


def desired_replicas(owner: Object) -> int:
    replicas = owner["spec"].get("replicas")
    return 1 if replicas is None else int(replicas)


def plan_scale(
    owner: Object, active: Sequence[Object], related: Callable[[], Iterable[Object]], now: datetime
) -> Scale:
    """``related``: the active pods of the sets of the same owner, asked for only when a choice has to be made."""
    surplus = len(active) - desired_replicas(owner)
    if surplus <= 0:
        return Scale(create=min(-surplus, BURST))
    count = min(surplus, BURST)
    if count == len(active):
        return Scale(delete=tuple(active))
    ranks = rank_by_company(active, related())
    return Scale(delete=tuple(deletion_order(active, ranks, now)[:count]))
