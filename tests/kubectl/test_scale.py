"""kubectl scale and autoscale."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kubectl.kubectl import Kubectl
from tests.kubectl.objects import deployment, job, replica_set, stateful_set

covers = pytest.mark.covers


def replicas(kubectl: Kubectl, resource: str, name: str = "web") -> int:
    count: int = kubectl.stored(resource, name)["spec"]["replicas"]
    return count


@covers("scale deployment", "scale replicaset", "scale statefulset")
@pytest.mark.parametrize(
    ("made", "resource"),
    [
        (deployment("web", 0), "deployments.apps"),
        (replica_set("web", 0), "replicasets.apps"),
        (stateful_set("web", 0), "statefulsets.apps"),
    ],
    ids=["deployment", "replicaset", "statefulset"],
)
def test_a_workload_is_scaled(kubectl: Kubectl, made: dict[str, Any], resource: str) -> None:
    kubectl.apply(made)
    assert kubectl("scale", f"{resource}/web", "--replicas=1").out == f"{resource.replace('s.', '.')}/web scaled\n"
    stored = kubectl.stored(resource, "web")
    assert stored["spec"]["replicas"] == 1
    assert any(entry.get("subresource") == "scale" for entry in stored["metadata"]["managedFields"])


@covers("scale --current-replicas", "scale --resource-version", "scale --dry-run")
def test_scaling_has_preconditions(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 0, paused=True))
    revision = kubectl.stored("deployments.apps", "web")["metadata"]["resourceVersion"]
    refused = kubectl("scale", "deploy/web", "--replicas=3", "--current-replicas=7", code=1)
    assert refused.err == "error: Expected replicas to be 7, was 0\n"
    refused = kubectl("scale", "deploy/web", "--replicas=3", "--resource-version=1", code=1)
    assert refused.err.startswith("error: Expected resource version to be 1, was ")
    kubectl("scale", "deploy/web", "--replicas=3", "--dry-run=server")
    assert replicas(kubectl, "deployments.apps") == 0
    kubectl("scale", "deploy/web", "--replicas=1", "--current-replicas=0")
    assert replicas(kubectl, "deployments.apps") == 1
    newer = kubectl.stored("deployments.apps", "web")["metadata"]["resourceVersion"]
    assert newer != revision


@covers("scale, several at once")
def test_several_are_scaled_at_once(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 0, paused=True), deployment("db", 0, paused=True))
    lines = kubectl("scale", "deploy/web", "deploy/db", "--replicas=1").lines
    assert lines == ["deployment.apps/web scaled", "deployment.apps/db scaled"]
    assert replicas(kubectl, "deployments.apps") == replicas(kubectl, "deployments.apps", "db") == 1
    kubectl("scale", "deploy", "--all", "--replicas=2")
    assert replicas(kubectl, "deployments.apps") == replicas(kubectl, "deployments.apps", "db") == 2


@covers("scale job is refused")
def test_what_has_no_scale_is_refused(kubectl: Kubectl) -> None:
    kubectl.apply(job("one", suspend=True))
    refused = kubectl("scale", "job/one", "--replicas=2", code=1)
    assert "could not find the requested resource" in refused.err
    assert kubectl.stored("jobs.batch", "one")["spec"]["parallelism"] == 1


@covers("autoscale deployment", "autoscale replicaset", "get hpa.v1.autoscaling")
@pytest.mark.parametrize(
    ("made", "kind"), [(deployment("web", 0), "Deployment"), (replica_set("web", 0), "ReplicaSet")]
)
def test_an_autoscaler_is_made_and_read_in_both_versions(kubectl: Kubectl, made: dict[str, Any], kind: str) -> None:
    kubectl.apply(made)
    done = kubectl("autoscale", f"{kind.lower()}/web", "--min=2", "--max=5", "--cpu-percent=70")
    assert done.out == "horizontalpodautoscaler.autoscaling/web autoscaled\n"
    target = {"apiVersion": "apps/v1", "kind": kind, "name": "web"}
    spec = kubectl.stored("horizontalpodautoscalers.autoscaling", "web")["spec"]
    assert spec["scaleTargetRef"] == target and (spec["minReplicas"], spec["maxReplicas"]) == (2, 5)
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
    assert spec["metrics"] == [{"type": "Resource", "resource": cpu}]
    first = kubectl("get", "horizontalpodautoscalers.v1.autoscaling", "web", "-o", "json").json
    assert first["apiVersion"] == "autoscaling/v1"
    assert first["spec"] == {
        "scaleTargetRef": target,
        "minReplicas": 2,
        "maxReplicas": 5,
        "targetCPUUtilizationPercentage": 70,
    }


@covers("autoscale, refused")
def test_an_autoscaler_needs_sensible_bounds(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 0))
    refused = kubectl("autoscale", "deploy/web", "--min=2", "--max=1", code=1)
    assert refused.err.startswith("error: --max=MAXPODS must be larger or equal to --min=MINPODS")
    assert kubectl.find("horizontalpodautoscalers.autoscaling", "web") is None
