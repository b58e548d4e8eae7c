"""Tests that are coroutine functions run on an event loop of their own, for PATIENCE at the most."""

from __future__ import annotations

import inspect

import pytest

from tests.server.http.harness import run


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}))
    return True
