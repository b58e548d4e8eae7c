"""Policies and their bindings of one kind, compiled; made anew when one of them changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apimachinery.labels import Selector, from_label_selector
from apimachinery.objects import Object
from server.admission.cached import object_of
from server.admission.policies.expressions import Evaluate, compiled
from server.admission.webhooks.hooks import Hook, MatchCondition
from storage.cache import ResourceCache


@dataclass(frozen=True, slots=True)
class Matcher:
    """Constraints of a policy or a binding, in the form that hooks are matched by; ``excluded`` wins."""

    hook: Hook
    excluded: Hook
    everything: bool
    """Without rules a binding is for all that its policy is for."""


@dataclass(frozen=True, slots=True)
class Expression:
    """``spec`` is what stands around the expression: a validation, a mutation, an audit annotation."""

    spec: Mapping[str, Any]
    evaluate: Evaluate
    message: Evaluate | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    name: str
    spec: Mapping[str, Any]
    matcher: Matcher


@dataclass(frozen=True, slots=True)
class Policy:
    name: str
    spec: Mapping[str, Any]
    matcher: Matcher
    bindings: Sequence[Binding]
    variables: Sequence[tuple[str, Evaluate]]
    validations: Sequence[Expression]
    audits: Sequence[Expression]
    mutations: Sequence[Expression]

    @property
    def ignores_failure(self) -> bool:
        return bool(self.spec.get("failurePolicy") == "Ignore")

    @property
    def is_reinvoked(self) -> bool:
        return bool(self.spec.get("reinvocationPolicy") == "IfNeeded")


class Policies:
    def __init__(self, policies: ResourceCache, bindings: ResourceCache) -> None:
        self._policies, self._bindings = policies, bindings
        self._made_at = (-1, -1)
        self._made: tuple[Policy, ...] = ()

    def all(self) -> Sequence[Policy]:
        """Those that something binds, by name."""
        changes = (self._policies.changes, self._bindings.changes)
        if changes != self._made_at:
            bindings: dict[str, list[Binding]] = {}
            for entry in self._bindings.list().entries:
                binding = object_of(entry)
                bindings.setdefault(binding["spec"]["policyName"], []).append(_binding(binding))
            policies = map(object_of, self._policies.list().entries)
            self._made = tuple(
                policy_of(one, bound) for one in policies if (bound := bindings.get(one["metadata"]["name"]))
            )
            self._made_at = changes
        return self._made


def policy_of(policy: Object, bindings: Sequence[Binding]) -> Policy:
    spec, name = policy["spec"], policy["metadata"]["name"]
    return Policy(
        name,
        spec,
        _matcher(name, spec.get("matchConstraints") or {}, _conditions(spec)),
        bindings,
        [(one["name"], compiled(one["expression"])) for one in spec.get("variables") or ()],
        [_validation(one) for one in spec.get("validations") or ()],
        [Expression(one, compiled(one["valueExpression"])) for one in spec.get("auditAnnotations") or ()],
        [_mutation(one) for one in spec.get("mutations") or ()],
    )


def _binding(binding: Object) -> Binding:
    spec, name = binding["spec"], binding["metadata"]["name"]
    return Binding(name, spec, _matcher(name, spec.get("matchResources") or {}, ()))


def _validation(spec: Mapping[str, Any]) -> Expression:
    text = spec.get("messageExpression") or ""
    return Expression(spec, compiled(spec["expression"]), compiled(text) if text else None)


def _mutation(spec: Mapping[str, Any]) -> Expression:
    within = "applyConfiguration" if spec["patchType"] == "ApplyConfiguration" else "jsonPatch"
    return Expression(spec, compiled(spec[within]["expression"]))


def _conditions(spec: Mapping[str, Any]) -> Sequence[MatchCondition]:
    return [
        MatchCondition(one["name"], one["expression"], compiled(one["expression"]))
        for one in spec.get("matchConditions") or ()
    ]


def _matcher(name: str, constraints: Mapping[str, Any], conditions: Sequence[MatchCondition]) -> Matcher:
    def hook(rules: str) -> Hook:
        spec = {"rules": constraints.get(rules) or (), "matchPolicy": constraints.get("matchPolicy") or "Equivalent"}
        return Hook(name, name, spec, _selector(constraints, "namespaceSelector"), objects, conditions)

    objects = _selector(constraints, "objectSelector")
    rules = constraints.get("resourceRules")
    return Matcher(hook("resourceRules"), hook("excludeResourceRules"), everything=not rules)


def _selector(constraints: Mapping[str, Any], name: str) -> Selector:
    return from_label_selector(constraints.get(name) or {})
