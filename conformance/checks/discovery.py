"""Discovery, versions, other representations, and what the server says of unknown fields."""

from __future__ import annotations

import re

from conformance import kinds
from conformance.check import Case, Check

_EXPECTED = (
    ("", "v1", "namespaces"),
    ("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations"),
    ("apiextensions.k8s.io", "v1", "customresourcedefinitions"),
    ("apiregistration.k8s.io", "v1", "apiservices"),
    ("apps", "v1", "deployments"),
    ("authentication.k8s.io", "v1", "tokenreviews"),
    ("authorization.k8s.io", "v1", "selfsubjectaccessreviews"),
    ("autoscaling", "v1", "horizontalpodautoscalers"),
    ("autoscaling", "v2", "horizontalpodautoscalers"),
    ("batch", "v1", "jobs"),
    ("certificates.k8s.io", "v1", "certificatesigningrequests"),
    ("coordination.k8s.io", "v1", "leases"),
    ("discovery.k8s.io", "v1", "endpointslices"),
    ("events.k8s.io", "v1", "events"),
    ("networking.k8s.io", "v1", "ingresses"),
    ("node.k8s.io", "v1", "runtimeclasses"),
    ("policy", "v1", "poddisruptionbudgets"),
    ("scheduling.k8s.io", "v1", "priorityclasses"),
    ("storage.k8s.io", "v1", "csinodes"),
)
_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def preferred_version(case: Case) -> None:
    groups = case.api.request("GET", "/apis/")["groups"]
    case.true(groups, "/apis/ lists groups")
    for group in groups:
        if group["name"].endswith(".example.com"):
            continue
        one = case.api.request("GET", f"/apis/{group['name']}/")
        versions = [version["groupVersion"] for version in one["versions"]]
        case.true(one["preferredVersion"]["groupVersion"] in versions, f"the preferred version of {group['name']}")


def group_version_and_resource(case: Case) -> None:
    for group, version, resource in _EXPECTED:
        path = f"/apis/{group}/{version}" if group else f"/api/{version}"
        found = case.api.request("GET", path)
        case.equal(found["groupVersion"], f"{group}/{version}" if group else version, f"groupVersion of {path}")
        case.true(resource in {one["name"] for one in found["resources"]}, f"{path} lists {resource}")


def _aggregated(case: Case, path: str) -> set[tuple[str, str, str]]:
    found = case.api.request("GET", path, accept=_AGGREGATED)
    case.equal(found["kind"], "APIGroupDiscoveryList", f"the kind of the aggregated {path}")
    return {
        (group["metadata"].get("name", ""), version["version"], resource["resource"])
        for group in found["items"]
        for version in group["versions"]
        for resource in version["resources"]
    }


def aggregated(case: Case) -> None:
    for path in ("/apis", "/api"):
        found = _aggregated(case, path)
        for expected in _EXPECTED:
            if bool(expected[0]) == (path == "/apis"):
                case.true(expected in found, f"the aggregated {path} has {expected}")


def server_version(case: Case) -> None:
    found = case.api.request("GET", "/version")
    case.true(re.fullmatch(r"[1-9][0-9]*", found["major"]), f"major is an integer: {found['major']}")
    case.true(re.match(r"[0-9]+", found["minor"]), f"minor begins with an integer: {found['minor']}")


def not_a_table(case: Case) -> None:
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"nonResourceAttributes": {"path": "/", "verb": "get"}},
    }
    accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
    case.refused(406, case.api.request, "POST", path, body, accept=accept)


_DEPLOYMENT = """{
  "apiVersion": "apps/v1", "kind": "Deployment",
  "metadata": {"name": "my-dep", %s "labels": {"app": "nginx"}},
  "spec": {%s "selector": {"matchLabels": {"app": "nginx"}}, "template": {
    "metadata": {"labels": {"app": "nginx"}},
    "spec": {"containers": [{"name": "nginx", "image": "nginx:latest"}]}}}}"""


def _strictly(case: Case, meta: str, spec: str, says: str) -> None:
    path = kinds.DEPLOYMENTS.path(case.namespace)
    query = {"fieldManager": "field_validation_mgr", "fieldValidation": "Strict"}
    case.refused(400, case.api.request, "POST", path, _DEPLOYMENT % (meta, spec), says=says, **query)


def typed_fields(case: Case) -> None:
    says = 'strict decoding error: unknown field "spec.unknownField", duplicate field "spec.replicas"'
    _strictly(case, "", '"unknownField": "foo", "replicas": 2, "replicas": 3,', says)


def typed_metadata(case: Case) -> None:
    _strictly(case, '"unknownMeta": "foo",', "", 'strict decoding error: unknown field "metadata.unknownMeta"')


_PREFIX = "[sig-api-machinery] "
_AGGREGATION = _PREFIX + "AggregatedDiscovery should support "
CHECKS = (
    Check(_PREFIX + "Discovery should validate PreferredVersion for each APIGroup [Conformance]", preferred_version),
    Check(
        _PREFIX + "Discovery should locate the groupVersion and a resource within each APIGroup [Conformance]",
        group_version_and_resource,
    ),
    Check(_AGGREGATION + "aggregated discovery interface [Conformance]", aggregated),
    Check(_AGGREGATION + "raw aggregated discovery endpoint Accept headers [Conformance]", aggregated),
    Check(_PREFIX + "server version should find the server version [Conformance]", server_version),
    Check(
        _PREFIX + "Servers with support for Table transformation should return a 406 for a backend which does not"
        " implement metadata [Conformance]",
        not_a_table,
    ),
    Check(
        _PREFIX + "FieldValidation should detect unknown and duplicate fields of a typed object [Conformance]",
        typed_fields,
    ),
    Check(
        _PREFIX + "FieldValidation should detect unknown metadata fields of a typed object [Conformance]",
        typed_metadata,
    ),
)
