"""Bootstrap tokens: whom they make, and what nobody gets by them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from apimachinery.clock import FakeClock
from apimachinery.timefmt import format_time
from server.joining import Joining
from tests.server.authz.people import ADMIN, BySay, ask
from tests.server.harness import Result, Server

SECRETS = "/api/v1/namespaces/kube-system/secrets"
TOKEN = "abcdef.0123456789abcdef"
WHOAMI = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"


class Nobody(BySay):
    """Who says nothing of themselves is asked for a token."""

    async def authenticate(self, connection: Any) -> Any:
        if connection.authorization.startswith(b"Bearer"):
            return None
        return await super().authenticate(connection)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    clock = FakeClock(datetime(2026, 1, 1, tzinfo=UTC))
    joining = Joining("joiner.0123456789abcdef", "kubeconfig")
    with Server(
        tmp_path / "state.db", clock, authenticator=Nobody(), bootstrap_tokens=True, joining=joining
    ) as running:
        yield running


def secret(name: str = "bootstrap-token-abcdef", kind: str = "bootstrap.kubernetes.io/token", **data: str) -> Any:
    values = {
        "token-id": "abcdef",
        "token-secret": "0123456789abcdef",
        "usage-bootstrap-authentication": "true",
        **{key.replace("_", "-"): value for key, value in data.items()},
    }
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return {"metadata": {"name": name}, "type": kind, "data": encoded}


def whoami(server: Server, token: str = TOKEN) -> Result:
    return ask(server, f"Bearer {token}", "POST", WHOAMI, {})


def make(server: Server, obj: Any, path: str = SECRETS) -> None:
    made = ask(server, ADMIN, "POST", path, obj)
    assert made.status == 201, made.text


def test_a_token_makes_a_bootstrapper(server: Server) -> None:
    make(server, secret(auth_extra_groups="system:bootstrappers:workers,system:bootstrappers:a"))
    user = whoami(server).json["status"]["userInfo"]
    assert user["username"] == "system:bootstrap:abcdef"
    assert user["groups"] == [
        "system:bootstrappers",
        "system:bootstrappers:a",
        "system:bootstrappers:workers",
        "system:authenticated",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        secret(kind="Opaque"),
        secret(token_secret="fedcba9876543210"),
        secret(token_id="fedcba"),
        secret(usage_bootstrap_authentication="false"),
        secret(usage_bootstrap_authentication="yes"),
        secret(expiration="2025-12-31T23:59:59Z"),
        secret(expiration="never"),
        secret(auth_extra_groups="system:masters"),
        secret(auth_extra_groups="system:bootstrappers:a,system:masters"),
        secret(auth_extra_groups="system:bootstrappers:"),
    ],
    ids=lambda wrong: ",".join(sorted(wrong["data"])) if isinstance(wrong, dict) else "",
)
def test_a_secret_that_is_not_quite_a_token_makes_nobody(server: Server, wrong: Any) -> None:
    path = SECRETS
    made = ask(server, ADMIN, "POST", path, wrong)
    assert made.status in (201, 422)
    refused = whoami(server)
    assert refused.status == 401
    assert refused.json["message"] == "Unauthorized"


@pytest.mark.parametrize(
    "token",
    [
        "abcdef.0123456789abcdeg",
        "ABCDEF.0123456789abcdef",
        "abcdef.0123456789abcdef0",
        "abcdef.0123456789abcde",
        "abcdef0123456789abcdef",
        "zzzzzz.0123456789abcdef",
        "../sec.0123456789abcdef",
        "abcdef.",
    ],
)
def test_another_token_is_nobodys(server: Server, token: str) -> None:
    make(server, secret())
    assert whoami(server, token).status == 401


def test_a_token_elsewhere_is_none(server: Server) -> None:
    make(server, secret(), "/api/v1/namespaces/default/secrets")
    assert whoami(server).status == 401


def test_a_token_ends_when_it_expires_and_when_it_is_deleted(server: Server) -> None:
    clock: Any = server.server.api.clock
    make(server, secret(expiration=format_time(clock.now() + timedelta(minutes=1))))
    assert whoami(server).status == 201
    clock.advance(61)
    assert whoami(server).status == 401
    ask(server, ADMIN, "DELETE", f"{SECRETS}/bootstrap-token-abcdef")
    make(server, secret())
    assert whoami(server).status == 201
    ask(server, ADMIN, "DELETE", f"{SECRETS}/bootstrap-token-abcdef")
    assert whoami(server).status == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/nodes"),
        ("POST", "/api/v1/nodes"),
        ("GET", SECRETS),
        ("GET", f"{SECRETS}/bootstrap-token-joiner"),
        ("GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dx"),
        ("DELETE", REQUESTS),
        ("PUT", f"{REQUESTS}/x/approval"),
        ("PUT", f"{REQUESTS}/x/status"),
        ("POST", "/api/v1/namespaces/kube-system/serviceaccounts/default/token"),
        ("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"),
    ],
)
def test_a_token_is_for_joining_alone(server: Server, method: str, path: str) -> None:
    assert ask(server, "Bearer joiner.0123456789abcdef", method, path, {} if method != "GET" else None).status == 403


def test_who_bears_the_token_may_ask_for_certificates_and_see_what_becomes_of_them(server: Server) -> None:
    assert ask(server, "Bearer joiner.0123456789abcdef", "GET", REQUESTS).status == 200


def test_a_token_does_not_lend_itself_to_impersonation(server: Server) -> None:
    headers = {"Authorization": "Bearer joiner.0123456789abcdef", "Impersonate-User": "system:node:one"}
    assert server.request("GET", REQUESTS, headers=headers).status == 403


def test_the_cluster_is_described_as_it_is_now(tmp_path: Path) -> None:
    info = "/api/v1/namespaces/kube-public/configmaps/cluster-info"
    for text in ("first", "second"):
        with Server(tmp_path / "state.db", joining=Joining("joiner.0123456789abcdef", text)) as running:
            assert running.request("GET", info).json["data"] == {"kubeconfig": text}


def test_without_the_option_a_token_is_nobodys(tmp_path: Path) -> None:
    with Server(tmp_path / "state.db", authenticator=Nobody()) as running:
        make(running, secret())
        assert whoami(running).status == 401
