"""The queues of one priority level: a flow's requests go to a few of them, and the queue served least is served next.

Start-time fair queueing: a queue's tag is how much of the event loop's time it has had, by a request's width. One that
was empty begins where those that wait have got to, so that nobody saves up time by being idle, and whoever comes anew
is among the next. What has been begun goes before what has not. Pure: nothing here waits or looks at a clock.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter

SLICE = 0.0001
"""Seconds that a turn of a request is taken for until it is known."""
GRACE = 0.001
"""Seconds of service by which a flow of which nobody waits may be ahead of those that do."""


class Waiting:
    """A request in a queue. ``resume(True)`` lets it go on, ``resume(False)`` refuses it; called once.

    ``begun``: it has its seats and waits for a turn alone."""

    __slots__ = ("begun", "deadline", "gone", "hand", "queue", "resume", "width")

    def __init__(
        self,
        width: int,
        deadline: float,
        hand: Sequence[int],
        resume: Callable[[bool], None],
        *,
        begun: bool = False,
    ) -> None:
        self.width = width
        self.deadline = deadline
        self.hand = hand
        self.resume = resume
        self.begun = begun
        self.queue: Queue | None = None
        self.gone = False
        """Nobody waits for it any more."""


class Queue:
    __slots__ = ("begun", "items", "tag")

    def __init__(self) -> None:
        self.tag = 0.0
        self.items: deque[Waiting] = deque()
        self.begun: deque[Waiting] = deque()

    @property
    def first(self) -> deque[Waiting]:
        """What is served before the rest; there is something in it if there is something in the queue."""
        return self.begun or self.items


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

    def _of(self, hand: Sequence[int]) -> list[Queue]:
        """A hand may have been dealt when there were more queues."""
        queues, count = self._queues, len(self._queues)
        return [queues[i % count] for i in hand]

    def charge(self, hand: Sequence[int], seconds: float) -> None:
        """In all queues of the hand: a flow that fills six of them would otherwise have six turns of seven."""
        for queue in self._of(hand):
            queue.tag += seconds

    def is_behind(self, hand: Sequence[int]) -> bool:
        """Whether nobody of the flow waits, and it has had hardly more than those that do: it would soon be next."""
        active, floor = self._active, self._floor()
        queues = self._of(hand)
        if any(queue in active or (active and queue.tag > floor + GRACE) for queue in queues):
            return False
        for queue in queues:
            queue.tag = max(queue.tag, floor)
        return True

    def _floor(self) -> float:
        """How far those have got that wait."""
        return min(map(_tag, self._active)) if self._active else self._virtual

    def put(self, item: Waiting) -> bool:
        """Into the shortest queue of its hand; False if that is full, which it never is for what has been begun."""
        queue = min(self._of(item.hand), key=_length)
        if not item.begun and len(queue.items) >= self.length_limit:
            return False
        if queue not in self._active:
            queue.tag = max(queue.tag, self._floor())
            self._active[queue] = None
        (queue.begun if item.begun else queue.items).append(item)
        item.queue = queue
        self.waiting += 1
        return True

    def head(self, *, begun: bool = False) -> Waiting | None:
        """What is next, or with ``begun`` what is next of that; it stays where it is."""
        while True:
            candidates = [queue for queue in self._active if queue.begun] if begun else self._active
            if not candidates:
                return None
            queue = min(candidates, key=_tag)
            item = queue.first[0]
            if not item.gone:
                return item
            self._drop(queue, queue.first)

    def take(self, item: Waiting) -> None:
        """Take the head out."""
        queue = item.queue
        assert queue is not None
        self._virtual = queue.tag
        self._drop(queue, queue.first)

    def expired(self, now: float) -> Iterator[Waiting]:
        """Take out whoever has waited too long to be begun. A queue's first is its oldest."""
        for queue in list(self._active):
            while queue.items and (queue.items[0].gone or queue.items[0].deadline <= now):
                item = queue.items[0]
                self._drop(queue, queue.items)
                if not item.gone:
                    yield item

    def _drop(self, queue: Queue, line: deque[Waiting]) -> None:
        line.popleft()
        self.waiting -= 1
        if not queue.first:
            del self._active[queue]


def _length(queue: Queue) -> int:
    return len(queue.items)


_tag = attrgetter("tag")


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
