"""Which nodes a pod may go to by their labels and names: nodeSelector and node affinity, compiled once per pod.

Source: k8s.io/component-helpers/scheduling/corev1/nodeaffinity. Terms are alternatives, the requirements within a term
all hold; a term without requirements matches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

Test = Callable[[Mapping[str, str], str], bool]
"""Of a node's labels and name."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")


class Term(NamedTuple):
    tests: tuple[Test, ...]
    names: frozenset[str] | None
    """The only nodes that can match; None: no restriction by name."""

    def matches(self, labels: Mapping[str, str], name: str) -> bool:
        return bool(self.tests) and all(test(labels, name) for test in self.tests)


class Preference(NamedTuple):
    weight: int
    term: Term


class NodeSelection:
    """Compiled ``nodeSelector`` and ``affinity.nodeAffinity`` of a pod."""

    __slots__ = ("labels", "preferred", "required")

    def __init__(
        self,
        labels: tuple[tuple[str, str], ...] = (),
        required: tuple[Term, ...] | None = None,
        preferred: tuple[Preference, ...] = (),
    ) -> None:
        """``required``: None restricts nothing, an empty tuple matches nothing."""
        self.labels = labels
        self.required = required
        self.preferred = preferred

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> NodeSelection:
        affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
        selector = spec.get("nodeSelector")
        if not affinity and not selector:
            return ANYWHERE
        required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
        terms = None if required is None else tuple(compile_term(t) for t in required.get("nodeSelectorTerms") or ())
        preferred = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        return cls(
            tuple((selector or {}).items()),
            terms,
            tuple(Preference(entry["weight"], compile_term(entry["preference"])) for entry in preferred),
        )

    @property
    def restricts(self) -> bool:
        return bool(self.labels) or self.required is not None

    def matches(self, labels: Mapping[str, str], name: str) -> bool:
        """Whether the pod may go to a node with these labels and that name."""
        for key, value in self.labels:
            if labels.get(key) != value:
                return False
        return self.required is None or any(term.matches(labels, name) for term in self.required)

    def score(self, labels: Mapping[str, str], name: str) -> int:
        """The sum of the weights of the preferences that hold."""
        return sum(weight for weight, term in self.preferred if term.matches(labels, name))

    def names(self) -> frozenset[str] | None:
        """The only nodes that can match, if every alternative names some."""
        if not self.required:
            return None
        found: frozenset[str] = frozenset()
        for term in self.required:
            if term.names is None:
                return None
            found |= term.names
        return found


ANYWHERE = NodeSelection()


def compile_term(term: Mapping[str, Any]) -> Term:
    expressions = [_label_test(requirement) for requirement in term.get("matchExpressions") or ()]
    fields = [_name_test(requirement) for requirement in term.get("matchFields") or ()]
    return Term((*fields, *expressions), _names(term.get("matchFields") or ()))


def _names(requirements: Sequence[Mapping[str, Any]]) -> frozenset[str] | None:
    named = [
        frozenset(requirement.get("values") or ())
        for requirement in requirements
        if requirement.get("key") == "metadata.name" and requirement.get("operator") == "In"
    ]
    return frozenset.intersection(*named) if named else None


def _label_test(requirement: Mapping[str, Any]) -> Test:
    key: str = requirement["key"]
    holds = _value_test(requirement)
    return lambda labels, name: holds(labels.get(key))


def _name_test(requirement: Mapping[str, Any]) -> Test:
    if requirement.get("key") != "metadata.name":
        return lambda labels, name: False
    holds = _value_test(requirement)
    return lambda labels, name: holds(name)


def _value_test(requirement: Mapping[str, Any]) -> Callable[[str | None], bool]:
    """A test of a value, None when there is none. An operator that is not known holds nowhere."""
    values = frozenset(requirement.get("values") or ())
    match requirement.get("operator"):
        case "In":
            return lambda value: value in values
        case "NotIn":
            return lambda value: value not in values
        case "Exists":
            return lambda value: value is not None
        case "DoesNotExist":
            return lambda value: value is None
        case "Gt" | "Lt" as operator if len(values) == 1:
            return _comparison(operator, next(iter(values)))
    return lambda value: False


def _comparison(operator: str, bound: str) -> Callable[[str | None], bool]:
    if not _INTEGER.fullmatch(bound):
        return lambda value: False
    limit = int(bound)

    def holds(value: str | None) -> bool:
        if value is None or not _INTEGER.fullmatch(value):
            return False
        return int(value) > limit if operator == "Gt" else int(value) < limit

    return holds
