"""What is due and what has ended: pure functions on a CronJob and its Jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object, name_of, namespace_of
from apimachinery.timefmt import parse_time
from controllers.cronjob.schedule import Schedule, parse_zone
from controllers.shared.ownership import controller_reference

CRONJOB = GroupVersion("batch", "v1").kind("CronJob")
SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp"
TOO_MANY = 100
"""Missed times from which on something must be wrong."""
_DELAY = 0.1
"""Seconds after the time at which to look, so that it has surely come."""


class Missed(NamedTuple):
    """``latest``: the last time that has come and has not been served; None: there is none."""

    latest: datetime | None
    times: int


@dataclass(slots=True)
class Review:
    """What the jobs say: ``status`` is a changed copy; ``forgotten`` are unfinished jobs it does not name."""

    status: Object
    changed: bool = False
    forgotten: list[Object] = field(default_factory=list)
    missing: list[Object] = field(default_factory=list)
    ended: list[tuple[str, str]] = field(default_factory=list)


def finished_as(job: Mapping[str, Any]) -> str:
    """Complete, Failed, or "" while it runs."""
    for condition in (job.get("status") or {}).get("conditions") or ():
        if condition["type"] in ("Complete", "Failed") and condition.get("status") == "True":
            return str(condition["type"])
    return ""


def review(cronjob: Object, jobs: Iterable[Object]) -> Review:
    """``jobs``: all that the CronJob controls."""
    status = dict(cronjob.get("status") or {})
    active: list[Object] = list(status.get("active") or ())
    made, known, seen = Review(status), {entry.get("uid") for entry in active}, set()
    for job in jobs:
        uid, end = job["metadata"]["uid"], finished_as(job)
        seen.add(uid)
        if not end:
            if uid not in known:
                made.forgotten.append(job)
            continue
        if uid in known:
            active = [entry for entry in active if entry.get("uid") != uid]
            made.ended.append((name_of(job), end))
            made.changed = True
        done = (job.get("status") or {}).get("completionTime")
        if end == "Complete" and done and done > (status.get("lastSuccessfulTime") or ""):
            status["lastSuccessfulTime"] = done
            made.changed = True
    made.missing = [entry for entry in active if entry.get("uid") not in seen]
    status["active"] = active
    return made


def missed(cronjob: Object, schedule: Schedule, now: datetime, *, within_deadline: bool) -> Missed:
    """Times since the last start, or the last ones that may still be started."""
    earliest = _last_start(cronjob)
    deadline = cronjob["spec"].get("startingDeadlineSeconds")
    if within_deadline and deadline is not None:
        earliest = max(earliest, now - timedelta(seconds=deadline))
    first = schedule.after(earliest)
    if first is None or first > now:
        return Missed(None, 0)
    second = schedule.after(first)
    if second is None or second > now:
        return Missed(first, 1)
    interval = max(int((second - first).total_seconds()), 1)
    count = int((now - first).total_seconds()) // interval + 1
    # As upstream, an estimate: with an irregular schedule it may find none, and then the next time is waited for.
    latest: datetime | None = None
    time = schedule.after(first + timedelta(seconds=(count - 2) * interval))
    while time is not None and time <= now:
        latest, time = time, schedule.after(time)
    return Missed(latest, count)


def seconds_to_next(cronjob: Object, schedule: Schedule, now: datetime) -> float | None:
    latest, count = missed(cronjob, schedule, now, within_deadline=False)
    base = latest or (now if count else _last_start(cronjob))
    following = schedule.after(base)
    while following is not None and following <= now:
        following = schedule.after(following)
    return None if following is None else (following - now).total_seconds() + _DELAY


def is_too_late(cronjob: Object, time: datetime, now: datetime) -> bool:
    deadline = cronjob["spec"].get("startingDeadlineSeconds")
    return deadline is not None and time + timedelta(seconds=deadline) < now


def job_name(cronjob: Object, time: datetime) -> str:
    return f"{name_of(cronjob)}-{int(time.timestamp()) // 60}"


def job_for(cronjob: Object, time: datetime) -> Object:
    template = cronjob["spec"]["jobTemplate"]
    given = template.get("metadata") or {}
    zone = cronjob["spec"].get("timeZone")
    local = time.astimezone(parse_zone(zone) if zone else UTC).isoformat(timespec="seconds")
    metadata: Object = {
        "name": job_name(cronjob, time),
        "namespace": namespace_of(cronjob),
        "annotations": {**(given.get("annotations") or {}), SCHEDULED_AT: local.replace("+00:00", "Z")},
        "ownerReferences": [controller_reference(cronjob, CRONJOB)],
    }
    if given.get("labels"):
        metadata["labels"] = dict(given["labels"])
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template.get("spec") or {}}


def surplus_history(cronjob: Object, jobs: Iterable[Object]) -> list[Object]:
    """The oldest finished jobs beyond the limits."""
    by_end: dict[str, list[Object]] = {}
    for job in jobs:
        by_end.setdefault(finished_as(job), []).append(job)
    surplus: list[Object] = []
    for end, limit in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
        kept = cronjob["spec"].get(limit)
        found = sorted(by_end.get(end, ()), key=_by_start)
        if kept is not None and len(found) > kept:
            surplus += found[: len(found) - kept]
    return surplus


def _last_start(cronjob: Object) -> datetime:
    last = (cronjob.get("status") or {}).get("lastScheduleTime")
    return parse_time(last or cronjob["metadata"]["creationTimestamp"])


def _by_start(job: Object) -> tuple[str, str]:
    return (job.get("status") or {}).get("startTime") or "~", name_of(job)
