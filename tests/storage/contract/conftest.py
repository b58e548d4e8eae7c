"""The contract holds on every back end."""

from __future__ import annotations

import pytest

from tests.storage.beds import Bed, MakeBed

EXAMPLES = {"sqlite": 60, "postgresql": 15, "portable": 8}
"""The back ends, and how many stories of the model each is told."""


@pytest.fixture(params=EXAMPLES)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make_bed(request: pytest.FixtureRequest, backend: str) -> MakeBed:
    make: MakeBed = request.getfixturevalue(backend)
    return make


@pytest.fixture
def bed(make_bed: MakeBed) -> Bed:
    return make_bed()


@pytest.fixture
def examples(backend: str) -> int:
    return EXAMPLES[backend]
