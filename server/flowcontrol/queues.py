"""The queues of one priority level: a flow's requests go to a few of them, and the queue served least is served next.

Start-time fair queueing: a queue's tag is how much service it has had, in seat-seconds, and never falls behind that of
the queue served last, so that nobody saves up time by being idle. Pure: nothing here waits or looks at a clock.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence

SERVICE = 0.003
"""Seconds that a request is taken for until it is known."""


class Waiting:
    """A request in a queue. ``resume(True)`` begins it, ``resume(False)`` refuses it; called once."""

    __slots__ = ("deadline", "gone", "queue", "resume", "width")

    def __init__(self, width: int, deadline: float, resume: Callable[[bool], None]) -> None:
        self.width = width
        self.deadline = deadline
        self.resume = resume
        self.queue: Queue | None = None
        self.gone = False
        """Nobody waits for it any more."""


class Queue:
    __slots__ = ("items", "tag")

    def __init__(self) -> None:
        self.tag = 0.0
        self.items: deque[Waiting] = deque()

    def charge(self, seconds: float) -> None:
        """What was taken for SERVICE has taken that long; both in seat-seconds."""
        self.tag += seconds


class Queues:
    def __init__(self, count: int, hand_size: int, length_limit: int) -> None:
        self.hand_size = min(hand_size, count)
        self.length_limit = length_limit
        self.waiting = 0
        self._virtual = 0.0
        self._queues = tuple(Queue() for _ in range(count))
        self._active: dict[Queue, None] = {}

    def hand(self, schema: str, distinguisher: str) -> tuple[int, ...]:
        """Which queues a flow may use: some of all, by its name; few flows share all of theirs with another."""
        digest = hashlib.blake2b(f"{schema}\0{distinguisher}".encode(), digest_size=8).digest()
        return deal(int.from_bytes(digest, "big"), len(self._queues), self.hand_size)

    def put(self, item: Waiting, hand: Sequence[int]) -> bool:
        """Into the shortest queue of the hand; False if that is full."""
        queues = self._queues
        queue = min((queues[i] for i in hand), key=_length)
        if len(queue.items) >= self.length_limit:
            return False
        if not queue.items:
            queue.tag = max(queue.tag, self._virtual)
            self._active[queue] = None
        queue.items.append(item)
        item.queue = queue
        self.waiting += 1
        return True

    def head(self) -> Waiting | None:
        """What is next; it stays where it is."""
        while self._active:
            queue = min(self._active, key=_tag)
            item = queue.items[0]
            if not item.gone:
                return item
            self._drop_first(queue)
        return None

    def take(self, item: Waiting) -> None:
        """Begin with the head."""
        queue = item.queue
        assert queue is not None
        self._virtual = max(self._virtual, queue.tag)
        queue.tag += item.width * SERVICE
        self._drop_first(queue)

    def expired(self, now: float) -> Iterator[Waiting]:
        """Take out whoever has waited too long. A queue's first is its oldest."""
        for queue in list(self._active):
            while queue.items and (queue.items[0].gone or queue.items[0].deadline <= now):
                item = queue.items[0]
                self._drop_first(queue)
                if not item.gone:
                    yield item

    def _drop_first(self, queue: Queue) -> None:
        queue.items.popleft()
        self.waiting -= 1
        if not queue.items:
            del self._active[queue]


def _length(queue: Queue) -> int:
    return len(queue.items)


def _tag(queue: Queue) -> float:
    return queue.tag


def deal(value: int, deck: int, hand: int) -> tuple[int, ...]:
    """``hand`` different cards out of ``deck``, every hand as likely as any other over all values.

    Source: k8s.io/apiserver/pkg/util/shufflesharding."""
    cards: list[int] = []
    for size in range(deck, deck - hand, -1):
        value, card = divmod(value, size)
        for taken in sorted(cards):
            if card >= taken:
                card += 1
        cards.append(card)
    return tuple(cards)
