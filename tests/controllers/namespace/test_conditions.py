from __future__ import annotations

import collections
from datetime import UTC, datetime
from typing import Any

from client.resources import DEPLOYMENTS, PODS
from controllers.namespace.conditions import conditions_of
from controllers.namespace.content import Remaining

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
NAMESPACE: dict[str, Any] = {"metadata": {"name": "a"}, "status": {"phase": "Terminating"}}


def _told(remaining: Remaining, error: str | None = None) -> dict[str, tuple[str, str, str]]:
    found = conditions_of(NAMESPACE, remaining, error, NOW)
    return {c["type"]: (c["status"], c["reason"], c["message"]) for c in found}


def test_an_empty_namespace_says_that_all_is_done() -> None:
    assert {kind: reason for kind, (status, reason, _) in _told(Remaining()).items() if status == "False"} == {
        "NamespaceDeletionDiscoveryFailure": "ResourcesDiscovered",
        "NamespaceDeletionGroupVersionParsingFailure": "ParsedGroupVersions",
        "NamespaceDeletionContentFailure": "ContentDeleted",
        "NamespaceContentRemaining": "ContentRemoved",
        "NamespaceFinalizersRemaining": "ContentHasNoFinalizers",
    }


def test_what_remains_is_named_and_counted() -> None:
    remaining = Remaining({PODS: 2, DEPLOYMENTS: 1}, collections.Counter({"x/y": 3}), ["cannot", "also not"])
    told = _told(remaining, "boom")
    assert told["NamespaceContentRemaining"] == (
        "True",
        "SomeResourcesRemain",
        "Some resources are remaining: deployments.apps has 1 resource instances, pods. has 2 resource instances",
    )
    assert told["NamespaceFinalizersRemaining"][2] == (
        "Some content in the namespace has finalizers remaining: x/y in 3 resource instances"
    )
    assert told["NamespaceDeletionContentFailure"][2] == (
        "Failed to delete all resource types, 2 remaining: also not, cannot"
    )
    assert told["NamespaceDeletionDiscoveryFailure"][:2] == ("True", "DiscoveryFailed")


def test_conditions_that_are_right_already_are_left_as_they_are() -> None:
    first = conditions_of(NAMESPACE, Remaining(), None, NOW)
    again = {**NAMESPACE, "status": {"conditions": first}}
    assert conditions_of(again, Remaining(), None, datetime(2026, 1, 2, tzinfo=UTC)) == first
