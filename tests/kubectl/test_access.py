"""kubectl as somebody else, tokens that are bound, roles and what they let one do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kubectl.kubectl import Kubectl, eventually, manifest
from tests.kubectl.test_auth import by_token, claims

covers = pytest.mark.covers
GROUP = "rbac.authorization.k8s.io"


def allowed(kubectl: Kubectl, *question: str) -> None:
    """Wait until the server has seen the binding."""
    eventually(lambda: kubectl("auth", "can-i", *question, "--as=jane", code=None).out, "yes\n".__eq__)


@covers("--as", "create role --resource-name", "auth can-i --list --as")
def test_jane_may_do_what_her_role_says_and_no_more(kubectl: Kubectl) -> None:
    role = ["--verb=get,list", "--resource=pods,pods/log", "--resource-name=p"]
    assert kubectl("create", "role", "r", *role).out == "role.rbac.authorization.k8s.io/r created\n"
    made = kubectl("create", "rolebinding", "b", "--role=r", "--user=jane").out
    assert made == "rolebinding.rbac.authorization.k8s.io/b created\n"
    allowed(kubectl, "get", "pods/p")
    assert kubectl("auth", "can-i", "get", "pods", "--as=jane", code=1).out == "no\n"
    assert kubectl("auth", "can-i", "get", "pods/q", "--as=jane", code=1).out == "no\n"
    listed = kubectl("auth", "can-i", "--list", "--as=jane", "--no-headers").lines
    assert ["pods", "[]", "[p]", "[get list]"] in [line.split(None, 3) for line in listed]
    assert ["pods/log", "[]", "[p]", "[get list]"] in [line.split(None, 3) for line in listed]
    assert kubectl("get", "pods", "p", "--as=jane", code=1).err == (
        'Error from server (NotFound): pods "p" not found\n'
    )
    assert kubectl("get", "pods", "--as=jane", code=1).err == (
        'Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in '
        f'the namespace "{kubectl.namespace}"\n'
    )
    assert kubectl("delete", "pods", "p", "--as=jane", code=1).err == (
        'Error from server (Forbidden): pods "p" is forbidden: User "jane" cannot delete resource "pods" in API group '
        f'"" in the namespace "{kubectl.namespace}"\n'
    )


@covers("--as-group", "--as-uid", "auth whoami --as", since=28)
def test_one_becomes_user_uid_and_groups(kubectl: Kubectl) -> None:
    rows = kubectl("auth", "whoami", "--as=jane", "--as-group=a", "--as-group=b", "--as-uid=9").lines
    assert [row.split(None, 1) for row in rows] == [
        ["ATTRIBUTE", "VALUE"],
        ["Username", "jane"],
        ["UID", "9"],
        ["Groups", "[a b system:authenticated]"],
    ]
    account = f"system:serviceaccount:{kubectl.namespace}:default"
    told = kubectl("auth", "whoami", f"--as={account}", "-o", "json").json["status"]["userInfo"]
    assert told == {
        "username": account,
        "groups": [
            "system:serviceaccounts",
            f"system:serviceaccounts:{kubectl.namespace}",
            "system:authenticated",
        ],
    }


@covers("--as-group")
def test_rights_come_with_groups_and_groups_with_a_user(kubectl: Kubectl) -> None:
    kubectl("create", "rolebinding", "b", "--clusterrole=view", "--group=readers")
    look = ["get", "pods", "--as=joe", "--as-group=readers"]
    eventually(lambda: kubectl(*look, code=None).code, lambda code: code == 0)
    assert kubectl("get", "pods", "--as=joe", "--as-group=others", code=1).err.startswith(
        "Error from server (Forbidden)"
    )
    assert "without impersonating a user" in kubectl("get", "pods", "--as-group=readers", code=1).err
    masters = ["auth", "can-i", "*", "*", "--as=joe", "--as-group=system:masters"]
    assert kubectl(*masters).out == "yes\n"


@covers("auth can-i, odd questions")
def test_odd_questions_are_answered_with_a_warning(kubectl: Kubectl) -> None:
    done = kubectl("auth", "can-i", "get", "foos")
    assert (done.out, done.err) == ("yes\n", "Warning: the server doesn't have a resource type 'foos'\n\n")
    done = kubectl("auth", "can-i", "list", "nodes")
    assert (done.out, done.err) == ("yes\n", "Warning: resource 'nodes' is not namespace scoped\n\n")


@covers("create token --bound-object-uid", "create token -o yaml", "create token, refused")
def test_tokens_are_bound_to_what_is_there(kubectl: Kubectl) -> None:
    kubectl("create", "secret", "generic", "s")
    uid = kubectl.stored("secrets", "s")["metadata"]["uid"]
    bound = ["create", "token", "default", "--bound-object-kind=Secret"]
    made = claims(kubectl(*bound, "--bound-object-name=s", f"--bound-object-uid={uid}").out)
    assert made["kubernetes.io"]["secret"] == {"name": "s", "uid": uid}
    for arguments, message in (
        ([*bound, "--bound-object-name=none"], 'secrets "none" not found'),
        (
            [*bound, "--bound-object-name=s", "--bound-object-uid=7"],
            'Operation cannot be fulfilled on Secret "s": the UID in the bound object reference (7) does not match the '
            "UID in record. The object might have been deleted and then recreated",
        ),
        (
            ["create", "token", "default", "--duration=1m"],
            'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not '
            "specify a duration less than 10 minutes",
        ),
    ):
        assert kubectl(*arguments, code=1).err == f"error: failed to create token: {message}\n"
    request = kubectl("create", "token", "default", "--audience=a", "--audience=b", "-o", "yaml").yaml
    assert (request["kind"], request["spec"]["audiences"]) == ("TokenRequest", ["a", "b"])
    assert request["metadata"]["uid"] == kubectl.stored("serviceaccounts", "default")["metadata"]["uid"]
    assert claims(request["status"]["token"])["aud"] == ["a", "b"]


@covers("create token --bound-object-kind=Node", since=31)
def test_tokens_are_bound_to_nodes(kubectl: Kubectl) -> None:
    bound = ["--bound-object-kind=Node", "--bound-object-name=node-1"]
    made = claims(kubectl("create", "token", "default", *bound).out)
    node = kubectl.api.find("nodes", "node-1")
    assert made["kubernetes.io"]["node"] == {"name": "node-1", "uid": node["metadata"]["uid"]}


@covers("create clusterrole --aggregation-rule", "create role, refused", "create rolebinding, refused")
def test_roles_that_make_no_sense_are_not_made(kubectl: Kubectl) -> None:
    name = f"{kubectl.namespace}-gathers"
    kubectl("create", "clusterrole", name, "--aggregation-rule=a=b,c=d")
    stored = kubectl.api.find(f"clusterroles.{GROUP}", name)
    assert stored["aggregationRule"] == {"clusterRoleSelectors": [{"matchLabels": {"a": "b", "c": "d"}}]}
    kubectl("delete", "clusterrole", name)
    refused = kubectl("create", "role", "r", "--verb=get", "--resource=foos", code=1).err
    assert refused.endswith('resource type "foos"\n')
    assert "exactly one of clusterrole or role must be specified" in kubectl("create", "rolebinding", "b", code=1).err
    bound = kubectl("create", "rolebinding", "b", "--role=later", "--user=jane").out
    assert bound == "rolebinding.rbac.authorization.k8s.io/b created\n"


@covers("auth reconcile, told")
def test_reconcile_tells_what_was_missing(kubectl: Kubectl) -> None:
    kubectl("create", "role", "r", "--verb=get", "--resource=pods")
    kubectl("create", "rolebinding", "b", "--role=r", "--user=jane")
    binding = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "b", "namespace": kubectl.namespace},
        "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": "r"},
        "subjects": [{"kind": "User", "apiGroup": GROUP, "name": "joe"}],
    }
    role = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Role",
        "metadata": {"name": "r", "namespace": kubectl.namespace},
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}],
    }
    done = kubectl("auth", "reconcile", "-f", "-", stdin=manifest(binding, role))
    assert done.out == f"rolebinding.{GROUP}/b reconciled\nrole.{GROUP}/r reconciled\n"
    assert done.err == (
        "\treconciliation required update\n"
        "\tmissing subjects added:\n"
        f"\t\t{{Kind:User APIGroup:{GROUP} Name:joe Namespace:}}\n"
        "\treconciliation required update\n"
        "\tmissing rules added:\n"
        "\t\t{Verbs:[get] APIGroups:[] Resources:[secrets] ResourceNames:[] NonResourceURLs:[]}\n"
    )
    assert {each["name"] for each in kubectl.stored(f"rolebindings.{GROUP}", "b")["subjects"]} == {"jane", "joe"}


@covers("--as, refused")
def test_acting_as_others_needs_the_right_to(kubectl: Kubectl, tmp_path: Path) -> None:
    robot = by_token(kubectl, tmp_path, kubectl("create", "token", "default").out.strip())
    account = f"system:serviceaccount:{kubectl.namespace}:default"
    for flags, resource, name in (
        (["--as=admin"], "users", "admin"),
        ([f"--as={account.rpartition(':')[0]}:other"], "serviceaccounts", "other"),
    ):
        where = f'in the namespace "{kubectl.namespace}"' if resource == "serviceaccounts" else "at the cluster scope"
        assert kubectl(*robot, "get", "pods", *flags, code=1).err == (
            f'Error from server (Forbidden): {resource} "{name}" is forbidden: User "{account}" cannot impersonate '
            f'resource "{resource}" in API group "" {where}\n'
        )
