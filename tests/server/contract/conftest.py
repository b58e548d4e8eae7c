"""A server whose time moves only when it is told to: for what history, bookmarks and time to live do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apimachinery.clock import FakeClock
from tests.server.harness import Server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def timed(tmp_path: Path, clock: FakeClock) -> Iterator[Server]:
    with Server(tmp_path / "timed.db", clock) as running:
        yield running
