"""Who has a turn of the event loop when, with real coroutines on a real loop."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from time import perf_counter
from typing import Any

import pytest

from server.flowcontrol import hold, refusals
from server.flowcontrol import turns as module
from server.flowcontrol.controller import Flow
from server.flowcontrol.levels import Level, Shape, assign_seats
from server.flowcontrol.turns import NO_QUEUE, QUEUE_FULL, TIME_OUT, Turns
from server.manners import Manners

_QUEUING = Shape(16, 2, 50)


@pytest.fixture(autouse=True)
def usual_interval() -> Iterator[None]:
    """A loop that ends in the middle of a crowd does not set it back."""
    usual = sys.getswitchinterval()
    yield
    sys.setswitchinterval(usual)


class Recorder:
    """What is written, and what has been asked of the writer. ``busy``: something is still to be committed."""

    def __init__(self) -> None:
        self.given: list[float] = []
        self.lingering = [0.0]
        self.preferred = False
        self.written: list[tuple[str, bool]] = []
        self.busy = False

    def linger(self, seconds: float) -> None:
        if seconds != self.lingering[-1]:
            self.lingering.append(seconds)

    def prefer(self, preferred: bool) -> None:
        self.preferred = preferred

    def give_way(self, seconds: float) -> bool:
        self.given.append(seconds)
        return self.busy

    def write(self, name: str) -> None:
        self.written.append((name, self.preferred))


class Play:
    """One level, and flows in it."""

    def __init__(self, seats: int = 4, shape: Shape = _QUEUING, wait_limit: float = 60.0) -> None:
        self.level = Level("level")
        self.level.reshape(shape)
        assign_seats([self.level], seats)
        self.writes = Recorder()
        self.manners = Manners()
        self.turns = Turns(lambda: [self.level], wait_limit, self.writes, self.manners)

    def flow(self, name: str) -> Flow:
        return Flow("schema", self.level, self.level.queues.hand("schema", name), ())

    async def request(self, flow: Flow, work: Coroutine[Any, Any, str]) -> str:
        """What the work gives, or why it was refused."""
        turns = self.turns
        at_once = turns.admit(flow, 1)
        waited = not at_once and not turns.express(flow, 1)
        if waited:
            try:
                refusal = await turns.begin(flow, 1)
            except BaseException:
                work.close()
                raise
            if refusal:
                work.close()
                return refusal
        try:
            return await turns.paced(work, flow, 1, charged=not at_once, waited=waited)
        finally:
            turns.leave(self.level, 1)


async def after(event: asyncio.Event, answer: str = "done") -> str:
    await event.wait()
    return answer


async def busy(seconds: float, answer: str = "done") -> str:
    end = perf_counter() + seconds
    while perf_counter() < end:
        pass
    return answer


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_while_there_is_room_a_request_begins_at_once() -> None:
    async def play() -> None:
        one = Play()
        assert await one.request(one.flow("a"), busy(0)) == "done"
        assert one.level.executing == 0

    asyncio.run(play())


def test_beyond_the_seats_requests_wait_until_one_is_free() -> None:
    async def play() -> None:
        one, go = Play(seats=2), asyncio.Event()
        tasks = [asyncio.create_task(one.request(one.flow(name), after(go))) for name in "abcd"]
        await settle()
        assert (one.level.executing, one.level.queues.waiting) == (2, 2)
        go.set()
        assert await asyncio.gather(*tasks) == ["done"] * 4
        assert (one.level.executing, one.level.queues.waiting) == (0, 0)

    asyncio.run(play())


def test_a_full_queue_and_a_level_without_queues_refuse() -> None:
    async def play(shape: Shape) -> list[str]:
        one, go = Play(seats=1, shape=shape), asyncio.Event()
        tasks = [asyncio.create_task(one.request(one.flow("a"), after(go))) for _ in range(4)]
        await settle()
        go.set()
        return await asyncio.gather(*tasks)

    assert asyncio.run(play(Shape(4, 1, 2))) == ["done", "done", "done", QUEUE_FULL]
    assert asyncio.run(play(Shape(0, 0, 0))) == ["done", NO_QUEUE, NO_QUEUE, NO_QUEUE]


def test_who_has_waited_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SWEEP", 0.001)

    async def play() -> None:
        one, go = Play(seats=1, wait_limit=0.0), asyncio.Event()
        first = asyncio.create_task(one.request(one.flow("a"), after(go)))
        await settle()
        assert await one.request(one.flow("b"), after(go)) == TIME_OUT
        go.set()
        assert await first == "done"
        assert (one.level.executing, one.level.queues.waiting) == (0, 0)

    asyncio.run(play())


def test_who_goes_away_while_waiting_or_running_leaves_nothing_behind() -> None:
    async def play() -> None:
        one, go = Play(seats=1), asyncio.Event()
        tasks = [asyncio.create_task(one.request(one.flow(name), after(go))) for name in "abc"]
        await settle()
        for task in tasks[:2]:
            task.cancel()
        await settle()
        assert (one.level.executing, one.level.queues.waiting) == (1, 0)
        go.set()
        assert await tasks[2] == "done"
        assert [task.cancelled() for task in tasks] == [True, True, False]
        assert one.level.executing == 0

    asyncio.run(play())


def test_who_is_cancelled_in_the_moment_it_is_begun_gives_its_seat_back() -> None:
    async def play() -> None:
        one, go = Play(seats=1), asyncio.Event()
        first = asyncio.create_task(one.request(one.flow("a"), after(go)))
        await settle()
        second = asyncio.create_task(one.request(one.flow("b"), busy(0)))
        await settle()
        go.set()
        while one.level.queues.waiting:
            await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        assert one.level.executing == 0

    asyncio.run(play())


def test_a_crowd_does_not_keep_another_flow_waiting() -> None:
    async def play() -> None:
        one = Play(seats=60)
        loud, quiet = one.flow("loud"), one.flow("quiet")
        done: list[str] = []

        async def work(name: str) -> str:
            await busy(0.0002)
            done.append(name)
            return name

        crowd = [asyncio.create_task(one.request(loud, work("loud"))) for _ in range(90)]
        await asyncio.sleep(0)
        await one.request(quiet, work("quiet"))
        before = done.index("quiet")
        await asyncio.gather(*crowd)
        assert before < 20
        assert len(done) == 91

    asyncio.run(play())


def test_what_a_crowd_waited_for_together_does_not_go_on_all_at_once() -> None:
    async def play() -> None:
        one, go = Play(seats=60), asyncio.Event()
        loud, quiet = one.flow("loud"), one.flow("quiet")
        done: list[str] = []

        async def work(name: str) -> str:
            await go.wait()
            await busy(0.0002)
            done.append(name)
            return name

        tasks = [asyncio.create_task(one.request(loud, work("loud"))) for _ in range(50)]
        tasks.append(asyncio.create_task(one.request(quiet, work("quiet"))))
        while one.level.executing < 51:
            await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*tasks)
        assert done.index("quiet") < 20

    asyncio.run(play())


def test_a_seat_is_kept_for_who_has_hardly_asked_for_anything() -> None:
    async def play() -> None:
        one, first, rest = Play(seats=4), asyncio.Event(), asyncio.Event()
        loud = one.flow("loud")
        tasks = [asyncio.create_task(one.request(loud, after(first if i == 0 else rest))) for i in range(9)]
        await settle()
        assert (one.level.executing, one.level.queues.waiting) == (4, 5)
        first.set()
        await settle()
        assert (one.level.executing, one.level.queues.waiting) == (3, 5)
        assert await one.request(one.flow("quiet"), busy(0)) == "done"
        assert one.level.queues.waiting == 5
        rest.set()
        assert await asyncio.gather(*tasks) == ["done"] * 9

    asyncio.run(play())


def test_turns_are_short_while_one_flow_floods_and_another_asks_too() -> None:
    async def most_in_a_turn(flows: list[str]) -> int:
        one = Play(seats=400, shape=Shape(64, 2, 200))
        done, seen = [0], [0]

        async def work() -> str:
            await busy(0.0002)
            done[0] += 1
            return ""

        tasks = [asyncio.create_task(one.request(one.flow(name), work())) for name in flows]
        while not all(task.done() for task in tasks):
            before = done[0]
            await asyncio.sleep(0)
            seen.append(done[0] - before)
        return sorted(seen)[-3]  # the first turns do not know yet how long a request takes

    assert asyncio.run(most_in_a_turn([*["loud"] * 100, "quiet", *["loud"] * 100])) <= 3
    assert asyncio.run(most_in_a_turn([f"one of many {i}" for i in range(200)])) > 3


def test_other_threads_may_go_on_in_turns_that_several_flows_share() -> None:
    async def asked(flows: list[str]) -> Recorder:
        one = Play(seats=400, shape=Shape(64, 2, 200))
        await asyncio.gather(*(one.request(one.flow(name), busy(0.0002)) for name in flows))
        await settle()
        return one.writes

    shared = asyncio.run(asked(["loud"] * 100 + ["quiet"]))
    assert len(shared.given) > 10
    assert all(0 < each < 0.001 for each in shared.given)
    assert len(shared.lingering) == 3  # and in the end it does so no more
    assert shared.lingering[-1] == 0.0


def test_what_one_writes_whose_turn_it_is_goes_before_what_a_crowd_does() -> None:
    async def play() -> None:
        one = Play(seats=60)
        loud, quiet = one.flow("loud"), one.flow("quiet")

        async def work(name: str) -> str:
            await busy(0.0002)
            one.writes.write(name)
            await asyncio.sleep(0)
            return name

        crowd = [asyncio.create_task(one.request(loud, work("loud"))) for _ in range(90)]
        await asyncio.sleep(0)
        await one.request(quiet, work("quiet"))
        await asyncio.gather(*crowd)
        assert ("quiet", True) in one.writes.written
        assert one.writes.written.count(("loud", False)) >= 89
        assert not one.writes.preferred

    asyncio.run(play())


def test_a_crowd_is_held_back_while_one_waits_for_a_commit_whose_turn_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """For how long at the most is in test_hold.py."""
    monkeypatch.setattr(hold, "LONGEST", 60.0)
    monkeypatch.setattr(hold, "_SAVED", 60.0)

    async def play() -> None:
        one, committed = Play(seats=60), asyncio.Event()
        loud, quiet = one.flow("loud"), one.flow("quiet")
        done: list[str] = []

        async def work(name: str) -> str:
            await busy(0.0005)
            done.append(name)
            return name

        async def writing() -> str:
            one.writes.busy = True
            await committed.wait()
            one.writes.busy = False
            return "quiet"

        crowd = [asyncio.create_task(one.request(loud, work("loud"))) for _ in range(90)]
        await asyncio.sleep(0)
        asking = asyncio.create_task(one.request(quiet, writing()))
        while not one.manners.held and one.level.queues.waiting:
            await asyncio.sleep(0)
        await settle()  # what had its turn before
        assert one.manners.held
        before = len(done)
        await settle()
        assert len(done) == before < 90
        committed.set()
        assert await asking == "quiet"
        await asyncio.gather(*crowd)
        assert not one.manners.held

    asyncio.run(play())


def test_the_listener_is_told_when_a_crowd_is_there_beside_others() -> None:
    async def told(flows: list[str]) -> list[bool]:
        one, seen = Play(seats=400, shape=Shape(64, 2, 200)), []
        tasks = [asyncio.create_task(one.request(one.flow(name), busy(0.0002))) for name in flows]
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0)
            seen.append(one.manners.eager)
        await settle()
        assert not one.manners.eager
        assert not one.manners.held
        return seen

    assert any(asyncio.run(told(["loud"] * 100 + ["quiet"])))


def test_other_threads_do_without_while_nobody_waits() -> None:
    async def play() -> None:
        one = Play()
        for name in "abab":
            await one.request(one.flow(name), busy(0))
        assert one.writes.given == []
        assert one.writes.lingering == [0.0]

    asyncio.run(play())


def test_refusals_are_few_while_others_wait_and_none_is_forgotten() -> None:
    """A crowd that does not heed them would have all the time there is."""

    async def play() -> None:
        one, go = Play(seats=1, shape=Shape(1, 1, 2)), asyncio.Event()
        begun = [asyncio.create_task(one.request(one.flow("a"), after(go))) for _ in range(3)]
        await settle()
        refused = [asyncio.create_task(one.request(one.flow("a"), after(go))) for _ in range(20)]
        start = perf_counter()
        await asyncio.sleep(0)
        while not all(task.done() for task in refused):
            before = sum(task.done() for task in refused)
            await asyncio.sleep(refusals.PAUSE / 4)
            assert sum(task.done() for task in refused) - before <= 1 + (perf_counter() - start) / refusals.PAUSE
            start = perf_counter()
        assert {task.result() for task in refused} == {QUEUE_FULL}
        go.set()
        assert await asyncio.gather(*begun) == ["done"] * 3
        await settle()
        assert not one.turns._refusals

    asyncio.run(play())


def test_refusals_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "PAUSE", 60.0)
    monkeypatch.setattr(refusals, "MOST", 5)

    async def play() -> None:
        one, go = Play(seats=1, shape=Shape(1, 1, 1)), asyncio.Event()
        begun = [asyncio.create_task(one.request(one.flow("a"), after(go))) for _ in range(2)]
        await settle()
        refused = [asyncio.create_task(one.request(one.flow("a"), after(go))) for _ in range(20)]
        await settle()
        await settle()
        assert len(one.turns._refusals) == 5
        go.set()
        await asyncio.gather(*begun, *refused)  # nobody waits any longer: all are told

    asyncio.run(play())


def test_levels_have_turns_by_their_shares() -> None:
    async def play() -> None:
        rich, poor = Level("rich"), Level("poor")
        rich.shares, poor.shares = 30, 10
        for level in (rich, poor):
            level.reshape(_QUEUING)
        assign_seats([rich, poor], 400)
        turns = Turns(lambda: [rich, poor])
        order: list[str] = []

        async def request(level: Level) -> None:
            flow = Flow("s", level, level.queues.hand("s", level.name), ())
            assert not await turns.begin(flow, 1)
            order.append(level.name)
            turns.leave(level, 1)

        await asyncio.gather(*(request(level) for level in (rich, poor) for _ in range(40)))
        assert 26 <= order[:40].count("rich") <= 34

    asyncio.run(play())


def test_an_exception_comes_out_of_the_work_and_goes_into_it() -> None:
    async def play() -> None:
        one = Play()

        async def failing() -> str:
            try:
                await asyncio.wait_for(asyncio.Event().wait(), 0.001)
            except TimeoutError:
                await asyncio.sleep(0)
                raise LookupError("nothing there") from None
            return "never"

        with pytest.raises(LookupError):
            await one.request(one.flow("a"), failing())
        assert one.level.executing == 0

    asyncio.run(play())


def test_threads_are_let_in_sooner_while_requests_wait_and_no_longer() -> None:
    async def play() -> None:
        usual = sys.getswitchinterval()
        one, go = Play(seats=1), asyncio.Event()
        tasks = [asyncio.create_task(one.request(one.flow(name), after(go))) for name in "ab"]
        await settle()
        assert sys.getswitchinterval() < usual
        go.set()
        await asyncio.gather(*tasks)
        await settle()
        assert sys.getswitchinterval() == pytest.approx(usual)

    asyncio.run(play())
