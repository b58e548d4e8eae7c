"""Since when the endpoints of a service should have been different: for whoever measures how long it took.

The least of the times that have changed since the last look: of pods' readiness and of the service's creation.
Source: k8s.io/endpointslice/util/trigger_time_tracker.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from apimachinery.objects import Object, find_condition, name_of

ANNOTATION = "endpoints.kubernetes.io/last-change-trigger-time"


class TriggerTimes:
    """For one key at a time. Times are wire texts in UTC with whole seconds, which sort as they follow each other."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, Mapping[str, str]]] = {}

    def look(self, key: str, service: Object, pods: Iterable[Object]) -> str:
        """ "" if nothing has changed; of a service that is new here, its creation."""
        known = self._known.get(key)
        created = str(service["metadata"].get("creationTimestamp") or "")
        times = {name_of(pod): time for pod in pods if (time := _readiness(pod))}
        self._known[key] = (created, times)
        if known is None:
            return created
        before, pods_before = known
        changed = [time for name, time in times.items() if time > pods_before.get(name, "")]
        if created > before:
            changed.append(created)
        return min(changed, default="")

    def forget(self, key: str) -> None:
        self._known.pop(key, None)


def _readiness(pod: Object) -> str:
    condition = find_condition(pod, "Ready")
    return str((condition or {}).get("lastTransitionTime") or "")


def annotated(annotations: Mapping[str, str], time: str) -> dict[str, str]:
    """With that time; without one if it is ""."""
    kept = {key: value for key, value in annotations.items() if key != ANNOTATION}
    return {**kept, ANNOTATION: time} if time else kept
