"""API services.

Source: k8s.io/kube-aggregator/pkg/registry/apiservice/etcd/etcd.go.
"""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object, find_condition
from server.printers.printer import AGE, NAME, Printer, Row, age, column, name


def _row(obj: Object, now: datetime) -> Row:
    service = (obj.get("spec") or {}).get("service")
    shown = "Local" if service is None else f"{service.get('namespace', '')}/{service.get('name', '')}"
    return Row([name(obj), shown, _available(obj), age(obj, now)])


def _available(obj: Object) -> str:
    condition = find_condition(obj, "Available")
    if condition is None:
        return "Unknown"
    status, reason = condition.get("status", ""), condition.get("reason")
    return f"{status} ({reason})" if reason and status != "True" else status


API_SERVICE = Printer(
    (
        NAME,
        column("Service", "The reference to the service that hosts this API endpoint."),
        column("Available", "Whether this service is available."),
        AGE,
    ),
    _row,
)
