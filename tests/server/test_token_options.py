"""What a server can be told of service accounts' tokens, as its clients see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from server.authn.jwk import key_id, read_key_set
from server.authn.jwt import read, unverified, verified
from server.authn.service_account import WARN_AFTER, TokenConfig
from tests.server.harness import Result, Server, pod

KEY, OLD = ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)
ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts"

Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def starting(**config: Any) -> Server:
            tokens = TokenConfig(**{"key": KEY, **config})
            server = stack.enter_context(Server(tmp_path / "state.db", tokens=tokens))
            assert server.post(ACCOUNTS, {"metadata": {"name": "robot"}}).status == 201
            return server

        yield starting


def request(server: Server, **spec: Any) -> Result:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    return server.post(f"{ACCOUNTS}/robot/token", body)


def test_all_keys_are_published_and_may_be_kept_for_an_hour(start: Start) -> None:
    server = start(keys=(OLD.public_key(),), issuers=("https://issuer.example.com", "https://old.example.com"))
    about = server.get("/.well-known/openid-configuration")
    assert about.json == {
        "issuer": "https://issuer.example.com",
        "jwks_uri": "https://127.0.0.1:6443/openid/v1/jwks",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES384", "RS256"],
    }
    assert about.headers["cache-control"] == "public, max-age=3600"
    published = server.get("/openid/v1/jwks")
    assert published.headers["content-type"] == "application/jwk-set+json"
    assert published.headers["cache-control"] == "public, max-age=3600"
    keys = {key.id: key for key in read_key_set(published.body)}
    assert keys.keys() == {key_id(KEY.public_key()), key_id(OLD.public_key())}
    token = read(request(server).json["status"]["token"].encode())
    assert verified(token, [keys[token.key_id].key])["iss"] == "https://issuer.example.com"


def test_the_keys_may_be_elsewhere(start: Start) -> None:
    about = start(jwks_uri="https://keys.example.com/jwks").get("/.well-known/openid-configuration").json
    assert about["jwks_uri"] == "https://keys.example.com/jwks"


@pytest.mark.parametrize("issuer", ["api", "http://a", "https://a?b", "https://a#b"])
def test_an_issuer_that_is_no_url_cannot_be_discovered(start: Start, issuer: str) -> None:
    server = start(issuers=(issuer,))
    assert server.get("/.well-known/openid-configuration").status == 404
    assert request(server).json["spec"]["audiences"] == [issuer]


def test_tokens_are_no_longer_good_than_is_allowed(start: Start) -> None:
    answer = request(start(longest=3600), expirationSeconds=7200)
    assert answer.json["spec"]["expirationSeconds"] == 3600
    assert answer.warnings == ['299 - "requested expiration of 7200 seconds shortened to 3600 seconds"']
    claims = unverified(answer.json["status"]["token"].encode())
    assert claims["exp"] - claims["iat"] == 3600


def test_the_answer_about_an_extended_token_tells_of_its_hour(start: Start) -> None:
    server = start()
    body = pod("p")
    body["spec"]["serviceAccountName"] = "robot"
    assert server.post("/api/v1/namespaces/default/pods", body).status == 201
    reference = {"apiVersion": "v1", "kind": "Pod", "name": "p"}
    answer = request(server, expirationSeconds=WARN_AFTER, boundObjectRef=reference).json
    assert answer["spec"]["expirationSeconds"] == WARN_AFTER
    claims = unverified(answer["status"]["token"].encode())
    assert claims["exp"] - claims["iat"] == 365 * 24 * 3600
    assert claims["kubernetes.io"]["warnafter"] == claims["iat"] + WARN_AFTER
