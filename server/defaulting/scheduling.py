"""Priority classes."""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.fields import fill


def priority_class(obj: Object) -> None:
    fill(obj, "preemptionPolicy", "PreemptLowerPriority")
