"""Waiting for what pods and workloads come to."""

from __future__ import annotations

from collections.abc import Callable

from conformance import kinds
from conformance.api import Object
from conformance.bodies import condition
from conformance.check import Case
from conformance.kinds import Kind

RUN = 120.0
"""Seconds until a pod runs, on a cluster that has to fetch its image."""


def until(
    case: Case, kind: Kind, name: str, holds: Callable[[Object], object], what: str, timeout: float = RUN
) -> Object:
    """The object, as soon as it is as wanted."""

    def ask() -> Object | None:
        found = case.get(kind, name)
        return found if holds(found) else None

    return case.eventually(ask, f"{kind.name} {name} {what}", timeout) or {}


def running(case: Case, name: str) -> Object:
    return until(case, kinds.PODS, name, lambda pod: pod["status"].get("phase") == "Running", "to run")


def ready(case: Case, name: str) -> Object:
    return until(case, kinds.PODS, name, is_ready, "to be ready")


def is_ready(pod: Object) -> bool:
    return condition(pod, "Ready").get("status") == "True"


def ready_pods(case: Case, count: int, **query: str) -> list[Object]:
    """So many ready pods that are not being deleted, and no others."""

    def ask() -> list[Object] | None:
        pods = case.api.items(kinds.PODS, case.namespace, **query)
        return pods if len(pods) == count and all(is_ready(one) for one in pods) else None

    return case.eventually(ask, f"{count} ready pods", RUN) or []


def pods_exist(case: Case, count: int, **query: str) -> list[Object]:
    """So many pods, whatever they do."""

    def ask() -> list[Object] | None:
        pods = case.api.items(kinds.PODS, case.namespace, **query)
        return pods if len(pods) >= count else None

    return case.eventually(ask, f"{count} pods", RUN) or []
