"""The filter that gives requests their turns, with clients that go away meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Any, cast

from server.authn.user import User
from server.filters.fairness import with_fairness
from server.flowcontrol.controller import Flow, FlowController
from server.flowcontrol.levels import Level, Shape, assign_seats
from server.flowcontrol.turns import CANCELLED, Turns
from server.flowcontrol.width import Widths
from server.request import Answer, Receive, Request, Response
from server.requestinfo import RequestInfo, parse_request


class OneFlow:
    def __init__(self, level: Level) -> None:
        self.flow = Flow("schema", level, level.queues.hand("schema", "jo"), ())

    def classify(self, user: User, verb: str, info: RequestInfo) -> Flow:
        return self.flow


class Line:
    """A client's side of a request: the body comes, and then nothing until it leaves."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self._body_told = False

    async def receive(self) -> dict[str, Any]:
        if not self._body_told:
            self._body_told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}


def request(receive: Receive) -> Request:
    path = "/api/v1/namespaces/default/configmaps/one"
    made = Request({"method": "GET", "path": path, "headers": []}, receive, parse_request("GET", path))
    made.user = User("jo")
    return made


def test_who_has_left_while_waiting_is_not_served() -> None:
    async def play(leave: Callable[[Line], None]) -> tuple[list[str], Level, Answer]:
        level = Level("level")
        level.reshape(Shape(4, 1, 50))
        assign_seats([level], 1)
        served: list[str] = []
        go = asyncio.Event()

        async def handler(one: Request) -> Answer:
            served.append(one.audit_id)
            await go.wait()
            return Response(200, b"{}", b"application/json")

        turns = Turns(lambda: [level])
        handle = with_fairness(handler, cast(FlowController, OneFlow(level)), turns, cast(Widths, None))
        lines = [Line(), Line()]
        tasks = []
        for name, line in zip(("first", "second"), lines, strict=True):
            one = request(line.receive)
            one.audit_id = name
            tasks.append(asyncio.create_task(handle(one)))
            await asyncio.sleep(0.001)
        leave(lines[1])
        go.set()
        first, second = await asyncio.gather(*tasks)
        assert first.status == 200
        assert level.executing == 0
        return served, level, second

    served, level, answer = asyncio.run(play(lambda line: line.gone.set()))
    assert served == ["first"]
    assert (answer.status, level.rejected) == (429, {("schema", CANCELLED): 1})
    served, level, answer = asyncio.run(play(lambda line: None))
    assert served == ["first", "second"]
    assert (answer.status, level.rejected) == (200, {})


def test_who_is_still_there_is_not_taken_for_gone() -> None:
    async def play() -> None:
        line = Line()
        asked = request(line.receive)
        assert not asked.is_abandoned()
        assert not asked.is_abandoned()
        line.gone.set()
        assert asked.is_abandoned()

    asyncio.run(play())


def test_as_long_as_a_body_is_to_come_nobody_knows() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def play() -> None:
        asked = request(receive)
        asked.scope["headers"] = [(b"content-length", b"2")]
        assert not asked.is_abandoned()
        assert await asked.body() == b"{}"

    asyncio.run(play())


def test_a_flood_beside_others_is_asked_to_be_patient() -> None:
    """And those beside it are not: their next requests are read as they come."""

    async def play() -> None:
        level = Level("level")
        level.reshape(Shape(64, 2, 200))
        assign_seats([level], 400)
        flows = {name: Flow("schema", level, level.queues.hand("schema", name), ()) for name in ("loud", "quiet")}
        asked: list[str] = []

        class Flows:
            def classify(self, user: User, verb: str, info: RequestInfo) -> Flow:
                return flows[user.name]

        async def handler(one: Request) -> Answer:
            end = perf_counter() + 0.0002
            while perf_counter() < end:
                pass
            return Response(200, b"{}", b"application/json")

        def made(name: str) -> Request:
            one = request(Line().receive)
            one.user = User(name)
            one.scope["extensions"] = {"patience": {"ask": lambda: asked.append(name)}}
            return one

        turns = Turns(lambda: [level])
        handle = with_fairness(handler, cast(FlowController, Flows()), turns, cast(Widths, None))
        crowd = [asyncio.create_task(handle(made("loud"))) for _ in range(200)]
        await asyncio.sleep(0)
        await handle(made("quiet"))
        await asyncio.gather(*crowd)
        assert asked.count("loud") > 20
        assert "quiet" not in asked

    asyncio.run(play())
