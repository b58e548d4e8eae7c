"""Expressions about a SubjectAccessReview that say whether a webhook is asked.

Source: k8s.io/apiserver pkg/authorization/cel (compile.go, matcher.go).
"""

from __future__ import annotations

from typing import Any

from apimachinery.objects import Object
from server.authz.webhook import Condition, ConditionError
from server.cel.errors import CelError
from server.cel.lazily import environment

_VARIABLE = "request"
_FIELDS: dict[str, Any] = {
    "user": None,
    "groups": None,
    "uid": None,
    "extra": None,
    "resourceAttributes": dict.fromkeys(
        (
            "namespace",
            "verb",
            "group",
            "version",
            "resource",
            "subresource",
            "name",
            "fieldSelector",
            "labelSelector",
        )
    ),
    "nonResourceAttributes": dict.fromkeys(("path", "verb")),
}
_EMPTY: Object = {"user": "", "groups": [], "uid": "", "extra": {}}
_EMPTY_RESOURCE: Object = dict.fromkeys(
    ("namespace", "verb", "group", "version", "resource", "subresource", "name"), ""
)


def condition(expression: str) -> Condition:
    """Raises CelError for what is no condition."""
    program = environment(_VARIABLE).compile(expression)
    if program.type != "BOOL":
        raise CelError(f"must evaluate to bool but got {program.type.lower()}")
    for chain in program.selects:
        if chain[0] == _VARIABLE:
            _check_known(chain[1:])

    def holds(spec: Object) -> bool:
        try:
            return program.evaluate({_VARIABLE: _complete(spec)}) is True
        except CelError as error:
            raise ConditionError(f"{expression}: {error}") from None

    return holds


def _check_known(chain: tuple[str, ...]) -> None:
    known: Any = _FIELDS
    for name in chain:
        if known is None:
            return
        if name not in known:
            raise CelError(f"compilation failed: undefined field '{name}'")
        known = known[name]


def _complete(spec: Object) -> Object:
    """Texts and lists that are empty are there all the same."""
    complete = {**_EMPTY, **spec}
    if "resourceAttributes" in spec:
        complete["resourceAttributes"] = {**_EMPTY_RESOURCE, **spec["resourceAttributes"]}
    return complete
