"""Somebody asks for a certificate: kubectl approves or denies it, the controllers sign it, and it says who they are."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kubejazz.testing import Kubejazz
from tests.story.waiting import eventually

CLIENT = "kubernetes.io/kube-apiserver-client"


class Asker:
    def __init__(self, cluster: Kubejazz, name: str, signer: str = CLIENT, usage: str = "client auth") -> None:
        self.cluster = cluster
        self.name = name
        self.key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "dev"),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(self.key, hashes.SHA256())
        request = {
            "apiVersion": "certificates.k8s.io/v1",
            "kind": "CertificateSigningRequest",
            "metadata": {"name": name},
            "spec": {
                "request": base64.b64encode(csr.public_bytes(Encoding.PEM)).decode(),
                "signerName": signer,
                "usages": ["digital signature", usage],
                "expirationSeconds": 3600,
            },
        }
        cluster.kubectl("create", "-f", "-", stdin=json.dumps(request))

    def status(self) -> Any:
        return json.loads(self.cluster.kubectl("get", "csr", self.name, "-o", "json"))["status"]

    def condition(self, kind: str) -> Any:
        return next((c for c in self.status().get("conditions", ()) if c["type"] == kind), None)

    def shown(self) -> str:
        return self.cluster.kubectl("get", "csr", self.name, "--no-headers").split()[-1]


def test_an_approved_certificate_is_signed_and_says_who_its_bearer_is(
    kubejazz_cluster: Kubejazz, tmp_path: Path
) -> None:
    jane = Asker(kubejazz_cluster, "jane")
    assert jane.shown() == "Pending"
    assert "approved" in kubejazz_cluster.kubectl("certificate", "approve", "jane")
    certificate = base64.b64decode(eventually(lambda: jane.status().get("certificate"), bool))
    assert jane.shown() == "Approved,Issued"
    (tmp_path / "jane.crt").write_bytes(certificate)
    key = jane.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    (tmp_path / "jane.key").write_bytes(key)
    config = tmp_path / "config"
    config.write_text(kubejazz_cluster.kubeconfig.read_text())
    for change in (
        ("set-credentials", "jane", f"--client-certificate={tmp_path}/jane.crt", f"--client-key={tmp_path}/jane.key"),
        ("set-context", "jane", "--cluster=kubejazz", "--user=jane"),
    ):
        kubejazz_cluster.kubectl("--kubeconfig", str(config), "config", *change)
    told = kubejazz_cluster.kubectl("--kubeconfig", str(config), "--context", "jane", "auth", "whoami", "-o", "json")
    user = json.loads(told)["status"]["userInfo"]
    assert (user["username"], user["groups"]) == ("jane", ["dev", "system:authenticated"])


def test_a_denied_certificate_is_not_signed(kubejazz_cluster: Kubejazz) -> None:
    eve = Asker(kubejazz_cluster, "eve")
    assert "denied" in kubejazz_cluster.kubectl("certificate", "deny", "eve")
    assert eve.shown() == "Denied"
    kubejazz_cluster.kubectl("certificate", "approve", "eve", check=False)
    assert eve.condition("Approved") is None
    assert "certificate" not in eve.status()


def test_what_the_signer_does_not_sign_fails_though_it_is_approved(kubejazz_cluster: Kubejazz) -> None:
    mallory = Asker(kubejazz_cluster, "system:node:mallory", "kubernetes.io/kube-apiserver-client-kubelet")
    kubejazz_cluster.kubectl("certificate", "approve", "system:node:mallory")
    failed = eventually(lambda: mallory.condition("Failed"), bool)
    assert failed["message"] == "subject organization is not system:nodes"
    assert mallory.shown() == "Approved,Failed"


def test_only_who_may_approves(kubejazz_cluster: Kubejazz) -> None:
    bob = Asker(kubejazz_cluster, "bob")
    kubejazz_cluster.kubectl("certificate", "approve", "bob", "--as=bob", check=False)
    assert bob.shown() == "Pending"


def test_the_description_of_the_cluster_is_signed_by_its_bootstrap_token(kubejazz_cluster: Kubejazz) -> None:
    token = (kubejazz_cluster.data_dir / "pki" / "bootstrap-token").read_text().strip()

    def signed() -> Any:
        shown = kubejazz_cluster.kubectl("get", "configmap", "cluster-info", "-n", "kube-public", "-o", "json")
        return json.loads(shown)["data"].get(f"jws-kubeconfig-{token.partition('.')[0]}")

    header, content, signature = eventually(signed, bool).split(".")
    assert header
    assert not content
    assert signature
