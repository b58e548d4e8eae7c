"""core/v1 and events.k8s.io/v1 Event: the same fields under other names.

Source: pkg/apis/events/v1/conversion.go.
"""

from __future__ import annotations

from apimachinery.objects import Object

_CORE_TO_EVENTS = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}
_EVENTS_TO_CORE = {new: old for old, new in _CORE_TO_EVENTS.items()}


def from_core(obj: Object) -> Object:
    converted = {_CORE_TO_EVENTS.get(field, field): value for field, value in obj.items()}
    converted["apiVersion"] = "events.k8s.io/v1"
    return converted


def to_core(obj: Object) -> Object:
    converted = {_EVENTS_TO_CORE.get(field, field): value for field, value in obj.items()}
    converted["apiVersion"] = "v1"
    return converted
