"""Expressions of policies, compiled once, and what they see of a write.

Source: k8s.io/apiserver/pkg/admission/plugin/cel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from apimachinery.objects import Object
from server.cel.errors import CelError
from server.cel.lazily import environment
from server.cel.literals import as_maps

VARIABLES: Final = ("object", "oldObject", "request", "params", "namespaceObject", "variables")
_NAMESPACE_METADATA: Final = (
    *("annotations", "creationTimestamp", "deletionTimestamp", "finalizers", "generateName", "generation", "labels"),
    *("name", "resourceVersion", "uid"),
)

Evaluate = Callable[[Mapping[str, Any]], Any]


def compiled(expression: str) -> Evaluate:
    """Raises CelError only when it is evaluated: what does not compile is refused as a policy's failure."""
    try:
        program = environment(anything=VARIABLES).compile(as_maps(expression))
    except CelError as error:
        failure = CelError(f"compilation error: {error}")

        def fail(values: Mapping[str, Any]) -> Any:
            raise failure

        return fail

    def evaluate(values: Mapping[str, Any]) -> Any:
        try:
            return program.evaluate(values)
        except CelError as error:
            raise CelError(f"expression '{expression}' resulted in error: {error}") from None

    return evaluate


def shown_namespace(namespace: Object | None) -> Object | None:
    """What expressions see of the namespace of an object."""
    if namespace is None:
        return None
    metadata = namespace["metadata"]
    shown = {name: metadata[name] for name in _NAMESPACE_METADATA if name in metadata}
    return {"metadata": shown, "spec": namespace.get("spec") or {}, "status": namespace.get("status") or {}}


def with_variables(values: Mapping[str, Any], variables: Sequence[tuple[str, Evaluate]]) -> dict[str, Any]:
    """The values with ``variables`` in them. One that fails is not there: who reads it fails too."""
    found: dict[str, Any] = {}
    seen = {**values, "variables": found}
    for name, evaluate in variables:
        try:
            found[name] = evaluate(seen)
        except CelError:
            continue
    return seen
