"""The day of a token's last use is written once, beside the request that brought it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apimachinery.clock import FakeClock
from apimachinery.gvk import GroupResource
from server.authn.legacy_usage import LAST_USED, LegacyUsage
from tests.server.harness import Server

SECRETS = "/api/v1/namespaces/default/secrets"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server(tmp_path: Path, clock: FakeClock) -> Iterator[Server]:
    with Server(tmp_path / "db", clock) as server:
        yield server


def used(server: Server, usage: LegacyUsage, secret: Any) -> str:
    """The label after a use of that version of the Secret."""

    async def use() -> None:
        usage.note(secret)
        usage.note(secret)
        await usage.settle()

    server.run(use())
    return str((server.get(f"{SECRETS}/s").json["metadata"].get("labels") or {}).get(LAST_USED))


def test_the_day_of_the_last_use(server: Server, clock: FakeClock) -> None:
    registry = server.server.api.registries[GroupResource("", "secrets")]
    usage = LegacyUsage(lambda: registry, clock)
    made = server.post(SECRETS, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}).json
    before = server.server.store.revision
    assert used(server, usage, made) == "2026-01-01"
    assert server.server.store.revision == before + 1
    now = server.get(f"{SECRETS}/s").json
    assert used(server, usage, now) == "2026-01-01"
    assert server.server.store.revision == before + 1
    clock.advance(2 * 24 * 60 * 60)
    assert used(server, usage, now) == "2026-01-03"


def test_another_secret_of_that_name_is_left_alone(server: Server, clock: FakeClock) -> None:
    registry = server.server.api.registries[GroupResource("", "secrets")]
    usage = LegacyUsage(lambda: registry, clock)
    made = server.post(SECRETS, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}).json
    server.delete(f"{SECRETS}/s")
    server.post(SECRETS, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}})
    assert used(server, usage, made) == "None"
