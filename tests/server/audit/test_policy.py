"""Which rule of an audit policy decides, and what is wrong with policies that are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from server.audit.policy import Level, Policy
from server.audit.policyfile import PolicyError, load_policy, read_policy
from server.authn.user import User
from server.authz.authorizer import Attributes

ALICE = User("alice", groups=("dev", "system:authenticated"))


def policy_of(*rules: dict[str, Any], **fields: Any) -> Policy:
    document = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": list(rules), **fields}
    return read_policy(orjson.dumps(document))


def pod(verb: str = "get", **fields: Any) -> Attributes:
    return Attributes(
        **{
            "user": ALICE,
            "verb": verb,
            "is_resource": True,
            "version": "v1",
            "resource": "pods",
            "namespace": "default",
            "name": "web",
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ({}, True),
        ({"users": ["alice"]}, True),
        ({"users": ["bob"]}, False),
        ({"userGroups": ["ops", "dev"]}, True),
        ({"userGroups": ["ops"]}, False),
        ({"verbs": ["get"]}, True),
        ({"verbs": ["list"]}, False),
        ({"namespaces": ["default"]}, True),
        ({"namespaces": [""]}, False),
        ({"resources": [{"group": ""}]}, True),
        ({"resources": [{"group": "apps"}]}, False),
        ({"resources": [{"group": "*"}]}, True),
        ({"resources": [{"group": "", "resources": ["pods"]}]}, True),
        ({"resources": [{"group": "", "resources": ["pods/*"]}]}, True),
        ({"resources": [{"group": "", "resources": ["pods/log"]}]}, False),
        ({"resources": [{"group": "", "resources": ["*"]}]}, True),
        ({"resources": [{"group": "", "resources": ["*/log"]}]}, False),
        ({"resources": [{"group": "", "resources": ["pods"], "resourceNames": ["web"]}]}, True),
        ({"resources": [{"group": "", "resources": ["pods"], "resourceNames": ["db"]}]}, False),
        ({"nonResourceURLs": ["*"]}, False),
    ],
)
def test_a_rule_matches_what_it_names(rule: dict[str, Any], matches: bool) -> None:
    decision = policy_of({"level": "Request", **rule}).decide(pod())
    assert (decision.level is Level.REQUEST) == matches


@pytest.mark.parametrize(
    ("resource", "matches"),
    [("pods", False), ("pods/log", True), ("pods/*", True), ("*/log", True), ("*", True), ("*/exec", False)],
)
def test_a_subresource_is_named_with_its_resource(resource: str, matches: bool) -> None:
    policy = policy_of({"level": "Metadata", "resources": [{"resources": [resource]}]})
    assert (policy.decide(pod(subresource="log")).level is Level.METADATA) == matches


@pytest.mark.parametrize(("url", "matches"), [("/healthz", True), ("/health*", True), ("*", True), ("/metrics", False)])
def test_paths_are_matched_exactly_or_by_their_beginning(url: str, matches: bool) -> None:
    policy = policy_of({"level": "Metadata", "nonResourceURLs": [url]})
    assert (policy.decide(Attributes(ALICE, "get", "/healthz")).level is Level.METADATA) == matches


def test_the_first_matching_rule_decides() -> None:
    policy = policy_of({"level": "None", "users": ["alice"]}, {"level": "RequestResponse"})
    assert policy.decide(pod()).level is Level.NONE
    assert policy.decide(pod(user=User("bob"))).level is Level.REQUEST_RESPONSE


def test_nothing_is_told_where_no_rule_matches() -> None:
    assert policy_of({"level": "Request", "users": ["bob"]}).decide(pod()).level is Level.NONE


@pytest.mark.parametrize(
    ("group", "resource", "subresource"),
    [("", "secrets", ""), ("", "serviceaccounts", "token"), ("authentication.k8s.io", "tokenreviews", "")],
)
def test_bodies_with_credentials_are_never_told(group: str, resource: str, subresource: str) -> None:
    asked = pod(group=group, resource=resource, subresource=subresource)
    assert policy_of({"level": "RequestResponse"}).decide(asked).level is Level.METADATA
    assert policy_of({"level": "None"}).decide(asked).level is Level.NONE


def test_stages_are_omitted_by_the_policy_and_by_the_rule() -> None:
    policy = policy_of({"level": "Metadata", "omitStages": ["Panic"]}, omitStages=["RequestReceived"])
    assert policy.decide(pod()).omit_stages == {"Panic", "RequestReceived"}


@pytest.mark.parametrize(("own", "expected"), [(None, True), (False, False), (True, True)])
def test_a_rule_knows_better_than_the_policy_whether_managed_fields_are_told(own: bool | None, expected: bool) -> None:
    policy = policy_of({"level": "Request", "omitManagedFields": own}, omitManagedFields=True)
    assert policy.decide(pod()).omit_managed_fields is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules: []", "failed decoding: Object 'Kind' is missing in 'rules: []'"),
        ("{", "failed decoding: error converting YAML to JSON"),
        ("apiVersion: v1\nkind: Policy", "unknown group version field v1, Kind=Policy in policy"),
        ("apiVersion: audit.k8s.io/v1\nkind: Policy", "loaded illegal policy with 0 rules"),
        ("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: 3", "failed decoding: rules is not"),
        ("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [x]", "failed decoding: rules[0] is not"),
        ("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{}]", "rules[0].level: Required value"),
        (
            "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: All}]",
            'rules[0].level: Unsupported value: "All": supported values: '
            '"None", "Metadata", "Request", "RequestResponse"',
        ),
        (
            "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [Begin]\nrules: [{level: None}]",
            'omitStages[0]: Invalid value: "Begin": allowed stages are '
            "RequestReceived,ResponseStarted,ResponseComplete,Panic",
        ),
        (
            "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None, nonResourceURLs: [a*b]}]",
            "[rules[0].nonResourceURLs[0]: Invalid value: \"a*b\": non-resource URL rules must begin with a '/' "
            'character, rules[0].nonResourceURLs[0]: Invalid value: "a*b": '
            "non-resource URL wildcards '*' must be the final character of the rule]",
        ),
        (
            "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None, namespaces: [a], nonResourceURLs: [/a]}]",
            "rules cannot apply to both regular resources and non-resource URLs",
        ),
        (
            "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None, resources: [{resourceNames: [a]}]}]",
            "using resourceNames requires at least one resource",
        ),
        (
            "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None, resources: [{group: apps/v1}]}]",
            'rules[0].resources.group: Invalid value: "apps/v1"',
        ),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(text.encode())
    assert message in str(caught.value)


def test_an_unknown_field_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    assert policy_of({"level": "Metadata", "colour": "red"}).decide(pod()).level is Level.METADATA
    assert 'unknown field "rules[0].colour"' in caplog.text


def test_a_file_that_is_missing_or_wrong_is_named(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    missing = f'loading audit policy file: failed to read file path "{path}": open {path}: no such file or directory'
    assert str(caught.value) == missing
    path.write_text("apiVersion: audit.k8s.io/v1\nkind: Policy")
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    assert str(caught.value) == f"loading audit policy file: loaded illegal policy with 0 rules: from file {path}"
