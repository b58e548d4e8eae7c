"""Disruption budgets and the evictions they hold back."""

from __future__ import annotations

from typing import Any

from kubernetes.client.exceptions import ApiException

from conformance.api import Object, status_of
from conformance.bodies import condition, pod, template
from conformance.check import Case, Check, Failed
from conformance.kinds import DISRUPTION_BUDGETS, PODS, REPLICA_SETS
from conformance.waiting import is_ready, ready, until
from conformance.workloads import name_of

_LABELS = {"foo": "bar"}


def _budget(case: Case, minimum: int | str, name: str = "foo", namespace: str | None = None) -> Object:
    """As soon as the controller has seen it."""
    where = case.namespace if namespace is None else namespace
    spec = {"selector": {"matchLabels": _LABELS}, "minAvailable": minimum}
    case.create(DISRUPTION_BUDGETS, {"metadata": {"name": name, "labels": {"e2e": case.suffix}}, "spec": spec}, where)
    return _processed(case, name, where)


def _processed(case: Case, name: str = "foo", namespace: str | None = None) -> Object:
    where = case.namespace if namespace is None else namespace

    def ask() -> Object | None:
        found = case.api.get(DISRUPTION_BUDGETS, where, name)
        seen = found.get("status", {}).get("observedGeneration", 0)
        return found if seen >= found["metadata"]["generation"] else None

    return case.eventually(ask, f"the budget {name} to be processed") or {}


def _updated(case: Case, subresource: str = "", /, **fields: Any) -> Object:
    part = subresource or "spec"
    updated = case.changed(DISRUPTION_BUDGETS, "foo", lambda one: one[part].update(fields), subresource)
    _processed(case)
    return updated


def _patched(case: Case, body: Object, subresource: str = "") -> Object:
    patched = case.api.patch(DISRUPTION_BUDGETS, case.namespace, "foo", body, subresource)
    _processed(case)
    return patched


def _guarded(case: Case, count: int) -> list[Object]:
    names = [name_of(case.create(PODS, pod(f"pod-{number}", _LABELS))) for number in range(count)]
    return [ready(case, name) for name in names]


def budget(case: Case) -> None:
    _budget(case, "1%")
    updated = _updated(case, minAvailable="2%")
    case.equal(updated["spec"]["minAvailable"], "2%", "the updated minAvailable")
    patched = _patched(case, {"spec": {"minAvailable": "3%"}})
    case.equal(patched["spec"]["minAvailable"], "3%", "the patched minAvailable")
    revisions = [int(one["metadata"]["resourceVersion"]) for one in (updated, patched)]
    case.true(revisions[0] < revisions[1], f"a patch raises the resourceVersion: {revisions}")
    case.api.delete(DISRUPTION_BUDGETS, case.namespace, "foo")
    case.gone(DISRUPTION_BUDGETS, "foo")


def collection(case: Case) -> None:
    _budget(case, 2)
    _budget(case, "1%", "foo2")
    _budget(case, 2, "foo3", case.new_namespace())
    selector = f"e2e={case.suffix}"

    def names(namespace: str = "") -> list[str]:
        return sorted(map(name_of, case.api.items(DISRUPTION_BUDGETS, namespace, labelSelector=selector)))

    case.equal(names(), ["foo", "foo2", "foo3"], "budgets in all namespaces")
    case.equal(names(case.namespace), ["foo", "foo2"], "budgets in one namespace")
    case.api.delete_collection(DISRUPTION_BUDGETS, case.namespace)
    case.eventually(lambda: not case.api.items(DISRUPTION_BUDGETS, case.namespace), "no budgets in the namespace")


def status_observed(case: Case) -> None:
    _budget(case, 1)
    _guarded(case, 3)
    done = until(
        case, DISRUPTION_BUDGETS, "foo", lambda one: one["status"].get("disruptionsAllowed", 0) > 0, "to allow any"
    )
    case.equal(condition(done, "DisruptionAllowed").get("status"), "True", "the condition DisruptionAllowed")


def status_written(case: Case) -> None:
    """The controller keeps what names a pod that exists."""
    _budget(case, 1)
    _guarded(case, 1)
    time = case.get(PODS, "pod-0")["metadata"]["creationTimestamp"]
    _updated(case, "status", disruptedPods={"pod-0": time})
    read = case.api.get(DISRUPTION_BUDGETS, case.namespace, "foo", "status")
    case.true("pod-0" in read["status"].get("disruptedPods", {}), "disruptedPods of the updated status")
    patched = _patched(case, {"status": {"disruptedPods": {"pod-0": None}}}, "status")
    case.true(not patched["status"].get("disruptedPods"), "no disruptedPods in the patched status")


def eviction(case: Case) -> None:
    """Refused by minAvailable, then by maxUnavailable; allowed when the budget allows it, and when it is gone."""
    _budget(case, 3)
    spec = {"replicas": 3, "selector": {"matchLabels": _LABELS}, "template": template(_LABELS)}
    case.create(REPLICA_SETS, {"metadata": {"name": "rs"}, "spec": spec})
    first = _three(case)
    _refused(case, first)
    _updated(case, minAvailable=2)
    _three(case)

    def observed(one: Object) -> bool:
        counts = [one["status"].get(key) for key in ("currentHealthy", "desiredHealthy", "disruptionsAllowed")]
        return counts == [3, 2, 1]

    until(case, DISRUPTION_BUDGETS, "foo", observed, "to see three healthy pods")
    _evict(case, first)
    _patched(case, {"spec": {"minAvailable": None, "maxUnavailable": 0}})
    second = _three(case)
    _refused(case, second)
    case.api.delete(DISRUPTION_BUDGETS, case.namespace, "foo")
    case.gone(DISRUPTION_BUDGETS, "foo")
    _three(case)
    _evict(case, second)


def _three(case: Case) -> str:
    """The name of one of three pods that are ready and stay."""

    def ask() -> list[Object]:
        pods = case.api.items(PODS, case.namespace, labelSelector="foo=bar")
        found = [one for one in pods if is_ready(one) and not one["metadata"].get("deletionTimestamp")]
        return found if len(found) >= 3 else []

    return name_of(case.eventually(ask, "three ready pods", 120)[0])


def _evict(case: Case, name: str) -> None:
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": case.namespace}}
    case.api.request("POST", PODS.path(case.namespace, name, "eviction"), body)


def _refused(case: Case, name: str) -> None:
    try:
        _evict(case, name)
    except ApiException as error:
        case.equal(error.status, 429, "the status of a refused eviction")
        causes = status_of(error).get("details", {}).get("causes") or ()
        case.true(
            any(cause.get("reason") == "DisruptionBudget" for cause in causes), f"the cause of a refusal: {causes}"
        )
        return
    raise Failed(f"the eviction of {name} should be refused")


_BUDGET = "[sig-apps] DisruptionController "
_LIST = "Listing PodDisruptionBudgets for all namespaces should list and delete a collection of PodDisruptionBudgets"
_END = " [Conformance]"
CHECKS = (
    Check(_BUDGET + "should create a PodDisruptionBudget" + _END, budget),
    Check(_BUDGET + _LIST + _END, collection),
    Check(_BUDGET + "should observe PodDisruptionBudget status updated" + _END, status_observed),
    Check(_BUDGET + "should update/patch PodDisruptionBudget status" + _END, status_written),
    Check(_BUDGET + "should block an eviction until the PDB is updated to allow it" + _END, eviction),
)
