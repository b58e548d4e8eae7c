"""Async tests, and the beds they lie in."""

from __future__ import annotations

import asyncio
import inspect
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.storage.beds import Bed, PostgresBed, SQLiteBed
from tests.storage.cluster import Cluster
from tests.storage.cluster_fixtures import cluster, running_cluster

__all__ = ["cluster", "running_cluster"]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine function on an event loop of its own, and close its beds on that loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    asyncio.run(_run(pyfuncitem.obj, arguments))
    return True


async def _run(test: Any, arguments: dict[str, Any]) -> None:
    try:
        async with asyncio.timeout(180):
            await test(**arguments)
    finally:
        for value in arguments.values():
            if isinstance(value, Bed):
                await value.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Callable[[], SQLiteBed]:
    """Makes places for stores in files."""
    numbers = itertools.count()
    return lambda: SQLiteBed(tmp_path / f"store{next(numbers)}.db")


@pytest.fixture
def postgresql(cluster: Cluster) -> Callable[[], PostgresBed]:
    """Makes databases for stores."""
    return lambda: PostgresBed(cluster)


@pytest.fixture
def portable(cluster: Cluster) -> Callable[[], PostgresBed]:
    """Makes databases for stores that use nothing but SQL."""
    return lambda: PostgresBed(cluster, "portable+")
