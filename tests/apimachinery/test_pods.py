from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apimachinery.pods import (
    is_pod_active,
    is_pod_available,
    is_pod_ready,
    is_pod_terminal,
    pod_limits,
    pod_phase,
    pod_requests,
    qos_class,
    tolerates,
    untolerated_taint,
)
from apimachinery.quantity import parse_quantity

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def pod(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "spec": {"containers": list(containers), **spec}, "status": {}}


def wants(requests: dict[str, str] | None = None, limits: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    return {"name": "c", "resources": {"requests": requests or {}, "limits": limits or {}}, **more}


def shown(resources: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in resources.items()}


def test_requests_are_summed_over_containers() -> None:
    subject = pod(wants({"cpu": "100m", "memory": "1Gi"}), wants({"cpu": "200m"}))
    assert shown(pod_requests(subject)) == {"cpu": "300m", "memory": "1Gi"}


def test_an_init_container_raises_the_request_to_its_own() -> None:
    subject = pod(wants({"cpu": "100m"}), initContainers=[wants({"cpu": "1"}), wants({"memory": "1Mi"})])
    assert shown(pod_requests(subject)) == {"cpu": "1", "memory": "1Mi"}


def test_a_sidecar_counts_beside_containers_and_beside_later_init_containers() -> None:
    sidecar = wants({"cpu": "300m"}, restartPolicy="Always")
    subject = pod(wants({"cpu": "100m"}), initContainers=[wants({"cpu": "350m"}), sidecar, wants({"cpu": "200m"})])
    assert shown(pod_requests(subject)) == {"cpu": "500m"}


def test_overhead_is_added_to_requests_and_to_limits_that_are_set() -> None:
    subject = pod(wants({"cpu": "1"}, {"cpu": "2"}), overhead={"cpu": "250m", "memory": "64Mi"})
    assert shown(pod_requests(subject)) == {"cpu": "1250m", "memory": "64Mi"}
    assert shown(pod_requests(subject, overhead=False)) == {"cpu": "1"}
    assert shown(pod_limits(subject)) == {"cpu": "2250m"}


def test_pod_level_resources_replace_the_sum() -> None:
    subject = pod(wants({"cpu": "1", "x/y": "2"}), resources={"requests": {"cpu": "3", "x/y": "9"}})
    assert shown(pod_requests(subject)) == {"cpu": "3", "x/y": "2"}


def test_missing_requests_are_filled_in_per_container() -> None:
    subject = pod(wants({"cpu": "1"}), wants({"cpu": "0"}), wants())
    assert shown(pod_requests(subject, missing={"cpu": parse_quantity("100m")})) == {"cpu": "1100m"}


def test_a_resize_in_flight_counts_with_the_larger_value() -> None:
    subject = pod(wants({"cpu": "1"}))
    subject["status"]["containerStatuses"] = [{"name": "c", "allocatedResources": {"cpu": "2"}, "resources": {}}]
    assert shown(pod_requests(subject)) == {"cpu": "1"}
    assert shown(pod_requests(subject, use_status=True)) == {"cpu": "2"}
    subject["spec"]["containers"][0]["resources"]["requests"]["cpu"] = "4"
    assert shown(pod_requests(subject, use_status=True)) == {"cpu": "4"}
    subject["status"]["conditions"] = [{"type": "PodResizePending", "status": "True", "reason": "Infeasible"}]
    assert shown(pod_requests(subject, use_status=True)) == {"cpu": "2"}


ONE = {"cpu": "1", "memory": "1Gi"}


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (pod(wants()), "BestEffort"),
        (pod(wants({"cpu": "0"}, {"nvidia.com/gpu": "1"})), "BestEffort"),
        (pod(wants({"cpu": "1"})), "Burstable"),
        (pod(wants(ONE, ONE)), "Guaranteed"),
        (pod(wants(ONE, {"cpu": "1000m", "memory": "1024Mi"})), "Guaranteed"),
        (pod(wants(ONE, ONE), wants()), "Burstable"),
        (pod(wants(ONE, ONE), initContainers=[wants(ONE)]), "Burstable"),
        (pod(wants(ONE, {"cpu": "1"})), "Burstable"),
        (pod(wants(), resources={"requests": ONE, "limits": ONE}), "Guaranteed"),
        (pod(wants(), resources={"requests": ONE}), "Burstable"),
    ],
)
def test_qos_class(subject: dict[str, Any], expected: str) -> None:
    assert qos_class(subject) == expected


TAINT = {"key": "k", "value": "5", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        ({"key": "k", "value": "5", "effect": "NoSchedule"}, True),
        ({"key": "k", "operator": "Equal", "value": "6"}, False),
        ({"key": "k", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "other", "operator": "Exists"}, False),
        ({"key": "k", "operator": "Gt", "value": "4"}, True),
        ({"key": "k", "operator": "Gt", "value": "5"}, False),
        ({"key": "k", "operator": "Lt", "value": "6"}, True),
        ({"key": "k", "operator": "Lt", "value": "x"}, False),
        ({"key": "k", "operator": "Like", "value": "5"}, False),
    ],
)
def test_tolerations(toleration: dict[str, str], expected: bool) -> None:
    assert tolerates([toleration], TAINT) is expected


def test_the_first_untolerated_taint_of_the_effects_asked_for() -> None:
    other = {"key": "z", "effect": "PreferNoSchedule"}
    assert untolerated_taint([other, TAINT], [], ["NoSchedule"]) == TAINT
    assert untolerated_taint([other, TAINT], [{"operator": "Exists"}], ["NoSchedule"]) is None


def ready(since: datetime, status: str = "True") -> dict[str, Any]:
    subject = pod()
    moment = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    subject["status"]["conditions"] = [{"type": "Ready", "status": status, "lastTransitionTime": moment}]
    return subject


def test_ready_and_available() -> None:
    assert is_pod_ready(ready(NOW)) and not is_pod_ready(ready(NOW, "False")) and not is_pod_ready(pod())
    assert is_pod_available(ready(NOW), 0, NOW)
    assert not is_pod_available(ready(NOW), 10, NOW + timedelta(seconds=9))
    assert is_pod_available(ready(NOW), 10, NOW + timedelta(seconds=10))
    assert not is_pod_available(ready(NOW, "False"), 0, NOW)


def test_phase_terminal_and_active() -> None:
    subject = pod()
    assert pod_phase(subject) == "" and is_pod_active(subject)
    subject["status"]["phase"] = "Failed"
    assert is_pod_terminal(subject) and not is_pod_active(subject)
    subject["status"]["phase"] = "Running"
    subject["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert not is_pod_terminal(subject) and not is_pod_active(subject)
