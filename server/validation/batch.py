"""Jobs and cron jobs. Source: k8s.io/kubernetes/pkg/apis/batch/validation, pkg/registry/batch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apimachinery.fielderrors import invalid, not_supported, required
from apimachinery.objects import Object
from server.validation.checks import Errors, immutable, nonnegative, required_choice, same
from server.validation.cronschedule import ScheduleError, check_schedule
from server.validation.jobspec import check_job_spec
from server.validation.jobstatus import validate_job_status
from server.validation.objectmeta import has_label, validate_object_meta, validate_object_meta_update
from server.validation.podoptions import FOR_TEMPLATE, PodOptions
from server.validation.podrelax import validated
from server.validation.rules import dns_label, name_is_dns_subdomain
from server.validation.selectors import as_selector, check_label_selector
from server.validation.validator import validator
from server.validation.workloads import check_matches, template_labels, template_validated

Source = Mapping[str, Any]

_UID, _NAME = "controller-uid", "job-name"
_GROUP = "batch.kubernetes.io/"
_FIXED = ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy")
_zone_part = re.compile(r"[A-Za-z.\-_0-9+]{1,14}").fullmatch


def _check_job(obj: Object, options: PodOptions = FOR_TEMPLATE, *, prefixed: bool = True) -> Errors:
    """``prefixed``: the labels with the group's name are asked for too."""
    meta, spec = obj["metadata"], obj.get("spec") or {}
    errors = validate_object_meta(meta, True, name_is_dns_subdomain)
    if spec.get("selector") is not None and not spec.get("manualSelector"):
        _check_generated_selector(errors, meta, spec, prefixed)
    _check_spec(errors, spec, options)
    if spec.get("completionMode") == "Indexed" and (spec.get("completions") or 0) > 0:
        host = f"{meta.get('name', '')}-{spec['completions'] - 1}"
        if dns_label(host):
            problem = f"will not able to create pod with invalid DNS label: {host}"
            errors.append(invalid("metadata.name", meta.get("name") or "", problem))
    return errors


def _check_spec(errors: Errors, spec: Source, options: PodOptions) -> None:
    check_job_spec(errors, spec, "spec", options)
    selector = spec.get("selector")
    if selector is None:
        errors.append(required("spec.selector"))
    check_label_selector(errors, selector, "spec.selector", any_value=options.any_selector_value)
    parsed = as_selector(selector)
    if parsed is not None:
        check_matches(errors, parsed, spec, "spec")


def _check_generated_selector(errors: Errors, meta: Source, spec: Source, prefixed: bool) -> None:
    """The labels that the server itself put there must not be contradicted."""
    uid, name = meta.get("uid") or "", meta.get("name") or ""
    if not uid:
        errors.append(required("metadata.uid"))
    expected = {_UID: uid, _NAME: name}
    if prefixed:
        expected |= {f"{_GROUP}{_UID}": uid, f"{_GROUP}{_NAME}": name}
    template = {"labels": template_labels(spec)}
    for label, value in expected.items():
        errors += has_label(template, "spec.template.metadata", label, value)
    selector = as_selector(spec["selector"])
    if selector is not None and not selector.matches(expected):
        errors.append(invalid("spec.selector", spec["selector"], "`selector` not auto-generated"))


def _job_update(new: Object, old: Object) -> Errors:
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    labels = template_labels(before)
    prefixed = f"{_GROUP}{_UID}" in labels and f"{_GROUP}{_NAME}" in labels

    def check(options: PodOptions) -> Errors:
        errors = _check_job(new, options, prefixed=prefixed)
        errors += validate_object_meta_update(new["metadata"], old["metadata"])
        _check_spec(errors, spec, options)
        _check_completions(errors, spec, before)
        immutable(errors, "spec.selector", spec.get("selector"), before.get("selector"))
        _check_template_update(errors, spec, before, old.get("status") or {})
        for field in _FIXED:
            immutable(errors, f"spec.{field}", spec.get(field), before.get(field))
        return errors

    return template_validated(check, new, old)


def _check_completions(errors: Errors, spec: Source, before: Source) -> None:
    """An indexed job may be scaled: completions together with parallelism."""
    completions = spec.get("completions")
    if spec.get("completionMode") != "Indexed":
        immutable(errors, "spec.completions", completions, before.get("completions"))
    elif completions not in (None, before.get("completions"), spec.get("parallelism")):
        problem = "can only be modified in tandem with spec.parallelism"
        errors.append(invalid("spec.completions", completions, problem))


def _check_template_update(errors: Errors, spec: Source, before: Source, status: Source) -> None:
    """While a job is suspended and idle, where its pods run and what they need may change."""
    template, stored = spec.get("template") or {}, before.get("template") or {}
    suspended = bool(before.get("suspend"))
    paused = any(c.get("type") == "Suspended" and c.get("status") == "True" for c in status.get("conditions") or ())
    idle = suspended and (status.get("startTime") is None or paused) and not status.get("active")
    if not idle:
        immutable(errors, "spec.template", template, stored)
        return
    pod, stored_pod = template.get("spec") or {}, _with_directives(template.get("spec") or {}, stored.get("spec") or {})
    for field in ("containers", "initContainers"):
        _copy_resources(pod, stored_pod, field)
    immutable(errors, "spec.template.spec", pod, stored_pod)


def _with_directives(pod: Source, stored: Source) -> dict[str, Any]:
    """The stored pod spec with the new one's scheduling directives."""
    result = dict(stored)
    for field in ("nodeSelector", "tolerations", "schedulingGates"):
        result[field] = pod.get(field)
    affinity = {k: v for k, v in (stored.get("affinity") or {}).items() if k != "nodeAffinity"}
    node = (pod.get("affinity") or {}).get("nodeAffinity")
    if node is not None:
        affinity["nodeAffinity"] = node
    result["affinity"] = affinity if affinity or pod.get("affinity") is not None else None
    return {field: value for field, value in result.items() if value is not None}


def _copy_resources(pod: Source, stored: dict[str, Any], field: str) -> None:
    new, old = pod.get(field) or (), stored.get(field) or ()
    if len(new) == len(old) and new:
        stored[field] = [
            {**before, "resources": container.get("resources")}
            if container.get("name") == before.get("name")
            else before
            for container, before in zip(new, old, strict=True)
        ]


def _check_cron_job_spec(errors: Errors, spec: Source, before: Source | None, options: PodOptions) -> None:
    schedule = spec.get("schedule") or ""
    if schedule:
        _check_schedule(errors, schedule, spec.get("timeZone"), "TZ" in ((before or {}).get("schedule") or ""))
    nonnegative(errors, "spec.startingDeadlineSeconds", spec.get("startingDeadlineSeconds"))
    zone = spec.get("timeZone")
    if zone is not None and (before is None or before.get("timeZone") != zone):
        _check_time_zone(errors, zone, "spec.timeZone")
    required_choice(errors, "spec.concurrencyPolicy", spec.get("concurrencyPolicy"), ("Allow", "Forbid", "Replace"))
    job = (spec.get("jobTemplate") or {}).get("spec") or {}
    check_job_spec(errors, job, "spec.jobTemplate.spec", options)
    if job.get("selector") is not None:
        problem = "`selector` will be auto-generated"
        errors.append(invalid("spec.jobTemplate.spec.selector", job["selector"], problem))
    if job.get("manualSelector"):
        errors.append(not_supported("spec.jobTemplate.spec.manualSelector", True, ("nil", "false")))
    for field in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        nonnegative(errors, f"spec.{field}", spec.get(field))


def _check_schedule(errors: Errors, schedule: str, zone: str | None, zone_allowed: bool) -> None:
    path = "spec.schedule"
    try:
        check_schedule(schedule)
    except ScheduleError as error:
        errors.append(invalid(path, schedule, str(error)))
    if "TZ" not in schedule:
        return
    if not zone_allowed:
        problem = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        errors.append(invalid(path, schedule, problem))
    elif zone is not None:
        problem = "cannot use both timeZone field and TZ or CRON_TZ in schedule"
        errors.append(invalid(path, schedule, problem))


def _check_time_zone(errors: Errors, zone: str, path: str) -> None:
    if not zone:
        errors.append(invalid(path, zone, "timeZone must be nil or non-empty string"))
        return
    parts = zone.split("/")
    if any(part in (".", "..") or part.startswith("-") or not _zone_part(part) for part in parts):
        errors.append(invalid(path, zone, f"unknown time zone {zone}"))
        return
    if zone.lower() == "local":
        problem = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        errors.append(invalid(path, zone, problem))
    if zone != "Local" and not _is_known(zone):
        errors.append(invalid(path, zone, f"unknown time zone {zone}"))


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _cron_job_create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    spec, name = obj.get("spec") or {}, obj["metadata"].get("name") or ""
    _check_cron_job_spec(errors, spec, None, FOR_TEMPLATE)
    if len(name) > 52:
        errors.append(invalid("metadata.name", name, "must be no more than 52 characters"))
    _check_has_schedule(errors, spec)
    return errors


def _check_has_schedule(errors: Errors, spec: Source) -> None:
    """A declarative rule, so its error comes last."""
    if not spec.get("schedule"):
        errors.append(required("spec.schedule"))


def _cron_job_update(new: Object, old: Object) -> Errors:
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    template = ((before.get("jobTemplate") or {}).get("spec") or {}).get("template") or {}

    def check(options: PodOptions) -> Errors:
        errors = validate_object_meta_update(new["metadata"], old["metadata"])
        _check_cron_job_spec(errors, spec, before, options)
        if not same(spec.get("schedule") or "", before.get("schedule") or ""):
            _check_has_schedule(errors, spec)
        return errors

    return validated(check, template.get("spec") or {}, template.get("metadata") or {}, False)


JOB = validator(_check_job, _job_update, validate_job_status)
CRON_JOB = validator(_cron_job_create, _cron_job_update, lambda new, old: [])
