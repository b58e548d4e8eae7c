"""AuthenticationConfiguration: what it may say, what is wrong with it in upstream's words, and what comes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from apimachinery.clock import FakeClock
from apimachinery.status import Unauthorized
from server.authn.anonymous import AnonymousAuthenticator
from server.authn.authenticator import Connection
from server.authn.bearer import Identified
from server.authn.configured import ConfiguredAuthentication
from server.authn.oidc.config import OidcOptions, issuer_of, read_authentication_config
from server.authn.user import CREDENTIAL_ID, User
from server.configfile import ConfigFileError
from server.reloading import PERIOD
from tests.server.authn.oidc.provider import RSA_KEY, URL, KeyFile, claims, token
from tests.server.authn.run import ask, identify

USERNAME = {"claim": "sub", "prefix": ""}


def jwt(**more: Any) -> dict[str, Any]:
    issuer = {"url": URL, "audiences": ["kubernetes"], **more.pop("issuer", {})}
    mappings = {"username": USERNAME, **more.pop("claimMappings", {})}
    return {"issuer": issuer, "claimMappings": mappings, **more}


def write(path: Path, *issuers: dict[str, Any], **more: Any) -> Path:
    header = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
    path.write_text(yaml.safe_dump({**header, "jwt": list(issuers), **more}))
    return path


def complaint(path: Path, *issuers: dict[str, Any], **more: Any) -> str:
    with pytest.raises(ConfigFileError) as caught:
        read_authentication_config(write(path / "config", *issuers, **more), ["https://own"])
    return str(caught.value).removeprefix(f"cannot use {path / 'config'}: ")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (jwt(issuer={"url": ""}), "jwt[0].issuer.url: Required value"),
        (jwt(issuer={"url": "http://a"}), 'jwt[0].issuer.url: Invalid value: "http://a": URL scheme must be https'),
        (
            jwt(issuer={"url": "https://u:p@a/?q#f"}),
            '[jwt[0].issuer.url: Invalid value: "https://u:p@a/?q#f": URL must not contain a username or password, '
            'jwt[0].issuer.url: Invalid value: "https://u:p@a/?q#f": URL must not contain a query, '
            'jwt[0].issuer.url: Invalid value: "https://u:p@a/?q#f": URL must not contain a fragment]',
        ),
        (
            jwt(issuer={"url": "https://own"}),
            'jwt[0].issuer.url: Invalid value: "https://own": URL must not overlap with disallowed issuers: [https://own]',
        ),
        (
            jwt(issuer={"discoveryURL": f"{URL}/"}),
            f'jwt[0].issuer.discoveryURL: Invalid value: "{URL}/": discoveryURL must be different from URL',
        ),
        (
            jwt(issuer={"audiences": []}),
            "jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required",
        ),
        (
            jwt(issuer={"audiences": ["a", "b"]}),
            'jwt[0].issuer.audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple '
            "audiences",
        ),
        (
            jwt(issuer={"audiences": ["a", "a"], "audienceMatchPolicy": "MatchAny"}),
            'jwt[0].issuer.audiences[1]: Duplicate value: "a"',
        ),
        (
            jwt(issuer={"certificateAuthority": "nonsense"}),
            'jwt[0].issuer.certificateAuthority: Invalid value: "<omitted>": data does not contain any valid RSA or '
            "ECDSA certificates",
        ),
        (
            jwt(claimMappings={"username": {"claim": "sub"}}),
            "jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set. It can be set "
            "to an empty string to disable prefixing",
        ),
        (
            jwt(claimMappings={"username": {}}),
            "jwt[0].claimMappings.username: Required value: claim or expression is required",
        ),
        (
            jwt(claimMappings={"username": {"claim": "sub", "expression": "claims.sub"}}),
            'jwt[0].claimMappings.username: Invalid value: "": claim and expression can\'t both be set',
        ),
        (
            jwt(claimMappings={"username": {"expression": "1 + 1"}}),
            'jwt[0].claimMappings.username.expression: Invalid value: "1 + 1": must evaluate to one of '
            "['string', 'any']",
        ),
        (
            jwt(claimMappings={"username": {"expression": "claims.email"}}),
            'jwt[0].claimMappings.username.expression: Invalid value: "claims.email": claims.email_verified must be '
            "used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or "
            "claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression",
        ),
        (
            jwt(claimMappings={"extra": [{"key": "kubernetes.io/x", "valueExpression": "'a'"}]}),
            'jwt[0].claimMappings.extra[0].key: Invalid value: "kubernetes.io/x": k8s.io, kubernetes.io and their '
            "subdomains are reserved for Kubernetes use",
        ),
        (
            jwt(claimMappings={"extra": [{"key": "a.b/X", "valueExpression": "'a'"}]}),
            'jwt[0].claimMappings.extra[0].key: Invalid value: "a.b/X": must be lowercase',
        ),
        (
            jwt(claimValidationRules=[{"claim": "hd", "requiredValue": "x", "message": "m"}]),
            'jwt[0].claimValidationRules[0].message: Invalid value: "m": may not be specified when claim is set',
        ),
        (
            jwt(claimValidationRules=[{"expression": "claims.hd"}]),
            'jwt[0].claimValidationRules[0].expression: Invalid value: "claims.hd": must evaluate to bool',
        ),
        (
            jwt(userValidationRules=[{"expression": "user.nme == 'x'"}]),
            "jwt[0].userValidationRules[0].expression: Invalid value: \"user.nme == 'x'\": compilation failed: "
            "undefined field 'nme'",
        ),
        (
            jwt(userValidationRules=[{"expression": "claims.sub == 'x'"}]),
            "undeclared reference to 'claims",
        ),
        (jwt(issuer={"jwks": "x"}), 'strict decoding error: unknown field "jwt[0].issuer.jwks"'),
        (jwt(issuer={"audiences": "a"}), "jwt[0].issuer.audiences: expected array, found string"),
    ],
)
def test_what_is_wrong_is_said_as_upstream_says_it(tmp_path: Path, wrong: dict[str, Any], message: str) -> None:
    said = complaint(tmp_path, wrong)
    assert message in said if "undeclared" in message else said == message


def test_two_issuers_of_one_name_are_one_too_many(tmp_path: Path) -> None:
    assert complaint(tmp_path, jwt(), jwt()) == f'jwt[1].issuer.url: Duplicate value: "{URL}"'


def test_conditions_for_nobody_make_no_sense(tmp_path: Path) -> None:
    said = complaint(tmp_path, anonymous={"enabled": False, "conditions": [{"path": "/healthz"}]})
    assert said.endswith("enabled should be set to true when conditions are defined")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "kind: Other", "a: b: c", "apiVersion: apiserver.config.k8s.io/v2\nkind: AuthenticationConfiguration"],
)
def test_another_file_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(ConfigFileError) as caught:
        read_authentication_config(path, ())
    assert "\n" not in str(caught.value)


def configured(path: Path, clock: FakeClock) -> ConfiguredAuthentication:
    return ConfiguredAuthentication(path, ["api"], ["https://own"], AnonymousAuthenticator(), clock)


def test_expressions_make_a_user_of_claims(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys", RSA_KEY)
    mappings = {
        "username": {"expression": "claims.email_verified == true ? claims.email : ''"},
        "groups": {"expression": "claims.roles.split(',').map(r, 'r:' + r)"},
        "uid": {"expression": "claims.?oid.orValue('')"},
        "extra": [
            {"key": "example.com/tenant", "valueExpression": "claims.tenant"},
            {"key": "example.com/none", "valueExpression": "claims.?none.orValue('')"},
        ],
    }
    rules = [{"expression": "claims.exp - claims.iat <= 86400", "message": "too long"}]
    users = [{"expression": "!user.username.startsWith('system:')", "message": "reserved"}]
    issuer = jwt(
        issuer={"jwksFile": str(keys.path)},
        claimMappings=mappings,
        claimValidationRules=rules,
        userValidationRules=users,
    )
    tokens = configured(write(tmp_path / "config", issuer), FakeClock())
    good = {"email": "a@b", "email_verified": True, "roles": "x,y", "tenant": ["t"], "jti": "1"}
    found = identify(tokens, token(claims(**good)))
    assert found is not None
    extra = {CREDENTIAL_ID: ("JTI=1",), "example.com/tenant": ("t",)}
    assert found.user == User("a@b", "", ("r:x", "r:y", "system:authenticated"), extra)
    for wrong in (
        {"email_verified": False},
        {"email": "system:admin"},
        {"email": 7},
        {"exp": claims()["iat"] + 90_000},
        {"roles": 7},
        {"tenant": {"a": 1}},
    ):
        with pytest.raises(Unauthorized):
            identify(tokens, token(claims(**{**good, **wrong})))


def test_a_required_claim_has_to_be_there_with_its_value(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys", RSA_KEY)
    rules = [{"claim": "hd", "requiredValue": "example.com"}]
    issuer = jwt(issuer={"jwksFile": str(keys.path)}, claimValidationRules=rules)
    tokens = configured(write(tmp_path / "config", issuer), FakeClock())
    assert identify(tokens, token(claims(hd="example.com")))
    for wrong in ({}, {"hd": "example.org"}, {"hd": ["example.com"]}):
        with pytest.raises(Unauthorized):
            identify(tokens, token(claims(**wrong)))


def name_of(found: Identified | None) -> str | None:
    return found and found.user.name


def test_a_changed_file_is_taken_up_and_a_broken_one_is_not(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    keys = KeyFile(tmp_path / "keys", RSA_KEY)
    issuer = jwt(issuer={"jwksFile": str(keys.path)})
    path = write(tmp_path / "config", issuer)
    tokens = configured(path, clock)
    assert identify(tokens, token(claims()))
    path.write_text("nonsense")
    clock.advance(PERIOD)
    assert identify(tokens, token(claims()))
    assert "what it said before stays in force" in caplog.text
    write(path, {**issuer, "claimMappings": {"username": {"claim": "sub", "prefix": "new:"}}})
    assert name_of(identify(tokens, token(claims(jti="2")))) == "jane"
    clock.advance(PERIOD)
    assert name_of(identify(tokens, token(claims()))) == "new:jane"


@pytest.mark.parametrize(
    ("said", "path", "let_in"),
    [
        (None, "/api", True),
        ({"enabled": False}, "/healthz", False),
        ({"enabled": True}, "/api", True),
        ({"enabled": True, "conditions": [{"path": "/healthz"}]}, "/healthz", True),
        ({"enabled": True, "conditions": [{"path": "/healthz"}]}, "/api", False),
        ({"enabled": True, "conditions": [{"path": "/healthz"}]}, "/healthz/", False),
        ({"enabled": True, "conditions": [{"path": "/healthz"}]}, "//healthz", False),
    ],
)
def test_who_may_be_anonymous(tmp_path: Path, said: Any, path: str, let_in: bool) -> None:
    file = write(tmp_path / "config", **({"anonymous": said} if said else {}))
    assert (ask(configured(file, FakeClock()), Connection(None, b"", path)) is not None) is let_in


def test_the_options_say_it_as_a_file_would() -> None:
    options = {"issuer_url": URL, "client_id": "kubernetes", "required_claims": {"hd": "x"}}
    issuer = issuer_of(OidcOptions(**options, groups_claim="groups", groups_prefix="g:"), ())
    assert (issuer.username.claim, issuer.username.prefix) == ("sub", f"{URL}#")
    assert (issuer.groups.claim, issuer.groups.prefix) == ("groups", "g:")
    assert (issuer.audiences, issuer.required) == (("kubernetes",), {"hd": "x"})
    assert issuer_of(OidcOptions(**options, username_prefix="-"), ()).username.prefix == ""
    assert issuer_of(OidcOptions(**options, username_claim="email"), ()).username.prefix == ""
    with pytest.raises(ConfigFileError, match="URL scheme must be https"):
        issuer_of(OidcOptions(issuer_url="http://a", client_id="b", required_claims={}), ())
