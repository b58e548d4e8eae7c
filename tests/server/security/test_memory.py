"""What is remembered between requests is bounded in bytes, whoever chooses it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from apimachinery.remembering import LONGEST
from server import requestinfo
from server.authn.user import User
from server.authz.authorizer import Attributes
from server.authz.rbac.authorizer import RbacAuthorizer
from server.requestinfo import parse_request


class NoPolicy:
    def grants(self, user: User, namespace: str) -> list[Any]:
        return []


def test_long_paths_are_read_but_not_remembered() -> None:
    before = requestinfo._parsed.cache_info().currsize
    for number in range(50):
        path = f"/api/v1/namespaces/default/pods/{number}-{'x' * LONGEST}"
        assert parse_request("GET", path).resource == "pods"
    assert requestinfo._parsed.cache_info().currsize == before


@pytest.mark.parametrize("field", ["path", "name", "namespace", "resource", "subresource", "group", "verb"])
def test_long_questions_are_decided_but_not_remembered(field: str) -> None:
    policy: Any = NoPolicy()
    authorizer = RbacAuthorizer(lambda: policy)
    asked: dict[str, Any] = {"user": User("jane"), "verb": "get", "is_resource": True, "resource": "pods"}
    for number in range(3):
        question = Attributes(**{**asked, field: "x" * LONGEST + str(number)})
        assert not asyncio.run(authorizer.authorize(question)).allowed
    assert authorizer._verdicts == {}
    asyncio.run(authorizer.authorize(Attributes(**asked)))
    assert len(authorizer._verdicts) == 1
