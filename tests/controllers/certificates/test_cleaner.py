from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from client.resources import CERTIFICATESIGNINGREQUESTS
from controllers.certificates.authority import Authority
from controllers.certificates.cleaner import build_cleaner, due
from tests.controllers.certificates.signing import approved, authority, csr, request
from tests.controllers.world import World, said

START = datetime(2026, 1, 1, tzinfo=UTC)
SINCE = "2026-01-01T00:00:00Z"


def condition(kind: str) -> dict[str, Any]:
    return {"type": kind, "status": "True", "lastUpdateTime": SINCE}


@pytest.mark.parametrize(
    ("conditions", "certificate", "hours"),
    [
        ((), b"", 24),
        ((condition("Denied"),), b"", 1),
        ((condition("Failed"),), b"", 1),
        ((approved(SINCE),), b"", 24),
        ((approved(SINCE),), b"no certificate", 1),
        ((approved(SINCE), condition("Failed")), b"", 1),
    ],
)
def test_when_a_request_goes(conditions: Any, certificate: bytes, hours: int) -> None:
    one = request(conditions=conditions, certificate=certificate)
    one["metadata"]["creationTimestamp"] = SINCE
    assert due(one) == START + timedelta(hours=hours)


def test_a_request_whose_certificate_has_expired_goes_at_once(tmp_path: Path) -> None:
    settings = authority(tmp_path, START)
    assert settings.signing_certificate is not None
    assert settings.signing_key is not None
    signing = Authority(settings.signing_certificate, settings.signing_key, settings.signing_duration)
    pem = signing.sign(csr(), ["client auth"], 600, START)
    assert due(request(conditions=[approved(SINCE)], certificate=pem)) == START + timedelta(minutes=10)


def test_requests_are_looked_at_when_their_time_has_come() -> None:
    world = World()
    world.put(CERTIFICATESIGNINGREQUESTS, request())
    controller = world.build(build_cleaner)
    world.settle(controller)
    world.clock.advance(24 * 3600 - 1)
    world.settle(controller)
    assert world.writes == []
    world.clock.advance(2)
    world.settle(controller)
    assert said(world.writes) == ["delete certificatesigningrequests csr"]
