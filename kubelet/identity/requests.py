"""A node's request for its client certificate, and what became of it. Pure."""

from __future__ import annotations

import base64
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from apimachinery.objects import Object

SIGNER = "kubernetes.io/kube-apiserver-client-kubelet"
_USAGES = ["digital signature", "client auth"]
"""Of a key that is not RSA's."""

Key = ec.EllipticCurvePrivateKey


class Refused(Exception):
    """The request was denied or has failed; the message says why."""


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def signing_request(node: str, key: Key, seconds: int | None = None) -> Object:
    """The CertificateSigningRequest; its name follows from the key, so one that is sent twice is found again."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "system:nodes"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"system:node:{node}"),
        ]
    )
    pem = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    spec: Object = {
        "request": base64.b64encode(pem.public_bytes(Encoding.PEM)).decode(),
        "signerName": SIGNER,
        "usages": _USAGES,
    }
    if seconds is not None:
        spec["expirationSeconds"] = seconds
    return {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": f"node-csr-{_digest(key)}"},
        "spec": spec,
    }


def certificate_of(request: Object) -> bytes | None:
    """In PEM; None while it has not been issued. Raises Refused."""
    status = request.get("status") or {}
    for condition in status.get("conditions") or ():
        if condition["type"] in ("Denied", "Failed") and condition.get("status") == "True":
            why = condition.get("message") or condition.get("reason") or "no reason is given"
            raise Refused(f"{request['metadata']['name']}: {condition['type'].lower()}: {why}")
    issued = status.get("certificate")
    return base64.b64decode(issued) if issued else None


def _digest(key: Key) -> str:
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(public).hexdigest()[:40]
