# ruff: noqa: E501
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from apimachinery.gvk import GroupResource
from apimachinery.quota import evaluator_of
from server.admission.quota_check import Demand, Refused, charge, quota_of
from storage.types import Revision
from tests.server.harness import Server, config_map, pod

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CORE = "/api/v1/namespaces/default"
QUOTAS = f"{CORE}/resourcequotas"


def _quota(hard: dict[str, str], used: dict[str, str] | None = None, **spec: Any) -> Any:
    used = dict.fromkeys(hard, "0") if used is None else used
    return quota_of({"metadata": {"name": "q"}, "spec": spec, "status": {"hard": hard, "used": used}}, Revision(1))


def _pod(requests: dict[str, str] | None = None, **spec: Any) -> Any:
    container = {"name": "c", "image": "x", "resources": {"requests": requests or {}}}
    return {"metadata": {"name": "p"}, "spec": {"containers": [container], **spec}}


def _demand(plural: str, new: Any, old: Any = None) -> Demand:
    return Demand(evaluator_of(GroupResource("", plural)), new, old, NOW)


def _used(quota: Any, demand: Demand) -> dict[str, str]:
    return {name: str(value) for changed in charge([quota], demand) for name, value in changed.used.items()}


COUNTED: dict[str, tuple[dict[str, str], str, Any, dict[str, str]]] = {
    "pods": ({"pods": "2", "count/pods": "2"}, "pods", _pod(), {"pods": "1", "count/pods": "1"}),
    "compute": ({"cpu": "2", "requests.memory": "2Gi"}, "pods", _pod({"cpu": "500m", "memory": "1Gi"}), {"cpu": "500m", "requests.memory": "1Gi"}),
    "foreign": ({"requests.example.com/gpu": "2"}, "pods", _pod({"example.com/gpu": "2"}), {"requests.example.com/gpu": "2"}),
    "count": ({"count/configmaps": "2", "configmaps": "2"}, "configmaps", {}, {"count/configmaps": "1", "configmaps": "1"}),
    "ports": ({"services": "2", "services.nodeports": "5", "services.loadbalancers": "1"}, "services", {"spec": {"type": "NodePort", "ports": [{}, {}]}}, {"services": "1", "services.nodeports": "2", "services.loadbalancers": "0"}),
    "unallocated ports": ({"services.nodeports": "5", "services.loadbalancers": "1"}, "services", {"spec": {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False, "ports": [{"nodePort": 1}, {}]}}, {"services.nodeports": "1", "services.loadbalancers": "1"}),
    "storage": ({"requests.storage": "2Gi", "gold.storageclass.storage.k8s.io/requests.storage": "2Gi"}, "persistentvolumeclaims", {"metadata": {}, "spec": {"storageClassName": "gold", "resources": {"requests": {"storage": "1Gi"}}}}, {"requests.storage": "1Gi", "gold.storageclass.storage.k8s.io/requests.storage": "1Gi"}),
}  # fmt: skip


@pytest.mark.parametrize(("hard", "plural", "obj", "used"), COUNTED.values(), ids=COUNTED)
def test_each_kind_counts_what_it_uses(hard: dict[str, str], plural: str, obj: Any, used: dict[str, str]) -> None:
    assert _used(_quota(hard), _demand(plural, obj)) == used


def test_an_object_of_another_kind_counts_nothing() -> None:
    assert charge([_quota({"pods": "0"})], _demand("secrets", {})) == []


REFUSED: dict[str, tuple[Any, Any, str]] = {
    "too much": (_quota({"cpu": "1", "pods": "9"}, {"cpu": "800m", "pods": "1"}), _pod({"cpu": "500m"}), "exceeded quota: q, requested: cpu=500m, used: cpu=800m, limited: cpu=1"),
    "two at once": (_quota({"cpu": "1", "pods": "1"}, {"cpu": "1", "pods": "1"}), _pod({"cpu": "1"}), "exceeded quota: q, requested: cpu=1,pods=1, used: cpu=1,pods=1, limited: cpu=1,pods=1"),
    "unsaid": (_quota({"cpu": "1", "limits.memory": "1"}), _pod(), "failed quota: q: must specify cpu for: c; limits.memory for: c"),
    "unknown": (_quota({"pods": "1"}, {}), _pod(), "status unknown for quota: q, resources: pods"),
}  # fmt: skip


@pytest.mark.parametrize(("quota", "obj", "message"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_in_upstreams_words(quota: Any, obj: Any, message: str) -> None:
    with pytest.raises(Refused) as refused:
        charge([quota], _demand("pods", obj))
    assert str(refused.value) == message


_FAR = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"namespaces": ["x"]}]}}
SCOPES: dict[str, tuple[dict[str, Any], Any, bool]] = {
    "best effort": ({"scopes": ["BestEffort"]}, _pod(), True),
    "not best effort": ({"scopes": ["BestEffort"]}, _pod({"cpu": "1"}), False),
    "terminating": ({"scopes": ["Terminating"]}, _pod(activeDeadlineSeconds=5), True),
    "two scopes": ({"scopes": ["Terminating", "NotBestEffort"]}, _pod(activeDeadlineSeconds=5), False),
    "not terminating": ({"scopes": ["NotTerminating"]}, _pod(activeDeadlineSeconds=5), False),
    "class in": ({"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}]}}, _pod(priorityClassName="high"), True),
    "class not in": ({"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "NotIn", "values": ["high"]}]}}, _pod(priorityClassName="high"), False),
    "no class": ({"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "DoesNotExist"}]}}, _pod(), True),
    "far affinity": ({"scopes": ["CrossNamespacePodAffinity"]}, _pod(affinity=_FAR), True),
    "no affinity": ({"scopes": ["CrossNamespacePodAffinity"]}, _pod(), False),
}  # fmt: skip


@pytest.mark.parametrize(("spec", "obj", "counted"), SCOPES.values(), ids=SCOPES)
def test_a_scope_says_which_pods_count(spec: dict[str, Any], obj: Any, counted: bool) -> None:
    assert bool(charge([_quota({"pods": "1"}, **spec)], _demand("pods", obj))) is counted


def test_an_update_counts_only_what_is_more() -> None:
    def claim(size: str) -> Any:
        return {"metadata": {}, "spec": {"resources": {"requests": {"storage": size}}}}

    quota = _quota(
        {"requests.storage": "4Gi", "persistentvolumeclaims": "1"},
        {"requests.storage": "2Gi", "persistentvolumeclaims": "1"},
    )
    grown = _used(quota, _demand("persistentvolumeclaims", claim("3Gi"), claim("2Gi")))
    assert grown == {"requests.storage": "3Gi", "persistentvolumeclaims": "1"}
    assert charge([quota], _demand("persistentvolumeclaims", claim("1Gi"), claim("2Gi"))) == []


def _bind(server: Server, name: str, hard: dict[str, str]) -> None:
    """Make a quota and do what the controller does."""
    made = server.post(QUOTAS, {"metadata": {"name": name}, "spec": {"hard": hard}}).json
    status = {"hard": hard, "used": dict.fromkeys(hard, "0")}
    assert server.put(f"{QUOTAS}/{name}/status", {**made, "status": status}).status == 200


def test_creates_at_once_never_get_more_than_the_quotas_allow(server: Server) -> None:
    _bind(server, "few", {"configmaps": "5"})
    _bind(server, "more", {"count/configmaps": "30"})
    answers = server.at_once(*(("POST", f"{CORE}/configmaps", config_map(f"c{i}")) for i in range(40)))
    codes = [answer.status for answer in answers]
    assert (codes.count(201), codes.count(403)) == (5, 35)
    why = "exceeded quota: few, requested: configmaps=1, used: configmaps=5, limited: configmaps=5"
    refused = next(answer.json["message"] for answer in answers if answer.status == 403)
    assert refused.endswith(f"is forbidden: {why}")
    assert server.get(f"{QUOTAS}/few").json["status"]["used"] == {"configmaps": "5"}
    assert server.get(f"{QUOTAS}/more").json["status"]["used"] == {"count/configmaps": "5"}


def test_status_written_by_others_meanwhile_is_not_lost(server: Server) -> None:
    _bind(server, "q", {"configmaps": "100"})
    wider = {"status": {"hard": {"configmaps": "101"}}}
    creates = [("POST", f"{CORE}/configmaps", config_map(f"c{i}")) for i in range(10)]
    answers = server.at_once(*creates[:5], ("PATCH", f"{QUOTAS}/q/status", wider), *creates[5:])
    assert {answer.status for answer in answers} == {200, 201}
    status = server.get(f"{QUOTAS}/q").json["status"]
    assert status == {"hard": {"configmaps": "101"}, "used": {"configmaps": "10"}}


def test_a_dry_run_is_judged_and_not_counted(server: Server) -> None:
    _bind(server, "q", {"pods": "1"})
    assert server.post(f"{CORE}/pods", pod("a"), dryRun="All").status == 201
    assert server.get(f"{QUOTAS}/q").json["status"]["used"] == {"pods": "0"}
    assert server.post(f"{CORE}/pods", pod("a")).status == 201
    assert server.post(f"{CORE}/pods", pod("b"), dryRun="All").status == 403


def test_a_quota_nobody_has_summed_up_binds_nobody(server: Server) -> None:
    server.post(QUOTAS, {"metadata": {"name": "q"}, "spec": {"hard": {"pods": "0"}}})
    assert server.post(f"{CORE}/pods", pod("a")).status == 201
