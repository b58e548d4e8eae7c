"""Expressions of admission policies and of match conditions: whether they compile, and what they give.

Those that ask the authorizer are let through, since the language here does not have it: they fail when they are used.
Source: k8s.io/kubernetes/pkg/apis/admissionregistration/validation, validateCELCondition;
k8s.io/apiserver/pkg/admission/plugin/cel/compile.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from apimachinery.fielderrors import invalid
from server.cel.errors import CelError
from server.cel.lazily import environment
from server.cel.literals import as_maps
from server.validation.checks import Errors

BOOL: Final = ("bool",)
TEXT: Final = ("string",)
TEXT_OR_NULL: Final = ("string", "null_type")
ANYTHING: Final = ()
"""What an expression may give."""

_SEEN = ("object", "oldObject", "request", "namespaceObject")
_KEYS = ("expression", "messageExpression", "valueExpression")
_authorizer = re.compile(r"\bauthorizer\b")
_names = str.maketrans("<>", "()")


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can see besides what is written: ``variables`` by their names, None where there are none.
    Expressions that are ``stored`` already are not looked at again."""

    params: bool = False
    variables: frozenset[str] | None = None
    stored: frozenset[str] = frozenset()


def stored_expressions(spec: Any) -> frozenset[str]:
    """All expressions in a stored policy or configuration, wherever they stand."""
    return frozenset(_expressions(spec))


def _expressions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inside in value.items():
            if key in _KEYS and isinstance(inside, str):
                yield inside
            else:
                yield from _expressions(inside)
    elif isinstance(value, list):
        for item in value:
            yield from _expressions(item)


def check_expression(errors: Errors, path: str, text: str, scope: Scope, gives: Sequence[str] = BOOL) -> None:
    """``text`` is not blank. What it gives is not known where fields of objects are given: then anything may be."""
    trimmed = text.strip()
    if text in scope.stored or _authorizer.search(trimmed):
        return
    params = ("params",) if scope.params else ()
    variables = () if scope.variables is None else ("variables",)
    try:
        program = environment(anything=(*_SEEN, *params, *variables)).compile(as_maps(trimmed))
    except CelError as error:
        errors.append(invalid(path, trimmed, str(error)))
        return
    for chain in sorted(program.selects):
        if scope.variables is not None and chain[0] == "variables" and chain[1] not in scope.variables:
            errors.append(invalid(path, trimmed, f"compilation failed: undefined field '{chain[1]}'"))
            return
    kind = _in_go(program.type)
    if gives and kind != "dyn" and kind not in gives:
        wanted = gives[0] if len(gives) == 1 else f"one of [{' '.join(gives)}]"
        errors.append(invalid(path, trimmed, f"must evaluate to {wanted} but got {kind}"))


def _in_go(kind: str) -> str:
    return "null_type" if kind == "NULL" else kind.lower().translate(_names)
