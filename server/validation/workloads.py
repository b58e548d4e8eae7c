"""What the workload kinds share: selector and template that fit each other, counts of status, percentages.

Source: k8s.io/kubernetes/pkg/apis/apps/validation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import forbidden, invalid, not_supported, required
from apimachinery.labels import Selector
from apimachinery.names import is_percent
from apimachinery.objects import Object
from server.validation.checks import NEGATIVE, Errors, flag
from server.validation.podoptions import FOR_TEMPLATE, PodOptions
from server.validation.podrelax import validated
from server.validation.podtemplate import check_template
from server.validation.selectors import as_selector, check_label_selector, is_empty

Source = Mapping[str, Any]

_MISMATCH = "`selector` does not match template `labels`"
_OVER_REPLICAS = "cannot be greater than status.replicas"


def template_labels(spec: Source) -> dict[str, str]:
    labels: dict[str, str] = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    return labels


def check_selector(errors: Errors, spec: Source, path: str, word: str) -> Selector | None:
    """A required selector that is not empty; ``word`` is what upstream calls the kind."""
    selector = spec.get("selector")
    if selector is None:
        errors.append(required(f"{path}.selector"))
        return as_selector(None)
    check_label_selector(errors, selector, f"{path}.selector")
    if is_empty(selector):
        errors.append(invalid(f"{path}.selector", selector, f"empty selector is invalid for {word}"))
    return as_selector(selector)


def check_matches(errors: Errors, selector: Selector, spec: Source, path: str) -> None:
    labels = template_labels(spec)
    if not selector.matches(labels):
        errors.append(invalid(f"{path}.template.metadata.labels", labels or None, _MISMATCH))


def check_replicated_template(
    errors: Errors, selector: Selector, spec: Source, path: str, kind: str, options: PodOptions = FOR_TEMPLATE
) -> None:
    """The template of pods that run for ever, which the selector must match. ``kind`` is for the messages."""
    if not selector.empty:
        check_matches(errors, selector, spec, path)
    check_template(errors, spec.get("template"), f"{path}.template", options)
    check_runs_forever(errors, spec, path, kind)


def check_runs_forever(errors: Errors, spec: Source, path: str, kind: str) -> None:
    pod = (spec.get("template") or {}).get("spec") or {}
    if pod.get("restartPolicy") != "Always":
        where = f"{path}.template.spec.restartPolicy"
        errors.append(not_supported(where, pod.get("restartPolicy") or "", ("Always",)))
    if pod.get("activeDeadlineSeconds") is not None:
        problem = f"activeDeadlineSeconds in {kind} is not Supported"
        errors.append(forbidden(f"{path}.template.spec.activeDeadlineSeconds", problem))


def template_validated(check: Any, new: Object, old: Object) -> Errors:
    """Check an update; what the stored template has wrong is excused."""
    template = (old.get("spec") or {}).get("template") or {}
    return validated(check, template.get("spec") or {}, template.get("metadata") or {}, False)


def check_counts(errors: Errors, status: Source, path: str, fields: Sequence[str]) -> None:
    """None of the counts is negative."""
    for field in fields:
        if (status.get(field) or 0) < 0:
            errors.append(invalid(f"{path}.{field}", status[field], NEGATIVE))


def check_replica_counts(errors: Errors, status: Source, path: str, fields: Sequence[str], ready: str) -> None:
    """No part is larger than the whole. ``ready`` is what upstream calls the ready replicas in its message."""
    total = status.get("replicas") or 0
    for field in fields:
        if (status.get(field) or 0) > total:
            errors.append(invalid(f"{path}.{field}", status[field], _OVER_REPLICAS))
    if (status.get("availableReplicas") or 0) > (status.get("readyReplicas") or 0):
        where = f"{path}.availableReplicas"
        errors.append(invalid(where, status["availableReplicas"], f"cannot be greater than {ready}"))


def check_collisions(errors: Errors, new: Object, old: Object) -> None:
    now = (new.get("status") or {}).get("collisionCount")
    before = (old.get("status") or {}).get("collisionCount")
    if before is not None and (now is None or now < before):
        errors.append(invalid("status.collisionCount", now or 0, "cannot be decremented"))


def check_count_or_percent(errors: Errors, path: str, value: int | str) -> None:
    if isinstance(value, str):
        flag(errors, path, value, is_percent(value))
    elif value < 0:
        errors.append(invalid(path, value, NEGATIVE))


def percent_of(value: int | str) -> int | None:
    return int(value[:-1]) if isinstance(value, str) and not is_percent(value) else None


def amount_of(value: int | str) -> int:
    """The number, be it a count or a percentage; 0 for a text that is neither."""
    if not isinstance(value, str):
        return value
    percent = percent_of(value)
    if percent is not None:
        return percent
    sign = value[:1] in ("-", "+")
    return int(value) if value[sign:].isascii() and value[sign:].isdigit() and len(value) < 20 else 0


def check_at_most_all(errors: Errors, path: str, value: int | str) -> None:
    if (percent_of(value) or 0) > 100:
        errors.append(invalid(path, value, "must not be greater than 100%"))
