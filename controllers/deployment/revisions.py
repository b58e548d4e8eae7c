"""The annotations by which kubectl rollout history and undo find their way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from apimachinery.objects import Object
from controllers.deployment.sets import max_surge, replicas_of

REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAX = "deployment.kubernetes.io/max-replicas"
_NOT_COPIED = {
    "kubectl.kubernetes.io/last-applied-configuration",
    "deprecated.deployment.rollback.to",
    REVISION,
    HISTORY,
    DESIRED,
    MAX,
}
_HISTORY_LENGTH = 2000  # characters

Annotations = dict[str, str]


def annotations_of(obj: Mapping[str, Any]) -> Mapping[str, str]:
    return obj["metadata"].get("annotations") or {}


def revision_of(obj: Mapping[str, Any]) -> int:
    """0 when it has none, or none that is a number."""
    return _number(annotations_of(obj).get(REVISION)) or 0


def next_revision(old: Iterable[Object]) -> int:
    """That of the new set: one above all others, so that going back to an old template makes it the newest."""
    return max(map(revision_of, old), default=0) + 1


def annotations_of_new_set(deployment: Object, existing: Mapping[str, str], revision: int) -> Annotations:
    """What the new set's annotations should be, given those it has: the deployment's, and its place in history."""
    wanted = {**existing, **{k: v for k, v in annotations_of(deployment).items() if k not in _NOT_COPIED}}
    before = existing.get(REVISION)
    number = _number(before) if before else 0
    if number is None or number >= revision:
        return wanted
    wanted[REVISION] = str(revision)
    if before:
        history = _extend(existing.get(HISTORY) or "", before)
        if history:
            wanted[HISTORY] = history
    return wanted


def size_annotations(deployment: Object) -> Annotations:
    """What the sizes were made for; a set that says otherwise has missed a scaling."""
    replicas = replicas_of(deployment)
    return {DESIRED: str(replicas), MAX: str(replicas + max_surge(deployment))}


def desired_before(rs: Mapping[str, Any]) -> int | None:
    return _natural(annotations_of(rs).get(DESIRED))


def max_before(rs: Mapping[str, Any]) -> int | None:
    return _natural(annotations_of(rs).get(MAX))


def _extend(history: str, revision: str) -> str:
    """Add a revision at the end; the oldest are forgotten when it becomes too long."""
    entries = [*(history.split(",") if history else ()), revision]
    while entries and len(",".join(entries)) > _HISTORY_LENGTH:
        entries.pop(0)
    return ",".join(entries)


def _number(text: str | None) -> int | None:
    try:
        return int(text) if text is not None else None
    except ValueError:
        return None


def _natural(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and int(text) < 2**31 else None
