"""Jobs and cron jobs."""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.fields import child, fill, fill_empty
from server.defaulting.pod_spec import template

_MAX_INT32 = (1 << 31) - 1


def job(obj: Object) -> None:
    spec = child(obj, "spec")
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    fill(spec, "parallelism", 1)
    fill(spec, "backoffLimit", 6 if spec.get("backoffLimitPerIndex") is None else _MAX_INT32)
    fill(spec, "completionMode", "NonIndexed")
    fill(spec, "suspend", False)
    fill(spec, "podReplacementPolicy", "TerminatingOrFailed" if spec.get("podFailurePolicy") is None else "Failed")
    fill(spec, "manualSelector", False)
    _labels_of_template(obj, spec)
    _parts(spec)


def cron_job(obj: Object) -> None:
    """The jobs made from it get their own defaults only when they are created."""
    spec = child(obj, "spec")
    fill_empty(spec, "concurrencyPolicy", "Allow")
    fill(spec, "suspend", False)
    fill(spec, "successfulJobsHistoryLimit", 3)
    fill(spec, "failedJobsHistoryLimit", 1)
    _parts(child(child(spec, "jobTemplate"), "spec"))


def _labels_of_template(obj: Object, spec: Object) -> None:
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    metadata = child(obj, "metadata")
    if labels and not metadata.get("labels"):
        metadata["labels"] = dict(labels)


def _parts(spec: Object) -> None:
    """What a job and the template of one have in common."""
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or ():
        for pattern in rule.get("onPodConditions") or ():
            fill_empty(pattern, "status", "True")
    template(spec)
