"""The webhooks of all configurations of one kind, in the order they are asked; read anew when one changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apimachinery.labels import Selector, from_label_selector
from apimachinery.objects import Object
from server.admission.cached import object_of
from server.cel.errors import CelError
from server.cel.lazily import environment
from storage.cache import ResourceCache

_CONDITION_VARIABLES = ("object", "oldObject", "request", "namespaceObject")


@dataclass(frozen=True, slots=True)
class MatchCondition:
    name: str
    expression: str
    holds: Callable[[Mapping[str, Any]], Any]
    """Raises CelError."""


@dataclass(frozen=True, slots=True)
class Hook:
    """``configuration`` and ``name`` say which; ``spec`` is the webhook as it was written."""

    configuration: str
    name: str
    spec: Mapping[str, Any]
    namespace_selector: Selector
    object_selector: Selector
    conditions: Sequence[MatchCondition] = field(default=())

    @property
    def rules(self) -> Sequence[Mapping[str, Any]]:
        return self.spec.get("rules") or ()

    @property
    def ignores_failure(self) -> bool:
        return bool(self.spec.get("failurePolicy") == "Ignore")

    @property
    def takes_equivalents(self) -> bool:
        return bool(self.spec.get("matchPolicy", "Equivalent") == "Equivalent")

    @property
    def is_reinvoked(self) -> bool:
        return bool(self.spec.get("reinvocationPolicy") == "IfNeeded")

    @property
    def takes_dry_runs(self) -> bool:
        return self.spec.get("sideEffects") in ("None", "NoneOnDryRun")

    @property
    def seconds(self) -> float:
        return float(self.spec.get("timeoutSeconds") or 10)


class Hooks:
    def __init__(self, configurations: ResourceCache) -> None:
        self._configurations = configurations
        self._made_at = -1
        self._hooks: tuple[Hook, ...] = ()

    def all(self) -> Sequence[Hook]:
        """By the name of the configuration, then as they stand in it."""
        changes = self._configurations.changes
        if changes != self._made_at:
            entries = self._configurations.list().entries
            self._hooks = tuple(hook for entry in entries for hook in hooks_of(object_of(entry)))
            self._made_at = changes
        return self._hooks


def hooks_of(configuration: Object) -> Sequence[Hook]:
    name = configuration["metadata"]["name"]
    return [_hook(name, spec) for spec in configuration.get("webhooks") or ()]


def _hook(configuration: str, spec: Mapping[str, Any]) -> Hook:
    return Hook(
        configuration,
        spec["name"],
        spec,
        from_label_selector(spec.get("namespaceSelector") or {}),
        from_label_selector(spec.get("objectSelector") or {}),
        [_condition(one) for one in spec.get("matchConditions") or ()],
    )


def _condition(condition: Mapping[str, Any]) -> MatchCondition:
    expression = condition["expression"]
    try:
        program = environment(anything=_CONDITION_VARIABLES).compile(expression)
    except CelError as error:
        return MatchCondition(condition["name"], expression, _failing(error))
    return MatchCondition(
        condition["name"], expression, lambda values: program.evaluate({"namespaceObject": None, **values})
    )


def _failing(error: CelError) -> Callable[[Mapping[str, Any]], Any]:
    def fail(values: Mapping[str, Any]) -> Any:
        raise error

    return fail
