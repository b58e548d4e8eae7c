"""Runtime classes."""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.resources import round_up


def runtime_class(obj: Object) -> None:
    round_up((obj.get("overhead") or {}).get("podFixed"))
