"""Jobs and cron jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apimachinery.objects import Object
from apimachinery.timefmt import parse_time
from server.printers.cells import (
    CONTAINERS,
    IMAGES,
    NONE,
    boolean,
    containers_and_images,
    selector,
    selector_column,
)
from server.printers.printer import AGE, NAME, Printer, Row, age, column, doc, name, since


def _job_row(obj: Object, now: datetime) -> Row:
    spec, status = obj["spec"], obj.get("status") or {}
    return Row(
        [
            name(obj),
            _status(obj, status),
            _completions(spec, status),
            _duration(status, now),
            age(obj, now),
            *containers_and_images(spec.get("template")),
            selector(spec.get("selector")),
        ]
    )


def _status(obj: Object, status: Mapping[str, Any]) -> str:
    true = {c["type"] for c in status.get("conditions") or () if c.get("status") == "True"}
    for condition in ("Complete", "Failed"):
        if condition in true:
            return condition
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    for condition in ("Suspended", "FailureTarget", "SuccessCriteriaMet"):
        if condition in true:
            return condition
    return "Running"


def _completions(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    succeeded = status.get("succeeded") or 0
    if spec.get("completions") is not None:
        return f"{succeeded}/{spec['completions']}"
    parallelism = spec.get("parallelism") or 0
    return f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"


def _duration(status: Mapping[str, Any], now: datetime) -> str:
    start, end = status.get("startTime"), status.get("completionTime")
    if not start:
        return ""
    return since(start, parse_time(end) if end else now)


JOB = Printer(
    (
        NAME,
        column("Status", "Status of the job."),
        column("Completions", doc("batch/v1.JobStatus.succeeded")),
        column("Duration", "Time required to complete the job."),
        AGE,
        CONTAINERS,
        IMAGES,
        selector_column(doc("batch/v1.JobSpec.selector")),
    ),
    _job_row,
)


def _cron_job_row(obj: Object, now: datetime) -> Row:
    spec, status = obj["spec"], obj.get("status") or {}
    job = (spec.get("jobTemplate") or {}).get("spec") or {}
    last = status.get("lastScheduleTime")
    return Row(
        [
            name(obj),
            spec.get("schedule", ""),
            NONE if spec.get("timeZone") is None else spec["timeZone"],
            boolean(spec.get("suspend")),
            len(status.get("active") or ()),
            since(last, now) if last else NONE,
            age(obj, now),
            *containers_and_images(job.get("template")),
            selector(job.get("selector")),
        ]
    )


CRON_JOB = Printer(
    (
        NAME,
        column("Schedule", doc("batch/v1beta1.CronJobSpec.schedule")),
        column("Timezone", doc("batch/v1beta1.CronJobSpec.timeZone")),
        column("Suspend", doc("batch/v1beta1.CronJobSpec.suspend"), type="boolean"),
        column("Active", doc("batch/v1beta1.CronJobStatus.active"), type="integer"),
        column("Last Schedule", doc("batch/v1beta1.CronJobStatus.lastScheduleTime")),
        AGE,
        CONTAINERS,
        IMAGES,
        selector_column(doc("batch/v1.JobSpec.selector")),
    ),
    _cron_job_row,
)
