"""certificatesigningrequests/approval, and the defaults of kinds whose fields users leave out."""

from __future__ import annotations

import base64
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.server.harness import Server

CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"


def _request() -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "someone")])
    pem = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(name)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    return {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": "someone"},
        "spec": {
            "request": base64.b64encode(pem).decode(),
            "signerName": "kubernetes.io/kube-apiserver-client",
            "usages": ["client auth"],
        },
    }


def _condition(kind: str) -> dict[str, Any]:
    return {"conditions": [{"type": kind, "status": "True", "reason": "Because", "message": "it is fine"}]}


def test_a_request_is_approved_through_its_subresource_alone(server: Server) -> None:
    created = server.post(CSRS, _request())
    assert created.status == 201, created.text
    refused = server.put(f"{CSRS}/someone/status", {**created.json, "status": _condition("Approved")})
    assert refused.status == 422
    approved = server.put(f"{CSRS}/someone/approval", {**created.json, "status": _condition("Approved")})
    assert approved.status == 200, approved.text
    assert [c["type"] for c in approved.json["status"]["conditions"]] == ["Approved"]
    assert approved.json["spec"] == created.json["spec"]


def test_an_approval_may_come_with_metadata(server: Server) -> None:
    """As upstream, where only spec and the rest of status are kept."""
    created = server.post(CSRS, _request()).json
    metadata = {**created["metadata"], "annotations": {"reviewed-by": "me"}}
    approved = server.put(
        f"{CSRS}/someone/approval", {**created, "metadata": metadata, "status": _condition("Approved")}
    )
    assert approved.json["metadata"]["annotations"] == {"reviewed-by": "me"}


def test_a_mutating_admission_policy_gets_its_defaults(server: Server) -> None:
    policies = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies"
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    expression = {"expression": "Object{}"}
    body = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingAdmissionPolicy",
        "metadata": {"name": "p"},
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "reinvocationPolicy": "Never",
            "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": expression}],
        },
    }
    created = server.post(policies, body)
    assert created.status == 201, created.text
    spec = created.json["spec"]
    assert (spec["failurePolicy"], spec["matchConstraints"]["matchPolicy"]) == ("Fail", "Equivalent")


def test_an_approval_cannot_be_taken_back(server: Server) -> None:
    created = server.post(CSRS, _request()).json
    approved = server.put(f"{CSRS}/someone/approval", {**created, "status": _condition("Approved")}).json
    assert server.put(f"{CSRS}/someone/approval", {**approved, "status": {}}).status == 422


def test_a_cluster_role_binding_may_leave_out_its_groups(server: Server) -> None:
    body = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "b"},
        "roleRef": {"kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "User", "name": "jane"}],
    }
    created = server.post(BINDINGS, body)
    assert created.status == 201, created.text
    assert created.json["roleRef"]["apiGroup"] == "rbac.authorization.k8s.io"
    assert created.json["subjects"][0]["apiGroup"] == "rbac.authorization.k8s.io"
