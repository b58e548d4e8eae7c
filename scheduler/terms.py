"""Affinity between pods, compiled once per pod (pkg/scheduler/framework/types.go, AffinityTerm)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from apimachinery.labels import NOTHING, Selector, SelectorError, from_label_selector

NamespaceLabels = Callable[[str], Mapping[str, str]]
"""The labels of a namespace, by its name."""


class AffinityTerm(NamedTuple):
    """Pods that match: in one of the namespaces, or in one whose labels match, and with matching labels themselves."""

    selector: Selector
    topology_key: str
    namespaces: frozenset[str]
    namespace_selector: Selector

    def matches(self, namespace: str, labels: Mapping[str, str], labels_of: NamespaceLabels) -> bool:
        if namespace not in self.namespaces:
            selector = self.namespace_selector
            if selector is NOTHING or not selector.matches(labels_of(namespace)):
                return False
        return self.selector.matches(labels)


class WeightedTerm(NamedTuple):
    weight: int
    term: AffinityTerm


class PodAffinity(NamedTuple):
    required: tuple[AffinityTerm, ...] = ()
    forbidden: tuple[AffinityTerm, ...] = ()
    """Required anti-affinity."""
    preferred: tuple[WeightedTerm, ...] = ()
    avoided: tuple[WeightedTerm, ...] = ()
    """Preferred anti-affinity."""

    @classmethod
    def of(cls, pod: Mapping[str, Any]) -> PodAffinity:
        affinity = pod["spec"].get("affinity")
        if not affinity or not (affinity.get("podAffinity") or affinity.get("podAntiAffinity")):
            return NO_AFFINITY
        namespace = pod["metadata"].get("namespace") or ""
        near, far = affinity.get("podAffinity") or {}, affinity.get("podAntiAffinity") or {}
        return cls(
            _required(near, namespace),
            _required(far, namespace),
            _preferred(near, namespace),
            _preferred(far, namespace),
        )


NO_AFFINITY = PodAffinity()


def _required(rules: Mapping[str, Any], namespace: str) -> tuple[AffinityTerm, ...]:
    terms: Sequence[Mapping[str, Any]] = rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
    return tuple(_term(term, namespace) for term in terms)


def _preferred(rules: Mapping[str, Any], namespace: str) -> tuple[WeightedTerm, ...]:
    terms: Sequence[Mapping[str, Any]] = rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    return tuple(WeightedTerm(entry["weight"], _term(entry["podAffinityTerm"], namespace)) for entry in terms)


def _term(term: Mapping[str, Any], namespace: str) -> AffinityTerm:
    """Without namespaces and without a selector of them, the pod's own namespace counts."""
    namespaces = frozenset(term.get("namespaces") or ())
    if not namespaces and term.get("namespaceSelector") is None:
        namespaces = frozenset((namespace,))
    return AffinityTerm(
        _selector(term.get("labelSelector")),
        term.get("topologyKey") or "",
        namespaces,
        _selector(term.get("namespaceSelector")),
    )


def _selector(value: Mapping[str, Any] | None) -> Selector:
    """A selector the API should have refused matches nothing."""
    try:
        return from_label_selector(value)
    except SelectorError:
        return NOTHING
