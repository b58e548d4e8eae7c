"""Waiting for something that other processes bring about."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T], accept: Callable[[T], bool], *, timeout: float = 30.0) -> T:
    """Look until it is acceptable; what was seen then. Fails with what was seen last."""
    deadline = time.monotonic() + timeout
    while True:
        seen = look()
        if accept(seen):
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:.0f} s; last seen: {seen}")
        time.sleep(0.05)
