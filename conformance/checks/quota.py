"""ResourceQuota: what it counts, what it refuses, and its own life."""

from __future__ import annotations

from typing import Any

from conformance import kinds
from conformance.api import Object
from conformance.bodies import pod, replication_controller, workload
from conformance.check import Case, Check
from conformance.kinds import RESOURCE_QUOTAS, Kind
from conformance.waiting import until

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
    "count/replicasets.apps": "5",
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
        existing = 0
        if beforehand:
            case.eventually(lambda: case.api.items(kind, case.namespace), f"what every namespace has of {kind.plural}")
            existing = len(case.api.items(kind, case.namespace))
        hard = {**_HARD, resource: str(existing + 5)}
        _quota(case, hard)
        _uses(case, {resource: str(existing), "resourcequotas": "1"})
        made = case.create(kind, body(case))
        _uses(case, {resource: str(existing + 1)})
        case.api.delete(kind, case.namespace, made["metadata"]["name"], {"propagationPolicy": "Background"})
        _uses(case, {resource: str(existing)})

    return check


def _sized(name: str, cpu: str, memory: str, **spec: Any) -> Object:
    body = pod(name, **spec)
    sizes = {"cpu": cpu, "memory": memory}
    body["spec"]["containers"][0]["resources"] = {"requests": sizes, "limits": sizes}
    return body


def services(case: Case) -> None:
    _quota(case)
    _uses(case, {"services": "0", "services.nodeports": "0", "services.loadbalancers": "0"})

    def body(name: str, type_: str) -> Object:
        return {"metadata": {"name": name}, "spec": {"type": type_, "ports": [{"port": 80}], "selector": {"a": "b"}}}

    case.create(kinds.SERVICES, body("test-service", "ClusterIP"))
    case.create(kinds.SERVICES, body("test-service-np", "NodePort"))
    case.refused(403, case.create, kinds.SERVICES, body("test-service-lb", "LoadBalancer"))
    _uses(case, {"services": "2", "services.nodeports": "1", "services.loadbalancers": "0"})
    for name in ("test-service", "test-service-np"):
        case.api.delete(kinds.SERVICES, case.namespace, name)
    _uses(case, {"services": "0", "services.nodeports": "0", "services.loadbalancers": "0"})


def pods(case: Case) -> None:
    _quota(case)
    _uses(case, {"pods": "0", "cpu": "0", "memory": "0"})
    case.create(kinds.PODS, _sized("test-pod", "500m", "252Mi"))
    used = {"pods": "1", "cpu": "500m", "memory": "252Mi"}
    _uses(case, used)
    case.refused(403, case.create, kinds.PODS, _sized("fail-pod", "600m", "100Mi"))
    patch = {"metadata": {"labels": {"more": "yes"}}}
    case.api.patch(kinds.PODS, case.namespace, "test-pod", patch)
    _uses(case, used)
    case.api.delete(kinds.PODS, case.namespace, "test-pod", {"gracePeriodSeconds": 0})
    _uses(case, {"pods": "0", "cpu": "0", "memory": "0"})


def _scoped(first: str, second: str, one: Any, other: Any) -> Any:
    """A pod in the first scope counts there, one in the second counts here."""

    def check(case: Case) -> None:
        _quota(case, {"pods": "5"}, "quota-first", scopes=[first])
        _quota(case, {"pods": "5"}, "quota-second", scopes=[second])
        for name in ("quota-first", "quota-second"):
            _uses(case, {"pods": "0"}, name)
        for body, counting, idle in ((one, "quota-first", "quota-second"), (other, "quota-second", "quota-first")):
            case.create(kinds.PODS, body)
            _uses(case, {"pods": "1"}, counting)
            _uses(case, {"pods": "0"}, idle)
            case.api.delete(kinds.PODS, case.namespace, body["metadata"]["name"], {"gracePeriodSeconds": 0})
            _uses(case, {"pods": "0"}, counting)

    return check


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
    labels = {"metadata": {"labels": {"test-quota": case.suffix}}}
    _quota(case, {"cpu": "500m"})
    case.api.patch(RESOURCE_QUOTAS, case.namespace, "test-quota", {**labels, "spec": {"hard": {"memory": "500Mi"}}})
    selector = f"test-quota={case.suffix}"
    found = case.api.items(RESOURCE_QUOTAS, labelSelector=selector)
    case.equal(len(found), 1, "the quotas listed across namespaces")
    case.equal(found[0]["spec"]["hard"], {"cpu": "500m", "memory": "500Mi"}, "what the patched quota limits")
    case.api.delete_collection(RESOURCE_QUOTAS, case.namespace, labelSelector=selector)
    case.gone(RESOURCE_QUOTAS, "test-quota")


def status(case: Case) -> None:
    """The controller does not look at the status: only its resync, every five minutes, puts it right again."""
    _quota(case, {"cpu": "500m", "memory": "500Mi"})
    until(case, RESOURCE_QUOTAS, "test-quota", lambda one: one["status"].get("hard"), "to have a status", 60)

    def patch_status(hard: Object) -> Object:
        return case.api.patch(RESOURCE_QUOTAS, case.namespace, "test-quota", {"status": {"hard": hard}}, "status")

    with case.api.watch(RESOURCE_QUOTAS, case.namespace, timeout=60) as events:
        more, wrong = {"cpu": "1", "memory": "1Gi"}, {"cpu": "2", "memory": "2Gi"}
        case.api.patch(RESOURCE_QUOTAS, case.namespace, "test-quota", {"spec": {"hard": more}})
        patch_status(more)
        case.event(events, "MODIFIED", lambda one: one["status"].get("hard") == more)
        patched = patch_status(wrong)
        case.equal(patched["status"]["hard"], wrong, "the patched status")
        case.equal(patched["spec"]["hard"], more, "the spec after a patch of the status")
        case.event(events, "MODIFIED", lambda one: one["status"].get("hard") == wrong)
    until(case, RESOURCE_QUOTAS, "test-quota", lambda one: one["status"]["hard"] == more, "to be put right", 360)


def _config_map(case: Case) -> Object:
    return {"metadata": {"name": "test-configmap"}, "data": {"a": "b"}}


def _secret(case: Case) -> Object:
    return {"metadata": {"name": "test-secret"}, "stringData": {"a": "b"}}


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
        _scoped("BestEffort", "NotBestEffort", pod("best-effort"), _sized("not-best-effort", "100m", "50Mi")),
    ),
    Check(
        _PREFIX + "verify ResourceQuota with terminating scopes. [Conformance]",
        _scoped(
            "Terminating",
            "NotTerminating",
            _sized("terminating", "100m", "50Mi", activeDeadlineSeconds=3600),
            _sized("not-terminating", "100m", "50Mi"),
        ),
    ),
    Check(_PREFIX + "be able to update and delete ResourceQuota. [Conformance]", update_and_delete),
    Check(_PREFIX + "manage the lifecycle of a ResourceQuota [Conformance]", lifecycle),
    Check(_PREFIX + "apply changes to a resourcequota status [Conformance]", status, timeout=480),
)
