"""Tokens of service accounts: asked for, used, reviewed, and no longer good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from apimachinery.clock import FakeClock
from apimachinery.objects import Object
from server.authn.authenticator import Connection
from server.authn.jwt import read, sign, unverified, verified
from server.authn.service_account import ISSUER, TokenConfig
from server.authn.user import User
from tests.server.harness import ADMIN, Result, Server, pod

ACCOUNT = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "builder"}}
PATH = "/api/v1/namespaces/default/serviceaccounts/builder/token"
KEY = ec.generate_private_key(ec.SECP256R1())


class AdminWithoutToken:
    """The admin is who comes without a token."""

    async def authenticate(self, connection: Connection) -> User | None:
        return None if connection.authorization else ADMIN


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def server(tmp_path: Path, clock: FakeClock) -> Iterator[Server]:
    config: dict[str, Any] = {"authenticator": AdminWithoutToken(), "tokens": TokenConfig(key=KEY)}
    with Server(tmp_path / "state.db", clock, **config) as running:
        running.post("/api/v1/namespaces/default/serviceaccounts", ACCOUNT)
        yield running


def ask(server: Server, **spec: Any) -> Result:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    return server.post(PATH, body)


def whoami(server: Server, token: str) -> Result:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    return server.request("POST", path, body, headers={"Authorization": f"Bearer {token}"})


def review(server: Server, token: str, **spec: Any) -> Object:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token, **spec}}
    status: Object = server.post("/apis/authentication.k8s.io/v1/tokenreviews", body).json["status"]
    return status


def test_a_token_is_for_an_hour_and_for_the_api_server(server: Server) -> None:
    result = ask(server)
    assert result.status == 201
    assert result.json["spec"] == {"audiences": [ISSUER], "expirationSeconds": 3600, "boundObjectRef": None}
    assert result.json["status"]["expirationTimestamp"] == "2026-01-01T01:00:00Z"
    claims = verified(read(result.json["status"]["token"].encode()), [KEY.public_key()])
    assert claims["sub"] == "system:serviceaccount:default:builder"
    assert claims["exp"] - claims["iat"] == 3600
    uid = server.get(PATH.removesuffix("/token")).json["metadata"]["uid"]
    assert claims["kubernetes.io"] == {"namespace": "default", "serviceaccount": {"name": "builder", "uid": uid}}


def test_its_bearer_is_the_service_account(server: Server) -> None:
    user = whoami(server, ask(server).json["status"]["token"]).json["status"]["userInfo"]
    assert user["username"] == "system:serviceaccount:default:builder"
    assert user["groups"] == [
        "system:serviceaccounts",
        "system:serviceaccounts:default",
        "system:authenticated",
    ]


def test_it_is_no_good_after_its_time(server: Server, clock: FakeClock) -> None:
    token = ask(server, expirationSeconds=600).json["status"]["token"]
    assert whoami(server, token).status == 201
    clock.advance(661)
    assert whoami(server, token).status == 401


def test_it_is_no_good_once_its_account_is_another_of_the_same_name(server: Server) -> None:
    token = ask(server).json["status"]["token"]
    server.delete(PATH.removesuffix("/token"))
    assert whoami(server, token).status == 401
    server.post("/api/v1/namespaces/default/serviceaccounts", ACCOUNT)
    assert whoami(server, token).status == 401


def test_a_bound_token_names_its_pod_and_goes_with_it(server: Server) -> None:
    body = pod("p")
    body["spec"]["serviceAccountName"] = "builder"
    made = server.post("/api/v1/namespaces/default/pods", body).json
    ref = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": made["metadata"]["uid"]}
    token = ask(server, boundObjectRef=ref).json["status"]["token"]
    extra = whoami(server, token).json["status"]["userInfo"]["extra"]
    assert extra["authentication.kubernetes.io/pod-name"] == ["p"]
    assert extra["authentication.kubernetes.io/pod-uid"] == [made["metadata"]["uid"]]
    server.delete("/api/v1/namespaces/default/pods/p")
    assert whoami(server, token).status == 401


def test_a_token_cannot_be_bound_to_another_accounts_pod_nor_to_another_uid(server: Server) -> None:
    server.post("/api/v1/namespaces/default/pods", pod("other"))
    ref = {"apiVersion": "v1", "kind": "Pod", "name": "other"}
    assert ask(server, boundObjectRef=ref).status == 400
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    server.post("/api/v1/namespaces/default/secrets", secret)
    wrong = {"apiVersion": "v1", "kind": "Secret", "name": "s", "uid": "x"}
    assert ask(server, boundObjectRef=wrong).status == 409
    assert ask(server, boundObjectRef={"apiVersion": "v1", "kind": "ConfigMap", "name": "s"}).status == 400


def test_less_than_ten_minutes_is_refused(server: Server) -> None:
    result = ask(server, expirationSeconds=599)
    assert result.status == 422
    assert "may not specify a duration less than 10 minutes" in result.json["message"]


def test_a_token_of_another_key_or_changed_is_refused(server: Server) -> None:
    token = ask(server).json["status"]["token"]
    claims = unverified(token.encode())
    assert whoami(server, sign(claims, ec.generate_private_key(ec.SECP256R1()))).status == 401
    head, _, signature = token.split(".")
    other = sign({**claims, "sub": "system:admin"}, KEY).split(".")[1]
    assert whoami(server, f"{head}.{other}.{signature}").status == 401
    for broken in ("a.b.c", "..", f"{head}..{signature}", f"{head}.{other}."):
        assert whoami(server, broken).status == 401


def test_a_token_for_another_audience_is_no_good_here_but_a_review_for_it_says_yes(server: Server) -> None:
    token = ask(server, audiences=["vault"]).json["status"]["token"]
    assert whoami(server, token).status == 401
    assert "authenticated" not in review(server, token)
    status = review(server, token, audiences=["vault", "x"])
    assert status["authenticated"] is True
    assert status["audiences"] == ["vault"]


def test_others_can_verify_tokens_by_the_published_keys(server: Server) -> None:
    token = ask(server).json["status"]["token"]
    keys = server.get("/openid/v1/jwks").json["keys"]
    header = unverified(b"." + token.split(".")[0].encode() + b".")
    assert [key["kid"] for key in keys] == [header["kid"]]
    assert server.get("/.well-known/openid-configuration").json["issuer"] == ISSUER
    assert orjson.loads(server.get("/openid/v1/jwks").body)["keys"][0]["crv"] == "P-256"
