"""Conditions that are written without times get them.

Source: populateConditionTimestamps in k8s.io/kubernetes pkg/registry/certificates/certificates/strategy.go.
"""

from __future__ import annotations

from apimachinery.objects import Object


def fill_condition_times(new: Object, old: Object, now: str) -> None:
    """In place. The last transition is kept while the condition's status is."""
    before = (old.get("status") or {}).get("conditions") or ()
    for condition in (new.get("status") or {}).get("conditions") or ():
        if not condition.get("lastUpdateTime"):
            condition["lastUpdateTime"] = now
        if not condition.get("lastTransitionTime"):
            same = (
                each.get("lastTransitionTime")
                for each in before
                if each.get("type") == condition.get("type") and each.get("status") == condition.get("status")
            )
            condition["lastTransitionTime"] = next(filter(None, same), now)
