"""What a terminating namespace's status says about its end. Pure.

Source: k8s.io/kubernetes pkg/controller/namespace/deletion/status_condition_utils.go.
"""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object
from apimachinery.timefmt import format_time
from controllers.namespace.content import Remaining

DISCOVERY_FAILURE = "NamespaceDeletionDiscoveryFailure"
PARSING_FAILURE = "NamespaceDeletionGroupVersionParsingFailure"
DELETION_FAILURE = "NamespaceDeletionContentFailure"
CONTENT_REMAINING = "NamespaceContentRemaining"
FINALIZERS_REMAINING = "NamespaceFinalizersRemaining"


def conditions_of(namespace: Object, remaining: Remaining, discovery_error: str | None, now: datetime) -> list[Object]:
    """The conditions as they should be; equal to the namespace's when nothing changes."""
    wanted = [
        _discovery(discovery_error),
        (PARSING_FAILURE, "False", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
        _deletion(remaining),
        _content(remaining),
        _finalizers(remaining),
    ]
    conditions = [dict(c) for c in (namespace.get("status") or {}).get("conditions") or ()]
    by_type = {c["type"]: c for c in conditions}
    for kind, status, reason, message in wanted:
        condition = by_type.get(kind)
        if condition is None:
            condition = {"type": kind}
            conditions.append(condition)
        if condition.get("status") != status or condition.get("lastTransitionTime") is None:
            condition["lastTransitionTime"] = format_time(now)
        condition |= {"status": status, "reason": reason, "message": message}
    return conditions


_Wanted = tuple[str, str, str, str]


def _discovery(error: str | None) -> _Wanted:
    if error is None:
        return DISCOVERY_FAILURE, "False", "ResourcesDiscovered", "All resources successfully discovered"
    return DISCOVERY_FAILURE, "True", "DiscoveryFailed", f"Discovery failed for some groups, 1 failing: {error}"


def _deletion(remaining: Remaining) -> _Wanted:
    if not remaining.errors:
        message = "All content successfully deleted, may be waiting on finalization"
        return DELETION_FAILURE, "False", "ContentDeleted", message
    listed = ", ".join(sorted(remaining.errors))
    message = f"Failed to delete all resource types, {len(remaining.errors)} remaining: {listed}"
    return DELETION_FAILURE, "True", "ContentDeletionFailed", message


def _content(remaining: Remaining) -> _Wanted:
    if not remaining.counts:
        return CONTENT_REMAINING, "False", "ContentRemoved", "All content successfully removed"
    parts = sorted(
        f"{gvr.resource}.{gvr.group} has {count} resource instances" for gvr, count in remaining.counts.items()
    )
    return CONTENT_REMAINING, "True", "SomeResourcesRemain", f"Some resources are remaining: {', '.join(parts)}"


def _finalizers(remaining: Remaining) -> _Wanted:
    if not remaining.finalizers:
        message = "All content-preserving finalizers finished"
        return FINALIZERS_REMAINING, "False", "ContentHasNoFinalizers", message
    parts = sorted(f"{name} in {count} resource instances" for name, count in remaining.finalizers.items())
    message = f"Some content in the namespace has finalizers remaining: {', '.join(parts)}"
    return FINALIZERS_REMAINING, "True", "SomeFinalizersRemain", message
