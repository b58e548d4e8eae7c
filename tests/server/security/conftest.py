"""One server for all who try: what they do is refused, so it stays as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.security.wire import Wire


@pytest.fixture(scope="session")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    running = Wire(tmp_path_factory.mktemp("wire"))
    yield running
    running.close()
