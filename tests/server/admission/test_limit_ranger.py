from __future__ import annotations

from typing import Any

import pytest

from apimachinery.pod_resources import parse_resources
from server.admission.limit_ranger import claim_violations, fill_defaults, pod_violations
from tests.server.harness import Server, pod

RANGES = "/api/v1/namespaces/default/limitranges"
PODS = "/api/v1/namespaces/default/pods"
CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims"


def _range(type: str, **rules: Any) -> dict[str, Any]:
    return {"metadata": {"name": "limits"}, "spec": {"limits": [{"type": type, **rules}]}}


def _pod(requests: dict[str, str] | None = None, limits: dict[str, str] | None = None, count: int = 1) -> Any:
    resources = {"requests": requests or {}, "limits": limits or {}}
    containers = [{"name": f"c{i}", "image": "x", "resources": resources} for i in range(count)]
    return {"metadata": {"name": "p"}, "spec": {"containers": containers}}


BROKEN = {
    "min request": (
        "Container",
        {"min": {"cpu": "100m"}},
        _pod({"cpu": "50m"}),
        "minimum cpu usage per Container is 100m, but request is 50m",
    ),
    "min none": (
        "Container",
        {"min": {"cpu": "100m"}},
        _pod(),
        "minimum cpu usage per Container is 100m.  No request is specified",
    ),
    "min limit": (
        "Container",
        {"min": {"cpu": "1"}},
        _pod({"cpu": "1"}, {"cpu": "500m"}),
        "minimum cpu usage per Container is 1, but limit is 500m",
    ),
    "max limit": (
        "Container",
        {"max": {"memory": "1Gi"}},
        _pod({}, {"memory": "2Gi"}),
        "maximum memory usage per Container is 1Gi, but limit is 2Gi",
    ),
    "max none": (
        "Container",
        {"max": {"memory": "1Gi"}},
        _pod({"memory": "1"}),
        "maximum memory usage per Container is 1Gi.  No limit is specified",
    ),
    "max request": (
        "Container",
        {"max": {"cpu": "1"}},
        _pod({"cpu": "2"}, {"cpu": "1"}),
        "maximum cpu usage per Container is 1, but request is 2",
    ),
    "ratio": (
        "Container",
        {"maxLimitRequestRatio": {"cpu": "2"}},
        _pod({"cpu": "100m"}, {"cpu": "250m"}),
        "cpu max limit to request ratio per Container is 2, but provided ratio is 2.500000",
    ),
    "ratio without request": (
        "Container",
        {"maxLimitRequestRatio": {"cpu": "2"}},
        _pod({}, {"cpu": "1"}),
        "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0",
    ),
    "ratio without limit": (
        "Container",
        {"maxLimitRequestRatio": {"cpu": "2"}},
        _pod({"cpu": "1"}),
        "cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0",
    ),
    "pod": (
        "Pod",
        {"max": {"cpu": "1"}},
        _pod({"cpu": "1"}, {"cpu": "1"}, 2),
        "maximum cpu usage per Pod is 1, but limit is 2",
    ),
}


@pytest.mark.parametrize(("type", "rules", "pod", "message"), BROKEN.values(), ids=BROKEN)
def test_each_rule_has_its_sentence(type: str, rules: dict[str, Any], pod: Any, message: str) -> None:
    assert list(pod_violations(pod, _range(type, **rules))) == [message]


KEPT = {
    "equal": ("Container", {"min": {"cpu": "1"}, "max": {"cpu": "1000m"}, "maxLimitRequestRatio": {"cpu": "1"}}),
    "other type": ("PersistentVolumeClaim", {"max": {"cpu": "1m"}}),
}


@pytest.mark.parametrize(("type", "rules"), KEPT.values(), ids=KEPT)
def test_what_is_within_bounds_breaks_nothing(type: str, rules: dict[str, Any]) -> None:
    assert not list(pod_violations(_pod({"cpu": "1"}, {"cpu": "1"}), _range(type, **rules)))


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"min": {"storage": "2Gi"}}, "minimum storage usage per PersistentVolumeClaim is 2Gi, but request is 1Gi"),
        ({"max": {"storage": "1Mi"}}, "maximum storage usage per PersistentVolumeClaim is 1Mi, but request is 1Gi"),
        ({"max": {"gold": "1"}}, "maximum gold usage per PersistentVolumeClaim is 1.  No request is specified"),
    ],
)
def test_claims_count_by_their_request(rules: dict[str, Any], message: str) -> None:
    claim = {"spec": {"resources": {"requests": {"storage": "1Gi"}, "limits": {"storage": "9Gi"}}}}
    assert list(claim_violations(claim, _range("PersistentVolumeClaim", **rules))) == [message]


def test_defaults_fill_only_what_is_missing_and_are_noted() -> None:
    made = _pod({"cpu": "2"})
    made["spec"]["initContainers"] = [{"name": "i"}]
    fill_defaults(made, _range("Container", defaultRequest={"cpu": "1", "memory": "1Gi"}, default={"cpu": "3"}))
    container, init = made["spec"]["containers"][0], made["spec"]["initContainers"][0]
    assert parse_resources(container["resources"]["requests"]) == parse_resources({"cpu": "2", "memory": "1Gi"})
    assert container["resources"]["limits"] == {"cpu": "3"}
    assert init["resources"] == {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "3"}}
    assert made["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == (
        "LimitRanger plugin set: memory request for container c0; cpu limit for container c0; "
        "cpu, memory request for init container i; cpu limit for init container i"
    )


def test_a_pod_is_refused_with_all_that_is_wrong(server: Server) -> None:
    server.post(RANGES, _range("Container", min={"cpu": "1", "memory": "1Gi"}))
    small = pod("p")
    small["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "10m", "memory": "2Gi"}}
    answer = server.post(PODS, small)
    assert answer.status == 403
    assert answer.json["message"].startswith('pods "p" is forbidden: ')
    assert "minimum cpu usage per Container is 1, but request is 10m" in answer.json["message"]


def test_defaults_come_before_the_check(server: Server) -> None:
    server.post(RANGES, _range("Container", min={"cpu": "100m"}, default={"cpu": "1"}, defaultRequest={"cpu": "200m"}))
    made = server.post(PODS, pod("p")).json
    assert made["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "1"}, "requests": {"cpu": "200m"}}


def test_a_claim_is_refused(server: Server) -> None:
    server.post(RANGES, _range("PersistentVolumeClaim", max={"storage": "1Gi"}))
    claim = {
        "metadata": {"generateName": "big-"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}},
    }
    answer = server.post(CLAIMS, claim)
    assert answer.status == 403
    why = "maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi"
    assert answer.json["message"].endswith(why)
