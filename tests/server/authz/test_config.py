"""AuthorizationConfiguration: an ordered chain, what is wrong with one in upstream's words, and conditions."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from apimachinery.clock import FakeClock
from server.authn.user import User
from server.authz.authorizer import Attributes
from server.authz.conditions import condition
from server.authz.config import read_authorization_config
from server.authz.modes import MODES, Authorization, Sources, make_authorizer
from server.authz.webhook import ConditionError, spec_of
from server.cel.errors import CelError
from server.configfile import ConfigFileError
from server.reloading import PERIOD

JANE = User("jane", "", ("dev",))


def kubeconfig(folder: Path, url: str = "https://127.0.0.1:1/authorize") -> str:
    path = folder / "webhook.kubeconfig"
    config = {
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path.write_text(yaml.safe_dump(config))
    return str(path)


def webhook(folder: Path, **more: Any) -> dict[str, Any]:
    complete = {
        "timeout": "3s",
        "subjectAccessReviewVersion": "v1",
        "matchConditionSubjectAccessReviewVersion": "v1",
        "failurePolicy": "Deny",
        "connectionInfo": {"type": "KubeConfigFile", "kubeConfigFile": kubeconfig(folder)},
        **more,
    }
    return {"type": "Webhook", "name": "w", "webhook": {key: value for key, value in complete.items() if value != ""}}


def write(path: Path, *authorizers: dict[str, Any]) -> Path:
    header = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthorizationConfiguration"}
    path.write_text(yaml.safe_dump({**header, "authorizers": list(authorizers)}))
    return path


RBAC, ALLOW, DENY = ({"type": name, "name": name.lower()} for name in ("RBAC", "AlwaysAllow", "AlwaysDeny"))


def test_a_file_says_who_is_asked_in_which_order(tmp_path: Path) -> None:
    conditions = [{"expression": "request.user != 'root'"}]
    hook = webhook(tmp_path, authorizedTTL="1m", cacheUnauthorizedRequests=False, matchConditions=conditions)
    entries = read_authorization_config(write(tmp_path / "config", hook | {"name": "a"}, RBAC, hook), MODES.keys())
    assert [entry.type for entry in entries] == ["Webhook", "RBAC", "Webhook"]
    made = entries[0].webhook
    assert made is not None
    assert (made.seconds, made.config.allowed_ttl, made.config.refused_ttl) == (3.0, 60.0, 0.0)
    assert made.config.deny
    assert len(made.config.conditions) == 1
    assert made.remote.headers == {"Authorization": "Bearer t"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "authorizers[0].type: Required value"),
        ({"type": "X", "name": "x"}, 'authorizers[0].type: Unsupported value: "X"'),
        ({"type": "RBAC"}, "authorizers[0].name: Required value"),
        ({"type": "RBAC", "name": "A_b"}, 'authorizers[0].name: Invalid value: "A_b": authorizer name is invalid:'),
        (
            {**RBAC, "webhook": {}},
            'authorizers[0].webhook: Invalid value: "non-null": may only be specified when type=Webhook',
        ),
        ({"type": "Webhook", "name": "w"}, "authorizers[0].webhook: Required value: required when type=Webhook"),
    ],
)
def test_what_is_wrong_with_an_authorizer(tmp_path: Path, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigFileError) as caught:
        read_authorization_config(write(tmp_path / "config", wrong), MODES.keys())
    assert f": {message}" in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"timeout": ""}, "authorizers[0].timeout: Required value"),
        ({"timeout": "31s"}, 'authorizers[0].timeout: Invalid value: "31s": must be > 0s and <= 30s'),
        ({"timeout": "soon"}, "authorizers[0].timeout: Invalid value"),
        ({"authorizedTTL": "-1s"}, 'authorizers[0].authorizedTTL: Invalid value: "-1s": must be > 0s'),
        ({"subjectAccessReviewVersion": ""}, "authorizers[0].subjectAccessReviewVersion: Required value"),
        ({"subjectAccessReviewVersion": "v2"}, 'authorizers[0].subjectAccessReviewVersion: Unsupported value: "v2"'),
        ({"failurePolicy": "Ignore"}, 'authorizers[0].failurePolicy: Unsupported value: "Ignore"'),
        ({"connectionInfo": {"type": "X"}}, 'authorizers[0].connectionInfo.type: Unsupported value: "X"'),
        (
            {"connectionInfo": {"type": "KubeConfigFile", "kubeConfigFile": "a"}},
            'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "a": must be an absolute path',
        ),
        (
            {"connectionInfo": {"type": "KubeConfigFile", "kubeConfigFile": "/nowhere/a"}},
            'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "/nowhere/a": error loading file',
        ),
        (
            {"matchConditions": [{"expression": "request.usr == 'x'"}]},
            "compilation failed: undefined field 'usr'",
        ),
        (
            {"matchConditions": [{"expression": "request.user"}]},
            "must evaluate to bool but got dyn",
        ),
        (
            {"matchConditions": [{"expression": "true"}], "matchConditionSubjectAccessReviewVersion": ""},
            "authorizers[0].matchConditionSubjectAccessReviewVersion: Required value: required if match conditions",
        ),
    ],
)
def test_what_is_wrong_with_a_webhook(tmp_path: Path, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigFileError) as caught:
        read_authorization_config(write(tmp_path / "config", webhook(tmp_path, **wrong)), MODES.keys())
    assert message in str(caught.value)


def test_nobody_to_ask_two_of_a_kind_and_two_of_a_name_are_refused(tmp_path: Path) -> None:
    for authorizers, message in (
        ((), "authorizers: Required value: at least one authorization mode must be defined"),
        ((RBAC, RBAC), 'authorizers[1].type: Duplicate value: "RBAC"'),
        ((RBAC, ALLOW | {"name": "rbac"}), 'authorizers[1].name: Duplicate value: "rbac"'),
    ):
        with pytest.raises(ConfigFileError) as caught:
            read_authorization_config(write(tmp_path / "config", *authorizers), MODES.keys())
        assert message in str(caught.value)


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("request.user == 'jane'", True),
        ("has(request.resourceAttributes)", True),
        ("has(request.nonResourceAttributes)", False),
        ("request.resourceAttributes.namespace == ''", True),
        ("request.resourceAttributes.resource == 'pods' && 'dev' in request.groups", True),
        ("!request.user.startsWith('system:') && request.uid == ''", True),
        ("request.resourceAttributes.?fieldSelector.hasValue()", False),
        ("request.extra.size() == 0", True),
    ],
)
def test_conditions_see_the_review(expression: str, holds: bool) -> None:
    assert condition(expression)(spec_of(Attributes(JANE, "list", "/x", True, "", "v1", "pods"))) is holds


def test_a_condition_that_cannot_be_evaluated_is_an_error() -> None:
    with pytest.raises(ConditionError):
        condition("request.nonResourceAttributes.path == '/'")(spec_of(Attributes(JANE, "get", "", True)))
    with pytest.raises(CelError):
        condition("request.")


def sources() -> Sources:
    def none(*_: object) -> Any:
        raise AssertionError("not asked")

    return Sources(none, none)


def test_a_changed_file_is_another_chain_and_masters_stay_masters(tmp_path: Path) -> None:
    clock = FakeClock()
    path = write(tmp_path / "config", DENY)
    authorizer = make_authorizer(Authorization(file=path), sources(), clock)

    def allowed(*groups: str) -> bool:
        return asyncio.run(authorizer.authorize(Attributes(User("jane", groups=groups), "get", "/x"))).allowed

    assert not allowed()
    assert allowed("system:masters")
    write(path, ALLOW)
    clock.advance(PERIOD)
    assert allowed()
