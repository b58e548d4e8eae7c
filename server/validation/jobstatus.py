"""The status of jobs: rules hold for what a write changes, so that old mistakes block nothing.

Source: k8s.io/kubernetes/pkg/apis/batch/validation, pkg/registry/batch/job/strategy.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apimachinery.fielderrors import OMITTED, duplicate, invalid, required
from apimachinery.objects import Object
from apimachinery.timefmt import parse_time
from server.validation.checks import Errors, nonnegative, same
from server.validation.indexes import IndexListError, count_indexes, overlap
from server.validation.objectmeta import validate_object_meta_update

Source = Mapping[str, Any]

_COUNTS = ("active", "succeeded", "failed", "ready", "terminating")


@dataclass(frozen=True, slots=True)
class _Conditions:
    """Which conditions of a job are true."""

    complete: bool
    failed: bool
    failing: bool
    succeeding: bool
    suspended: bool

    @property
    def finished(self) -> bool:
        return self.complete or self.failed


def _conditions(status: Source) -> _Conditions:
    true = {c.get("type") for c in status.get("conditions") or () if c.get("status") == "True"}
    return _Conditions(
        complete="Complete" in true,
        failed="Failed" in true,
        failing="FailureTarget" in true,
        succeeding="SuccessCriteriaMet" in true,
        suspended="Suspended" in true,
    )


def validate_job_status(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    status, before, spec = new.get("status") or {}, old.get("status") or {}, new.get("spec") or {}
    now, then = _conditions(status), _conditions(before)
    changed = {field for field in status.keys() | before.keys() if not same(status.get(field), before.get(field))}
    for field in _COUNTS:
        nonnegative(errors, f"status.{field}", status.get(field))
    _check_uncounted(errors, status.get("uncountedTerminatedPods") or {})
    _check_outcome(errors, status, now, then, changed)
    _check_finished(errors, status, spec, now, then, changed)
    _check_indexes(errors, status, spec, changed)
    _check_rest(errors, status, spec, now, then, changed)
    _check_transition(errors, new, old, now, then)
    return errors


def _contradict(errors: Errors, problem: str) -> None:
    errors.append(invalid("status.conditions", OMITTED, problem))


def _check_uncounted(errors: Errors, pods: Source) -> None:
    seen: set[str] = set()
    for field in ("succeeded", "failed"):
        for index, uid in enumerate(pods.get(field) or ()):
            where = f"status.uncountedTerminatedPods.{field}[{index}]"
            if not uid:
                errors.append(invalid(where, uid, "must not be empty"))
            elif uid in seen:
                errors.append(duplicate(where, uid))
            seen.add(uid)


def _check_outcome(errors: Errors, status: Source, now: _Conditions, then: _Conditions, changed: set[str]) -> None:
    complete_moved = now.complete != then.complete
    if (complete_moved or now.failed != then.failed) and now.complete and now.failed:
        _contradict(errors, "cannot set Complete=True and Failed=true conditions")
    if (complete_moved or now.failing != then.failing) and now.complete and now.failing:
        _contradict(errors, "cannot set Complete=True and FailureTarget=true conditions")
    ended, started = status.get("completionTime"), status.get("startTime")
    if complete_moved or "completionTime" in changed:
        if ended is not None and not now.complete:
            problem = "cannot set completionTime when there is no Complete=True condition"
            errors.append(invalid("status.completionTime", ended, problem))
        if ended is None and now.complete:
            errors.append(required("status.completionTime", "completionTime is required for Complete jobs"))
    if changed & {"startTime", "completionTime"} and started and ended and parse_time(ended) < parse_time(started):
        errors.append(invalid("status.completionTime", ended, "must be equal to or after `startTime`"))
    if (now.failed != then.failed or "failedIndexes" in changed) and now.failed and not now.failing:
        _contradict(errors, "cannot set Failed=True condition without the FailureTarget=true condition")
    if (complete_moved or now.succeeding != then.succeeding) and now.complete and not now.succeeding:
        _contradict(errors, "cannot set Complete=True condition without the SuccessCriteriaMet=true condition")


def _check_finished(
    errors: Errors, status: Source, spec: Source, now: _Conditions, then: _Conditions, changed: set[str]
) -> None:
    if not now.finished:
        return
    moved = not then.finished
    if (moved or "active" in changed) and (status.get("active") or 0) > 0:
        errors.append(invalid("status.active", status["active"], "active>0 is invalid for finished job"))
    empty = spec.get("suspend") is True and spec.get("completions") == 0
    if (moved or "startTime" in changed) and not empty and status.get("startTime") is None:
        errors.append(required("status.startTime", "startTime is required for finished job"))
    pods = status.get("uncountedTerminatedPods") or {}
    if (moved or "uncountedTerminatedPods" in changed) and (pods.get("failed") or pods.get("succeeded")):
        errors.append(invalid("status.uncountedTerminatedPods", pods, "must be empty for finished job"))


def _check_indexes(errors: Errors, status: Source, spec: Source, changed: set[str]) -> None:
    done, lost = status.get("completedIndexes") or "", status.get("failedIndexes")
    completions, per_index = spec.get("completions"), spec.get("backoffLimitPerIndex")
    if "completedIndexes" in changed and completions is not None:
        _check_list(errors, "completedIndexes", done, completions)
    if "failedIndexes" in changed and None not in (completions, per_index, lost):
        _check_list(errors, "failedIndexes", lost or "", completions)
    if "completedIndexes" in changed and done and spec.get("completionMode") != "Indexed":
        problem = "cannot set non-empty completedIndexes when non-indexed completion mode"
        errors.append(invalid("status.completedIndexes", done, problem))
    if "failedIndexes" in changed and per_index is None and lost is not None:
        problem = "cannot set non-null failedIndexes when backoffLimitPerIndex is null"
        errors.append(invalid("status.failedIndexes", lost, problem))
    if changed & {"completedIndexes", "failedIndexes"} and completions is not None and lost is not None:
        common = overlap(done, lost, completions)
        if common is not None:
            problem = f"failedIndexes and completedIndexes overlap at index: {common}"
            errors.append(invalid("status.failedIndexes", lost, problem))


def _check_list(errors: Errors, field: str, text: str, completions: int | None) -> None:
    try:
        count_indexes(text, completions or 0)
    except IndexListError as error:
        errors.append(invalid(f"status.{field}", text, f"error parsing {field}: {error}"))


def _check_rest(
    errors: Errors, status: Source, spec: Source, now: _Conditions, then: _Conditions, changed: set[str]
) -> None:
    terminating, ready = status.get("terminating"), status.get("ready")
    moved = now.finished != then.finished
    if (moved or "terminating" in changed) and now.finished and (terminating or 0) > 0:
        errors.append(invalid("status.terminating", terminating, "terminating>0 is invalid for finished job"))
    if changed & {"ready", "active"} and ready is not None and ready > (status.get("active") or 0):
        errors.append(invalid("status.ready", ready, "cannot set more ready pods than active"))
    if now.succeeding and now.failed:
        _contradict(errors, "cannot set SuccessCriteriaMet=True and Failed=true conditions")
    if now.succeeding and now.failing:
        _contradict(errors, "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions")
    if spec.get("successPolicy") is not None and now.complete and not now.succeeding:
        _contradict(errors, "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True")


def _check_transition(errors: Errors, new: Object, old: Object, now: _Conditions, then: _Conditions) -> None:
    """What was once reported does not become unreported."""
    status, before, spec = new.get("status") or {}, old.get("status") or {}, new.get("spec") or {}
    for name, kept in (
        ("Failed", now.failed or not then.failed),
        ("Complete", now.complete or not then.complete),
        ("FailureTarget", now.failing or not then.failing),
    ):
        if not kept:
            _contradict(errors, f"cannot disable the terminal {name}=True condition")
    if (status.get("failed") or 0) < (before.get("failed") or 0):
        errors.append(invalid("status.failed", status.get("failed") or 0, "cannot decrease the failed counter"))
    elastic = spec.get("completionMode") == "Indexed" and spec.get("completions") == spec.get("parallelism")
    if not elastic and (status.get("succeeded") or 0) < (before.get("succeeded") or 0):
        problem = "cannot decrease the succeeded counter"
        errors.append(invalid("status.succeeded", status.get("succeeded") or 0, problem))
    _check_times(errors, status, before, spec, now, then)
    if then.succeeding and not now.succeeding:
        _contradict(errors, "cannot disable the SuccessCriteriaMet=True condition")
    if then.complete and not then.succeeding and now.succeeding:
        _contradict(errors, "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions")


def _check_times(
    errors: Errors, status: Source, before: Source, spec: Source, now: _Conditions, then: _Conditions
) -> None:
    ended, was_ended = status.get("completionTime"), before.get("completionTime")
    if ended is not None and was_ended is not None and ended != was_ended:
        errors.append(invalid("status.completionTime", ended, "field is immutable"))
    started, was_started = status.get("startTime"), before.get("startTime")
    resumed = then.suspended and any(
        c.get("type") == "Suspended" and c.get("status") == "False" for c in status.get("conditions") or ()
    )
    if was_started is not None and started != was_started and not spec.get("suspend") and not resumed:
        problem = "field is immutable for unsuspended job once set"
        errors.append(invalid("status.startTime", started, problem))
