"""Reviews are not stored, so they have no other representation."""

from __future__ import annotations

from tests.server.harness import Server

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def test_a_review_as_a_table_is_not_acceptable(server: Server) -> None:
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"nonResourceAttributes": {"path": "/", "verb": "get"}},
    }
    answer = server.post(REVIEWS, body, headers={"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"})
    assert answer.status == 406
