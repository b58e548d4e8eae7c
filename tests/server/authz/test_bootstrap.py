"""Upstream's roles and bindings are there from the start, are mended at each start, and never take anything away."""

from __future__ import annotations

from typing import Any

from server.authz.rbac.bootstrap import policy
from tests.server.authz.people import ADMIN, ask
from tests.server.harness import Server

RBAC = "/apis/rbac.authorization.k8s.io/v1"


def role(server: Server, name: str) -> Any:
    return ask(server, ADMIN, "GET", f"{RBAC}/clusterroles/{name}").json


def change(server: Server, path: str, patch: Any) -> None:
    assert ask(server, ADMIN, "PATCH", f"{RBAC}/{path}", patch, "merge-patch+json").status == 200


def test_every_object_of_the_policy_is_there(server: Server) -> None:
    stored = {
        (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"])
        for plural, kind in (
            ("clusterroles", "ClusterRole"),
            ("clusterrolebindings", "ClusterRoleBinding"),
            ("roles", "Role"),
            ("rolebindings", "RoleBinding"),
        )
        for item in ({**i, "kind": kind} for i in ask(server, ADMIN, "GET", f"{RBAC}/{plural}").json["items"])
    }
    wanted = {(o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"]) for o in policy()}
    assert wanted == stored
    assert len(wanted) > 120
    admin = role(server, "cluster-admin")
    assert admin["rules"][0] == {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
    assert admin["metadata"]["labels"] == {"kubernetes.io/bootstrapping": "rbac-defaults"}


def test_a_second_start_writes_nothing(server: Server) -> None:
    before = ask(server, ADMIN, "GET", f"{RBAC}/clusterroles").json["metadata"]["resourceVersion"]
    server.restart()
    assert ask(server, ADMIN, "GET", f"{RBAC}/clusterroles").json["metadata"]["resourceVersion"] == before


def test_what_is_missing_comes_back_and_what_was_added_stays(server: Server) -> None:
    own = {"verbs": ["get"], "apiGroups": ["example.com"], "resources": ["things"]}
    change(server, "clusterroles/system:discovery", {"rules": [own]})
    ask(server, ADMIN, "DELETE", f"{RBAC}/clusterroles/view")
    change(server, "clusterrolebindings/system:discovery", {"subjects": None})
    server.restart()
    rules = role(server, "system:discovery")["rules"]
    assert rules[0] == own
    assert {"verbs": ["get"], "nonResourceURLs": ["/api"]} in rules
    assert role(server, "view")["metadata"]["name"] == "view"
    bound = ask(server, ADMIN, "GET", f"{RBAC}/clusterrolebindings/system:discovery").json
    assert [subject["name"] for subject in bound["subjects"]] == ["system:authenticated"]


def test_what_an_administrator_guards_stays_as_it_is(server: Server) -> None:
    guard = {"annotations": {"rbac.authorization.kubernetes.io/autoupdate": "false"}}
    change(server, "clusterroles/system:discovery", {"metadata": guard, "rules": []})
    server.restart()
    assert not role(server, "system:discovery")["rules"]


def test_a_binding_to_another_role_is_made_anew(server: Server) -> None:
    path = f"{RBAC}/clusterrolebindings"
    expected = ask(server, ADMIN, "GET", f"{path}/system:discovery").json["roleRef"]
    ask(server, ADMIN, "DELETE", f"{path}/system:discovery")
    other = {"metadata": {"name": "system:discovery"}, "roleRef": {**expected, "name": "view"}}
    assert ask(server, ADMIN, "POST", path, other).status == 201
    server.restart()
    assert ask(server, ADMIN, "GET", f"{path}/system:discovery").json["roleRef"] == expected


def test_what_an_earlier_version_gave_to_all_nodes_is_taken_back(server: Server) -> None:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:node"}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:nodes"}
    binding = {"metadata": {"name": "kubejazz:nodes"}, "roleRef": reference, "subjects": [subject]}
    assert ask(server, ADMIN, "POST", f"{RBAC}/clusterrolebindings", binding).status == 201
    server.restart()
    assert ask(server, ADMIN, "GET", f"{RBAC}/clusterrolebindings/kubejazz:nodes").status == 404
