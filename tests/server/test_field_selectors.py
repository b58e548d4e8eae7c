"""The fields each kind can be selected by, and how others are refused."""

from __future__ import annotations

import pytest

from tests.server.harness import Server

CORE, APPS = "/api/v1/namespaces/default", "/apis/apps/v1/namespaces/default"


@pytest.mark.parametrize(
    "path, field, message",
    [
        (f"{CORE}/pods", "spec.nope", "field label not supported: spec.nope"),
        ("/api/v1/nodes", "metadata.namespace", "field label not supported: metadata.namespace"),
        (
            f"{CORE}/configmaps",
            "data.a",
            '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
        ),
        (
            f"{APPS}/replicasets",
            "status.replicas",
            '"status.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
        ),
        (
            "/apis/batch/v1/namespaces/default/jobs",
            "spec.suspend",
            'field label "spec.suspend" not supported for Job',
        ),
        (
            "/apis/resource.k8s.io/v1/resourceslices",
            "spec.pool",
            "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: spec.pool",
        ),
    ],
)
def test_a_field_that_a_kind_cannot_be_selected_by_is_refused(
    server: Server, path: str, field: str, message: str
) -> None:
    answer = server.get(path, fieldSelector=f"{field}=x")
    assert answer.status == 400
    assert message in answer.json["message"]


def test_kinds_without_fields_of_their_own_can_be_asked_for_a_namespace_even_where_there_is_none(
    server: Server,
) -> None:
    assert server.get("/apis/storage.k8s.io/v1/storageclasses", fieldSelector="metadata.namespace=x").status == 200
