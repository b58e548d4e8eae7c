"""Which tokens are retired, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apimachinery.clock import FakeClock
from apimachinery.objects import Object
from client.resources import CONFIGMAPS, PODS, SECRETS, SERVICEACCOUNTS
from controllers.account_tokens.cleaner import (
    LOOK,
    TRACKING,
    Verdict,
    build_legacy_token_cleaner,
    tracked_long_enough,
    verdict,
)
from controllers.account_tokens.secrets import TYPE
from tests.controllers.objects import pod
from tests.controllers.world import World, said

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
USED, INVALID = "kubernetes.io/legacy-token-last-used", "kubernetes.io/legacy-token-invalid-since"


def secret(*, created: str = "2020-01-01T00:00:00Z", type: str = TYPE, **labels: str) -> Object:
    metadata: Object = {
        "name": "token",
        "namespace": "default",
        "creationTimestamp": created,
        "annotations": {"kubernetes.io/service-account.name": "robot"},
        "labels": {USED if key == "used" else INVALID: value for key, value in labels.items()},
    }
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": type}


def account(*names: str) -> Object:
    metadata = {"name": "robot", "namespace": "default", "uid": "u"}
    return {"kind": "ServiceAccount", "metadata": metadata, "secrets": [{"name": name} for name in names]}


OWN = account("token")


@pytest.mark.parametrize(
    ("given", "of", "mounted", "decided"),
    [
        pytest.param(secret(), OWN, (), Verdict.INVALIDATE, id="never used"),
        pytest.param(secret(used="2025-05-31"), OWN, (), Verdict.INVALIDATE, id="used long ago"),
        pytest.param(secret(used="2025-06-01"), OWN, (), Verdict.KEEP, id="used a year ago"),
        pytest.param(secret(used="yesterday"), OWN, (), Verdict.KEEP, id="who knows when it was used"),
        pytest.param(secret(created="2025-06-02T00:00:00Z"), OWN, (), Verdict.KEEP, id="new"),
        pytest.param(secret(type="Opaque"), OWN, (), Verdict.KEEP, id="no token"),
        pytest.param(secret(), account(), (), Verdict.KEEP, id="somebody asked for it"),
        pytest.param(secret(), None, (), Verdict.KEEP, id="of no account"),
        pytest.param(secret(), OWN, ("token",), Verdict.KEEP, id="a pod uses it"),
        pytest.param(secret(invalid="2025-05-31"), OWN, (), Verdict.DELETE, id="invalid for long"),
        pytest.param(secret(invalid="2026-01-01"), OWN, (), Verdict.KEEP, id="invalid lately"),
        pytest.param(secret(invalid="soon"), OWN, (), Verdict.INVALIDATE, id="invalid since no day"),
    ],
)
def test_what_becomes_of_a_token(given: Object, of: Object | None, mounted: tuple[str, ...], decided: Verdict) -> None:
    assert verdict(given, of, mounted, NOW) is decided


@pytest.mark.parametrize(
    ("config_map", "enough"),
    [
        (None, False),
        ({"data": {"since": "2025-05-31"}}, True),
        ({"data": {"since": "2025-06-01"}}, False),
        ({"data": {"since": "?"}}, False),
    ],
)
def test_nothing_is_retired_before_uses_have_been_noted_for_a_year(config_map: Object | None, enough: bool) -> None:
    assert tracked_long_enough(config_map, NOW) is enough


def world() -> World:
    found = World()
    metadata = {"name": TRACKING, "namespace": "kube-system"}
    found.put(CONFIGMAPS, {"metadata": metadata, "data": {"since": "2024-01-01"}})
    found.put(SERVICEACCOUNTS, OWN)
    found.put(SECRETS, secret())
    return found


def test_a_token_is_marked_and_a_year_later_deleted() -> None:
    given = world()
    controller = given.build(build_legacy_token_cleaner)
    controller.prepare()
    given.settle(controller)
    assert given.get(SECRETS, "default/token")["metadata"]["labels"] == {INVALID: "2026-01-01"}
    clock: FakeClock = given.clock
    clock.advance(LOOK)
    given.settle(controller)
    assert said(given.writes) == ["patch secrets token"]
    clock.advance(timedelta(days=366).total_seconds())
    given.settle(controller)
    assert given.all(SECRETS) == []


@pytest.mark.parametrize(
    "spec",
    [
        {"volumes": [{"name": "v", "secret": {"secretName": "token"}}]},
        {"volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "token"}}]}}]},
        {"imagePullSecrets": [{"name": "token"}]},
        {"containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "token"}}]}]},
        {"initContainers": [{"env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": "token"}}}]}]},
    ],
)
def test_a_token_that_a_pod_uses_stays(spec: dict[str, Any]) -> None:
    given = world()
    user = pod("user")
    given.put(PODS, {**user, "spec": {**user["spec"], **spec}})
    controller = given.build(build_legacy_token_cleaner)
    controller.prepare()
    given.settle(controller)
    assert given.writes == []
