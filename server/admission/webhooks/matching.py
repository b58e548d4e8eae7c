"""Which hooks are asked about a write: rules, selectors and match conditions. Pure, but for the labels of namespaces.

Source: k8s.io/apiserver/pkg/admission/plugin/webhook/predicates, matchconditions and generic/webhook.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apimachinery.gvk import GroupVersionKind, GroupVersionResource
from apimachinery.objects import Object
from server.admission.chain import Attributes
from server.admission.webhooks.hooks import Hook
from server.cel.errors import CelError

_NAMESPACES = GroupVersionResource("", "v1", "namespaces")
_GROUP = "admissionregistration.k8s.io"
_EXEMPT = frozenset(
    {
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
    }
)

NamespaceLabels = Callable[[str], Mapping[str, str] | None]
"""By name; None for a namespace that is not there."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """``hook`` is asked in terms of ``resource`` and ``kind``, which may be another version than the request's."""

    hook: Hook
    resource: GroupVersionResource
    kind: GroupVersionKind


class ConditionFailed(Exception):
    """A match condition cannot be evaluated."""


def is_exempt(attributes: Attributes) -> bool:
    """No webhook is asked about webhooks and policies: a bad one could not be taken away any more."""
    return attributes.kind.group == _GROUP and attributes.kind.kind in _EXEMPT


def invocation(hook: Hook, attributes: Attributes, namespace_labels: NamespaceLabels) -> Invocation | None:
    """None if the hook is not asked. Match conditions are looked at by :func:`meets_conditions`."""
    if not _namespace_matches(hook, attributes, namespace_labels) or not _object_matches(hook, attributes):
        return None
    if any(rule_matches(rule, attributes, attributes.resource) for rule in hook.rules):
        return Invocation(hook, attributes.resource, attributes.kind)
    if not hook.takes_equivalents:
        return None
    for rule in hook.rules:
        for resource, kind in attributes.forms.equivalents.items():
            if rule_matches(rule, attributes, resource):
                return Invocation(hook, resource, kind)
    return None


def rule_matches(rule: Mapping[str, Any], attributes: Attributes, resource: GroupVersionResource) -> bool:
    return (
        _scope_matches(rule.get("scope") or "*", attributes)
        and _one_of(rule.get("operations"), attributes.operation)
        and _one_of(rule.get("apiGroups"), resource.group)
        and _one_of(rule.get("apiVersions"), resource.version)
        and any(
            _resource_matches(name, resource.resource, attributes.subresource) for name in rule.get("resources") or ()
        )
    )


def _one_of(wanted: Iterable[str] | None, value: str) -> bool:
    return any(one in ("*", value) for one in wanted or ())


def _resource_matches(name: str, resource: str, subresource: str) -> bool:
    wanted, _, sub = name.partition("/")
    return wanted in ("*", resource) and sub in ("*", subresource)


def _scope_matches(scope: str, attributes: Attributes) -> bool:
    if scope == "*":
        return True
    namespaced = bool(attributes.namespace) and attributes.resource != _NAMESPACES
    return namespaced == (scope == "Namespaced")


def _namespace_matches(hook: Hook, attributes: Attributes, namespace_labels: NamespaceLabels) -> bool:
    if hook.namespace_selector.empty:
        return True
    if attributes.resource == _NAMESPACES:
        obj = attributes.obj if attributes.obj is not None and not attributes.subresource else attributes.old
        labels: Mapping[str, str] | None = _labels(obj)
    elif not attributes.namespace:
        return True
    else:
        labels = namespace_labels(attributes.namespace)
    return hook.namespace_selector.matches(labels or {})


def _object_matches(hook: Hook, attributes: Attributes) -> bool:
    if hook.object_selector.empty:
        return True
    objects = [obj for obj in (attributes.obj, attributes.old) if obj is not None]
    return any(hook.object_selector.matches(_labels(obj)) for obj in objects)


def _labels(obj: Object | None) -> Mapping[str, str]:
    return ((obj or {}).get("metadata") or {}).get("labels") or {}


def meets_conditions(hook: Hook, values: Mapping[str, Any]) -> bool:
    """One that does not hold counts more than one that fails. Raises ConditionFailed."""
    failures = []
    for condition in hook.conditions:
        try:
            if condition.holds(values) is not True:
                return False
        except CelError as error:
            failures.append(f"expression '{condition.expression}' resulted in error: {error}")
    if failures:
        raise ConditionFailed("; ".join(failures))
    return True
