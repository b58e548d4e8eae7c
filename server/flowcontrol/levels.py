"""Priority levels: how many seats each has, and what it may borrow of what others do not use. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from apimachinery.objects import Object
from server.flowcontrol.queues import Queues

EXEMPT = "exempt"
CATCH_ALL = "catch-all"


class Shape(NamedTuple):
    """Of the queues: their number (0: a level that does not queue), the size of a hand, the longest a queue may be."""

    queues: int
    hand_size: int
    length_limit: int


class Level:
    """One priority level. The object stays when its configuration changes; requests hold on to it."""

    __slots__ = (
        "borrowing",
        "borrowing_percent",
        "dispatched",
        "executing",
        "exempt",
        "lendable",
        "lendable_percent",
        "name",
        "nominal",
        "queues",
        "rejected",
        "shape",
        "shares",
        "tag",
        "uid",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.uid = ""
        self.exempt = False
        self.shares = 1
        self.lendable_percent = 0
        self.borrowing_percent: int | None = None
        self.nominal = self.lendable = self.borrowing = 0
        """Seats."""
        self.shape = Shape(0, 0, 0)
        self.queues = Queues(1, 1, 0)
        self.executing = 0
        """Seats."""
        self.tag = 0.0
        """Service had, in seat-seconds by shares."""
        self.dispatched: dict[str, int] = {}
        self.rejected: dict[tuple[str, str], int] = {}
        """By flow schema, and for what reason."""

    def configure(self, obj: Object) -> None:
        """Take the values of a PriorityLevelConfiguration; ``assign_seats`` makes seats of the shares."""
        spec = obj["spec"]
        self.uid = obj["metadata"]["uid"]
        self.exempt = spec["type"] == "Exempt"
        own: dict[str, Any] = spec.get("exempt" if self.exempt else "limited") or {}
        self.shares = own.get("nominalConcurrencyShares", 30 if not self.exempt else 0)
        self.lendable_percent = own.get("lendablePercent", 0)
        self.borrowing_percent = own.get("borrowingLimitPercent")
        response = own.get("limitResponse") or {}
        queuing = response.get("queuing") if response.get("type") == "Queue" else None
        shape = Shape(0, 0, 0)
        if queuing is not None:
            shape = Shape(queuing.get("queues", 64), queuing.get("handSize", 8), queuing.get("queueLengthLimit", 50))
        self.reshape(shape)

    def reshape(self, shape: Shape) -> None:
        """Other queues; who waits in the old ones goes on waiting there until they are empty."""
        if shape != self.shape and not self.queues.waiting:
            self.shape = shape
            self.queues = Queues(max(shape.queues, 1), max(shape.hand_size, 1), shape.length_limit)

    @property
    def idle_lendable(self) -> int:
        """Seats that others may have now: lendable ones that are not in use here. Nobody lends who has somebody
        waiting."""
        if self.queues.waiting:
            return 0
        return max(0, self.lendable - max(0, self.executing - (self.nominal - self.lendable)))

    @property
    def borrowed(self) -> int:
        return max(0, self.executing - self.nominal)


def assign_seats(levels: Iterable[Level], total: int) -> None:
    """Turn shares and percentages into seats: nominal, lendable, and how many may be borrowed at the most."""
    levels = list(levels)
    shares = sum(level.shares for level in levels) or 1
    for level in levels:
        level.nominal = math.ceil(total * level.shares / shares)
        level.lendable = round(level.nominal * level.lendable_percent / 100)
        percent = level.borrowing_percent
        level.borrowing = total if percent is None else round(level.nominal * percent / 100)


def may_borrow(level: Level, width: int, levels: Iterable[Level]) -> bool:
    """Whether ``level``, whose own seats are taken, may have ``width`` more out of what others lend."""
    beyond = level.executing + width - level.nominal
    if beyond > level.borrowing:
        return False
    others = [other for other in levels if other is not level]
    lent = sum(other.borrowed for other in others)
    return beyond <= sum(other.idle_lendable for other in others) - lent
