"""Options of requests in upstream's words: selectable fields, what a write may be told, how lists are asked for."""

from __future__ import annotations

import pytest

from tests.server.harness import Server, config_map, pod

NAMESPACE = "/api/v1/namespaces/default"
MAPS = f"{NAMESPACE}/configmaps"

SELECTABLE = {
    "/api/v1/pods": (
        *("metadata.name", "metadata.namespace", "spec.nodeName", "spec.host", "spec.restartPolicy"),
        *("spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase", "status.podIP"),
        *("status.podIPs", "status.nominatedNodeName"),
    ),
    "/api/v1/nodes": ("metadata.name", "spec.unschedulable"),
    "/api/v1/replicationcontrollers": ("metadata.name", "metadata.namespace", "status.replicas"),
    "/api/v1/events": (
        *(f"involvedObject.{part}" for part in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion")),
        *("involvedObject.fieldPath", "reason", "reportingComponent", "source", "type", "metadata.name"),
    ),
    "/apis/events.k8s.io/v1/events": (
        *(f"regarding.{part}" for part in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion")),
        *("regarding.fieldPath", "reason", "reportingController", "type", "metadata.name", "metadata.namespace"),
    ),
    "/api/v1/namespaces": ("metadata.name", "status.phase"),
    "/api/v1/secrets": ("metadata.name", "metadata.namespace", "type"),
    "/api/v1/services": ("metadata.name", "metadata.namespace", "spec.clusterIP", "spec.type"),
    "/apis/batch/v1/jobs": ("metadata.name", "metadata.namespace", "status.successful"),
    "/apis/certificates.k8s.io/v1/certificatesigningrequests": ("metadata.name", "spec.signerName"),
    "/apis/resource.k8s.io/v1/resourceslices": ("metadata.name", "spec.nodeName", "spec.driver"),
    "/apis/apps/v1/deployments": ("metadata.name", "metadata.namespace"),
    "/api/v1/persistentvolumes": ("metadata.name", "metadata.namespace"),
}
REFUSED = {
    "/api/v1/nodes": ("metadata.namespace", "field label not supported: metadata.namespace"),
    "/api/v1/events": ("regarding.name", "field label not supported: regarding.name"),
    "/apis/events.k8s.io/v1/events": ("involvedObject.name", "field label not supported: involvedObject.name"),
    "/apis/batch/v1/jobs": ("status.x", 'field label "status.x" not supported for Job'),
    "/apis/resource.k8s.io/v1/resourceslices": (
        "spec.x",
        "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: spec.x",
    ),
    "/apis/apps/v1/deployments": (
        "spec.replicas",
        '"spec.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ),
}


@pytest.mark.parametrize("path", SELECTABLE)
def test_a_kind_is_selected_by_the_fields_upstream_lists(server: Server, path: str) -> None:
    for field in SELECTABLE[path]:
        assert server.get(path, fieldSelector=f"{field}=x").status == 200, field


@pytest.mark.parametrize("path", REFUSED)
def test_other_fields_are_refused(server: Server, path: str) -> None:
    field, message = REFUSED[path]
    result = server.get(path, fieldSelector=f"{field}=x")
    assert (result.status, result.json["reason"], result.json["message"]) == (400, "BadRequest", message)


def test_other_names_of_a_field_select_by_it(server: Server) -> None:
    bound = pod("a")
    bound["spec"]["nodeName"] = "n1"
    server.post(f"{NAMESPACE}/pods", bound)
    event = {
        "metadata": {"name": "e", "namespace": "default"},
        "involvedObject": {"kind": "Pod", "name": "a", "namespace": "default"},
    }
    assert server.post(f"{NAMESPACE}/events", event).status == 201
    events = "/apis/events.k8s.io/v1/namespaces/default/events"
    for path, selector, count in (
        (f"{NAMESPACE}/pods", "spec.host=n1", 1),
        (f"{NAMESPACE}/pods", "spec.host=n2", 0),
        (events, "regarding.name=a", 1),
        (events, "regarding.name!=a", 0),
    ):
        assert len(server.get(path, fieldSelector=selector).json["items"]) == count, selector


def test_all_that_is_wrong_with_a_patchs_options_is_told_at_once(server: Server) -> None:
    result = server.patch(f"{MAPS}/a", {}, force="true", dryRun="x", fieldValidation="y")
    assert result.status == 422
    assert [cause["field"] for cause in result.json["details"]["causes"]] == ["force", "dryRun", "fieldValidation"]
    applied = server.patch(f"{MAPS}/a", {}, kind="apply-patch+yaml", dryRun="")
    assert [cause["field"] for cause in applied.json["details"]["causes"]] == ["fieldManager", "dryRun"]


def test_a_field_managers_length_and_positions_are_in_bytes(server: Server) -> None:
    long = server.post(MAPS, config_map("a"), fieldManager="é" * 65)
    assert "fieldManager: Too long: may not be more than 128 bytes" in long.json["message"]
    odd = server.post(MAPS, config_map("a"), fieldManager="éa\n")
    assert "invalid character U+000A (at position 3)" in odd.json["message"]
    assert server.post(MAPS, config_map("a"), fieldManager="a" * 128).status == 201


def test_a_collections_deletion_may_be_asked_with_watch(server: Server) -> None:
    server.post(MAPS, config_map("a", labels={"x": "y"}))
    result = server.delete(MAPS, watch="true", labelSelector="x=y")
    assert (result.status, len(result.json["items"])) == (200, 1)


def test_metadata_of_one_object_is_not_that_of_a_list(server: Server) -> None:
    partial = {"Accept": "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"}
    result = server.request("GET", "/apis/apps/v1/deployments", headers=partial)
    assert result.status == 406
    assert result.json["message"] == (
        "you requested PartialObjectMetadata, but the requested object is a list (*apps.DeploymentList)"
    )


def test_a_watch_is_not_yaml(server: Server) -> None:
    result = server.request("GET", f"{MAPS}?watch=true", headers={"Accept": "application/yaml"})
    assert (result.status, result.json["reason"]) == (406, "NotAcceptable")
    assert result.json["message"].endswith(
        "accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
    )


def test_a_patch_of_an_unknown_type_is_refused_by_the_router(server: Server) -> None:
    for content_type in ("text/plain", "", "application/json"):
        result = server.request("PATCH", f"{MAPS}/a", {}, headers={"Content-Type": content_type})
        assert (result.status, result.json["message"]) == (415, "415: Unsupported Media Type")


def test_what_a_deletions_body_says_wrong_is_told_as_the_decoder_says_it(server: Server) -> None:
    server.post(MAPS, config_map("a"))
    broken = server.delete(f"{MAPS}/a", b"{")
    assert (broken.status, broken.json["message"]) == (
        400,
        "couldn't get version/kind; json parse error: unexpected end of JSON input",
    )
    typed = server.delete(f"{MAPS}/a", {"gracePeriodSeconds": "x"})
    assert typed.json["message"] == (
        "json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64"
    )
    both = server.delete(f"{MAPS}/a", {"orphanDependents": True, "propagationPolicy": "Orphan"})
    assert both.status == 422
    assert both.json["message"] == (
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": '
        "orphanDependents and deletionPropagation cannot be both set"
    )
    assert server.get(f"{MAPS}/a").status == 200
