"""How a job stands: what its pods and its status say together. Pure; source: syncJob in job_controller.go."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apimachinery.objects import Object
from apimachinery.pods import is_pod_active, is_pod_ready, pod_phase
from apimachinery.timefmt import format_time, parse_time
from controllers.job.backoff import Backoff, finished_at
from controllers.job.indexes import all_failures_of, failures_of, indexes_of, is_indexed, parse_indexes, valid_index
from controllers.job.policies import is_pod_failed, judge, met_success_policy
from controllers.shared.pods import is_pod_terminating

FINALIZER = "batch.kubernetes.io/job-tracking"
COMPLETE, FAILED = "Complete", "Failed"
FAILURE_TARGET, SUCCESS_CRITERIA_MET = "FailureTarget", "SuccessCriteriaMet"


@dataclass(slots=True)
class Assessment:
    """``status`` is a copy that may be changed; ``finish`` the condition with which the job is about to end.

    ``awaited``: uids of pods whose finalizer has been taken off, which has not been seen yet.
    """

    job: Object
    pods: Sequence[Object]
    status: Object
    awaited: Collection[str]
    active: list[Object]
    ready: int
    terminating: int
    succeeded: int = 0
    failed: int = 0
    finish: Object | None = None
    backoff: Backoff = field(default_factory=Backoff)
    done_before: set[int] = field(default_factory=set)
    done: set[int] = field(default_factory=set)
    failed_indexes: set[int] | None = None
    delayed: dict[int, Object] = field(default_factory=dict)
    deadline_in: float | None = None

    @property
    def suspended(self) -> bool:
        return bool(self.job["spec"].get("suspend"))

    @property
    def uncounted(self) -> dict[str, list[str]]:
        noted: dict[str, list[str]] = self.status["uncountedTerminatedPods"]
        return noted


def is_finished(job: Mapping[str, Any]) -> bool:
    return any(
        condition["type"] in (COMPLETE, FAILED) and condition.get("status") == "True"
        for condition in (job.get("status") or {}).get("conditions") or ()
    )


def has_finalizer(pod: Mapping[str, Any]) -> bool:
    return FINALIZER in (pod["metadata"].get("finalizers") or ())


def condition(type: str, reason: str, message: str, now: datetime, status: str = "True") -> Object:
    """A job's condition, in the API's field order."""
    stamp = format_time(now)
    made = {"type": type, "status": status, "lastProbeTime": stamp, "lastTransitionTime": stamp}
    made |= {"reason": reason} if reason else {}
    return made | ({"message": message} if message else {})


def true_condition(status: Mapping[str, Any], type: str) -> Object | None:
    for found in status.get("conditions") or ():
        if found["type"] == type and found.get("status") == "True":
            return dict(found)
    return None


def assess(job: Object, pods: Sequence[Object], awaited: Collection[str], before: Backoff, now: datetime) -> Assessment:
    """``pods``: all that the job controls; ``before``: the back-off as it was when the status was last written."""
    active = [pod for pod in pods if is_pod_active(pod)]
    ready, terminating = sum(map(is_pod_ready, active)), sum(map(is_pod_terminating, pods))
    made = Assessment(job, pods, _status_of(job), awaited, active, ready, terminating)
    newly_succeeded = _uncounted(made, "succeeded", lambda pod: pod_phase(pod) == "Succeeded")
    newly_failed = _uncounted(made, "failed", lambda pod: is_pod_failed(job, pod))
    noted = made.uncounted
    made.succeeded = (made.status.get("succeeded") or 0) + len(newly_succeeded) + len(noted["succeeded"])
    counting = sum(judge(job, pod).counts for pod in newly_failed)
    made.failed = (made.status.get("failed") or 0) + counting + len(noted["failed"])
    if not made.status.get("startTime") and not made.suspended:
        made.status["startTime"] = format_time(now)
    made.backoff = before.after(newly_succeeded, newly_failed)
    made.finish = _end_decided_before(made, now) or _end_by_limits(made, now)
    if is_indexed(job):
        _assess_indexes(made, now)
    return made


def _status_of(job: Object) -> Object:
    status = dict(job.get("status") or {})
    noted = status.get("uncountedTerminatedPods") or {}
    lists = {name: list(noted.get(name) or ()) for name in ("succeeded", "failed")}
    status["uncountedTerminatedPods"] = lists
    status["conditions"] = [dict(entry) for entry in status.get("conditions") or ()]
    return status


def _uncounted(made: Assessment, note: str, wanted: Any) -> list[Object]:
    """The pods that have ended so and are neither noted nor counted yet."""
    noted = set(made.uncounted[note])
    return [pod for pod in made.pods if _may_count(made, pod) and pod["metadata"]["uid"] not in noted and wanted(pod)]


def _may_count(made: Assessment, pod: Object) -> bool:
    if not has_finalizer(pod) or pod["metadata"]["uid"] in made.awaited:
        return False
    return not is_indexed(made.job) or valid_index(made.job, pod) is not None


def _end_decided_before(made: Assessment, now: datetime) -> Object | None:
    met = true_condition(made.status, SUCCESS_CRITERIA_MET)
    if met is not None:
        return met
    target = true_condition(made.status, FAILURE_TARGET)
    if target is not None:
        return condition(FAILED, target.get("reason") or "", target.get("message") or "", now)
    if made.job["spec"].get("podFailurePolicy") is not None:
        for pod in made.pods:
            if is_pod_failed(made.job, pod) and (message := judge(made.job, pod).failure):
                return condition(FAILURE_TARGET, "PodFailurePolicy", message, now)
    return None


def _end_by_limits(made: Assessment, now: datetime) -> Object | None:
    spec = made.job["spec"]
    limit = spec.get("backoffLimit")
    if made.failed > (6 if limit is None else limit) or _too_many_restarts(made):
        message = "Job has reached the specified backoff limit"
        return condition(FAILURE_TARGET, "BackoffLimitExceeded", message, now)
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is None or made.suspended:
        return None
    left = (parse_time(made.status["startTime"]) + timedelta(seconds=deadline) - now).total_seconds()
    if left <= 0:
        return condition(FAILURE_TARGET, "DeadlineExceeded", "Job was active longer than specified deadline", now)
    made.deadline_in = left
    return None


def _too_many_restarts(made: Assessment) -> bool:
    """Of pods whose containers are restarted in place, the restarts are the failures."""
    spec = made.job["spec"]
    if (spec["template"].get("spec") or {}).get("restartPolicy") != "OnFailure":
        return False
    restarts = 0
    for pod in made.pods:
        if pod_phase(pod) in ("Running", "Pending"):
            status = pod["status"]
            for container in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
                restarts += container.get("restartCount") or 0
    limit = spec.get("backoffLimit")
    limit = 6 if limit is None else limit
    return restarts > 0 if limit == 0 else restarts >= limit


def _assess_indexes(made: Assessment, now: datetime) -> None:
    job, completions = made.job, int(made.job["spec"].get("completions") or 0)
    made.done_before = parse_indexes(made.status.get("completedIndexes") or "", completions)
    fresh = {
        index
        for pod in made.pods
        if pod_phase(pod) == "Succeeded" and has_finalizer(pod) and (index := valid_index(job, pod)) is not None
    }
    made.done = made.done_before | fresh
    made.succeeded = len(made.done)
    if job["spec"].get("backoffLimitPerIndex") is not None:
        _assess_failed_indexes(made, completions, now)
    message = met_success_policy(job, made.done) if made.finish is None else ""
    if message:
        made.finish = condition(SUCCESS_CRITERIA_MET, "SuccessPolicy", message, now)


def _assess_failed_indexes(made: Assessment, completions: int, now: datetime) -> None:
    spec = made.job["spec"]
    failed = parse_indexes(made.status.get("failedIndexes") or "", completions)
    for pod in made.pods:
        index = valid_index(made.job, pod)
        if index is not None and has_finalizer(pod) and _fails_index(made.job, pod):
            failed.add(index)
    made.failed_indexes = failed
    limit = spec.get("maxFailedIndexes")
    if made.finish is None and limit is not None and len(failed) > limit:
        message = "Job has exceeded the specified maximal number of failed indexes"
        made.finish = condition(FAILURE_TARGET, "MaxFailedIndexesExceeded", message, now)
    elif made.finish is None and failed and len(failed) + len(made.done) >= completions:
        made.finish = condition(FAILURE_TARGET, "FailedIndexes", "Job has failed indexes", now)
    made.delayed = _last_failed(made, failed)


def _fails_index(job: Object, pod: Object) -> bool:
    if not is_pod_failed(job, pod):
        return False
    verdict = judge(job, pod)
    if verdict.action == "FailIndex":
        return True
    return verdict.counts and failures_of(pod) >= job["spec"]["backoffLimitPerIndex"]


def _last_failed(made: Assessment, failed: set[int]) -> dict[int, Object]:
    """By index the failed pod that must stay until its replacement, which inherits its count of failures, is made."""
    settled = made.done | failed | indexes_of(made.active)
    last: dict[int, Object] = {}
    for pod in made.pods:
        index = valid_index(made.job, pod)
        if index is None or index in settled or not _may_count(made, pod) or not is_pod_failed(made.job, pod):
            continue
        other = last.get(index)
        if other is None or (all_failures_of(other) <= all_failures_of(pod) and finished_at(other) <= finished_at(pod)):
            last[index] = pod
    return last
