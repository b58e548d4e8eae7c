"""Counting the pods that have ended, each exactly once. Source: trackJobStatusAndRemoveFinalizers.

``count`` notes them in the status, which is written before their finalizers go; ``settle`` turns notes whose pods have
lost the finalizer into counts; ``conclude`` ends the job when nothing is left to count. All change ``made.status``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from apimachinery.objects import Object, is_terminating
from apimachinery.pods import pod_phase
from apimachinery.timefmt import format_time
from controllers.job.assessment import (
    COMPLETE,
    FAILED,
    FAILURE_TARGET,
    SUCCESS_CRITERIA_MET,
    Assessment,
    condition,
    has_finalizer,
    true_condition,
)
from controllers.job.indexes import format_indexes, index_of, is_indexed, valid_index
from controllers.job.policies import is_pod_failed, judge

MOST = 500
"""Uids noted at most, so that the status stays small and no job holds up the others."""


@dataclass(slots=True)
class Count:
    """``changed``: the status must be written before the finalizers go. ``holders``: uids with a finalizer."""

    changed: bool = False
    release: list[Object] = field(default_factory=list)
    holders: set[str] = field(default_factory=set)
    cut_short: bool = False


def count(made: Assessment, now: datetime) -> Count:
    counted = Count(holders={_uid(pod) for pod in made.pods if _holds(made, pod)})
    counted.changed = settle(made.status, counted.holders)
    pods = sorted(made.pods, key=lambda pod: index_of(pod) or 0) if is_indexed(made.job) else made.pods
    fresh: set[int] = set()
    for pod in pods:
        failed = is_pod_failed(made.job, pod)
        if not _holds(made, pod) or not _may_release(made, pod, failed):
            continue
        counted.release.append(pod)
        counted.changed = _note(made, pod, failed, fresh) or counted.changed
        if len(fresh) + sum(map(len, made.uncounted.values())) >= MOST:
            counted.cut_short = True
            break
    if is_indexed(made.job):
        counted.changed = _write_indexes(made, fresh) or counted.changed
    counted.changed = _announce_end(made, now) or counted.changed
    return counted


def settle(status: Object, holders: Collection[str]) -> bool:
    """Count what was noted and has no finalizer any more; whether anything was."""
    changed = False
    for note in ("succeeded", "failed"):
        uids = status["uncountedTerminatedPods"][note]
        left = [uid for uid in uids if uid in holders]
        if len(left) != len(uids):
            status[note] = (status.get(note) or 0) + len(uids) - len(left)
            status["uncountedTerminatedPods"][note] = left
            changed = True
    return changed


def conclude(made: Assessment, now: datetime) -> Object | None:
    """The final condition, now in the status; None: the job has not ended, or something is still to be counted."""
    if made.finish is None or any(made.uncounted.values()) or made.terminating > 0:
        return None
    set_condition(made.status, made.finish, now)
    if made.finish["type"] == COMPLETE:
        made.status["completionTime"] = format_time(now)
    return made.finish


def set_condition(status: Object, wanted: Object, now: datetime) -> bool:
    """Add or replace it; a new condition that is False is not added. Whether anything changed."""
    parts = ("status", "reason", "message")
    conditions = status["conditions"]
    for number, old in enumerate(conditions):
        if old["type"] == wanted["type"]:
            if all(old.get(part) == wanted.get(part) for part in parts):
                return False
            stamp = format_time(now)
            conditions[number] = {**wanted, "lastProbeTime": stamp, "lastTransitionTime": stamp}
            return True
    if wanted["status"] == "False":
        return False
    conditions.append(wanted)
    return True


def _uid(pod: Object) -> str:
    return str(pod["metadata"]["uid"])


def _holds(made: Assessment, pod: Object) -> bool:
    return has_finalizer(pod) and _uid(pod) not in made.awaited


def _may_release(made: Assessment, pod: Object, failed: bool) -> bool:
    if is_terminating(made.job) or made.finish is not None or pod_phase(pod) == "Succeeded":
        return True
    if not failed:
        return False
    index = index_of(pod)
    waits = made.delayed.get(index) if index is not None else None
    return waits is None or _uid(waits) != _uid(pod)


def _note(made: Assessment, pod: Object, failed: bool, fresh: set[int]) -> bool:
    """Note one pod; ``fresh`` collects indexes that have succeeded, which need no uid. Whether the status changed."""
    uid, notes, indexed = _uid(pod), made.uncounted, is_indexed(made.job)
    index = valid_index(made.job, pod)
    if pod_phase(pod) == "Succeeded" and uid not in notes["failed"]:
        if indexed:
            if index is None or index in made.done_before or index in fresh:
                return False
            fresh.add(index)
            return True
        if uid in notes["succeeded"]:
            return False
        notes["succeeded"].append(uid)
        return True
    ends_job = made.finish is not None and made.finish["type"] != SUCCESS_CRITERIA_MET
    if not (failed or ends_job) or uid in notes["failed"] or (indexed and index is None):
        return False
    if not judge(made.job, pod).counts:
        return False
    notes["failed"].append(uid)
    return True


def _write_indexes(made: Assessment, fresh: set[int]) -> bool:
    made.done = made.done_before | fresh
    text = format_indexes(made.done)
    changed = text != (made.status.get("completedIndexes") or "")
    made.status["succeeded"], made.status["completedIndexes"] = len(made.done), text
    failed = None if made.failed_indexes is None else format_indexes(made.failed_indexes)
    if failed != made.status.get("failedIndexes"):
        made.status.pop("failedIndexes", None)
        made.status |= {} if failed is None else {"failedIndexes": failed}
        changed = True
    return changed


def _announce_end(made: Assessment, now: datetime) -> bool:
    """Say first how it will end; the final condition comes when all pods are counted and gone."""
    finish = made.finish
    if finish is None or finish["type"] not in (FAILURE_TARGET, SUCCESS_CRITERIA_MET):
        return False
    final = FAILED if finish["type"] == FAILURE_TARGET else COMPLETE
    made.finish = condition(final, finish.get("reason") or "", finish.get("message") or "", now)
    if true_condition(made.status, finish["type"]) is not None:
        return False
    made.status["conditions"].append(finish)
    return True
