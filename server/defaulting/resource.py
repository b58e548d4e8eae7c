"""Dynamic resource allocation."""

from __future__ import annotations

from apimachinery.clock import REAL_CLOCK, Clock
from apimachinery.objects import Object
from apimachinery.timefmt import format_time
from server.defaulting.fields import child, fill_empty


def resource_claim(obj: Object) -> None:
    _claim_spec(child(obj, "spec"))
    results = ((((obj.get("status") or {}).get("allocation") or {}).get("devices")) or {}).get("results")
    for result in results or ():
        _tolerations(result)


def resource_claim_template(obj: Object) -> None:
    _claim_spec(child(child(obj, "spec"), "spec"))


def resource_slice(obj: Object, clock: Clock = REAL_CLOCK) -> None:
    for device in (obj.get("spec") or {}).get("devices") or ():
        for taint in device.get("taints") or ():
            _taint(taint, clock)


def device_taint_rule(obj: Object, clock: Clock = REAL_CLOCK) -> None:
    _taint(child(child(obj, "spec"), "taint"), clock)


def _claim_spec(spec: Object) -> None:
    for request in (spec.get("devices") or {}).get("requests") or ():
        for choice in (request.get("exactly"), *(request.get("firstAvailable") or ())):
            if choice is not None:
                _device_request(choice)


def _device_request(request: Object) -> None:
    fill_empty(request, "allocationMode", "ExactCount")
    if request["allocationMode"] == "ExactCount":
        fill_empty(request, "count", 1)
    _tolerations(request)


def _tolerations(holder: Object) -> None:
    for toleration in holder.get("tolerations") or ():
        fill_empty(toleration, "operator", "Equal")


def _taint(taint: Object, clock: Clock) -> None:
    if taint.get("timeAdded") is None:
        taint["timeAdded"] = format_time(clock.now())
