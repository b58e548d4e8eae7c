"""The language, loaded when there is an expression: its library takes 22 MiB, which most servers need not pay."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING

from server.cel.errors import CelError

if TYPE_CHECKING:
    from server.cel.program import Environment


RULE_VARIABLES = ("self", "oldSelf")
"""What the rules of a schema can see."""


def rule_problem(expression: str) -> str:
    """Why a schema's rule cannot be compiled, or an empty string."""
    try:
        environment(anything=RULE_VARIABLES).compile(expression)
    except CelError as error:
        return str(error)
    return ""


@cache
def environment(*variables: str, anything: tuple[str, ...] = ()) -> Environment:
    """See ``server.cel.program.Environment``; what it raises is ``server.cel.errors.CelError``. One for each choice."""
    made: Environment = importlib.import_module("server.cel.program").Environment(*variables, anything=anything)
    return made
