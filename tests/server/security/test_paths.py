"""Tricks with paths: whoever may see one namespace sees no other, and nothing of the cluster, however it is spelt.

Eve may do everything in the namespace ``hers``; ``theirs`` holds a secret and a pod.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.authz.people import ADMIN, BySay, allow, ask
from tests.server.harness import Result, Server, pod

SECRET = "SGVyZSBiZSBkcmFnb25z"
EVERYTHING = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
RBAC = "/apis/rbac.authorization.k8s.io/v1"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("paths")
    with Server(folder / "state.db", authenticator=BySay()) as running:
        for name in ("hers", "theirs"):
            ask(running, ADMIN, "POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        secret = {"metadata": {"name": "s"}, "data": {"k": SECRET}}
        assert ask(running, ADMIN, "POST", "/api/v1/namespaces/theirs/secrets", secret).status == 201
        assert ask(running, ADMIN, "POST", "/api/v1/namespaces/theirs/pods", pod("p")).status == 201
        assert ask(running, ADMIN, "POST", "/api/v1/nodes", {"metadata": {"name": "n"}}).status == 201
        allow(running, "eve", EVERYTHING, namespace="hers")
        yield running


def assert_nothing(result: Result) -> None:
    assert result.status in (400, 403, 404, 405, 415, 422), (result.status, result.text[:300])
    assert SECRET not in result.text


THEIRS = "/api/v1/namespaces/theirs/secrets"
SPELLINGS = [
    f"{THEIRS}/s",
    THEIRS,
    f"{THEIRS}/",
    f"/{THEIRS}",
    "//api/v1/namespaces/theirs/secrets/s",
    "/api//v1/namespaces/theirs/secrets/s",
    "/api/v1//namespaces/theirs/secrets/s",
    "/api/v1/namespaces//theirs/secrets/s",
    "/api/v1/namespaces/theirs//secrets/s",
    "/api/v1/namespaces/theirs/secrets//s",
    "/api/v1/namespaces/hers/../theirs/secrets/s",
    "/api/v1/namespaces/hers/secrets/../../theirs/secrets/s",
    "/api/v1/namespaces/hers/%2e%2e/theirs/secrets/s",
    "/api/v1/namespaces/hers/%2E%2E/theirs/secrets",
    "/api/v1/namespaces/hers%2f..%2ftheirs/secrets/s",
    "/api/v1/namespaces/hers%2fsecrets/../../theirs/secrets/s",
    "/api/v1/namespaces/theirs%2fsecrets%2fs",
    "/api/v1/namespaces/theirs%2Fsecrets",
    "/api/v1/namespaces/./theirs/secrets/s",
    "/api/v1/./namespaces/theirs/secrets/s",
    "/api/v1/namespaces/hers/secrets/%2e%2e%2f%2e%2e%2ftheirs%2fsecrets%2fs",
    "/api/v1/namespaces/%74heirs/secrets/s",
    "/api/v1/namespaces/theirs/%73ecrets/s",
    "/%61pi/v1/namespaces/theirs/secrets/s",
    "/API/v1/namespaces/theirs/secrets/s",
    "/Api/V1/Namespaces/theirs/Secrets/s",
    "/api/v1/namespaces/THEIRS/secrets/s",
    "/api/v1/namespaces/theirs;hers/secrets/s",
    "/api/v1/namespaces/hers;/../theirs/secrets/s",
    "/api/v1/namespaces/theirs/secrets;x=y/s",
    "/api/v1/namespaces/theirs/secrets/s;x",
    "/api/v1/namespaces/theirs/secrets/s%00",
    "/api/v1/namespaces/hers%00/../theirs/secrets/s",
    "/api/v1/namespaces/theirs%00hers/secrets/s",
    "/api/v1/namespaces/theirs%20/secrets/s",
    "/api/v1/namespaces/theirs/secrets/s%0a",
    "/api/v1/namespaces/theirs/secrets/s?namespace=hers",
    "/api/v1/namespaces/hers/secrets/s?namespace=theirs",
    "/api/v1/namespaces/hers/secrets?fieldSelector=metadata.namespace%3Dtheirs",
    "/api/v1/namespaces/theirs/secrets?fieldSelector=metadata.name%3Ds",
    "/api/v1/secrets?fieldSelector=metadata.namespace%3Dhers",
    "/api/v1/secrets",
    "/api/v1/secrets/s",
    "/api/v1/watch/secrets",
    "/api/v1/watch/namespaces/theirs/secrets/s",
    "/api/v1/watch/watch/namespaces/hers/secrets",
    "/api/v1/proxy/namespaces/theirs/secrets/s",
    "/api/v1/namespaces/hers/namespaces/theirs/secrets/s",
    "/api/v1/namespaces/hers/namespaces/theirs",
    "/api/v1/namespaces/hers/namespaces",
    "/api/v1/namespaces/theirs/secrets/s/status",
    "/api/v1/namespaces/theirs/secrets/s/s/s/s",
    "/apis//v1/namespaces/theirs/secrets/s",
    "/apis/v1/namespaces/theirs/secrets/s",
    "/apis/core/v1/namespaces/theirs/secrets/s",
    "/api/v2/namespaces/theirs/secrets/s",
    "/api/v1/ns/theirs/secrets/s",
    "\\api\\v1\\namespaces\\theirs\\secrets\\s",
    "/api/v1/namespaces/hers\\..\\theirs/secrets/s",
    "/%2fapi/v1/namespaces/theirs/secrets/s",
    "/api/v1/namespaces/hers/secrets/%252e%252e/theirs",
    "/healthz/../api/v1/namespaces/theirs/secrets/s",
    "/healthz/%2e%2e/api/v1/namespaces/theirs/secrets/s",
    "/version/..;/api/v1/namespaces/theirs/secrets/s",
]


@pytest.mark.parametrize("path", SPELLINGS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "get"])
def test_no_spelling_leads_to_the_neighbours(server: Server, path: str, method: str) -> None:
    result = ask(server, "eve", method, path)
    if result.status == 200:  # of her own namespace, which is empty
        assert path.startswith("/api/v1/namespaces/hers/secrets?")
        assert method == "HEAD" or result.json["items"] == []
        return
    assert result.text == "" or SECRET not in result.text
    assert result.status in (400, 403, 404, 405), (result.status, result.text[:300])


def test_the_neighbours_are_all_there_still(server: Server) -> None:
    assert ask(server, ADMIN, "GET", f"{THEIRS}/s").json["data"]["k"] == SECRET


CLUSTER = [
    ("GET", "/api/v1/namespaces/hers/nodes"),
    ("GET", "/api/v1/namespaces/hers/nodes/n"),
    ("PUT", "/api/v1/namespaces/hers/nodes/n/status"),
    ("DELETE", "/api/v1/namespaces/hers/nodes/n"),
    ("GET", "/api/v1/namespaces/hers/persistentvolumes"),
    ("GET", "/api/v1/namespaces/hers/componentstatuses"),
    ("GET", f"{RBAC}/namespaces/hers/clusterroles"),
    ("GET", f"{RBAC}/namespaces/hers/clusterroles/cluster-admin"),
    ("POST", f"{RBAC}/namespaces/hers/clusterroles"),
    ("POST", f"{RBAC}/namespaces/hers/clusterrolebindings"),
    ("PATCH", f"{RBAC}/namespaces/hers/clusterroles/view"),
    ("DELETE", f"{RBAC}/namespaces/hers/clusterroles/view"),
    ("DELETE", f"{RBAC}/namespaces/hers/clusterrolebindings"),
    ("GET", f"{RBAC}/watch/namespaces/hers/clusterroles"),
    ("POST", "/apis/authentication.k8s.io/v1/namespaces/hers/tokenreviews"),
    ("POST", "/apis/authorization.k8s.io/v1/namespaces/hers/subjectaccessreviews"),
    ("POST", "/apis/certificates.k8s.io/v1/namespaces/hers/certificatesigningrequests"),
    ("GET", "/apis/apiextensions.k8s.io/v1/namespaces/hers/customresourcedefinitions"),
    ("GET", "/apis/admissionregistration.k8s.io/v1/namespaces/hers/validatingwebhookconfigurations"),
    ("GET", "/apis/storage.k8s.io/v1/namespaces/hers/storageclasses"),
    ("GET", "/apis/flowcontrol.apiserver.k8s.io/v1/namespaces/hers/flowschemas"),
]


@pytest.mark.parametrize(("method", "path"), CLUSTER)
def test_what_is_in_no_namespace_is_not_in_hers(server: Server, method: str, path: str) -> None:
    """CVE-2019-11247: rights in a namespace are none to what is outside of all."""
    kind = "merge-patch+json" if method == "PATCH" else ""
    body = {"metadata": {"name": "x"}, "rules": [EVERYTHING]} if method in ("POST", "PUT", "PATCH") else None
    for who in ("eve", ADMIN):
        assert_nothing(ask(server, who, method, path, body, kind))
    assert ask(server, ADMIN, "GET", "/api/v1/nodes/n").status == 200


@pytest.mark.parametrize(
    "path", ["/api/v1/pods/p", "/api/v1/pods/p/status", "/api/v1/pods/p/log", "/api/v1/pods/p/exec"]
)
def test_a_namespaced_object_is_not_found_without_its_namespace(server: Server, path: str) -> None:
    for method in ("GET", "DELETE", "POST"):
        assert_nothing(ask(server, ADMIN, method, path))


def test_a_body_does_not_name_another_namespace_than_the_path(server: Server) -> None:
    for body in (
        {"metadata": {"name": "x", "namespace": "theirs"}},
        {"metadata": {"name": "x", "namespace": "theirs "}},
    ):
        assert_nothing(ask(server, "eve", "POST", "/api/v1/namespaces/hers/configmaps", body))
    made = {"metadata": {"name": "own"}}
    assert ask(server, "eve", "POST", "/api/v1/namespaces/hers/configmaps", made).status == 201
    for body in ({"metadata": {"name": "own", "namespace": "theirs"}}, {"metadata": {"name": "other"}}):
        assert_nothing(ask(server, "eve", "PUT", "/api/v1/namespaces/hers/configmaps/own", body))
        patched = ask(server, "eve", "PATCH", "/api/v1/namespaces/hers/configmaps/own", body, "merge-patch+json")
        assert_nothing(patched)
    assert ask(server, ADMIN, "GET", "/api/v1/namespaces/theirs/configmaps/own").status == 404


@pytest.mark.parametrize("name", ["..", ".", "a/b", "a%b", "a\u0000", "A", "a" * 254, "", "a b", "a\n"])
def test_names_that_would_be_paths_are_not_given(server: Server, name: str) -> None:
    assert_nothing(ask(server, ADMIN, "POST", "/api/v1/namespaces/hers/configmaps", {"metadata": {"name": name}}))


def test_who_may_see_one_path_sees_no_other(server: Server) -> None:
    allow(server, "probe", name="probe")
    rule = {"verbs": ["get"], "nonResourceURLs": ["/healthz", "/logs/*"]}
    body = {"metadata": {"name": "probe"}, "rules": [rule]}
    assert ask(server, ADMIN, "PUT", f"{RBAC}/clusterroles/probe", body).status == 200
    assert ask(server, "probe", "GET", "/healthz").status == 200
    for path in (
        "/metrics",
        "//metrics",
        "/healthz/../metrics",
        "/healthz%2f..%2fmetrics",
        "/METRICS",
        "/metrics/",
        "/logs",
    ):
        assert_nothing(ask(server, "probe", "GET", path))
    assert ask(server, "probe", "POST", "/healthz").status in (403, 405)
