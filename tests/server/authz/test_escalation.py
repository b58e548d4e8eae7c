"""Nobody gives away what they do not have, by any of the ways there are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.authz.people import ADMIN, allow, ask
from tests.server.harness import Server

RBAC = "/apis/rbac.authorization.k8s.io/v1"
NAMESPACED = f"{RBAC}/namespaces/default"
GROUP = "rbac.authorization.k8s.io"
WRITES_RBAC = {"verbs": ["create", "update", "patch"], "apiGroups": [GROUP], "resources": ["*"]}
READS_PODS = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
READS_SECRETS = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}


def a_role(name: str, *rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "rules": list(rules), **fields}


def a_binding(name: str, role: str, kind: str = "ClusterRole") -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role},
        "subjects": [{"kind": "User", "apiGroup": GROUP, "name": "eve"}],
    }


@pytest.fixture
def eve(server: Server) -> Server:
    """Eve may write roles and bindings, and read pods; nothing else."""
    allow(server, "eve", WRITES_RBAC, READS_PODS)
    return server


def test_a_role_with_more_than_ones_own_rights_is_refused(eve: Server) -> None:
    refused = ask(eve, "eve", "POST", f"{RBAC}/clusterroles", a_role("thief", READS_PODS, READS_SECRETS))
    assert (refused.status, refused.json["reason"]) == (403, "Forbidden")
    assert refused.json["message"] == (
        'clusterroles.rbac.authorization.k8s.io "thief" is forbidden: user "eve" (groups=["system:authenticated"]) is '
        "attempting to grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}'
    )
    assert ask(eve, "eve", "POST", f"{RBAC}/clusterroles", a_role("fair", READS_PODS)).status == 201


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_role_does_not_grow_beyond_them_either(eve: Server, method: str) -> None:
    path = f"{RBAC}/clusterroles/grows"
    assert ask(eve, "eve", "POST", f"{RBAC}/clusterroles", a_role("grows", READS_PODS)).status == 201
    grown = a_role("grows", READS_PODS, READS_SECRETS)
    assert ask(eve, "eve", method, path, grown, "merge-patch+json" if method == "PATCH" else "").status == 403
    assert ask(eve, ADMIN, "GET", path).json["rules"] == [READS_PODS]


def test_applying_a_role_is_no_way_around(eve: Server) -> None:
    config = {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", **a_role("applied", READS_SECRETS)}
    path = f"{RBAC}/clusterroles/applied?fieldManager=eve"
    assert ask(eve, "eve", "PATCH", path, config, "apply-patch+yaml").status == 403


def test_binding_a_stronger_role_is_refused_for_cluster_and_namespace(eve: Server) -> None:
    for path in (f"{RBAC}/clusterrolebindings", f"{NAMESPACED}/rolebindings"):
        refused = ask(eve, "eve", "POST", path, a_binding("mine", "cluster-admin"))
        assert refused.status == 403, refused.text
        assert "is attempting to grant RBAC permissions not currently held" in refused.json["message"]


def test_a_role_that_is_not_there_cannot_be_bound_ahead_of_its_making(eve: Server) -> None:
    refused = ask(eve, "eve", "POST", f"{NAMESPACED}/rolebindings", a_binding("early", "later", "Role"))
    assert refused.status == 404
    assert ask(eve, ADMIN, "POST", f"{NAMESPACED}/rolebindings", a_binding("early", "later", "Role")).status == 201


def test_rights_in_one_namespace_are_none_in_another(server: Server) -> None:
    ask(server, ADMIN, "POST", "/api/v1/namespaces", {"metadata": {"name": "other"}})
    allow(server, "eve", WRITES_RBAC, READS_SECRETS, namespace="default")
    assert ask(server, "eve", "POST", f"{NAMESPACED}/roles", a_role("r", READS_SECRETS)).status == 201
    assert ask(server, "eve", "POST", f"{RBAC}/namespaces/other/roles", a_role("r", READS_SECRETS)).status == 403
    assert ask(server, "eve", "POST", f"{RBAC}/clusterroles", a_role("r", READS_SECRETS)).status == 403


def test_the_verb_escalate_lifts_the_check_and_bind_its_own(server: Server) -> None:
    allow(server, "eve", WRITES_RBAC, {"verbs": ["escalate"], "apiGroups": [GROUP], "resources": ["clusterroles"]})
    assert ask(server, "eve", "POST", f"{RBAC}/clusterroles", a_role("thief", READS_SECRETS)).status == 201
    assert ask(server, "eve", "POST", f"{NAMESPACED}/roles", a_role("thief", READS_SECRETS)).status == 403
    assert ask(server, "eve", "POST", f"{RBAC}/clusterrolebindings", a_binding("b", "thief")).status == 403
    bind = {"verbs": ["bind"], "apiGroups": [GROUP], "resources": ["clusterroles"], "resourceNames": ["thief"]}
    allow(server, "mallory", WRITES_RBAC, bind)
    assert ask(server, "mallory", "POST", f"{RBAC}/clusterrolebindings", a_binding("b", "thief")).status == 201
    assert ask(server, "mallory", "POST", f"{RBAC}/clusterrolebindings", a_binding("c", "cluster-admin")).status == 403


def test_aggregation_is_for_those_who_may_do_everything(eve: Server) -> None:
    selectors = {"clusterRoleSelectors": [{"matchLabels": {"x": "y"}}]}
    refused = ask(eve, "eve", "POST", f"{RBAC}/clusterroles", a_role("gathers", aggregationRule=selectors))
    assert refused.status == 403
    assert refused.json["message"].endswith("must have cluster-admin privileges to use the aggregationRule")


def test_the_garbage_collector_may_free_a_role_it_does_not_have_itself(eve: Server) -> None:
    held = a_role("held", READS_SECRETS)
    held["metadata"]["finalizers"] = ["example.com/hold"]
    ask(eve, ADMIN, "POST", f"{RBAC}/clusterroles", held)
    free = {"metadata": {"finalizers": None}}
    assert ask(eve, "eve", "PATCH", f"{RBAC}/clusterroles/held", free, "merge-patch+json").status == 200
    more = {"metadata": {"labels": {"a": "b"}}}
    assert ask(eve, "eve", "PATCH", f"{RBAC}/clusterroles/held", more, "merge-patch+json").status == 403
