from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from apimachinery.timefmt import format_time
from client.resources import CONFIGMAPS, SECRETS
from controllers.bootstrap.cleaner import build_token_cleaner
from controllers.bootstrap.signer import build_bootstrap_signer, signature
from controllers.bootstrap.tokens import for_signing, seconds_left
from tests.controllers.world import World, said

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HELLO = "Hello from the other side. I must have called a thousand times."


def token(identifier: str = "abcdef", **data: str) -> dict[str, Any]:
    values = {
        "token-id": identifier,
        "token-secret": "0123456789abcdef",
        "usage-bootstrap-signing": "true",
        **{key.replace("_", "-"): value for key, value in data.items()},
    }
    return {
        "metadata": {"name": f"bootstrap-token-{identifier}", "namespace": "kube-system"},
        "type": "bootstrap.kubernetes.io/token",
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()},
    }


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("2026-01-01T00:01:00Z", 60.0),
        ("2026-01-01T01:00:30+01:00", 30.0),
        ("2025-12-31T00:00:00Z", 0.0),
        ("tomorrow", 0.0),
        ("", float("inf")),
    ],
)
def test_how_long_a_token_is_good(text: str, left: float) -> None:
    assert seconds_left(token(expiration=text), NOW) == left


@pytest.mark.parametrize(
    "secret",
    [
        token(usage_bootstrap_signing="false"),
        token(token_secret=""),
        token(token_id="fedcba"),
        token(expiration="2025-01-01T00:00:00Z"),
        {**token(), "metadata": {"name": "bootstrap-token-TOOLONG", "namespace": "kube-system"}},
    ],
)
def test_what_does_not_sign(secret: dict[str, Any]) -> None:
    assert for_signing(token(), NOW) == ("abcdef", "0123456789abcdef")
    assert for_signing(secret, NOW) is None


@pytest.mark.parametrize(
    ("content", "key", "expected"),
    [
        (HELLO, "my voice is my passcode", "VShe2taLd-YTrmWuRkcL_8QTNDHYxQIEBsAYYiIj1_8"),
        ("", "my voice is my passcode", "7Ui1ALizW4jXphVUB7xUqC9vLYLL9RZeOFfVLoB7Tgk"),
        (HELLO, "", "UfkqvDGiIFxrMnFseDj9LYJOLNrvjW8aHhF71mvvAs8"),
    ],
)
def test_signatures_are_those_of_upstreams_test(content: str, key: str, expected: str) -> None:
    """k8s.io/cluster-bootstrap token/jws/jws_test.go."""
    assert signature(content, "joshua", key) == f"eyJhbGciOiJIUzI1NiIsImtpZCI6Impvc2h1YSJ9..{expected}"


def test_expired_tokens_are_deleted_when_their_time_has_come() -> None:
    world = World()
    world.put(SECRETS, token(), token("bbbbbb", expiration=format_time(world.clock.now())))
    soon = token("cccccc")
    world.put(SECRETS, soon)
    controller = world.build(build_token_cleaner)
    world.settle(controller)
    assert said(world.writes) == ["delete secrets bootstrap-token-bbbbbb"]


def test_a_token_that_is_good_for_a_minute_goes_after_it() -> None:
    world = World()
    later = datetime.fromtimestamp(world.clock.now().timestamp() + 60, UTC)
    world.put(SECRETS, token(expiration=format_time(later)))
    controller = world.build(build_token_cleaner)
    world.settle(controller)
    assert world.writes == []
    world.clock.advance(61)
    world.settle(controller)
    assert said(world.writes) == ["delete secrets bootstrap-token-abcdef"]


def test_secrets_elsewhere_are_left_alone() -> None:
    world = World()
    elsewhere = token(expiration="2000-01-01T00:00:00Z")
    elsewhere["metadata"]["namespace"] = "default"
    world.put(SECRETS, elsewhere)
    world.settle(world.build(build_token_cleaner))
    assert world.writes == []


INFO = {"metadata": {"name": "cluster-info", "namespace": "kube-public"}, "data": {"kubeconfig": "content"}}


def test_the_clusters_description_is_signed_by_every_token_and_by_no_other() -> None:
    world = World()
    world.put(CONFIGMAPS, {**INFO, "data": {"kubeconfig": "content", "jws-kubeconfig-old": "x"}})
    world.put(SECRETS, token(), token("bbbbbb"), token("cccccc", usage_bootstrap_signing="no"))
    controller = world.build(build_bootstrap_signer)
    world.settle(controller)
    data = world.get(CONFIGMAPS, "kube-public/cluster-info")["data"]
    assert set(data) == {"kubeconfig", "jws-kubeconfig-abcdef", "jws-kubeconfig-bbbbbb"}
    assert data["jws-kubeconfig-abcdef"] == signature("content", "abcdef", "0123456789abcdef")
    writes = len(world.writes)
    world.settle(controller)
    assert len(world.writes) == writes


def test_without_a_description_there_is_nothing_to_sign() -> None:
    world = World()
    world.put(CONFIGMAPS, {**INFO, "data": {"other": "x"}})
    world.put(SECRETS, token())
    world.settle(world.build(build_bootstrap_signer))
    assert world.writes == []
