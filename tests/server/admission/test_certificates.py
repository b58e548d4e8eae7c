from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.authn.authenticator import Connection
from server.authn.user import AUTHENTICATED, MASTERS, User
from tests.server.harness import ADMIN, Server

REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
SIGNER = "example.com/one"


class Switch:
    """Takes every connection for whom it is told."""

    user = ADMIN

    async def authenticate(self, connection: Connection) -> User:
        return self.user


@pytest.fixture
def switch() -> Switch:
    return Switch()


@pytest.fixture
def server(tmp_path: Path, switch: Switch) -> Iterator[Server]:
    with Server(tmp_path / "state.db", authenticator=switch) as running:
        yield running


def _request(signer: str, organisation: str = "people") -> dict[str, Any]:
    names = [(NameOID.COMMON_NAME, "jane"), (NameOID.ORGANIZATION_NAME, organisation)]
    subject = x509.Name([x509.NameAttribute(*name) for name in names])
    key = ec.generate_private_key(ec.SECP256R1())
    pem = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    encoded = base64.b64encode(pem.public_bytes(serialization.Encoding.PEM)).decode()
    spec = {"request": encoded, "signerName": signer, "usages": ["client auth"]}
    return {"metadata": {"name": "r"}, "spec": spec}


def _allow(server: Server, *rules: dict[str, Any]) -> None:
    """Give the user jane these rights, and those to write requests' approvals and statuses."""
    group = "certificates.k8s.io"
    parts = [f"certificatesigningrequests{part}" for part in ("", "/approval", "/status")]
    writes = {"apiGroups": [group], "resources": parts, "verbs": ["*"]}
    named = [{"apiGroups": [group], "resources": ["signers"], **rule} for rule in rules]
    server.post(ROLES, {"metadata": {"name": "jane"}, "rules": [writes, *named]})
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "jane"}
    subjects = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "jane"}]
    server.post(BINDINGS, {"metadata": {"name": "jane"}, "roleRef": reference, "subjects": subjects})


def _condition(type: str) -> dict[str, Any]:
    return {"status": {"conditions": [{"type": type, "status": "True", "reason": "x", "message": "x"}]}}


RIGHTS: dict[str, tuple[list[str], bool]] = {
    "none": ([], False),
    "by name": ([SIGNER], True),
    "by domain": (["example.com/*"], True),
    "another": (["example.com/two", "example.org/*"], False),
}


@pytest.mark.parametrize(("part", "verb", "type"), [("approval", "approve", "Approved"), ("status", "sign", "Failed")])
@pytest.mark.parametrize(("names", "allowed"), RIGHTS.values(), ids=RIGHTS)
def test_a_signers_requests_are_for_those_who_may(
    server: Server, switch: Switch, part: str, verb: str, type: str, names: list[str], allowed: bool
) -> None:
    assert server.post(REQUESTS, _request(SIGNER)).status == 201
    other = {"approve": "sign", "sign": "approve"}[verb]
    _allow(server, {"verbs": [other]}, *({"verbs": [verb], "resourceNames": [name]} for name in names))
    switch.user = User("jane", groups=(AUTHENTICATED,))
    answer = server.patch(f"{REQUESTS}/r/{part}", _condition(type))
    assert answer.status == (200 if allowed else 403), answer.text
    if not allowed:
        why = f'user not permitted to {verb} requests with signerName "{SIGNER}"'
        assert answer.json["message"] == f'certificatesigningrequests.certificates.k8s.io "r" is forbidden: {why}'


def test_a_status_written_without_a_change_needs_no_right(server: Server, switch: Switch) -> None:
    server.post(REQUESTS, _request(SIGNER))
    _allow(server)
    switch.user = User("jane", groups=(AUTHENTICATED,))
    assert server.patch(f"{REQUESTS}/r/status", {"metadata": {"labels": {"a": "b"}}}).status == 200


@pytest.mark.parametrize(
    ("signer", "organisation", "status"),
    [
        ("kubernetes.io/kube-apiserver-client", MASTERS, 403),
        ("kubernetes.io/kube-apiserver-client", "people", 201),
        (SIGNER, MASTERS, 201),
    ],
)
def test_nobody_asks_to_be_a_master(server: Server, signer: str, organisation: str, status: int) -> None:
    answer = server.post(REQUESTS, _request(signer, organisation))
    assert answer.status == status, answer.text
    if status == 403:
        why = "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed"
        assert answer.json["message"].endswith(why)
