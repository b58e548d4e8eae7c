"""Volumes remember since when they have been in their phase.

Source: k8s.io/kubernetes pkg/registry/core/persistentvolume/strategy.go.
"""

from __future__ import annotations

from apimachinery.clock import REAL_CLOCK, Clock
from apimachinery.objects import Object
from apimachinery.timefmt import format_time
from server.registry.strategy import Strategy

_SINCE = "lastPhaseTransitionTime"


def strategy(clock: Clock) -> Strategy:
    def prepare_create(volume: Object) -> None:
        volume["status"] = {"phase": "Pending", _SINCE: format_time(clock.now())}

    def prepare_status(new: Object, old: Object) -> None:
        before, after = old.get("status") or {}, new.setdefault("status", {})
        given, known = after.get(_SINCE), before.get(_SINCE)
        if before.get("phase") == after.get("phase"):
            if not given and known:
                after[_SINCE] = known
        elif not given or given == known:
            after[_SINCE] = format_time(clock.now())

    return Strategy(prepare_create=prepare_create, prepare_status=prepare_status)


STRATEGY = strategy(REAL_CLOCK)
