"""Making pods from templates and deleting them, with the events that kubectl describe shows.

Source: pkg/controller/controller_utils.go (RealPodControl).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from apimachinery.names import is_dns1123_subdomain, mask_trailing_dash
from apimachinery.objects import Object, find_condition, is_terminating, name_of, namespace_of
from apimachinery.pods import is_pod_terminal
from apimachinery.status import NotFound, StatusError
from apimachinery.timefmt import format_time, parse_time
from client.api import Client
from client.recorder import NORMAL, WARNING, EventRecorder
from client.resources import PODS

NAMESPACE_TERMINATING = "NamespaceTerminating"
"""The cause of a refusal that no new attempt will overcome."""


def pod_from_template(template: Mapping[str, Any], owner_name: str, reference: Object) -> Object:
    """A pod to create: shares the template's parts, so it must not be changed deeply."""
    given = template.get("metadata") or {}
    metadata: Object = {"generateName": pod_prefix(owner_name), "ownerReferences": [reference]}
    for field in ("labels", "annotations"):
        if given.get(field):
            metadata[field] = dict(given[field])
    if given.get("finalizers"):
        metadata["finalizers"] = list(given["finalizers"])
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template.get("spec") or {}}


def pod_prefix(owner_name: str) -> str:
    """``name-``, or the name alone where that would be no name."""
    prefix = f"{owner_name}-"
    return owner_name if is_dns1123_subdomain(mask_trailing_dash(prefix)) else prefix


def disruption_target(pod: Mapping[str, Any], now: datetime, *, reason: str = "", message: str = "") -> Object:
    """The condition of a pod that is about to be disrupted; without a reason, that of one that will stay after all."""
    condition: Object = {"type": "DisruptionTarget", "status": "True" if reason else "False"}
    if pod["metadata"].get("generation"):
        condition["observedGeneration"] = pod["metadata"]["generation"]
    condition["lastTransitionTime"] = format_time(now)
    return condition | ({"reason": reason, "message": message} if reason else {})


class PodControl:
    def __init__(self, client: Client, recorder: EventRecorder) -> None:
        self._client = client
        self._recorder = recorder

    def create(self, owner: Object, pod: Object) -> Object:
        """Raises StatusError or TransportError, after saying so in an event about the owner."""
        try:
            made = self._client.create(PODS, namespace_of(owner), pod)
        except StatusError as error:
            if not error.has_cause(NAMESPACE_TERMINATING):
                self._recorder.event(owner, WARNING, "FailedCreate", f"Error creating: {error}")
            raise
        self._recorder.event(owner, NORMAL, "SuccessfulCreate", f"Created pod: {name_of(made)}")
        return made

    def delete(self, owner: Object, namespace: str, name: str) -> None:
        """Raises NotFound when it is gone, other StatusErrors after an event."""
        try:
            self._client.delete(PODS, namespace, name)
        except NotFound:
            raise
        except StatusError as error:
            self._recorder.event(owner, WARNING, "FailedDelete", f"Error deleting: {error}")
            raise
        self._recorder.event(owner, NORMAL, "SuccessfulDelete", f"Deleted pod: {name}")


def slow_start(
    count: int,
    call: Callable[[], object],
    in_parallel: Callable[[Iterable[Callable[[], object]]], list[Exception]],
) -> tuple[int, Exception | None]:
    """Make a call so many times, in batches of 1, 2, 4, …; a batch with a failure is the last.

    So what must fail fails once and not a thousand times. Returns how many succeeded and the first failure.
    """
    done, batch = 0, 1
    while done < count:
        batch = min(batch, count - done)
        errors = in_parallel([call] * batch)
        done += batch - len(errors)
        if errors:
            return done, errors[0]
        batch *= 2
    return done, None


def is_pod_terminating(pod: Mapping[str, Any]) -> bool:
    """It is being deleted and has not ended yet."""
    return is_terminating(pod) and not is_pod_terminal(pod)


def ready_since(pod: Mapping[str, Any]) -> datetime | None:
    """When the pod became ready; None: it is not, or does not say."""
    condition = find_condition(pod, "Ready")
    if condition is None or condition.get("status") != "True" or not condition.get("lastTransitionTime"):
        return None
    return parse_time(condition["lastTransitionTime"])


def next_availability(pods: Iterable[Object], min_ready_seconds: int, now: datetime) -> float | None:
    """Seconds until the first of the ready pods that are not available yet becomes so; None: no pod will."""
    if min_ready_seconds <= 0:
        return None
    after = timedelta(seconds=min_ready_seconds)
    waits = [(since + after - now).total_seconds() for pod in pods if (since := ready_since(pod)) is not None]
    return min((wait for wait in waits if wait > 0), default=None)
