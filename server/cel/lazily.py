"""The language, loaded when there is an expression: its library takes 22 MiB, which most servers need not pay."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.cel.program import Environment


def environment(*variables: str) -> Environment:
    """See ``server.cel.program.Environment``; what it raises is ``server.cel.errors.CelError``."""
    made: Environment = importlib.import_module("server.cel.program").Environment(*variables)
    return made
