from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from openapi.once import once


def test_many_who_ask_at_once_get_one_and_the_same() -> None:
    asked = threading.Barrier(8)
    made: list[str] = []

    @once
    def make(name: str) -> object:
        made.append(name)
        return object()

    def ask(_: int) -> object:
        asked.wait(10)
        return make("a")

    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(ask, range(8)))
    assert (len(found), made) == (1, ["a"])
    assert make("b") not in found
