"""Tokens that a webhook knows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from apimachinery.clock import FakeClock
from apimachinery.status import Unauthorized
from server.authn.bearer import Identified
from server.authn.user import User
from server.authn.webhook import WebhookTokens
from server.outbound.http import Remote
from server.outbound.review import Reviewer
from tests.server.outbound.fake import Answer, Asked, Fake, serving

JANE = {"username": "jane", "uid": "7", "groups": ["dev"], "extra": {"k": ["v"]}}


def review(authenticated: bool = True, user: Any = JANE, **status: Any) -> Answer:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview"}
    return Answer(200, {**body, "status": {"authenticated": authenticated, "user": user, **status}})


async def no_pause(seconds: float) -> None:
    return None


def with_webhook(answer: Callable[[Asked], Answer], scenario: Callable[[Fake, WebhookTokens, FakeClock], Any]) -> None:
    async def run() -> None:
        clock = FakeClock()
        async with serving(answer) as fake:
            reviewer = Reviewer(Remote(f"{fake.url}/authenticate"), pause=no_pause)
            await scenario(fake, WebhookTokens(reviewer, ["api"], 120.0, clock), clock)

    asyncio.run(run())


def test_who_the_webhook_says_bears_it() -> None:
    async def scenario(fake: Fake, tokens: WebhookTokens, clock: FakeClock) -> None:
        found = await tokens.identify(b"t", ["api"], None)
        jane = User("jane", "7", ("dev", "system:authenticated"), {"k": ("v",)})
        assert found == Identified(jane, ("api",))
        sent = fake.asked[0].json
        assert (sent["apiVersion"], sent["kind"]) == ("authentication.k8s.io/v1", "TokenReview")
        assert sent["spec"] == {"token": "t", "audiences": ["api"]}

    with_webhook(lambda _: review(), scenario)


def test_yes_and_no_are_remembered_for_their_time() -> None:
    async def scenario(fake: Fake, tokens: WebhookTokens, clock: FakeClock) -> None:
        for token in (b"good", b"bad", b"good", b"bad"):
            assert bool(await tokens.identify(token, ["api"], None)) is (token == b"good")
        assert len(fake.asked) == 2
        clock.advance(121)
        assert await tokens.identify(b"good", ["api"], None)
        assert len(fake.asked) == 3

    with_webhook(lambda asked: review(asked.json["spec"]["token"] == "good"), scenario)


def test_it_is_asked_once_by_many_at_the_same_time() -> None:
    async def scenario(fake: Fake, tokens: WebhookTokens, clock: FakeClock) -> None:
        await asyncio.gather(*(tokens.identify(b"t", ["api"], None) for _ in range(20)))
        assert len(fake.asked) == 1

    with_webhook(lambda _: review(), scenario)


@pytest.mark.parametrize(
    ("said", "asked_for", "matching"),
    [
        (["vault"], ["vault", "x"], ("vault",)),
        ([], ["api"], ("api",)),
        (["vault"], ["api"], None),
        ([], ["vault"], None),
    ],
)
def test_the_audiences_have_to_match(said: list[str], asked_for: list[str], matching: tuple[str, ...] | None) -> None:
    async def scenario(fake: Fake, tokens: WebhookTokens, clock: FakeClock) -> None:
        found = await tokens.identify(b"t", asked_for, None)
        assert (found and found.audiences) == matching

    with_webhook(lambda _: review(audiences=said), scenario)


@pytest.mark.parametrize(
    ("answer", "tries"),
    [
        (Answer(500), 5),
        (Answer(429), 5),
        (Answer(403), 1),
        (Answer(200, b"nonsense"), 1),
        (Answer(200, {"kind": "Other", "status": {"authenticated": True}}), 1),
        (review(user="jane"), 1),
        (review(user={"username": "jane", "groups": 7}), 1),
    ],
)
def test_a_webhook_that_fails_refuses_the_token_and_is_logged(
    answer: Answer, tries: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(fake: Fake, tokens: WebhookTokens, clock: FakeClock) -> None:
        with caplog.at_level(logging.ERROR), pytest.raises(Unauthorized):
            await tokens.identify(b"t", ["api"], None)
        assert len(fake.asked) == tries
        assert "Failed to make webhook authenticator request" in caplog.text

    with_webhook(lambda _: answer, scenario)


def test_a_failure_is_not_remembered() -> None:
    answers = [Answer(403), review()]

    async def scenario(fake: Fake, tokens: WebhookTokens, clock: FakeClock) -> None:
        with pytest.raises(Unauthorized):
            await tokens.identify(b"t", ["api"], None)
        assert await tokens.identify(b"t", ["api"], None)

    with_webhook(lambda _: answers.pop(0), scenario)


@pytest.mark.parametrize("status", [{"authenticated": "true", "user": JANE}, {"authenticated": True, "user": {}}, {}])
def test_anything_but_a_clear_yes_is_a_no(status: dict[str, Any]) -> None:
    async def scenario(fake: Fake, tokens: WebhookTokens, clock: FakeClock) -> None:
        assert await tokens.identify(b"t", ["api"], None) is None

    with_webhook(lambda _: Answer(200, {"kind": "TokenReview", "status": status}), scenario)
