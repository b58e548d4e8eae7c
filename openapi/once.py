"""Keeping what is costly to make, where many threads may ask for it before it is there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar, cast

_Asked = ParamSpec("_Asked")
_Made = TypeVar("_Made")
_making = threading.Lock()


def once(make: Callable[_Asked, _Made]) -> Callable[_Asked, _Made]:
    """Like ``functools.cache``, but only one thing is made at a time, so nothing twice; ``make`` may use no other
    function of this kind."""
    kept = cast(Callable[_Asked, _Made], cache(make))

    @wraps(make)
    def made(*args: _Asked.args, **kwargs: _Asked.kwargs) -> _Made:
        with _making:
            return kept(*args, **kwargs)

    return made
