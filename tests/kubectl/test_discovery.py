"""kubectl api-resources, api-versions and explain: what the server says about its types."""

from __future__ import annotations

import pytest

from tests.kubectl.kubectl import Kubectl

covers = pytest.mark.covers


@covers("api-resources", "api-resources --api-group", "api-resources -o wide")
def test_resources_are_listed_in_columns(kubectl: Kubectl) -> None:
    head, *rows = kubectl("api-resources", "--api-group=apps").rows
    assert head == ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"]
    assert ["deployments", "deploy", "apps/v1", "true", "Deployment"] in rows
    assert {row[-3] for row in rows} == {"apps/v1"}
    _, *wide = kubectl("api-resources", "--api-group=policy", "-o", "wide", "--no-headers=false").rows
    verbs = "create,delete,deletecollection,get,list,patch,update,watch"
    assert wide == [["poddisruptionbudgets", "pdb", "policy/v1", "true", "PodDisruptionBudget", verbs]]


@covers("api-resources -o name", "api-resources --namespaced", "api-resources --verbs", "api-resources --categories")
def test_resources_are_chosen(kubectl: Kubectl) -> None:
    cluster = kubectl("api-resources", "--namespaced=false", "-o", "name").lines
    assert "nodes" in cluster and "pods" not in cluster
    assert kubectl(
        "api-resources", "--verbs=create", "--namespaced=true", "--api-group=authorization.k8s.io", "-o", "name"
    ).lines == ["localsubjectaccessreviews.authorization.k8s.io"]
    everything = kubectl("api-resources", "--categories=all", "-o", "name").lines
    assert {"pods", "services", "deployments.apps", "jobs.batch"} <= set(everything)
    assert "configmaps" not in everything
    listed = {item["name"] for item in kubectl.api.request("GET", "/api/v1").json()["resources"]}
    listable = set(kubectl("api-resources", "--api-group=", "-o", "name").lines)
    assert listable == {name for name in listed if "/" not in name}


@covers("api-resources --sort-by")
@pytest.mark.parametrize("column", ["name", "kind"])
def test_resources_are_sorted(kubectl: Kubectl, column: str) -> None:
    _, *rows = kubectl("api-resources", f"--sort-by={column}").rows
    values = [row[0] if column == "name" else row[-1] for row in rows]
    assert values == sorted(values) and len(values) > 50


@covers("api-versions")
def test_versions_are_those_served(kubectl: Kubectl) -> None:
    groups = kubectl.api.request("GET", "/apis").json()["groups"]
    served = {version["groupVersion"] for group in groups for version in group["versions"]}
    assert set(kubectl("api-versions").lines) == served | {"v1"}


@covers("explain", "explain, nested")
def test_explain_describes_a_field(kubectl: Kubectl) -> None:
    text = kubectl("explain", "pod.spec.containers.image").out
    assert text.startswith("KIND:       Pod\nVERSION:    v1\n\nFIELD: image <string>\n")
    assert "Container image name" in text
    whole = kubectl("explain", "deployments.spec").out
    assert whole.startswith(
        "GROUP:      apps\nKIND:       Deployment\nVERSION:    v1\n\nFIELD: spec <DeploymentSpec>\n"
    )
    assert "  replicas\t<integer>\n    Number of desired pods." in whole
    assert "  template\t<PodTemplateSpec> -required-\n" in whole


@covers("explain --recursive")
def test_explain_goes_deep(kubectl: Kubectl) -> None:
    text = kubectl("explain", "deployment.spec.selector", "--recursive").out
    assert "  matchExpressions\t<[]LabelSelectorRequirement>\n    key\t<string> -required-\n" in text
    assert "  matchLabels\t<map[string]string>\n" in text


@covers("explain --api-version")
def test_explain_takes_a_version(kubectl: Kubectl) -> None:
    first = kubectl("explain", "hpa.spec", "--api-version=autoscaling/v1").out
    second = kubectl("explain", "hpa.spec", "--api-version=autoscaling/v2").out
    assert "targetCPUUtilizationPercentage" in first and "metrics\t<[]MetricSpec>" not in first
    assert "metrics\t<[]MetricSpec>" in second and "targetCPUUtilizationPercentage" not in second


@covers("explain --output=plaintext-openapiv2")
def test_explain_reads_the_old_document_too(kubectl: Kubectl) -> None:
    text = kubectl("explain", "pod.spec.hostname", "--output=plaintext-openapiv2").out
    assert text.startswith("KIND:     Pod\nVERSION:  v1\n\nFIELD:    hostname <string>\n\nDESCRIPTION:\n")
    assert "hostname of the Pod" in text


@covers("explain, unknown")
def test_explain_says_what_it_does_not_know(kubectl: Kubectl) -> None:
    assert 'the server doesn\'t have a resource type "nobody"' in kubectl("explain", "nobody", code=1).err
    assert kubectl("explain", "pod.nothing", code=1).err == 'error: field "nothing" does not exist\n'
