"""ResourceQuota: what it counts, what it refuses, and its own life."""

from __future__ import annotations

from typing import Any

from conformance import kinds
from conformance.api import STRATEGIC_PATCH, Object
from conformance.bodies import pod, replication_controller, workload
from conformance.check import Case, Check
from conformance.kinds import RESOURCE_QUOTAS, Kind
from conformance.waiting import until

_EXTENDED = "example.com/dongle"
_HARD = {
    "pods": "5",
    "services": "10",
    "services.nodeports": "1",
    "services.loadbalancers": "1",
    "replicationcontrollers": "10",
    "resourcequotas": "1",
    "cpu": "1",
    "memory": "500Mi",
    "configmaps": "10",
    "secrets": "10",
    "persistentvolumeclaims": "10",
    "requests.storage": "10Gi",
    "ephemeral-storage": "50Gi",
    "gold.storageclass.storage.k8s.io/persistentvolumeclaims": "10",
    "gold.storageclass.storage.k8s.io/requests.storage": "10Gi",
    "count/replicasets.apps": "5",
    f"requests.{_EXTENDED}": "3",
}


def _quota(case: Case, hard: dict[str, str] | None = None, name: str = "test-quota", **spec: Any) -> Object:
    return case.create(RESOURCE_QUOTAS, {"metadata": {"name": name}, "spec": {"hard": hard or _HARD, **spec}})


def _uses(case: Case, expected: dict[str, str], name: str = "test-quota") -> None:
    """Wait until the status tells that so much is used."""

    def holds(quota: Object) -> bool:
        used = quota.get("status", {}).get("used", {})
        return all(used.get(key) == value for key, value in expected.items())

    until(case, RESOURCE_QUOTAS, name, holds, f"to tell that {expected} is used", 60)


def promptly(case: Case) -> None:
    _quota(case)

    def counted(quota: Object) -> bool:
        status = quota.get("status", {})
        return bool(status.get("hard") == _HARD and set(status.get("used", {})) == set(_HARD))

    until(case, RESOURCE_QUOTAS, "test-quota", counted, "to have a status for everything it limits", 60)
    _uses(case, {"resourcequotas": "1", "pods": "0", "cpu": "0"})


def _counts(kind: Kind, resource: str, body: Any, beforehand: bool = False) -> Any:
    """One object raises the use by one, its deletion lowers it."""

    def check(case: Case) -> None:
        if beforehand:
            case.eventually(lambda: case.api.items(kind, case.namespace), f"what every namespace has of {kind.plural}")
        existing = len(case.api.items(kind, case.namespace))
        hard = {**_HARD, resource: str(existing + 1)}
        _quota(case, hard)
        _uses(case, {resource: str(existing), "resourcequotas": "1"})
        made = case.create(kind, body(case))
        _uses(case, {resource: str(existing + 1)})
        case.api.delete(kind, case.namespace, made["metadata"]["name"], {"propagationPolicy": "Background"})
        _uses(case, {resource: str(existing)})

    return check


def _sized(name: str, requests: dict[str, str], limits: dict[str, str] | None = None, **spec: Any) -> Object:
    body = pod(name, **spec)
    body["spec"]["containers"][0]["resources"] = {"requests": requests, "limits": limits or {}}
    return body


def services(case: Case) -> None:
    _quota(case)
    _uses(case, {"services": "0", "services.nodeports": "0", "services.loadbalancers": "0"})

    def body(name: str, type_: str, **more: Any) -> Object:
        spec = {"type": type_, "ports": [{"port": 80}], "selector": {"a": "b"}, **more}
        return {"metadata": {"name": name}, "spec": spec}

    case.create(kinds.SERVICES, body("test-service", "ClusterIP"))
    case.create(kinds.SERVICES, body("test-service-np", "NodePort"))
    balancer = body("test-service-lb", "LoadBalancer", allocateLoadBalancerNodePorts=True)
    case.refused(403, case.create, kinds.SERVICES, balancer)
    _uses(case, {"services": "2", "services.nodeports": "1", "services.loadbalancers": "0"})
    for name in ("test-service", "test-service-np"):
        case.api.delete(kinds.SERVICES, case.namespace, name)
    _uses(case, {"services": "0", "services.nodeports": "0", "services.loadbalancers": "0"})


def pods(case: Case) -> None:
    """A pod counts with what it asks for, also of an extended resource; one that asks for too much is refused."""
    _quota(case)
    nothing = {"pods": "0", "cpu": "0", "memory": "0", "ephemeral-storage": "0", f"requests.{_EXTENDED}": "0"}
    _uses(case, nothing)
    requests = {"cpu": "500m", "memory": "252Mi", "ephemeral-storage": "30Gi", _EXTENDED: "2"}
    made = case.create(kinds.PODS, _sized("test-pod", requests, {_EXTENDED: "2"}))
    sizes = {name: value for name, value in requests.items() if name != _EXTENDED}
    used = {"pods": "1", **sizes, f"requests.{_EXTENDED}": "2"}
    _uses(case, used)
    case.refused(403, case.create, kinds.PODS, _sized("fail-pod", {"cpu": "600m", "memory": "100Mi"}))
    more = {"cpu": "500m", "memory": "100Mi", "ephemeral-storage": "30Gi", _EXTENDED: "2"}
    case.refused(403, case.create, kinds.PODS, _sized("fail-pod-for-extended-resource", more, {_EXTENDED: "2"}))
    smaller = {"cpu": "100m", "memory": "100Mi", "ephemeral-storage": "10Gi"}
    made["spec"]["containers"][0]["resources"]["requests"] = smaller
    case.refused((403, 409, 422), case.api.update, kinds.PODS, case.namespace, made)
    _uses(case, used)
    case.api.delete(kinds.PODS, case.namespace, "test-pod", {"gracePeriodSeconds": 0})
    _uses(case, nothing)


_QUIET = 1.0
"""Seconds in which a pod that does not count would; the official test waits five."""


def _scoped(first: str, second: str, hard: dict[str, str], one: Object, other: Object) -> Any:
    """A pod in the first scope counts there with all it has, one in the second counts in the other quota."""

    def sums(body: Object) -> dict[str, str]:
        found = body["spec"]["containers"][0].get("resources", {})
        values = {f"{kind}.{name}": value for kind, named in found.items() for name, value in named.items()}
        return {name: values.get(name, "1") for name in hard}

    def check(case: Case) -> None:
        nothing = dict.fromkeys(hard, "0")
        _quota(case, hard, "quota-first", scopes=[first])
        _quota(case, hard, "quota-second", scopes=[second])
        for name in ("quota-first", "quota-second"):
            _uses(case, nothing, name)
        for body, counting, idle in ((one, "quota-first", "quota-second"), (other, "quota-second", "quota-first")):
            case.create(kinds.PODS, body)
            _uses(case, sums(body), counting)
            case.steady(lambda name=idle: _counted(case, name, nothing), f"{idle} does not count the pod", _QUIET)  # type: ignore[misc]
            case.api.delete(kinds.PODS, case.namespace, body["metadata"]["name"], {"gracePeriodSeconds": 0})
            _uses(case, nothing, counting)

    return check


def _counted(case: Case, name: str, expected: dict[str, str]) -> bool:
    used = case.get(RESOURCE_QUOTAS, name)["status"]["used"]
    return all(used.get(key) == value for key, value in expected.items())


def update_and_delete(case: Case) -> None:
    _quota(case, {"cpu": "1", "memory": "500Mi"})
    read = case.get(RESOURCE_QUOTAS, "test-quota")
    case.equal(read["spec"]["hard"], {"cpu": "1", "memory": "500Mi"}, "the quota read")
    hard = {"cpu": "2", "memory": "1Gi"}
    updated = case.changed(RESOURCE_QUOTAS, "test-quota", lambda one: one["spec"].update(hard=hard))
    case.equal(updated["spec"]["hard"], hard, "the quota updated")
    case.equal(case.get(RESOURCE_QUOTAS, "test-quota")["spec"]["hard"], hard, "the quota read again")
    case.api.delete(RESOURCE_QUOTAS, case.namespace, "test-quota")
    case.gone(RESOURCE_QUOTAS, "test-quota")


def lifecycle(case: Case) -> None:
    name = case.unique("e2e-quota")
    selector = f"e2e-rq-label={name}"
    hard = {"cpu": "1", "memory": "500Mi"}
    case.create(RESOURCE_QUOTAS, {"metadata": {"name": name, "labels": {"e2e-rq-label": name}}, "spec": {"hard": hard}})
    case.equal(case.get(RESOURCE_QUOTAS, name)["spec"]["hard"], hard, "the quota read")
    found = case.api.items(RESOURCE_QUOTAS, labelSelector=selector)
    case.equal(len(found), 1, "the quotas listed across namespaces")
    patch = {"metadata": {"labels": {name: "patched"}}, "spec": {"hard": {"memory": "750Mi"}}}
    patched = case.api.patch(RESOURCE_QUOTAS, case.namespace, name, patch, content_type=STRATEGIC_PATCH)
    case.contains(patched["metadata"]["labels"], {name: "patched"}, "the labels of the patched quota")
    case.equal(patched["spec"]["hard"]["memory"], "750Mi", "what the patched quota limits")
    revisions = [int(one["metadata"]["resourceVersion"]) for one in (found[0], patched)]
    case.true(revisions[0] < revisions[1], "a patch raises the resourceVersion")
    case.api.delete_collection(RESOURCE_QUOTAS, case.namespace, labelSelector=selector)
    case.refused(404, case.get, RESOURCE_QUOTAS, name)


def status(case: Case) -> None:
    """Written by update and by patch; the spec stays, and the controller puts it right when it sums up again, which it
    does not do for the sake of a status: upstream's and ours, unless told otherwise, every five minutes."""
    label = {"e2e-rq-label": case.suffix}
    selector = f"e2e-rq-label={case.suffix}"
    name = case.unique("e2e-rq-status")
    first, more, wrong = ({"cpu": cpu, "memory": size} for cpu, size in (("500m", "500Mi"), ("1", "1Gi"), ("2", "2Gi")))
    revision = case.api.list(RESOURCE_QUOTAS, labelSelector=selector)["metadata"]["resourceVersion"]
    query: Object = {"labelSelector": selector, "resourceVersion": revision}

    def patch_status(hard: Object) -> Object:
        body = {"status": {"hard": hard}}
        return case.api.patch(RESOURCE_QUOTAS, case.namespace, name, body, "status", content_type=STRATEGIC_PATCH)

    with case.api.watch(RESOURCE_QUOTAS, case.namespace, timeout=60, **query) as events:
        case.create(RESOURCE_QUOTAS, {"metadata": {"name": name, "labels": label}, "spec": {"hard": first}})
        case.equal(case.get(RESOURCE_QUOTAS, name)["spec"]["hard"], first, "the quota read")
        case.changed(RESOURCE_QUOTAS, name, lambda one: one.update(status={"hard": first}), "status")
        case.event(events, "MODIFIED", lambda one: one["status"].get("hard") == first)
        body = {"spec": {"hard": more}}
        case.api.patch(RESOURCE_QUOTAS, case.namespace, name, body, content_type=STRATEGIC_PATCH)
        patch_status(more)
        case.event(events, "MODIFIED", lambda one: one["status"].get("hard") == more)
        read = case.api.get(RESOURCE_QUOTAS, case.namespace, name, "status")
        case.equal(read["status"]["hard"], more, "the limits in /status")
        patched = patch_status(wrong)
        case.equal(patched["status"]["hard"], wrong, "the patched status")
        case.equal(patched["spec"]["hard"], more, "the spec after a patch of the status")
        case.event(events, "MODIFIED", lambda one: one["status"].get("hard") == wrong)
    until(case, RESOURCE_QUOTAS, name, lambda one: one["status"]["hard"] == more, "to be put right", 360)


def _config_map(case: Case) -> Object:
    return {"metadata": {"name": "test-configmap"}, "data": {"a": "b"}}


def _secret(case: Case) -> Object:
    return {"metadata": {"name": "test-secret"}, "stringData": {"a": "b"}}


_REQUESTS, _LIMITS = {"cpu": "500m", "memory": "200Mi"}, {"cpu": "1", "memory": "400Mi"}
_COMPUTE = {
    "pods": "5",
    "requests.cpu": "1",
    "requests.memory": "500Mi",
    "limits.cpu": "2",
    "limits.memory": "1Gi",
}
_PREFIX = "[sig-api-machinery] ResourceQuota should "
_LIFE = _PREFIX + "create a ResourceQuota and capture the life of a "
CHECKS = (
    Check(_PREFIX + "create a ResourceQuota and ensure its status is promptly calculated. [Conformance]", promptly),
    Check(_LIFE + "configMap. [Conformance]", _counts(kinds.CONFIG_MAPS, "configmaps", _config_map, beforehand=True)),
    Check(_LIFE + "secret. [Conformance]", _counts(kinds.SECRETS, "secrets", _secret)),
    Check(
        _LIFE + "replica set. [Conformance]",
        _counts(kinds.REPLICA_SETS, "count/replicasets.apps", lambda case: workload(case, "rs", 0)),
    ),
    Check(
        _LIFE + "replication controller. [Conformance]",
        _counts(
            kinds.REPLICATION_CONTROLLERS,
            "replicationcontrollers",
            lambda case: replication_controller(case, "rc", 0),
        ),
    ),
    Check(_LIFE + "service. [Conformance]", services),
    Check(_LIFE + "pod. [Conformance]", pods),
    Check(
        _PREFIX + "verify ResourceQuota with best effort scope. [Conformance]",
        _scoped("BestEffort", "NotBestEffort", {"pods": "5"}, pod("best-effort"), _sized("not-best-effort", _REQUESTS)),
    ),
    Check(
        _PREFIX + "verify ResourceQuota with terminating scopes. [Conformance]",
        _scoped(
            "NotTerminating",
            "Terminating",
            _COMPUTE,
            _sized("test-pod", _REQUESTS, _LIMITS),
            _sized("terminating-pod", _REQUESTS, _LIMITS, activeDeadlineSeconds=3600),
        ),
    ),
    Check(_PREFIX + "be able to update and delete ResourceQuota. [Conformance]", update_and_delete),
    Check(_PREFIX + "manage the lifecycle of a ResourceQuota [Conformance]", lifecycle),
    Check(_PREFIX + "apply changes to a resourcequota status [Conformance]", status, timeout=480),
)
