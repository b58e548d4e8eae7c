"""Results of functions of texts that somebody else chooses, remembered without being a store for them.

A cache of so many entries is also one of so many times the longest text: whoever sends texts of megabytes, each another
one, would fill the memory. Long ones are worked out each time, and are rare.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, update_wrapper
from typing import Final, TypeVar

LONGEST: Final = 1024

Result = TypeVar("Result")


def remembered(entries: int, longest: int = LONGEST) -> Callable[[Callable[[str], Result]], Callable[[str], Result]]:
    """For pure functions of one text. What they raise is not remembered."""

    def decorate(make: Callable[[str], Result]) -> Callable[[str], Result]:
        kept = lru_cache(entries)(make)

        def ask(text: str) -> Result:
            return kept(text) if len(text) <= longest else make(text)

        return update_wrapper(ask, make)

    return decorate
