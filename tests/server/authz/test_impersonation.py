"""Acting as somebody else: only with the right to, and with that one's rights alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.server.authz.people import ADMIN, allow
from tests.server.harness import Result, Server

REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
READS = {"verbs": ["list"], "apiGroups": [""], "resources": ["configmaps"]}
MAPS = "/api/v1/namespaces/default/configmaps"


def request(server: Server, who: str, headers: Mapping[str, str], path: str = REVIEW, body: Any = None) -> Result:
    method = "POST" if path == REVIEW else "GET"
    return server.request(method, path, {} if path == REVIEW else body, headers={"Authorization": who, **headers})


def may(resource: str, *names: str, group: str = "") -> dict[str, Any]:
    rule = {"verbs": ["impersonate"], "apiGroups": [group], "resources": [resource]}
    return rule | ({"resourceNames": list(names)} if names else {})


@pytest.mark.parametrize(
    "headers, user",
    [
        ({"Impersonate-User": "jane"}, {"username": "jane", "groups": ["system:authenticated"]}),
        (
            {"Impersonate-User": "jane", "Impersonate-Group": "dev"},
            {"username": "jane", "groups": ["dev", "system:authenticated"]},
        ),
        (
            {"Impersonate-User": "system:serviceaccount:a:b"},
            {
                "username": "system:serviceaccount:a:b",
                "groups": ["system:serviceaccounts", "system:serviceaccounts:a", "system:authenticated"],
            },
        ),
        (
            {"Impersonate-User": "jane", "Impersonate-Uid": "1", "Impersonate-Extra-Acme.com%2FScope": "read"},
            {
                "username": "jane",
                "uid": "1",
                "groups": ["system:authenticated"],
                "extra": {"acme.com/scope": ["read"]},
            },
        ),
    ],
)
def test_who_one_becomes(server: Server, headers: dict[str, str], user: dict[str, Any]) -> None:
    assert request(server, ADMIN, headers).json["status"]["userInfo"] == user


def test_one_has_the_rights_of_the_other_and_no_longer_ones_own(server: Server) -> None:
    allow(server, "jane", READS)
    assert request(server, "jane", {}, MAPS).status == 200
    assert request(server, ADMIN, {"Impersonate-User": "jane"}, MAPS).status == 200
    refused = request(server, ADMIN, {"Impersonate-User": "joe"}, MAPS)
    assert refused.status == 403
    assert 'User "joe" cannot list resource "configmaps"' in refused.json["message"]


def test_the_anonymous_user_is_nobody_again(server: Server) -> None:
    refused = request(server, ADMIN, {"Impersonate-User": "system:anonymous"})
    assert refused.status == 403
    assert 'User "system:anonymous" cannot create resource "selfsubjectreviews"' in refused.json["message"]
    health = server.request("GET", "/healthz", headers={"Authorization": ADMIN, "Impersonate-User": "system:anonymous"})
    assert health.status == 200


def test_without_the_right_it_is_refused(server: Server) -> None:
    refused = request(server, "eve", {"Impersonate-User": "admin"})
    assert refused.status == 403
    assert refused.json["message"] == (
        'users "admin" is forbidden: User "eve" cannot impersonate resource "users" in API group "" at the cluster '
        "scope"
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Impersonate-User": "joe"},
        {"Impersonate-User": "jane", "Impersonate-Group": "system:masters"},
        {"Impersonate-User": "jane", "Impersonate-Uid": "7"},
        {"Impersonate-User": "jane", "Impersonate-Extra-Scope": "write"},
        {"Impersonate-User": "jane", "Impersonate-Extra-Other": "read"},
        {"Impersonate-User": "system:serviceaccount:kube-system:generic-garbage-collector"},
    ],
)
def test_every_part_has_to_be_allowed(server: Server, headers: dict[str, str]) -> None:
    extra = may("userextras/scope", "read", group="authentication.k8s.io")
    allow(server, "eve", may("users", "jane"), may("groups", "dev"), extra)
    allowed = {"Impersonate-User": "jane", "Impersonate-Group": "dev", "Impersonate-Extra-Scope": "read"}
    assert request(server, "eve", allowed).status == 201
    assert request(server, "eve", headers).status == 403


def test_groups_alone_make_nobody(server: Server) -> None:
    refused = request(server, ADMIN, {"Impersonate-Group": "dev"})
    assert (refused.status, refused.json["reason"]) == (400, "BadRequest")
    assert "without impersonating a user" in refused.json["message"]
