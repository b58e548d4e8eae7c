"""Endpoint slices."""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.fields import fill


def endpoint_slice(obj: Object) -> None:
    for port in obj.get("ports") or ():
        fill(port, "name", "")
        fill(port, "protocol", "TCP")
