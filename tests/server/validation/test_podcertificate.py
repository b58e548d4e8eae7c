"""Pod certificate requests and what signers answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from apimachinery.fielderrors import quote
from server.validation.podcertificate import pod_certificate_request
from tests.server.validation.pki import NOW, certificate, encoded, key, pem, request, tampered_request
from tests.server.validation.table import SUBDOMAIN, Case, Change, Table, all_of, cases, drop, put, same

RSA = rsa.generate_private_key(65537, 3072)
SMALL_RSA = rsa.generate_private_key(65537, 2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
STRANGE_CURVE = ec.generate_private_key(ec.SECP256K1())
CHAIN = certificate()
OMITTED = "Invalid value: "
UID = b"u1"


def spki(private: Any) -> str:
    return encoded(private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def proven(public: str, proof: bytes) -> Change:
    return all_of(
        drop("spec.stubPKCS10Request"), put("spec.pkixPublicKey", public), put("spec.proofOfPossession", encoded(proof))
    )


def condition(kind: str, status: str = "True") -> dict[str, str]:
    return {"type": kind, "status": status, "reason": "R", "lastTransitionTime": "2026-01-01T00:00:00Z"}


def ended(kind: str) -> Change:
    return put("status.conditions", [condition(kind)])


def issued(**fields: str | None) -> Change:
    """A right answer but for these fields."""
    status: dict[str, Any] = {
        "conditions": [condition("Issued")],
        "certificateChain": CHAIN,
        "notBefore": "2026-01-01T12:00:00Z",
        "notAfter": "2026-01-01T14:00:00Z",
        "beginRefreshAt": "2026-01-01T13:00:00Z",
    }
    status.update(fields)
    return put("status", {name: value for name, value in status.items() if value is not None})


def lasting(hours: float) -> Change:
    lifetime = timedelta(hours=hours)
    return issued(certificateChain=certificate(lifetime=lifetime), notAfter=f"{NOW + lifetime:%Y-%m-%dT%H:%M:%SZ}")


def chain_error(chain: str, problem: str) -> str:
    return f"status.certificateChain: Invalid value: {quote(chain)}: {problem}"


ONE_WAY = f"spec: {OMITTED}exactly one of (stubPKCS10Request) or (pkixPublicKey, proofOfPossession) must be set"
OTHER = certificate(number=1)
SECRET = pem("SECRET", b"hi")
BROKEN = pem("CERTIFICATE", b"hi")
ONLY_CERTIFICATES = "issued certificate chain must consist entirely of CERTIFICATE PEM blocks"
DOTS = certificate(names=("", "a..b", ".c"))

REQUEST = Table(
    {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "PodCertificateRequest",
        "metadata": {"name": "r", "namespace": "shop"},
        "spec": {
            "signerName": "a.io/signer",
            "podName": "p",
            "podUID": UID.decode(),
            "serviceAccountName": "default",
            "serviceAccountUID": "u2",
            "nodeName": "n",
            "nodeUID": "u3",
            "maxExpirationSeconds": 7200,
            "stubPKCS10Request": encoded(request(Encoding.DER)),
        },
    },
    create=(
        (put("metadata.name", "A"), [f'metadata.name: Invalid value: "A": {SUBDOMAIN}']),
        (put("spec.signerName", ""), ["spec.signerName: Required value"]),
        (
            all_of(put("spec.podName", "A"), put("spec.nodeUID", ""), put("spec.serviceAccountUID", "x" * 129)),
            [
                f'spec.podName: Invalid value: "A": {SUBDOMAIN}',
                "spec.serviceAccountUID: Too long: may not be more than 128 bytes",
                'spec.nodeUID: Invalid value: "": must not be empty',
            ],
        ),
        (drop("spec.maxExpirationSeconds"), ["spec.maxExpirationSeconds: Required value: must be set"]),
        (
            put("spec.maxExpirationSeconds", 3599),
            ["spec.maxExpirationSeconds: Invalid value: 3599: must be in the range [3600, 7862400]"],
        ),
        (
            all_of(put("spec.signerName", "kubernetes.io/some"), put("spec.maxExpirationSeconds", 86401)),
            ["spec.maxExpirationSeconds: Invalid value: 86401: must be in the range [3600, 86400]"],
        ),
        (drop("spec.stubPKCS10Request"), [ONE_WAY]),
        (put("spec.pkixPublicKey", spki(RSA)), [ONE_WAY]),
        (
            put("spec.stubPKCS10Request", encoded("hi")),
            [f"spec.stubPKCS10Request: {OMITTED}must be a valid PKCS#10 CSR"],
        ),
        (
            put("spec.stubPKCS10Request", encoded(tampered_request())),
            [f"spec.stubPKCS10Request: {OMITTED}invalid signature"],
        ),
        (
            put("spec.stubPKCS10Request", encoded("x" * 10241)),
            ["spec.stubPKCS10Request: Too long: may not be more than 10240 bytes"],
        ),
        (proven(spki(key()), key().sign(UID, ec.ECDSA(SHA256()))), []),
        (proven(spki(RSA), RSA.sign(UID, PSS(MGF1(SHA256()), PSS.DIGEST_LENGTH), SHA256())), []),
        (proven(spki(ED25519), ED25519.sign(UID)), []),
        (
            proven(spki(ED25519), b"no"),
            [f"spec.proofOfPossession: {OMITTED}could not verify proof-of-possession signature"],
        ),
        (
            proven(encoded("hi"), b"no"),
            ['spec.pkixPublicKey: Invalid value: "aGk=": must be a valid PKIX-serialized public key'],
        ),
        (
            proven(spki(SMALL_RSA), b"no"),
            ['spec.pkixPublicKey: Invalid value: "2048-bit modulus": RSA keys must have modulus size 3072 or 4096'],
        ),
        (
            proven(spki(STRANGE_CURVE), b"no"),
            ['spec.pkixPublicKey: Invalid value: "curve secp256k1": elliptic public keys must use curve P256 or P384'],
        ),
    ),
    status=(
        (same, issued(), []),
        (same, ended("Denied"), []),
        (ended("Failed"), ended("Failed"), []),
        (
            ended("Failed"),
            ended("Denied"),
            [f"status: {OMITTED}immutable after PodCertificateRequest is issued, denied, or failed"],
        ),
        (
            same,
            put("status", {"conditions": [condition("Denied")], "certificateChain": CHAIN}),
            [
                f"status: {OMITTED}non-condition status fields must be empty when denying or failing the "
                "PodCertificateRequest"
            ],
        ),
        (
            same,
            put("status.certificateChain", CHAIN),
            [f'status: {OMITTED}status is immutable unless transitioning to "Issued", "Denied", or "Failed"'],
        ),
        (
            same,
            put("status.conditions", [condition("Some"), condition("Denied", "False"), condition("Failed")]),
            [
                'status.conditions.[0].type: Unsupported value: "Some": supported values: "Issued", "Denied", "Failed"',
                'status.conditions.[1].status: Unsupported value: "False": supported values: "True"',
                'status.conditions.[2].type: Invalid value: "Failed": There may be at most one condition with type '
                '"Issued", "Denied", or "Failed"',
            ],
        ),
        (
            same,
            issued(certificateChain=""),
            [chain_error("", "issued certificate chain must contain at least one certificate")],
        ),
        (
            same,
            issued(certificateChain="x" * 102401),
            ["status.certificateChain: Too long: may not be more than 102400 bytes"],
        ),
        (same, issued(certificateChain=SECRET), [chain_error(SECRET, ONLY_CERTIFICATES)]),
        (
            same,
            issued(certificateChain=BROKEN),
            [chain_error(BROKEN, "leaf certificate does not parse as valid X.509")],
        ),
        (
            same,
            issued(certificateChain=OTHER),
            [chain_error(OTHER, "leaf certificate was not issued to the requested public key")],
        ),
        (
            same,
            issued(certificateChain=DOTS),
            [
                chain_error("", "leaf certificate should not contain empty DNSName"),
                chain_error("a..b", "leaf certificate's DNSName should not contain '..'"),
                chain_error(".c", "leaf certificate's DNSName should not start or end with '.'"),
            ],
        ),
        (
            same,
            issued(certificateChain=CHAIN + SECRET),
            [chain_error(CHAIN + SECRET, ONLY_CERTIFICATES.replace("CERTIFICATE", "CERTFICATE"))],
        ),
        (
            same,
            issued(certificateChain=CHAIN + BROKEN),
            [chain_error(CHAIN + BROKEN, "intermediate certificate does not parse as valid X.509")],
        ),
        (
            same,
            issued(notBefore=None, notAfter=None, beginRefreshAt=None),
            [
                "status.notBefore: Required value: must be present and consistent with the issued certificate",
                "status.notAfter: Required value: must be present and consistent with the issued certificate",
                "status.beginRefreshAt: Required value: must be present and in the range "
                "[notbefore+10min, notafter-10min]",
            ],
        ),
        (
            same,
            issued(notBefore="2026-01-01T12:00:01Z"),
            [
                'status.notBefore: Invalid value: "2026-01-01T12:00:01Z": '
                "must be set to the NotBefore time encoded in the leaf certificate"
            ],
        ),
        (
            same,
            issued(notAfter="2026-01-01T14:00:01Z"),
            [
                'status.notAfter: Invalid value: "2026-01-01T14:00:01Z": '
                "must be set to the NotAfter time encoded in the leaf certificate"
            ],
        ),
        (
            same,
            issued(
                certificateChain=certificate(start=NOW - timedelta(minutes=5)),
                notBefore="2026-01-01T11:55:00Z",
                notAfter="2026-01-01T13:55:00Z",
            ),
            [
                'status.notBefore: Invalid value: "2026-01-01T11:55:00Z": '
                "must be set to within 5 minutes of kube-apiserver's current time"
            ],
        ),
        (
            same,
            lasting(0.5),
            ["status.certificateChain: Invalid value: 1800000000000: leaf certificate lifetime must be >= 1 hour"],
        ),
        (
            same,
            lasting(3),
            [
                "status.certificateChain: Invalid value: 10800000000000: "
                "leaf certificate lifetime must be <= spec.maxExpirationSeconds (7200)"
            ],
        ),
        (
            same,
            issued(beginRefreshAt="2026-01-01T12:09:59Z"),
            [
                'status.beginRefreshAt: Invalid value: "2026-01-01T12:09:59Z": '
                "must be at least 10 minutes after status.notBefore"
            ],
        ),
        (
            same,
            issued(beginRefreshAt="2026-01-01T13:50:01Z"),
            [
                'status.beginRefreshAt: Invalid value: "2026-01-01T13:50:01Z": '
                "must be at least 10 minutes before status.notAfter"
            ],
        ),
    ),
    validator=pod_certificate_request(lambda: NOW),
)


@pytest.mark.parametrize("case", cases(REQUEST))
def test_rules(case: Case) -> None:
    case.check()
