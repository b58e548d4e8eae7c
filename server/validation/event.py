"""Events, in their stored form: leniently as core/v1, strictly as events.k8s.io/v1.

Source: k8s.io/kubernetes/pkg/apis/core/validation/events.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apimachinery.fielderrors import invalid, required
from apimachinery.objects import Object
from server.validation.checks import Errors, check_qualified, check_subdomain, immutable
from server.validation.objectmeta import byte_length, validate_object_meta, validate_object_meta_update
from server.validation.rules import name_is_dns_subdomain, name_is_path_segment
from server.validation.validator import validator

_MAX = 128
_MAX_NOTE = 1024
_MISMATCH = "does not match event.namespace"


def _check_lenient(errors: Errors, event: Object, controller_path: str) -> None:
    namespace = event["metadata"].get("namespace") or ""
    about = (event.get("involvedObject") or {}).get("namespace") or ""
    if event.get("eventTime"):
        if not about and namespace not in ("default", "kube-system"):
            errors.append(invalid("involvedObject.namespace", about, _MISMATCH))
        _check_new_style(errors, event, controller_path)
    elif namespace not in ((about,) if about else ("", "default")):
        errors.append(invalid("involvedObject.namespace", about, _MISMATCH))
    check_subdomain(errors, "namespace", namespace)


def _check_new_style(errors: Errors, event: Object, controller_path: str) -> None:
    controller = event.get("reportingComponent") or ""
    if not controller:
        errors.append(required(controller_path))
    check_qualified(errors, controller_path, controller)
    for field in ("reportingInstance", "action", "reason"):
        text = event.get(field) or ""
        if not text:
            errors.append(required(field))
        _check_length(errors, field, text, _MAX)
    _check_length(errors, "message", event.get("message") or "", _MAX_NOTE)


def _check_length(errors: Errors, path: str, text: str, limit: int) -> None:
    if byte_length(text) > limit:
        errors.append(invalid(path, "", f"can have at most {limit} characters"))


def _create(event: Object) -> Errors:
    errors: Errors = []
    _check_lenient(errors, event, "reportingComponent")
    return errors or validate_object_meta(event["metadata"], True, name_is_path_segment, standard_finalizers=False)


def _update(new: Object, old: Object) -> Errors:
    errors: Errors = []
    _check_lenient(errors, new, "reportingComponent")
    return errors


def _strict_create(event: Object) -> Errors:
    errors: Errors = []
    _check_lenient(errors, event, "reportingController")
    errors += validate_object_meta(event["metadata"], True, name_is_dns_subdomain)
    _check_series(errors, event.get("series"))
    if not event.get("eventTime"):
        errors.append(required("eventTime"))
    if event.get("type") not in ("Normal", "Warning"):
        errors.append(invalid("type", "", f"has invalid value: {event.get('type') or ''}"))
    for field in ("firstTimestamp", "lastTimestamp", "count", "source"):
        value = event.get(field)
        if any(value.values()) if isinstance(value, Mapping) else value:
            errors.append(invalid(field, "", "needs to be unset"))
    return errors


def _check_series(errors: Errors, series: Mapping[str, Any] | None) -> None:
    if series is None:
        return
    if (series.get("count") or 0) < 2:
        errors.append(invalid("series.count", "", "should be at least 2"))
    if not series.get("lastObservedTime"):
        errors.append(required("series.lastObservedTime"))


_FIXED = ("involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "reason", "type")
_FIXED_TOO = (
    ("action", "action"),
    ("related", "related"),
    ("reportingComponent", "reportingController"),
    ("reportingInstance", "reportingInstance"),
)
_EMPTY = {
    "count": 0,
    "involvedObject": {},
    "source": {},
    "related": None,
    "firstTimestamp": None,
    "lastTimestamp": None,
}


def _strict_update(new: Object, old: Object) -> Errors:
    errors: Errors = []
    _check_lenient(errors, new, "reportingController")
    errors += validate_object_meta_update(new["metadata"], old["metadata"])
    if new.get("series") != old.get("series"):
        _check_series(errors, new.get("series"))
    for field in _FIXED:
        empty = _EMPTY.get(field, "")
        immutable(errors, field, new.get(field) or empty, old.get(field) or empty)
    immutable(errors, "eventTime", new.get("eventTime"), old.get("eventTime"))
    for field, path in _FIXED_TOO:
        empty = _EMPTY.get(field, "")
        immutable(errors, path, new.get(field) or empty, old.get(field) or empty)
    return errors


EVENTS_EVENT = validator(_strict_create, _strict_update)
EVENT = replace(validator(_create, _update), groups={"events.k8s.io": EVENTS_EVENT})
