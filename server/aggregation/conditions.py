"""The condition Available of an APIService: what can be said before anybody is asked.

Source: k8s.io/kube-aggregator/pkg/controllers/status/remote/remote_available_controller.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from apimachinery.objects import Object, find_condition
from server.kinds.apiservices import LOCAL


class Verdict(NamedTuple):
    status: str
    reason: str
    message: str


LOCALLY = Verdict("True", LOCAL["reason"], LOCAL["message"])
PASSED = Verdict("True", "Passed", "all checks passed")


def failed_check(error: object) -> Verdict:
    return Verdict("False", "FailedDiscoveryCheck", str(error))


def trouble_before_asking(
    namespace: str, name: str, port: int, service: Object | None, slices: Sequence[Object]
) -> Verdict | None:
    """What is wrong with the service; None: ask it."""
    shown = f'service/{name} in "{namespace}"'
    if service is None:
        return Verdict("False", "ServiceNotFound", f"{shown} is not present")
    if (service["spec"].get("type") or "ClusterIP") != "ClusterIP":
        return None
    wanted = next((each for each in service["spec"].get("ports") or () if each["port"] == port), None)
    if wanted is None:
        return Verdict("False", "ServicePortError", f"{shown} is not listening on port {port}")
    if not slices:
        return Verdict("False", "EndpointsNotFound", f"cannot find endpointslices for {shown}")
    port_name = wanted.get("name") or ""
    if not any(_has_available(each, port_name) for each in slices):
        message = f'endpointslices for {shown} have no addresses with port name "{port_name}"'
        return Verdict("False", "MissingEndpoints", message)
    return None


def _has_available(slice: Object, port_name: str) -> bool:
    ready = any((each.get("conditions") or {}).get("ready") is not False for each in slice.get("endpoints") or ())
    return ready and any(
        (port.get("name") or "") == port_name and port.get("port") for port in slice.get("ports") or ()
    )


def says(obj: Object, verdict: Verdict) -> bool:
    """Whether the APIService already says so."""
    condition = find_condition(obj, "Available")
    if condition is None:
        return False
    return (condition.get("status"), condition.get("reason", ""), condition.get("message", "")) == verdict


def with_verdict(obj: Object, verdict: Verdict, now: str) -> Object:
    """A copy that says so; ``now``: for a status that changes."""
    condition = find_condition(obj, "Available") or {"type": "Available"}
    if condition.get("status") != verdict.status:
        condition["lastTransitionTime"] = now
    condition.update(status=verdict.status, reason=verdict.reason, message=verdict.message)
    others = [each for each in (obj.get("status") or {}).get("conditions") or () if each.get("type") != "Available"]
    return {**obj, "status": {**(obj.get("status") or {}), "conditions": [*others, condition]}}
