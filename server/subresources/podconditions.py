"""Setting a condition of a pod, as upstream's podutil.UpdatePodCondition does."""

from __future__ import annotations

from apimachinery.objects import Object


def set_pod_condition(pod: Object, now: str, **condition: str) -> None:
    """In place, by its type. The time of the last transition moves only with the status."""
    status = pod.setdefault("status", {})
    conditions: list[Object] = status.get("conditions") or []
    new: Object = {"lastProbeTime": None, "lastTransitionTime": now, **condition}
    for place, old in enumerate(conditions):
        if old["type"] == condition["type"]:
            if old.get("status") == condition["status"]:
                new["lastTransitionTime"] = old.get("lastTransitionTime")
            status["conditions"] = [*conditions[:place], new, *conditions[place + 1 :]]
            return
    status["conditions"] = [*conditions, new]
