"""A webhook that decides who may do what."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from apimachinery.clock import FakeClock
from apimachinery.fields import parse_field_selector
from apimachinery.labels import parse_selector
from apimachinery.objects import Object
from server.authn.user import User
from server.authz.authorizer import Attributes, Verdict
from server.authz.chain import AlwaysAllow, AuthorizerChain
from server.authz.webhook import ConditionError, WebhookAuthorizer, WebhookConfig, spec_of
from server.outbound.http import Remote
from server.outbound.review import Reviewer
from tests.server.outbound.fake import Answer, Asked, Fake, serving

JANE = User("jane", "7", ("dev",), {"k": ("v",)})
GET = Attributes(JANE, "get", "/x", True, "apps", "v1", "deployments", "scale", "ns", "web")


def says(**status: Any) -> Answer:
    return Answer(200, {"kind": "SubjectAccessReview", "status": status})


async def no_pause(seconds: float) -> None:
    return None


def with_webhook(
    answer: Callable[[Asked], Answer],
    scenario: Callable[[Fake, WebhookAuthorizer, FakeClock], Any],
    **config: Any,
) -> None:
    async def run() -> None:
        clock = FakeClock()
        async with serving(answer) as fake:
            reviewer = Reviewer(Remote(fake.url), pause=no_pause)
            await scenario(fake, WebhookAuthorizer(reviewer, WebhookConfig(**config), clock), clock)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ({"allowed": True, "reason": "because"}, Verdict(True, "because")),
        ({"allowed": False, "reason": "unknown"}, Verdict(False, "unknown")),
        ({"allowed": False, "denied": True, "reason": "never"}, Verdict(False, "never", denied=True)),
        ({"allowed": True, "denied": True}, Verdict(False, denied=True)),
        ({"allowed": "yes"}, Verdict(False)),
        ({}, Verdict(False)),
    ],
)
def test_its_word_counts(status: dict[str, Any], verdict: Verdict) -> None:
    async def scenario(fake: Fake, webhook: WebhookAuthorizer, clock: FakeClock) -> None:
        assert await webhook.authorize(GET) == verdict

    with_webhook(lambda _: says(**status), scenario)


def test_it_is_told_all_about_the_request() -> None:
    fields = parse_field_selector("spec.nodeName=n1,status.phase!=Failed").requirements
    labels = parse_selector("app=web,tier notin (a,b),x").requirements
    assert spec_of(Attributes(JANE, "list", "/x", True, "", "v1", "pods", fields=fields, labels=labels)) == {
        "user": "jane",
        "uid": "7",
        "groups": ["dev"],
        "extra": {"k": ["v"]},
        "resourceAttributes": {
            "verb": "list",
            "version": "v1",
            "resource": "pods",
            "fieldSelector": {
                "requirements": [
                    {"key": "spec.nodeName", "operator": "In", "values": ["n1"]},
                    {"key": "status.phase", "operator": "NotIn", "values": ["Failed"]},
                ]
            },
            "labelSelector": {
                "requirements": [
                    {"key": "app", "operator": "In", "values": ["web"]},
                    {"key": "tier", "operator": "NotIn", "values": ["a", "b"]},
                    {"key": "x", "operator": "Exists"},
                ]
            },
        },
    }
    assert spec_of(Attributes(JANE, "get", "/metrics"))["nonResourceAttributes"] == {"path": "/metrics", "verb": "get"}


def test_v1beta1_calls_groups_group() -> None:
    async def scenario(fake: Fake, webhook: WebhookAuthorizer, clock: FakeClock) -> None:
        await webhook.authorize(GET)
        assert fake.asked[0].json["spec"]["group"] == ["dev"]
        assert fake.asked[0].json["apiVersion"] == "authorization.k8s.io/v1beta1"

    with_webhook(lambda _: says(allowed=True), scenario, version="v1beta1")


@pytest.mark.parametrize(("allowed", "seconds"), [(True, 300), (False, 30)])
def test_yes_and_no_are_remembered_each_for_its_time(allowed: bool, seconds: float) -> None:
    async def scenario(fake: Fake, webhook: WebhookAuthorizer, clock: FakeClock) -> None:
        await webhook.authorize(GET)
        clock.advance(seconds - 1)
        await webhook.authorize(GET)
        assert len(fake.asked) == 1
        clock.advance(2)
        await webhook.authorize(GET)
        assert len(fake.asked) == 2

    with_webhook(lambda _: says(allowed=allowed), scenario)


def test_questions_of_ten_thousand_characters_are_not_remembered() -> None:
    long = Attributes(JANE, "get", "/" + "x" * 10_000)

    async def scenario(fake: Fake, webhook: WebhookAuthorizer, clock: FakeClock) -> None:
        await webhook.authorize(long)
        await webhook.authorize(long)
        assert len(fake.asked) == 2

    with_webhook(lambda _: says(allowed=True), scenario)


@pytest.mark.parametrize("deny", [True, False])
def test_when_it_fails_the_policy_says_what_then(deny: bool) -> None:
    async def scenario(fake: Fake, webhook: WebhookAuthorizer, clock: FakeClock) -> None:
        verdict = await webhook.authorize(GET)
        assert (verdict.allowed, verdict.denied) == (False, deny)
        assert "status 403" in verdict.trouble
        assert (await AuthorizerChain([webhook, AlwaysAllow()]).authorize(GET)).allowed is not deny

    with_webhook(lambda _: Answer(403), scenario, deny=deny)


def yes(spec: Object) -> bool:
    return True


def no(spec: Object) -> bool:
    return False


def fails(spec: Object) -> bool:
    raise ConditionError("no such key")


@pytest.mark.parametrize(
    ("conditions", "asked", "denied"),
    [
        ([yes, yes], 1, False),
        ([yes, no], 0, False),
        ([fails, no], 0, False),
        ([yes, fails], 0, True),
    ],
)
def test_conditions_say_whether_it_is_asked(conditions: list[Any], asked: int, denied: bool) -> None:
    async def scenario(fake: Fake, webhook: WebhookAuthorizer, clock: FakeClock) -> None:
        verdict = await webhook.authorize(GET)
        assert len(fake.asked) == asked
        assert verdict.denied is denied

    with_webhook(lambda _: says(allowed=True), scenario, conditions=conditions, deny=True)


def test_a_denial_ends_the_chain_and_no_opinion_does_not() -> None:
    async def scenario(fake: Fake, webhook: WebhookAuthorizer, clock: FakeClock) -> None:
        chain = AuthorizerChain([webhook, AlwaysAllow()])
        assert not (await chain.authorize(GET)).allowed
        assert (await chain.authorize(Attributes(User("joe"), "get", "/"))).allowed

    with_webhook(lambda asked: says(denied=asked.json["spec"]["user"] == "jane"), scenario)


def test_it_cannot_be_asked_for_rules_and_says_so() -> None:
    async def scenario(fake: Fake, webhook: WebhookAuthorizer, clock: FakeClock) -> None:
        rules = await AuthorizerChain([webhook, AlwaysAllow()]).rules(JANE, "ns")
        assert rules.incomplete
        assert rules.trouble == "webhook authorizer does not support user rule resolution"
        assert rules.resources[0].verbs == ("*",)

    with_webhook(lambda _: says(), scenario)
