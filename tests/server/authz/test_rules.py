"""What one rule allows, and when the rules of one cover those of another."""

from __future__ import annotations

from typing import Any

import pytest

from server.authn.user import User
from server.authz.authorizer import Attributes
from server.authz.rbac.coverage import escalation, missing
from server.authz.rbac.rules import Rule

JANE = User("jane", groups=("dev", "system:authenticated"))


def rule(verbs: str, groups: str = "", resources: str = "", names: str = "", urls: str = "") -> Rule:
    """Lists with spaces between; "core" is the group without a name."""
    named = tuple("" if group == "core" else group for group in groups.split())
    return Rule(tuple(verbs.split()), named, tuple(resources.split()), tuple(names.split()), tuple(urls.split()))


def on(verb: str, resource: str, *, group: str = "", name: str = "", namespace: str = "") -> Attributes:
    plural, _, subresource = resource.partition("/")
    return Attributes(
        JANE, verb, "", True, group, "v1", plural, subresource=subresource, namespace=namespace, name=name
    )


@pytest.mark.parametrize(
    "given, asked, allowed",
    [
        (rule("get", "core", "pods"), on("get", "pods"), True),
        (rule("get", "core", "pods"), on("list", "pods"), False),
        (rule("get", "core", "pods"), on("get", "pods", group="apps"), False),
        (rule("get", "core", "pods"), on("get", "Pods"), False),
        (rule("*", "*", "*"), on("escalate", "pods/exec", group="x"), True),
        (rule("get", "core", "pods"), on("get", "pods/log"), False),
        (rule("get", "core", "pods/log"), on("get", "pods/log"), True),
        (rule("get", "core", "pods/log"), on("get", "pods"), False),
        (rule("get", "core", "*/log"), on("get", "pods/log"), True),
        (rule("get", "core", "*/log"), on("get", "pods/exec"), False),
        (rule("get", "core", "*/log"), on("get", "pods"), False),
        (rule("get", "core", "pods/*"), on("get", "pods/log"), False),
        (rule("get", "core", "pods", "one"), on("get", "pods", name="one"), True),
        (rule("get", "core", "pods", "one"), on("get", "pods", name="two"), False),
        (rule("list", "core", "pods", "one"), on("list", "pods"), False),
        (rule("create", "core", "pods", "one"), on("create", "pods"), False),
        (rule("get", urls="*"), on("get", "pods"), False),
    ],
)
def test_a_rule_allows_what_it_names(given: Rule, asked: Attributes, allowed: bool) -> None:
    assert given.allows(asked) is allowed


@pytest.mark.parametrize(
    "urls, path, allowed",
    [
        ("/healthz", "/healthz", True),
        ("/healthz", "/healthz/", False),
        ("/healthz/*", "/healthz/etcd", True),
        ("/healthz/*", "/healthz", False),
        ("/api*", "/apis/apps", True),
        ("*", "/anything", True),
        ("/a", "/A", False),
    ],
)
def test_paths_are_matched_whole_or_by_their_beginning(urls: str, path: str, allowed: bool) -> None:
    assert rule("get", urls=urls).allows(Attributes(JANE, "get", path)) is allowed
    assert rule("get", "*", "*").allows(Attributes(JANE, "get", path)) is False


@pytest.mark.parametrize(
    "owned, wanted, lacking",
    [
        ([rule("get list", "core", "pods")], [rule("get", "core", "pods")], []),
        ([rule("get", "core", "pods")], [rule("get list", "core", "pods")], [rule("list", "core", "pods")]),
        ([rule("get", "core", "pods", "a")], [rule("get", "core", "pods")], [rule("get", "core", "pods")]),
        ([rule("get", "core", "pods")], [rule("get", "core", "pods", "a")], []),
        ([rule("get", "core", "pods", "a")], [rule("get", "core", "pods", "a b")], [rule("get", "core", "pods", "b")]),
        ([rule("get", "core", "*/log")], [rule("get", "core", "pods/log")], []),
        ([rule("get", "core", "pods")], [rule("*", "core", "pods")], [rule("*", "core", "pods")]),
        ([rule("get", "core", "pods")], [rule("get", "*", "pods")], [rule("get", "*", "pods")]),
        ([rule("get", urls="/a/*")], [rule("get", urls="/a/b")], []),
        ([rule("get", urls="/a/b")], [rule("get", urls="/a/*")], [rule("get", urls="/a/*")]),
        ([rule("get", "core", "pods"), rule("list", "core", "pods")], [rule("get list", "core", "pods")], []),
    ],
)
def test_what_is_missing_is_told_part_by_part(owned: list[Rule], wanted: list[Rule], lacking: list[Rule]) -> None:
    assert missing(owned, wanted) == lacking


def test_the_sentence_of_an_escalation_is_upstreams() -> None:
    lacking = missing([], [rule("get list", "core", "secrets"), rule("get", urls="/metrics")])
    assert escalation(JANE, lacking) == (
        'user "jane" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently '
        "held:\n"
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}\n'
        '{NonResourceURLs:["/metrics"], Verbs:["get"]}'
    )


def test_rules_are_read_from_a_role() -> None:
    read: dict[str, Any] = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"]}
    assert Rule.of(read) == rule("get", "core", "pods", "a")
    assert Rule.of({"verbs": ["get"], "nonResourceURLs": ["/x"]}) == rule("get", urls="/x")
