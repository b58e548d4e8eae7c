"""Runs inside a client library's environment: the standard library only, and nothing of this project.

A driver is a program of checks. It prints JSON, one object a line: signals while it runs, its report at the end.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import inspect
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple


class Context(NamedTuple):
    kubeconfig: str
    namespace: str
    argument: str


def run(distribution: str, *checks: Callable[[Context], Any]) -> None:
    """Each check is named like the feature it stands for, or with a ``_`` behind it if that name is taken. It fails by
    raising, and answers what it saw (JSON)."""
    context = Context(os.environ["KUBECONFIG"], os.environ["CLIENT_NAMESPACE"], os.environ["CLIENT_ARGUMENT"])
    results = {check.__name__.rstrip("_"): _result(check, context) for check in checks}
    _print({"version": importlib.metadata.version(distribution), "checks": results})


def _result(check: Callable[[Context], Any], context: Context) -> dict[str, Any]:
    try:
        saw = check(context)
        if inspect.iscoroutine(saw):
            saw = asyncio.run(saw)
    except Exception:
        return {"passed": False, "why": traceback.format_exc()}
    return {"passed": True, "saw": saw}


def signal(name: str) -> None:
    """Tell the test that it is its turn."""
    _print({"signal": name})


def eventually(condition: Callable[[], Any], patience: float = 30.0) -> Any:
    """What ``condition`` answers once that is true."""
    deadline = time.monotonic() + patience
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {patience:.0f} s"
        time.sleep(0.02)
    return answer


def _print(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
