"""API priority and fairness."""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.fields import child, fill, fill_empty


def flow_schema(obj: Object) -> None:
    fill_empty(child(obj, "spec"), "matchingPrecedence", 1000)


def priority_level_configuration(obj: Object) -> None:
    spec = child(obj, "spec")
    limited = spec.get("limited")
    if limited is not None:
        fill(limited, "nominalConcurrencyShares", 30)
        fill(limited, "lendablePercent", 0)
        queuing = (limited.get("limitResponse") or {}).get("queuing")
        if queuing is not None:
            fill_empty(queuing, "queues", 64)
            fill_empty(queuing, "handSize", 8)
            fill_empty(queuing, "queueLengthLimit", 50)
    exempt = spec.get("exempt")
    if exempt is not None:
        fill(exempt, "nominalConcurrencyShares", 0)
        fill(exempt, "lendablePercent", 0)
