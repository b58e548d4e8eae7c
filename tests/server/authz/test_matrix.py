"""Identities × verbs × resources × namespaces against what the policy says, evaluated a second time, plainly."""

from __future__ import annotations

import itertools
import random
from typing import Any

import orjson

from server.authn.user import User
from server.authz.authorizer import Attributes
from tests.server.authz.people import ADMIN, ask
from tests.server.harness import Server

RBAC = "rbac.authorization.k8s.io"
NAMESPACES = ("red", "blue")
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "bind")
RESOURCES = (
    ("", "pods", ""),
    ("", "pods", "log"),
    ("", "pods", "status"),
    ("", "secrets", ""),
    ("", "nodes", ""),
    ("apps", "deployments", ""),
    ("apps", "deployments", "scale"),
    (RBAC, "roles", ""),
    ("example.com", "things", ""),
)
USERS = {
    "alice": User("alice", groups=("dev", "system:authenticated")),
    "bob": User("bob", groups=("ops", "dev", "system:authenticated")),
    "robot": User("system:serviceaccount:red:robot", groups=("system:serviceaccounts", "system:serviceaccounts:red")),
    "stranger": User("stranger", groups=("system:authenticated",)),
    "anonymous": User("system:anonymous", groups=("system:unauthenticated",)),
}
NAMES = ("", "one", "two")


def test_thousands_of_questions_have_the_answer_of_the_policy(server: Server) -> None:
    chance = random.Random(1)
    policy = _make_policy(server, chance)
    cells = list(itertools.product(USERS.values(), VERBS, RESOURCES, ("", *NAMESPACES), NAMES))
    assert len(cells) > 3000
    questions = [_attributes(*cell) for cell in cells]
    answers = [server.run(server.server.authorizer.authorize(question)).allowed for question in questions]
    wrong = [
        (question, answer)
        for question, answer in zip(questions, answers, strict=True)
        if answer is not _allowed(policy, question)
    ]
    assert not wrong[:5], f"{len(wrong)} of {len(cells)}"
    assert 100 < sum(answers) < len(answers) - 100  # the policy is worth asking about


def test_the_review_answers_as_the_filter_does(server: Server) -> None:
    policy = _make_policy(server, random.Random(2))
    for question in (_attributes(user, "get", ("", "pods", ""), "red", "one") for user in USERS.values()):
        where = {"verb": "get", "resource": "pods", "namespace": "red", "name": "one"}
        spec = {"user": question.user.name, "groups": list(question.user.groups), "resourceAttributes": where}
        review = ask(server, ADMIN, "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {"spec": spec})
        assert review.json["status"]["allowed"] is _allowed(policy, question)
        who = f"{question.user.name};{','.join(question.user.groups)}"
        status = ask(server, who, "GET", "/api/v1/namespaces/red/pods/one").status
        assert status == (404 if _allowed(policy, question) else 403)


def _attributes(user: User, verb: str, resource: tuple[str, str, str], namespace: str, name: str) -> Attributes:
    group, plural, subresource = resource
    return Attributes(user, verb, "", True, group, "v1", plural, subresource, namespace, name)


def _make_policy(server: Server, chance: random.Random) -> list[Any]:
    """Random roles and bindings, stored; the answer is every binding of the cluster with its rules beside it."""
    for namespace in NAMESPACES:
        assert ask(server, ADMIN, "POST", "/api/v1/namespaces", {"metadata": {"name": namespace}}).status == 201
    root = f"/apis/{RBAC}/v1"
    for number in range(12):
        namespace = chance.choice(("", *NAMESPACES))
        where = f"{root}/namespaces/{namespace}" if namespace else root
        kind = "Role" if namespace else "ClusterRole"
        role = {"metadata": {"name": f"r{number}"}, "rules": [_rule(chance) for _ in range(chance.randint(1, 3))]}
        assert ask(server, ADMIN, "POST", f"{where}/{kind.lower()}s", role).status == 201
        bound = chance.choice(NAMESPACES) if not namespace and chance.random() < 0.5 else namespace
        there = f"{root}/namespaces/{bound}/rolebindings" if bound else f"{root}/clusterrolebindings"
        subjects = [_subject(chance) for _ in range(chance.randint(1, 2))]
        reference = {"apiGroup": RBAC, "kind": kind, "name": f"r{number}"}
        body = {"metadata": {"name": f"b{number}"}, "roleRef": reference, "subjects": subjects}
        assert ask(server, ADMIN, "POST", there, body).status == 201
    return _read_policy(server)


def _rule(chance: random.Random) -> dict[str, Any]:
    group, plural, subresource = chance.choice(RESOURCES)
    named = f"{plural}/{subresource}" if subresource else plural
    rule: dict[str, Any] = {
        "verbs": chance.sample(VERBS, 3) if chance.random() < 0.8 else ["*"],
        "apiGroups": [group] if chance.random() < 0.8 else ["*"],
        "resources": [chance.choice((named, named, "*", "*/status"))],
    }
    if chance.random() < 0.3:
        rule["resourceNames"] = ["one"]
    return rule


def _subject(chance: random.Random) -> dict[str, str]:
    user = chance.choice(list(USERS.values()))
    if user.name.startswith("system:serviceaccount:"):
        return {"kind": "ServiceAccount", "namespace": "red", "name": "robot"}
    if chance.random() < 0.4:
        return {"kind": "Group", "apiGroup": RBAC, "name": user.groups[0]}
    return {"kind": "User", "apiGroup": RBAC, "name": user.name}


def _read_policy(server: Server) -> list[Any]:
    def items(plural: str) -> list[Any]:
        found: list[Any] = orjson.loads(ask(server, ADMIN, "GET", f"/apis/{RBAC}/v1/{plural}").body)["items"]
        return found

    roles = {("ClusterRole", "", role["metadata"]["name"]): role["rules"] or [] for role in items("clusterroles")}
    for role in items("roles"):
        roles["Role", role["metadata"]["namespace"], role["metadata"]["name"]] = role["rules"]
    policy = []
    for binding in (*items("clusterrolebindings"), *items("rolebindings")):
        namespace = binding["metadata"].get("namespace", "")
        reference = binding["roleRef"]
        home = namespace if reference["kind"] == "Role" else ""
        rules = roles.get((reference["kind"], home, reference["name"]), [])
        policy.append((namespace, binding.get("subjects", []), rules))
    return policy


def _allowed(policy: list[Any], asked: Attributes) -> bool:
    return any(
        namespace in ("", asked.namespace)
        and any(_is(subject, asked.user) for subject in subjects)
        and any(_matches(rule, asked) for rule in rules)
        for namespace, subjects, rules in policy
    )


def _is(subject: dict[str, str], user: User) -> bool:
    if subject["kind"] == "Group":
        return subject["name"] in user.groups
    if subject["kind"] == "ServiceAccount":
        return user.name == f"system:serviceaccount:{subject['namespace']}:{subject['name']}"
    return subject["name"] == user.name


def _matches(rule: dict[str, Any], asked: Attributes) -> bool:
    def one_of(values: list[str], *accepted: str) -> bool:
        return not set(values).isdisjoint(("*", *accepted))

    if asked.subresource:
        resources = (f"{asked.resource}/{asked.subresource}", f"*/{asked.subresource}")
    else:
        resources = (asked.resource,)
    names = rule.get("resourceNames", [])
    return (
        one_of(rule["verbs"], asked.verb)
        and one_of(rule.get("apiGroups", []), asked.group)
        and one_of(rule.get("resources", []), *resources)
        and (not names or asked.name in names)
    )
