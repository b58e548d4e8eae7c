"""Tokens of OpenID Connect providers: who they are of, and which are no good."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from apimachinery.clock import FakeClock
from apimachinery.status import Unauthorized
from server.authn.bearer import Identified
from server.authn.jwk import key_id
from server.authn.oidc.authenticator import OidcTokens
from server.authn.oidc.issuer import Issuer, Mapped
from server.authn.user import CREDENTIAL_ID, User
from tests.server.authn.oidc.provider import EC_KEY, NOW, RSA_KEY, URL, KeyFile, claims, part, token
from tests.server.authn.run import identify

P384, P521 = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP521R1())
KEYS = {"RS": RSA_KEY, "PS": RSA_KEY, "ES256": EC_KEY, "ES384": P384, "ES512": P521}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "jwks.json", RSA_KEY, EC_KEY, P384, P521)


@pytest.fixture
def tokens(file: KeyFile, clock: FakeClock) -> OidcTokens:
    issuer = Issuer(
        url=URL,
        audiences=("kubernetes", "other"),
        username=Mapped("sub", "oidc:"),
        groups=Mapped("groups", "g:"),
        keys=file.path,
    )
    return OidcTokens([issuer], clock)


def refused(tokens: OidcTokens, text: str) -> bool:
    try:
        assert identify(tokens, text) is None, "let in"
    except Unauthorized:
        return True
    return False


def test_claims_become_a_user(tokens: OidcTokens) -> None:
    found = identify(tokens, token(claims(groups=["a", "b"], jti="7")))
    jane = User("oidc:jane", "", ("g:a", "g:b", "system:authenticated"), {CREDENTIAL_ID: ("JTI=7",)})
    assert found == Identified(jane, ("api",))


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"])
def test_every_algorithm_of_upstream_is_taken(tokens: OidcTokens, algorithm: str) -> None:
    key = KEYS.get(algorithm) or KEYS[algorithm[:2]]
    assert identify(tokens, token(claims(), key, algorithm))


@pytest.mark.parametrize("aud", ["kubernetes", ["x", "other"]])
def test_one_of_the_audiences_is_enough(tokens: OidcTokens, aud: Any) -> None:
    assert identify(tokens, token(claims(aud=aud)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "vault"},
        {"aud": []},
        {"aud": None},
        {"aud": {"kubernetes": 1}},
        {"exp": NOW - 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"nbf": NOW + 61},
        {"nbf": "now"},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": ["jane"]},
        {"groups": 7},
        {"groups": ["a", 7]},
        {"groups": {"a": "b"}},
    ],
)
def test_claims_that_are_not_right_are_refused(tokens: OidcTokens, wrong: dict[str, Any]) -> None:
    assert refused(tokens, token(claims(**wrong)))


def test_a_token_of_another_issuer_is_not_ours(tokens: OidcTokens) -> None:
    for iss in (f"{URL}/", "https://evil.example.com", None, 7, [URL]):
        assert identify(tokens, token(claims(iss=iss))) is None


def test_alg_none_is_refused_in_any_case(tokens: OidcTokens) -> None:
    for name in ("none", "None", "NONE", "", None, 7, ["RS256"]):
        head, body = part(orjson.dumps({"alg": name})), part(orjson.dumps(claims()))
        good = token(claims()).split(".")[2]
        for sig in ("", good):
            assert refused(tokens, f"{head}.{body}.{sig}")


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_public_key_is_no_shared_secret(tokens: OidcTokens, algorithm: str) -> None:
    public = RSA_KEY.public_key()
    for form in (serialization.Encoding.PEM, serialization.Encoding.DER):
        secret = public.public_bytes(form, serialization.PublicFormat.SubjectPublicKeyInfo)
        signed = f"{part(orjson.dumps({'alg': algorithm}))}.{part(orjson.dumps(claims()))}"
        digest = getattr(hashlib, f"sha{algorithm[2:]}")
        sig = hmac.new(secret, signed.encode(), digest).digest()
        assert refused(tokens, f"{signed}.{part(sig)}")


def test_a_foreign_key_is_refused_whatever_the_header_says(tokens: OidcTokens) -> None:
    foreign = rsa.generate_private_key(65537, 2048)
    numbers = foreign.public_key().public_numbers()
    jwk = {"kty": "RSA", "n": part(numbers.n.to_bytes(256, "big")), "e": "AQAB"}
    for header in (
        {},
        {"kid": key_id(RSA_KEY.public_key())},
        {"kid": "../../../../dev/null"},
        {"kid": "x' UNION SELECT 'secret"},
        {"kid": ""},
        {"kid": ["x"]},
        {"kid": None},
        {"jku": "https://evil.example.com/jwks"},
        {"x5u": "https://evil.example.com/cert"},
        {"jwk": jwk},
        {"x5c": ["AAAA"]},
    ):
        assert refused(tokens, token(claims(), foreign, **header))


def test_what_a_header_says_of_keys_does_no_harm_to_a_good_token(tokens: OidcTokens) -> None:
    assert identify(tokens, token(claims(), jku="https://evil.example.com/jwks", x5u="file:///etc/passwd"))


def test_critical_extensions_are_not_passed_over(tokens: OidcTokens) -> None:
    assert refused(tokens, token(claims(), crit=["b64"], b64=False))


def test_a_key_of_another_sort_does_not_fit(tokens: OidcTokens) -> None:
    good = token(claims(), EC_KEY, "ES256")
    _, body, sig = good.split(".")
    for name in ("RS256", "PS256", "ES384", "ES512"):
        assert refused(tokens, f"{part(orjson.dumps({'alg': name}))}.{body}.{sig}")


def test_repeated_claims_are_refused(tokens: OidcTokens) -> None:
    body = orjson.dumps(claims())
    twice = body.replace(b'"sub":"jane"', b'"sub":"root","sub":"jane"')
    assert refused(tokens, token(twice))
    header = b'{"alg":"none","alg":"RS256"}'
    good = token(claims())
    assert refused(tokens, ".".join([part(header), *good.split(".")[1:]]))


def test_a_changed_part_or_another_form_of_it_is_refused(tokens: OidcTokens) -> None:
    head, body, sig = token(claims()).split(".")
    admin = part(orjson.dumps(claims(sub="admin")))
    for broken in (
        f"{head}.{admin}.{sig}",
        f"{head}.{body}.{sig[:-4]}",
        f"{head}.{body}.",
        f"{head}.{body}.{sig}=",
        f"{head}.{body}.{sig}\n",
        f"{head}.{body}.{sig}+",
    ):
        assert refused(tokens, broken)
    for nothing in ("", ".", "..", "...", f"{head}.{body}", f"{head}.{body}.{sig}.{sig}", "a.b.c", "{}"):
        assert identify(tokens, nothing) is None


def test_huge_and_deep_tokens_are_refused(tokens: OidcTokens) -> None:
    deep = orjson.dumps(claims())[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    for payload in (deep, b"[" * 500_000, orjson.dumps(claims(x="y" * 1_000_000, aud="vault"))):
        assert not _let_in(tokens, token(payload))
    many = claims(**{f"k{n}": n for n in range(50_000)}, aud="vault")
    assert refused(tokens, token(many))


def _let_in(tokens: OidcTokens, text: str) -> bool:
    try:
        return identify(tokens, text) is not None
    except Unauthorized:
        return False


def test_only_the_algorithms_that_are_allowed_are_taken(file: KeyFile, clock: FakeClock) -> None:
    issuer = Issuer(url=URL, audiences=("kubernetes",), username=Mapped("sub"), keys=file.path)
    tokens = OidcTokens([issuer], clock, ["RS256"])
    assert identify(tokens, token(claims()))
    assert refused(tokens, token(claims(), algorithm="RS512"))
    assert refused(tokens, token(claims(), EC_KEY, "ES256"))


def test_a_token_ends_while_it_is_remembered(tokens: OidcTokens, clock: FakeClock) -> None:
    text = token(claims(exp=NOW + 5))
    assert identify(tokens, text)
    clock.advance(4)
    assert identify(tokens, text)
    clock.advance(2)
    assert refused(tokens, text)


def test_new_keys_in_the_file_are_found_and_old_ones_forgotten(
    tokens: OidcTokens, file: KeyFile, clock: FakeClock
) -> None:
    new = rsa.generate_private_key(65537, 2048)
    old_token, new_token = token(claims()), token(claims(), new)
    assert identify(tokens, old_token)
    assert refused(tokens, new_token)
    file.write(new)
    assert identify(tokens, new_token)
    clock.advance(11)
    assert refused(tokens, old_token)


def test_an_address_the_provider_has_not_verified_is_no_name(file: KeyFile, clock: FakeClock) -> None:
    issuer = Issuer(url=URL, audiences=("kubernetes",), username=Mapped("email"), keys=file.path)
    tokens = OidcTokens([issuer], clock)
    mail = "jane@example.com"
    assert identify(tokens, token(claims(email=mail)))
    assert identify(tokens, token(claims(email=mail, email_verified=True)))
    for unsure in (False, "true", None, 1):
        assert refused(tokens, token(claims(email=mail, email_verified=unsure)))
