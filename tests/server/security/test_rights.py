"""The edges of rights: subresources, names, verbs, and the ways around them that Kubernetes' past has known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.authz.people import ADMIN, BySay, allow, ask
from tests.server.harness import Server, config_map, pod

MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
RBAC = "/apis/rbac.authorization.k8s.io/v1"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("rights")
    with Server(folder / "state.db", authenticator=BySay()) as running:
        for name in ("a", "b"):
            assert ask(running, ADMIN, "POST", MAPS, config_map(name)).status == 201
        assert ask(running, ADMIN, "POST", PODS, pod("p")).status == 201
        assert ask(running, ADMIN, "POST", "/api/v1/nodes", {"metadata": {"name": "n"}}).status == 201
        yield running


def rule(resources: str, *verbs: str, names: tuple[str, ...] = (), group: str = "") -> dict[str, Any]:
    made = {"verbs": list(verbs), "apiGroups": [group], "resources": resources.split(",")}
    return made | ({"resourceNames": list(names)} if names else {})


NUMBERS = iter(range(10_000))


def somebody(server: Server, *rules: dict[str, Any], namespace: str = "") -> str:
    """A new user with these rights and no others."""
    name = f"user-{next(NUMBERS)}"
    allow(server, name, *rules, namespace=namespace)
    return name


# -- subresources ------------------------------------------------------------------------------------------------------

EXEC = f"{PODS}/p/exec?command=sh&stdout=true"


@pytest.mark.parametrize(
    ("resources", "method", "path", "let_in"),
    [
        ("pods", "GET", f"{PODS}/p", True),
        ("pods", "GET", f"{PODS}/p/status", False),
        ("pods", "GET", f"{PODS}/p/log", False),
        ("pods", "GET", EXEC, False),
        ("pods", "POST", f"{PODS}/p/eviction", False),
        ("pods", "GET", f"{PODS}/p/ephemeralcontainers", False),
        ("pods/*", "GET", f"{PODS}/p", False),
        ("pods/*", "GET", f"{PODS}/p/status", False),
        ("pods/status", "GET", f"{PODS}/p/status", True),
        ("pods/status", "GET", f"{PODS}/p", False),
        ("pods/status", "GET", f"{PODS}/p/log", False),
        ("*/status", "GET", f"{PODS}/p/status", True),
        ("*/status", "GET", f"{PODS}/p", False),
        ("*/status", "GET", f"{PODS}/p/log", False),
        ("*", "GET", f"{PODS}/p/status", True),
        ("*/*", "GET", f"{PODS}/p", False),
        ("*/*", "GET", f"{PODS}/p/status", False),
        ("pod", "GET", f"{PODS}/p", False),
        ("Pods", "GET", f"{PODS}/p", False),
        ("po", "GET", f"{PODS}/p", False),
        ("nodes", "GET", "/api/v1/nodes/n", True),
        ("nodes", "GET", "/api/v1/nodes/n/proxy/pods", False),
        ("nodes", "GET", "/api/v1/nodes/n/proxy", False),
        ("nodes/status", "GET", "/api/v1/nodes/n/proxy/status", False),
        ("nodes/metrics", "GET", "/api/v1/nodes/n/proxy/metrics", False),
        ("services", "GET", "/api/v1/namespaces/default/services/kubernetes/proxy/", False),
        ("namespaces", "GET", "/api/v1/namespaces/default", True),
        ("namespaces", "PUT", "/api/v1/namespaces/default/finalize", False),
    ],
)
def test_a_right_to_one_is_none_to_another(
    server: Server, resources: str, method: str, path: str, let_in: bool
) -> None:
    who = somebody(server, rule(resources, "get", "create", "update", "patch", "delete"))
    assert (ask(server, who, method, path, {} if method != "GET" else None).status != 403) is let_in


# -- names -------------------------------------------------------------------------------------------------------------


def test_a_right_to_a_name_is_none_to_make_or_list(server: Server) -> None:
    who = somebody(server, rule("configmaps", "*", names=("a", "new")))
    assert ask(server, who, "GET", f"{MAPS}/a").status == 200
    for method, path, body in (
        ("GET", f"{MAPS}/b", None),
        ("POST", MAPS, config_map("new")),
        ("POST", MAPS, {"metadata": {"generateName": "new"}}),
        ("GET", MAPS, None),
        ("GET", f"{MAPS}?watch=true", None),
        ("GET", "/api/v1/configmaps", None),
        ("DELETE", MAPS, None),
        ("DELETE", f"{MAPS}?fieldSelector=metadata.name%3Da", None),
        ("DELETE", f"{MAPS}/b", None),
        ("PUT", f"{MAPS}/b", config_map("b")),
    ):
        assert ask(server, who, method, path, body).status == 403, (method, path)


@pytest.mark.parametrize(
    ("selector", "let_in"),
    [
        ("metadata.name%3Da", True),
        ("metadata.name%3D%3Da", True),
        ("metadata.name%3Db", False),
        ("metadata.name!%3Da", False),
        ("metadata.name%3Da%5C,b", False),
        ("metadata.name%3D", False),
        ("metadata.namespace%3Da", False),
        ("metadata.name%3Da&fieldSelector=metadata.name%3Db", True),
        ("metadata.name%3Db&fieldSelector=metadata.name%3Da", False),
        ("metadata.name%3Da,metadata.name%3Db", True),
    ],
)
def test_a_list_of_one_name_is_for_who_may_have_that_name(server: Server, selector: str, let_in: bool) -> None:
    """Whatever is let in gives nothing but that name."""
    who = somebody(server, rule("configmaps", "list", names=("a",)))
    result = ask(server, who, "GET", f"{MAPS}?fieldSelector={selector}")
    assert (result.status == 200) is let_in, result.text
    if let_in:
        assert {item["metadata"]["name"] for item in result.json["items"]} <= {"a"}


# -- verbs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["watch=true", "watch=1", "watch=t", "watch=T", "watch=TRUE", "watch=True", "watch"])
def test_a_right_to_list_is_none_to_watch(server: Server, query: str) -> None:
    who = somebody(server, rule("configmaps", "list"))
    result = ask(server, who, "GET", f"{MAPS}?{query}&timeoutSeconds=1")
    assert result.status in (200, 400, 403)
    assert result.status != 200 or result.json["kind"] == "ConfigMapList"


@pytest.mark.parametrize("query", ["", "watch=false", "watch=0", "watch=false&watch=true"])
def test_a_right_to_watch_is_none_to_list(server: Server, query: str) -> None:
    who = somebody(server, rule("configmaps", "watch"))
    assert ask(server, who, "GET", f"{MAPS}?{query}").status == 403


def test_the_first_of_two_answers_decides_for_both(server: Server) -> None:
    who = somebody(server, rule("configmaps", "list"))
    result = ask(server, who, "GET", f"{MAPS}?watch=false&watch=true&timeoutSeconds=1")
    assert result.status == 200
    assert result.json["kind"] == "ConfigMapList"


def test_applying_what_is_not_there_needs_the_right_to_make_it(server: Server) -> None:
    who = somebody(server, rule("configmaps", "patch", "get"))
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "made"}, "data": {"a": "b"}}
    path = f"{MAPS}/made?fieldManager=x"
    refused = ask(server, who, "PATCH", path, body, "apply-patch+yaml")
    assert refused.status == 403, refused.text
    assert f'User "{who}" cannot create resource "configmaps"' in refused.json["message"]
    assert ask(server, ADMIN, "GET", f"{MAPS}/made").status == 404
    body["metadata"] = {"name": "a"}
    assert ask(server, who, "PATCH", f"{MAPS}/a?fieldManager=x", body, "apply-patch+yaml").status == 200


def test_putting_what_is_not_there_needs_the_right_to_make_it(server: Server) -> None:
    leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
    who = somebody(server, rule("leases", "update", group="coordination.k8s.io"))
    result = ask(server, who, "PUT", f"{leases}/made", {"metadata": {"name": "made"}})
    assert result.status in (403, 404), result.text
    assert ask(server, ADMIN, "GET", f"{leases}/made").status == 404


def test_trying_is_as_forbidden_as_doing(server: Server) -> None:
    who = somebody(server, rule("configmaps", "get"))
    for method, path in (("POST", MAPS), ("DELETE", f"{MAPS}/a"), ("DELETE", MAPS), ("PUT", f"{MAPS}/a")):
        assert ask(server, who, method, f"{path}?dryRun=All", config_map("a")).status == 403


def test_what_is_there_and_what_is_not_are_refused_alike(server: Server) -> None:
    who = somebody(server)
    there, missing = (ask(server, who, "GET", f"{MAPS}/{name}") for name in ("a", "z"))
    assert there.status == missing.status == 403
    assert there.text.replace('\\"a\\"', "").replace('"a"', "") == missing.text.replace('\\"z\\"', "").replace(
        '"z"', ""
    )


# -- who is nobody -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/version", "/version/"])
def test_health_and_version_are_for_everybody(server: Server, path: str) -> None:
    assert ask(server, "system:anonymous;system:unauthenticated", "GET", path).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        "/apis",
        "/api/v1",
        "/apis/apps/v1",
        "/openapi/v2",
        "/openapi/v3",
        "/metrics",
        "/logs",
        "/debug/pprof",
        "/.well-known/openid-configuration",
        "/openid/v1/jwks",
        "/api/v1/namespaces",
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    ],
)
def test_nothing_else_is(server: Server, path: str) -> None:
    for method in ("GET", "POST"):
        assert ask(server, "system:anonymous;system:unauthenticated", method, path, {}).status == 403


def test_the_issuer_is_discovered_by_service_accounts_and_whoever_may(server: Server) -> None:
    for path in ("/.well-known/openid-configuration", "/openid/v1/jwks"):
        assert ask(server, "jane", "GET", path).status == 403
        account = "system:serviceaccount:default:x;system:serviceaccounts"
        assert ask(server, account, "GET", path).status == 200


# -- giving oneself more -----------------------------------------------------------------------------------------------


def token_request(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}


def test_a_token_of_another_account_is_not_to_be_had(server: Server) -> None:
    accounts = "/api/v1/namespaces/default/serviceaccounts"
    for name in ("own", "other"):
        ask(server, ADMIN, "POST", accounts, {"metadata": {"name": name}})
    who = somebody(server, rule("serviceaccounts/token", "create", names=("own",)), rule("serviceaccounts", "*"))
    assert ask(server, who, "POST", f"{accounts}/own/token", token_request()).status == 201
    assert ask(server, who, "POST", f"{accounts}/other/token", token_request()).status == 403
    renamed = token_request() | {"metadata": {"name": "other"}}
    assert ask(server, who, "POST", f"{accounts}/own/token", renamed).status == 422
    elsewhere = token_request() | {"metadata": {"namespace": "kube-system"}}
    assert ask(server, who, "POST", f"{accounts}/own/token", elsewhere).status in (400, 422)
    for verb in ("get", "list", "update", "*"):
        reader = somebody(server, rule("serviceaccounts", verb))
        assert ask(server, reader, "POST", f"{accounts}/own/token", token_request()).status == 403


def test_roles_that_are_gathered_gather_no_more_than_their_makers_have(server: Server) -> None:
    makes = rule("clusterroles,clusterrolebindings", "*", group="rbac.authorization.k8s.io")
    makes["verbs"] = ["create", "update", "patch", "get"]
    who = somebody(server, makes)
    labels = {"rbac.authorization.k8s.io/aggregate-to-view": "true"}
    body = {"metadata": {"name": "sneaks", "labels": labels}, "rules": [rule("secrets", "get", "list")]}
    assert ask(server, who, "POST", f"{RBAC}/clusterroles", body).status == 403
    empty = {"metadata": {"name": "sneaks", "labels": labels}, "rules": []}
    assert ask(server, who, "POST", f"{RBAC}/clusterroles", empty).status == 201
    add = [{"op": "replace", "path": "/rules", "value": [rule("secrets", "get")]}]
    assert ask(server, who, "PATCH", f"{RBAC}/clusterroles/sneaks", add, "json-patch+json").status == 403
    relabel = {"metadata": {"labels": labels}}
    admin_role = f"{RBAC}/clusterroles/cluster-admin"
    assert ask(server, who, "PATCH", admin_role, relabel, "merge-patch+json").status == 403


def test_a_binding_keeps_its_role(server: Server) -> None:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    body = {"metadata": {"name": "kept"}, "roleRef": reference, "subjects": []}
    assert ask(server, ADMIN, "POST", f"{RBAC}/clusterrolebindings", body).status == 201
    body["roleRef"] = reference | {"name": "cluster-admin"}
    assert ask(server, ADMIN, "PUT", f"{RBAC}/clusterrolebindings/kept", body).status == 422


@pytest.mark.parametrize(
    "spec",
    [
        {"user": "admin", "groups": ["system:masters"], "nonResourceAttributes": {"path": "/", "verb": "get"}},
        {"user": "jane", "resourceAttributes": {"verb": "get", "resource": "secrets"}},
    ],
)
def test_asking_for_others_needs_the_right_to_ask(server: Server, spec: dict[str, Any]) -> None:
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    assert ask(server, "jane", "POST", path, body).status == 403
    self_path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    own = {**body, "kind": "SelfSubjectAccessReview"}
    answer = ask(server, "jane", "POST", self_path, own)
    assert answer.status == 201
    assert answer.json["status"]["allowed"] is False


def test_a_container_that_comes_later_is_held_to_the_same_standard(server: Server) -> None:
    """CVE-2023-2727, CVE-2023-2728: ephemeral containers are containers."""
    labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    ask(server, ADMIN, "POST", "/api/v1/namespaces", {"metadata": {"name": "held", "labels": labels}})
    path = "/api/v1/namespaces/held/pods"
    assert ask(server, ADMIN, "POST", path, pod("p")).status == 201
    later = {"name": "debug", "image": "x", "securityContext": {"privileged": True}}
    patch = {"spec": {"ephemeralContainers": [later]}}
    for where in (f"{path}/p/ephemeralcontainers", f"{path}/p"):
        refused = ask(server, ADMIN, "PATCH", where, patch, "strategic-merge-patch+json")
        assert refused.status in (403, 422), refused.text
    assert "ephemeralContainers" not in ask(server, ADMIN, "GET", f"{path}/p").json["spec"]


def test_the_old_object_is_the_stored_one_whatever_the_new_one_says(server: Server) -> None:
    """CVE-2021-25735: what a client sends is not taken for what was there before."""
    labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    ask(server, ADMIN, "POST", "/api/v1/namespaces", {"metadata": {"name": "watched", "labels": labels}})
    path = "/api/v1/namespaces/watched/pods"
    assert ask(server, ADMIN, "POST", path, pod("p")).status == 201
    bad = pod("p")
    bad["spec"]["hostNetwork"] = True
    bad["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
    assert ask(server, ADMIN, "PUT", f"{path}/p", bad).status in (403, 422)


def test_service_accounts_are_users_of_no_one_elses_name(server: Server) -> None:
    """A user cannot be called like a service account by a role's subject of another kind."""
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    for subject in (
        {"kind": "ServiceAccount", "name": "x:y", "namespace": "default"},
        {"kind": "ServiceAccount", "name": "x", "namespace": ""},
        {"kind": "User", "name": ""},
        {"kind": "Group", "name": ""},
        {"kind": "Anything", "name": "jane"},
    ):
        body = {"metadata": {"name": "odd"}, "roleRef": reference, "subjects": [subject]}
        result = ask(server, ADMIN, "POST", f"{RBAC}/clusterrolebindings", body)
        assert result.status == 422, subject


OTHER = {"secretRef": {"name": "other"}}
KEY_OF_OTHER = {"name": "A", "valueFrom": {"secretKeyRef": {"name": "other", "key": "k"}}}


@pytest.fixture(scope="module")
def confined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service account that may mount the secret ``own`` alone."""
    account = {
        "metadata": {"name": "confined", "annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}},
        "secrets": [{"name": "own"}],
    }
    folder: Path = tmp_path_factory.mktemp("confined")
    with Server(folder / "state.db", authenticator=BySay(), disabled_plugins=()) as running:
        assert ask(running, ADMIN, "POST", "/api/v1/namespaces/default/serviceaccounts", account).status == 201
        yield running


@pytest.mark.parametrize(
    "spec",
    [
        {"volumes": [{"name": "v", "secret": {"secretName": "other"}}]},
        {"containers": [{"name": "c", "image": "x", "envFrom": [OTHER]}]},
        {"containers": [{"name": "c", "image": "x", "env": [KEY_OF_OTHER]}]},
        {"initContainers": [{"name": "i", "image": "x", "envFrom": [OTHER]}]},
        {"initContainers": [{"name": "i", "image": "x", "env": [KEY_OF_OTHER]}]},
        {"imagePullSecrets": [{"name": "other"}]},
    ],
)
def test_secrets_an_account_may_not_mount_are_not_reached_in_other_ways(confined: Server, spec: dict[str, Any]) -> None:
    """CVE-2024-3177: envFrom is a way too."""
    body = pod("thief")
    body["spec"] |= {"serviceAccountName": "confined", **spec}
    refused = ask(confined, ADMIN, "POST", PODS, body)
    assert refused.status == 403, refused.text
    assert "other" in refused.json["message"]


@pytest.mark.parametrize("how", [{"envFrom": [OTHER]}, {"env": [KEY_OF_OTHER]}])
def test_nor_by_containers_that_come_later(confined: Server, how: dict[str, Any]) -> None:
    """CVE-2023-2728."""
    body = pod("honest")
    body["spec"]["serviceAccountName"] = "confined"
    assert ask(confined, ADMIN, "POST", PODS, body).status in (201, 409)
    later = {"spec": {"ephemeralContainers": [{"name": "debug", "image": "x", **how}]}}
    path = f"{PODS}/honest/ephemeralcontainers"
    assert ask(confined, ADMIN, "PATCH", path, later, "strategic-merge-patch+json").status == 403
