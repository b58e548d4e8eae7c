"""What a stored role or binding has to become to give at least what the bootstrap policy says. Pure.

Nothing is ever taken away: administrators may add to the policy, and guard an object of it by the annotation
``rbac.authorization.kubernetes.io/autoupdate: "false"``. Source: k8s.io/component-helpers auth/rbac/reconciliation.
"""

from __future__ import annotations

import copy

from apimachinery.objects import Object
from server.authz.rbac.coverage import missing
from server.authz.rbac.rules import Rule, rules_of

AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate"


def reconciled(stored: Object, expected: Object) -> Object:
    """``stored`` itself when it is guarded or nothing is missing; arguments are left alone."""
    if (stored["metadata"].get("annotations") or {}).get(AUTOUPDATE) == "false":
        return stored
    new = copy.deepcopy(stored)
    for part in ("annotations", "labels"):
        wanted = expected["metadata"].get(part)
        if wanted:
            new["metadata"][part] = {**wanted, **(new["metadata"].get(part) or {})}
    if "roleRef" in expected:
        _add_subjects(new, expected)
    else:
        _add_rules(new, expected)
    return stored if new == stored else new


def names_another_role(stored: Object, expected: Object) -> bool:
    """Whether the binding cannot be mended: what it refers to never changes, so it has to be made anew."""
    reference = expected.get("roleRef")
    guarded = (stored["metadata"].get("annotations") or {}).get(AUTOUPDATE) == "false"
    return reference is not None and not guarded and stored["roleRef"] != reference


def _add_subjects(new: Object, expected: Object) -> None:
    present = new.get("subjects") or []
    lacking = [subject for subject in expected.get("subjects") or () if subject not in present]
    if lacking:
        new["subjects"] = [*present, *lacking]


def _add_rules(new: Object, expected: Object) -> None:
    lacking = missing(rules_of(new), rules_of(expected))
    if lacking:
        new["rules"] = [*(new.get("rules") or ()), *(_as_object(rule) for rule in lacking)]
    aggregated = expected.get("aggregationRule")
    if aggregated is None:
        new.pop("aggregationRule", None)
        return
    present = (new.get("aggregationRule") or {}).get("clusterRoleSelectors") or []
    selectors = [selector for selector in aggregated["clusterRoleSelectors"] if selector not in present]
    if selectors:
        new["aggregationRule"] = {"clusterRoleSelectors": [*present, *selectors]}


def _as_object(rule: Rule) -> Object:
    parts = (
        ("verbs", rule.verbs),
        ("apiGroups", rule.groups),
        ("resources", rule.resources),
        ("resourceNames", rule.names),
        ("nonResourceURLs", rule.urls),
    )
    return {name: list(values) for name, values in parts if values}
