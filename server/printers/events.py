"""Events in both of their forms: core/v1 and events.k8s.io/v1 name the same facts differently."""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object
from server.printers.printer import NAME, Column, Printer, Row, column, doc, name, since


def _row(obj: Object, now: datetime) -> Row:
    about = obj.get("involvedObject") or obj.get("regarding") or {}
    source = obj.get("source") or obj.get("deprecatedSource") or {}
    component = source.get("component") or obj.get("reportingComponent") or obj.get("reportingController") or ""
    instance = source.get("host") or obj.get("reportingInstance")
    first = since(obj.get("firstTimestamp") or obj.get("deprecatedFirstTimestamp") or obj.get("eventTime"), now)
    last_timestamp = obj.get("lastTimestamp") or obj.get("deprecatedLastTimestamp")
    last = since(last_timestamp, now) if last_timestamp else first
    count = obj.get("count") or obj.get("deprecatedCount") or 1
    series = obj.get("series")
    if series is not None:
        last = since(series.get("lastObservedTime"), now)
        count = series.get("count") or 0
    kind = about.get("kind", "").lower()
    return Row(
        [
            last,
            obj.get("type", ""),
            obj.get("reason", ""),
            f"{kind}/{about['name']}" if about.get("name") else kind,
            about.get("fieldPath", ""),
            f"{component}, {instance}" if instance else component,
            (obj.get("message") or obj.get("note") or "").strip(),
            first,
            count,
            name(obj),
        ]
    )


EVENT = Printer(
    (
        column("Last Seen", doc("core/v1.Event.lastTimestamp")),
        column("Type", doc("core/v1.Event.type")),
        column("Reason", doc("core/v1.Event.reason")),
        column("Object", doc("core/v1.Event.involvedObject")),
        column("Subobject", doc("core/v1.ObjectReference.fieldPath"), wide=True),
        column("Source", doc("core/v1.Event.source"), wide=True),
        column("Message", doc("core/v1.Event.message")),
        column("First Seen", doc("core/v1.Event.firstTimestamp"), wide=True),
        column("Count", doc("core/v1.Event.count"), wide=True),
        Column(NAME.name, NAME.type, NAME.format, NAME.description, 1),
    ),
    _row,
)
