"""Limit ranges: the defaults they give, what they refuse, and their own life."""

from __future__ import annotations

from kubernetes.client import ApiException

from conformance.api import STRATEGIC_PATCH, Object
from conformance.bodies import pod
from conformance.check import Case, Check
from conformance.kinds import LIMIT_RANGES, PODS

_CACHED = 40.0
"""Seconds a server may go on using a limit range that is gone."""


_REFUSED = (403, 422)
"""By the limit range, or because its default limit is below the request."""


def sizes(cpu: str = "", memory: str = "", storage: str = "") -> dict[str, str]:
    named = {"cpu": cpu, "memory": memory, "ephemeral-storage": storage}
    return {name: value for name, value in named.items() if value}


_REQUEST = sizes("100m", "200Mi", "200Gi")
_MOST = sizes("500m", "500Mi", "500Gi")
_LEAST, _LOWERED = sizes("50m", "100Mi", "100Gi"), sizes("9m", "49Mi", "49Gi")
_LITTLE, _MUCH = sizes("10m", "50Mi", "50Gi"), sizes("600m", "600Mi", "600Gi")


def _limit_range(name: str, labels: dict[str, str]) -> Object:
    limit = {"type": "Container", "min": _LEAST, "max": _MOST, "default": _MOST, "defaultRequest": _REQUEST}
    return {"metadata": {"name": name, "labels": labels}, "spec": {"limits": [limit]}}


def _pod(name: str, requests: dict[str, str], limits: dict[str, str]) -> Object:
    body = pod(name)
    body["spec"]["containers"][0]["resources"] = {"requests": requests, "limits": limits}
    return body


def _resources(case: Case, body: Object) -> Object:
    """Of a pod as it is stored."""
    case.create(PODS, body)
    found = case.get(PODS, body["metadata"]["name"])["spec"]["containers"][0]["resources"]
    return {"requests": found.get("requests"), "limits": found.get("limits")}


def _taken(case: Case, body: Object) -> bool:
    try:
        case.create(PODS, body)
    except ApiException as error:
        if error.status == 403:
            return False
        raise
    return True


def _defaults(case: Case) -> None:
    """The two pods of the official test; a request that is not given is the limit, if that is given."""
    expected = {"requests": _REQUEST, "limits": _MOST}
    case.equal(_resources(case, _pod("pod-no-resources", {}, {})), expected, "a pod without resources gets defaults")
    partial = _pod("pod-partial-resources", sizes(memory="150Mi", storage="150Gi"), sizes("300m"))
    expected = {"requests": sizes("300m", "150Mi", "150Gi"), "limits": sizes("300m", "500Mi", "500Gi")}
    case.equal(_resources(case, partial), expected, "a pod with some resources gets the others")


def defaults(case: Case) -> None:
    labels = {"time": case.suffix}
    query: Object = {"labelSelector": f"time={case.suffix}"}
    listed = case.api.list(LIMIT_RANGES, case.namespace, **query)
    case.equal(listed["items"] or [], [], "the limit ranges before")
    revision = listed["metadata"]["resourceVersion"]
    with case.api.watch(LIMIT_RANGES, case.namespace, resourceVersion=revision, **query) as events:
        case.create(LIMIT_RANGES, _limit_range("limit-range", labels))
        case.event(events, "ADDED")
    made = case.get(LIMIT_RANGES, "limit-range")
    limit = made["spec"]["limits"][0]
    case.equal((limit["defaultRequest"], limit["default"]), (_REQUEST, _MOST), "the limit range read")
    _defaults(case)
    for requests in (_LITTLE, _MUCH):
        case.refused(_REFUSED, case.create, PODS, _pod("pfpod", requests, {}))
    case.changed(LIMIT_RANGES, "limit-range", lambda one: one["spec"]["limits"][0].update(min=_LOWERED))
    case.equal(case.get(LIMIT_RANGES, "limit-range")["spec"]["limits"][0]["min"], _LOWERED, "the updated minimum")
    case.eventually(lambda: _taken(case, _pod("pfpod", _LITTLE, {})), "the updated minimum to be in force", 20)
    case.refused(_REFUSED, case.create, PODS, _pod("pfpod2", _MUCH, {}))
    case.api.delete(LIMIT_RANGES, case.namespace, "limit-range", {"gracePeriodSeconds": 30})
    case.gone(LIMIT_RANGES, "limit-range")
    case.eventually(lambda: _taken(case, _pod("pfpod2", _MUCH, {})), "the limit range to be out of force", _CACHED)


def collection(case: Case) -> None:
    name = case.unique("e2e-limitrange")
    labels = {"e2e-test": name, name: "created"}
    made = case.create(LIMIT_RANGES, _limit_range(name, labels))
    case.create(LIMIT_RANGES, _limit_range(name, labels), case.new_namespace())
    selector = f"e2e-test={name}"
    case.equal(len(case.api.items(LIMIT_RANGES, labelSelector=selector)), 2, "limit ranges in all namespaces")
    limits = [{**made["spec"]["limits"][0], "min": _LOWERED}]
    patch = {"metadata": {"labels": {name: "patched"}}, "spec": {"limits": limits}}
    patched = case.api.patch(LIMIT_RANGES, case.namespace, name, patch, content_type=STRATEGIC_PATCH)
    case.contains(patched["metadata"]["labels"], {name: "patched"}, "the labels of the patched limit range")
    case.equal(patched["spec"]["limits"][0]["min"], _LOWERED, "the patched minimum")
    case.true(
        int(patched["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"]),
        "a patch raises the resourceVersion",
    )
    case.api.delete_collection(LIMIT_RANGES, case.namespace, labelSelector=f"{name}=patched")
    case.gone(LIMIT_RANGES, name, 10)
    case.equal(len(case.api.items(LIMIT_RANGES, labelSelector=selector)), 1, "the limit ranges left")


_PREFIX = "[sig-scheduling] LimitRange should "
CHECKS = (
    Check(
        _PREFIX + "create a LimitRange with defaults and ensure pod has those defaults applied. [Conformance]", defaults
    ),
    Check(_PREFIX + "list, patch and delete a LimitRange by collection [Conformance]", collection),
)
