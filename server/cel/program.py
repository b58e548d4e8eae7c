"""Compiling and evaluating expressions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_encoders, ext_math, ext_optional, ext_strings

from server.cel.costs import repeated, too_much
from server.cel.errors import CelError
from server.cel.library import FUNCTIONS
from server.cel.selections import Selection, selections

BOOL: Final = "BOOL"
STRING: Final = "STRING"
STRINGS: Final = "LIST<STRING>"
ANYTHING: Final = "DYN"
"""Types an expression can have, as the compiler calls them."""

_TYPES = {
    "map": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
}
_NO_KEY = re.compile(r'NOT_FOUND: Key not found in map : "(.*)"')
_NO_OVERLOAD = "UNKNOWN: No matching overloads found"
_PREFIX = "INVALID_ARGUMENT: "
_SUFFIX = " [INVALID_ARGUMENT]"


class Program:
    """A compiled expression. ``type``: what it gives, as far as the compiler can tell; ``selects``: the fields it
    reads of its variables, as chains of names."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self.type = str(compiled.return_type().name())
        serialized = compiled.serialize()
        self.selects: frozenset[Selection] = selections(serialized)
        self._loops = repeated(serialized)

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """Plain data. Raises CelError, also for what would take too long."""
        if self._loops and too_much(self._loops, values):
            raise CelError("operation cancelled: actual cost limit exceeded")
        try:
            result = self._compiled.eval(data=dict(values))
            plain = result.plain_value()
        except (RuntimeError, TypeError) as error:
            raise CelError(_worded(str(error))) from None
        if result.type() == cel.Type.ERROR:
            raise CelError(_worded(str(plain)))
        return plain


def _worded(error: str) -> str:
    """As the implementation in Go says the most frequent ones."""
    if found := _NO_KEY.fullmatch(error):
        return f"no such key: {found[1]}"
    return "no such overload" if error.startswith(_NO_OVERLOAD) else error


class Environment:
    """``variables``: names of the maps an expression can see; ``anything``: of other values, null among them."""

    def __init__(self, *variables: str, anything: Sequence[str] = ()) -> None:
        self._env = cel.NewEnv(
            variables={**dict.fromkeys(variables, _TYPES["map"]), **dict.fromkeys(anything, cel.Type.DYN)},
            functions=list(FUNCTIONS),
            extensions=[
                ext_strings.ExtStrings(),
                ext_math.ExtMath(),
                ext_encoders.ExtEncoders(),
                ext_bindings.ExtBindings(),
                ext_optional.ExtOptional(),
            ],
        )

    def compile(self, expression: str) -> Program:
        """Raises CelError."""
        try:
            return Program(self._env.compile(expression))
        except RuntimeError as error:
            told = str(error).removeprefix(_PREFIX).removesuffix(_SUFFIX)
            raise CelError(f"compilation failed: {told}") from None
