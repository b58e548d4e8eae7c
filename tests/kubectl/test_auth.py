"""kubectl auth, create token and certificate."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.kubectl.kubectl import Kubectl, eventually, manifest
from tests.kubectl.objects import pod

covers = pytest.mark.covers


@covers("auth can-i", "auth can-i --subresource", "auth can-i -A", "auth can-i URL", "auth can-i --quiet")
def test_the_administrator_may_do_everything(kubectl: Kubectl) -> None:
    for question in (["get", "pods"], ["get", "pods", "--subresource=log", "-A"], ["get", "/healthz"]):
        assert kubectl("auth", "can-i", *question).out == "yes\n"
    assert kubectl("auth", "can-i", "delete", "pods", "--quiet")[:2] == ("", "")


@covers("auth can-i --list")
def test_the_rules_are_listed(kubectl: Kubectl) -> None:
    head, *rows = kubectl("auth", "can-i", "--list").rows
    assert head == ["Resources", "Non-Resource", "URLs", "Resource", "Names", "Verbs"]
    assert ["*.*", "[]", "[]", "[*]"] in rows and ["[*]", "[]", "[*]"] in rows


@covers("auth whoami", "auth whoami -o json", since=28)
def test_whoami_names_the_user(kubectl: Kubectl) -> None:
    rows = kubectl("auth", "whoami").rows
    assert rows[0] == ["ATTRIBUTE", "VALUE"]
    told = kubectl("auth", "whoami", "-o", "json").json["status"]["userInfo"]
    assert ["Username", told["username"]] in rows and "system:masters" in told["groups"]


def role(namespace: str, *verbs: str) -> str:
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": list(verbs)}]
    group = "rbac.authorization.k8s.io"
    return manifest(
        {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": {"name": "r", "namespace": namespace}, "rules": rules}
    )


def verbs_of(kubectl: Kubectl) -> list[str]:
    rules = kubectl.stored("roles.rbac.authorization.k8s.io", "r")["rules"]
    return [verb for rule in rules for verb in rule["verbs"]]


@covers("auth reconcile", "auth reconcile --remove-extra-permissions", "auth reconcile --dry-run")
def test_reconcile_adds_and_removes_permissions(kubectl: Kubectl) -> None:
    done = kubectl("auth", "reconcile", "-f", "-", stdin=role(kubectl.namespace, "get"))
    assert done.lines[0] == "role.rbac.authorization.k8s.io/r reconciled"
    kubectl("auth", "reconcile", "-f", "-", stdin=role(kubectl.namespace, "list"))
    assert verbs_of(kubectl) == ["get", "list"]
    kubectl(
        "auth",
        "reconcile",
        "-f",
        "-",
        "--remove-extra-permissions",
        "--dry-run=client",
        stdin=role(kubectl.namespace, "list"),
    )
    assert verbs_of(kubectl) == ["get", "list"]
    kubectl("auth", "reconcile", "-f", "-", "--remove-extra-permissions", stdin=role(kubectl.namespace, "list"))
    assert verbs_of(kubectl) == ["list"]


def claims(token: str) -> dict[str, Any]:
    middle = token.strip().split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found


@covers("create token", "create token --audience", "create token --duration", "create token --bound-object-kind")
def test_tokens_are_made_to_measure(kubectl: Kubectl) -> None:
    made = claims(kubectl("create", "token", "default", "--audience=vault", "--duration=1h").out)
    assert made["sub"] == f"system:serviceaccount:{kubectl.namespace}:default"
    assert made["aud"] == ["vault"] and made["exp"] - made["iat"] == 3600
    kubectl.apply(pod("one", nodeName="nowhere"))
    bound = ["--bound-object-kind=Pod", "--bound-object-name=one"]
    made = claims(kubectl("create", "token", "default", *bound).out)
    assert made["kubernetes.io"]["pod"] == {"name": "one", "uid": kubectl.stored("pods", "one")["metadata"]["uid"]}
    refused = kubectl("create", "token", "nobody", code=1)
    assert refused.err == 'error: failed to create token: serviceaccounts "nobody" not found\n'


def by_token(kubectl: Kubectl, folder: Path, token: str) -> list[str]:
    """Flags that tell everything, so that no kubeconfig does."""
    config = kubectl("config", "view", "--raw", "-o", "json").json
    cluster = config["clusters"][0]["cluster"]
    authority = folder / "ca.crt"
    authority.write_bytes(base64.b64decode(cluster["certificate-authority-data"]))
    nothing = folder / "nothing"
    nothing.write_text("{}")
    where = [f"--kubeconfig={nothing}", f"--server={cluster['server']}", f"--certificate-authority={authority}"]
    return [*where, f"--token={token}"]


@covers("--token", "--server", "--certificate-authority", "auth can-i, no")
def test_a_token_identifies(kubectl: Kubectl, tmp_path: Path) -> None:
    robot = by_token(kubectl, tmp_path, kubectl("create", "token", "default").out.strip())
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    done = kubectl(*robot, "create", "-f", "-", "-o", "json", "--validate=false", stdin=json.dumps(review))
    assert done.json["status"]["userInfo"]["username"] == f"system:serviceaccount:{kubectl.namespace}:default"
    assert kubectl(*robot, "auth", "can-i", "get", "pods", code=1).out == "no\n"
    kubectl("create", "rolebinding", "look", "--clusterrole=view", f"--serviceaccount={kubectl.namespace}:default")
    eventually(lambda: kubectl(*robot, "auth", "can-i", "get", "pods", code=None).out, "yes\n".__eq__)
    assert kubectl(*robot, "auth", "can-i", "delete", "pods", code=1).out == "no\n"
    refused = kubectl(*robot, "delete", "pods", "none", code=1).err
    assert refused.startswith('Error from server (Forbidden): pods "none" is forbidden: User "system:serviceaccount:')
    wrong = kubectl(*by_token(kubectl, tmp_path, "no-such-token"), "get", "cm", code=1)
    assert "You must be logged in to the server" in wrong.err


def signing_request(name: str) -> dict[str, Any]:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "jane")])
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    encoded = base64.b64encode(request.public_bytes(serialization.Encoding.PEM)).decode()
    return {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": name},
        "spec": {"request": encoded, "signerName": "example.com/nobody", "usages": ["client auth"]},
    }


@covers("certificate approve", "certificate deny")
@pytest.mark.parametrize(("verb", "kind"), [("approve", "Approved"), ("deny", "Denied")])
def test_certificate_requests_are_decided(kubectl: Kubectl, verb: str, kind: str) -> None:
    name = f"{kubectl.namespace}-{verb}"
    kubectl.apply(signing_request(name))
    done = kubectl("certificate", verb, name)
    said = {"approve": "approved", "deny": "denied"}[verb]
    assert done.out == f"certificatesigningrequest.certificates.k8s.io/{name} {said}\n"
    stored = kubectl.api.find("certificatesigningrequests.certificates.k8s.io", name)
    (condition,) = stored["status"]["conditions"]
    assert (condition["type"], condition["status"]) == (kind, "True")
    assert kubectl("get", "csr", name, "--no-headers").rows[0][-1] == kind
    kubectl("delete", "csr", name)
    eventually(
        lambda: kubectl.api.find("certificatesigningrequests.certificates.k8s.io", name), lambda csr: csr is None
    )
