"""Reviews: asking who one is and what one may do, in upstream's words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.authz.people import ADMIN, BySay, allow, ask
from tests.server.harness import Result, Server

AUTHORIZATION = "/apis/authorization.k8s.io/v1"
PATHS = {
    "SubjectAccessReview": f"{AUTHORIZATION}/subjectaccessreviews",
    "SelfSubjectAccessReview": f"{AUTHORIZATION}/selfsubjectaccessreviews",
    "SelfSubjectRulesReview": f"{AUTHORIZATION}/selfsubjectrulesreviews",
    "LocalSubjectAccessReview": f"{AUTHORIZATION}/namespaces/default/localsubjectaccessreviews",
}
READS = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["p"]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("reviews")
    with Server(folder / "state.db", authenticator=BySay()) as running:
        allow(running, "jane", READS, namespace="default")
        yield running


def review(server: Server, kind: str, spec: dict[str, Any], who: str = ADMIN, **metadata: Any) -> Result:
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "metadata": metadata, "spec": spec}
    return ask(server, who, "POST", PATHS[kind], body)


PODS = {"verb": "get", "resource": "pods", "name": "p", "namespace": "default"}


@pytest.mark.parametrize(
    ("kind", "spec", "metadata", "message"),
    [
        (
            "SubjectAccessReview",
            {"user": "jane"},
            {},
            "spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes "
            "must be specified",
        ),
        (
            "SubjectAccessReview",
            {"resourceAttributes": PODS},
            {},
            'spec.user: Invalid value: "": at least one of user or group must be specified',
        ),
        (
            "SubjectAccessReview",
            {"user": "jane", "resourceAttributes": PODS},
            {"name": "x"},
            'metadata: Invalid value: {"name":"x"}: must be empty',
        ),
        (
            "LocalSubjectAccessReview",
            {"user": "jane", "resourceAttributes": {**PODS, "namespace": "kube-system"}},
            {},
            'spec.resourceAttributes.namespace: Invalid value: "kube-system": must match metadata.namespace',
        ),
        (
            "SelfSubjectAccessReview",
            {"resourceAttributes": {**PODS, "fieldSelector": {}}},
            {},
            "spec.resourceAttributes.fieldSelector.requirements: Required value: when "
            "spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required",
        ),
        (
            "SelfSubjectAccessReview",
            {"resourceAttributes": {**PODS, "fieldSelector": {"requirements": [{"key": "a", "operator": "In"}]}}},
            {},
            "spec.resourceAttributes.fieldSelector.requirements[0].values: Required value: must be specified when "
            "`operator` is 'In' or 'NotIn'",
        ),
        (
            "SelfSubjectAccessReview",
            {
                "resourceAttributes": {
                    **PODS,
                    "labelSelector": {"requirements": [{"key": "a", "operator": "Exists", "values": ["b"]}]},
                }
            },
            {},
            "spec.resourceAttributes.labelSelector.requirements[0].values: Forbidden: may not be specified when "
            "`operator` is 'Exists' or 'DoesNotExist'",
        ),
    ],
)
def test_what_cannot_be_asked(
    server: Server, kind: str, spec: dict[str, Any], metadata: dict[str, Any], message: str
) -> None:
    result = review(server, kind, spec, **metadata)
    assert result.status == 422
    assert message in result.json["message"]


def test_local_reviews_are_of_resources_alone(server: Server) -> None:
    spec = {"user": "jane", "nonResourceAttributes": {"path": "/", "verb": "get"}}
    result = review(server, "LocalSubjectAccessReview", spec)
    assert result.status == 422
    assert result.json["message"].endswith("disallowed on this kind of request")


@pytest.mark.parametrize("kind", ["SubjectAccessReview", "LocalSubjectAccessReview"])
def test_the_answer_about_somebody(server: Server, kind: str) -> None:
    result = review(server, kind, {"user": "jane", "resourceAttributes": PODS})
    assert result.json["status"] == {
        "allowed": True,
        "reason": 'RBAC: allowed by RoleBinding "of-jane/default" of Role "of-jane" to User "jane"',
    }
    result = review(server, kind, {"user": "joe", "groups": ["x"], "resourceAttributes": PODS})
    assert result.json["status"] == {"allowed": False}


def test_the_namespace_of_a_local_review_is_where_it_is_posted(server: Server) -> None:
    spec = {"user": "jane", "resourceAttributes": PODS}
    assert review(server, "LocalSubjectAccessReview", spec).json["metadata"]["namespace"] == "default"
    assert review(server, "LocalSubjectAccessReview", spec, namespace="kube-system").status == 400


def test_a_selector_that_cannot_be_read_is_passed_over_and_told(server: Server) -> None:
    attributes = {**PODS, "fieldSelector": {"rawSelector": "a"}, "labelSelector": {"rawSelector": "!"}}
    status = review(server, "SelfSubjectAccessReview", {"resourceAttributes": attributes}, "jane").json["status"]
    assert status["allowed"] is True
    assert status["evaluationError"] == (
        "spec.resourceAttributes.fieldSelector ignored due to parse error; "
        "spec.resourceAttributes.labelSelector ignored due to parse error"
    )
    requirements = [
        {"key": "a", "operator": "In", "values": ["b"]},
        {"key": "c", "operator": "Sometime", "values": ["d"]},
    ]
    attributes = {**PODS, "fieldSelector": {"requirements": requirements}}
    status = review(server, "SelfSubjectAccessReview", {"resourceAttributes": attributes}, "jane").json["status"]
    assert status["evaluationError"] == "spec.resourceAttributes.fieldSelector partially ignored due to parse error"


def test_the_rules_of_oneself(server: Server) -> None:
    status = review(server, "SelfSubjectRulesReview", {"namespace": "default"}, "jane").json["status"]
    assert status["incomplete"] is False
    assert {
        "verbs": ["get", "list"],
        "apiGroups": [""],
        "resources": ["pods"],
        "resourceNames": ["p"],
    } in status["resourceRules"]
    assert any("/healthz" in rule["nonResourceURLs"] for rule in status["nonResourceRules"])
    refused = review(server, "SelfSubjectRulesReview", {}, "jane")
    assert (refused.status, refused.json["message"]) == (400, "no namespace on request")


def test_a_token_review_needs_a_token(server: Server) -> None:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {}}
    refused = ask(server, ADMIN, "POST", "/apis/authentication.k8s.io/v1/tokenreviews", body)
    assert refused.status == 400
    assert refused.json["message"] == "token is required for TokenReview in authentication"
