from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.authz.people import BySay
from tests.server.harness import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "state.db", authenticator=BySay()) as running:
        yield running
