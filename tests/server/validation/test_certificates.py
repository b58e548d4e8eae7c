"""Certificate signing requests and trust bundles."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.fielderrors import quote
from server.validation.certificates import CERTIFICATE_SIGNING_REQUEST, validate_signing_approval
from server.validation.validator import Validator
from tests.server.validation.pki import certificate, encoded, pem, request, tampered_request
from tests.server.validation.table import SUBDOMAIN, Case, Change, Table, all_of, cases, drop, put, same

USAGES = (
    '"any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", '
    '"decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", '
    '"ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", '
    '"ocsp signing", "s/mime", "server auth", "signing", "timestamping"'
)
BOTH = 'conditions[{"type": "Approved"}], conditions[{"type": "Denied"}]'
ONE_APPROVAL = f"status.conditions: Invalid value: {quote(f'{{{BOTH}}}')}: must specify at most one of: {BOTH}"
NOT_PEM = encoded("hi")
NO_REQUEST = encoded(pem("CERTIFICATE REQUEST", b"hi"))
TAMPERED = encoded(pem("CERTIFICATE REQUEST", tampered_request()))
OTHER_KIND = encoded(pem("CERTIFICATE", b"hi"))


def conditions(*types: str) -> Change:
    return put("status.conditions", [{"type": kind, "status": "True"} for kind in types])


def issued(text: str) -> Change:
    return put("status.certificate", encoded(text))


GOOD: dict[str, Any] = {
    "apiVersion": "certificates.k8s.io/v1",
    "kind": "CertificateSigningRequest",
    "metadata": {"name": "alice"},
    "spec": {
        "request": encoded(request()),
        "signerName": "a.io/signer",
        "usages": ["client auth"],
        "expirationSeconds": 600,
    },
}
REQUEST = Table(
    GOOD,
    create=(
        (put("metadata.name", "Alice.A:b"), []),
        (put("metadata.name", "a/b"), ["metadata.name: Invalid value: \"a/b\": may not contain '/'"]),
        (
            put("spec.request", NOT_PEM),
            [f'spec.request: Invalid value: "{NOT_PEM}": PEM block type must be CERTIFICATE REQUEST'],
        ),
        (
            put("spec.request", OTHER_KIND),
            [f'spec.request: Invalid value: "{OTHER_KIND}": PEM block type must be CERTIFICATE REQUEST'],
        ),
        (
            put("spec.request", NO_REQUEST),
            [f'spec.request: Invalid value: "{NO_REQUEST}": asn1: structure error: not a certificate request'],
        ),
        (
            put("spec.request", TAMPERED),
            [f'spec.request: Invalid value: "{TAMPERED}": x509: ECDSA verification failure'],
        ),
        (put("spec.usages", []), ["spec.usages: Required value"]),
        (
            put("spec.usages", ["any", "some", "any"]),
            [
                f'spec.usages[1]: Unsupported value: "some": supported values: {USAGES}',
                'spec.usages[2]: Duplicate value: "any"',
            ],
        ),
        (put("spec.signerName", ""), ["spec.signerName: Required value"]),
        (
            put("spec.signerName", "signer"),
            [
                'spec.signerName: Invalid value: "signer": must be a fully qualified domain and path of the form '
                "'example.com/signer-name'"
            ],
        ),
        (
            put("spec.signerName", "io/A"),
            [
                'spec.signerName: Invalid value: "io": should be a domain with at least two segments separated by dots',
                f'spec.signerName: Invalid value: "A": validating label "A": {SUBDOMAIN}',
            ],
        ),
        (
            put("spec.signerName", "kubernetes.io/legacy-unknown"),
            [
                'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": '
                "the legacy signerName is not allowed via this API version"
            ],
        ),
        (
            put("spec.expirationSeconds", 599),
            [
                "spec.expirationSeconds: Invalid value: 599: "
                "may not specify a duration less than 600 seconds (10 minutes)"
            ],
        ),
        (
            put("status.conditions", [{"type": "", "status": "Some"}, {"type": "Failed", "status": "False"}]),
            [
                "status.conditions[0].type: Required value",
                'status.conditions[0].status: Unsupported value: "Some": supported values: "False", "True", "Unknown"',
                'status.conditions[1].status: Unsupported value: "False": supported values: "True"',
            ],
        ),
        (conditions("Mine", "Mine"), ['status.conditions[1].type: Duplicate value: "Mine"']),
        (
            conditions("Approved", "Denied"),
            [ONE_APPROVAL],
        ),
        (issued(certificate()), []),
        (
            issued("hi"),
            [
                'status.certificate: Invalid value: "<certificate data>": '
                "must contain at least one CERTIFICATE PEM block"
            ],
        ),
    ),
    update=(
        (same, conditions("Mine"), []),
        (
            same,
            conditions("Approved"),
            ['status.conditions: Forbidden: updates may not add a condition of type "Approved"'],
        ),
        (
            conditions("Denied"),
            same,
            ['status.conditions: Forbidden: updates may not remove a condition of type "Denied"'],
        ),
        (same, issued(certificate()), ["status.certificate: Forbidden: updates may not set certificate content"]),
        (
            put("spec.usages", ["some"]),
            put("spec.usages", ["some", "some"]),
            ['spec.usages[1]: Duplicate value: "some"'],
        ),
    ),
    status=(
        (same, issued(certificate()), []),
        (
            same,
            issued(pem("SECRET", b"hi")),
            [
                'status.certificate: Invalid value: "<certificate data>": '
                'only CERTIFICATE PEM blocks are allowed, found "SECRET"'
            ],
        ),
        (
            same,
            issued(certificate().replace("-----\n", "-----\nA: b\n\n", 1)),
            ['status.certificate: Invalid value: "<certificate data>": no PEM block headers are permitted'],
        ),
        (
            same,
            issued(pem("CERTIFICATE", b"hi")),
            ['status.certificate: Invalid value: "<certificate data>": x509: malformed certificate'],
        ),
        (
            issued(certificate()),
            issued(certificate(number=1)),
            ["status.certificate: Forbidden: updates may not modify existing certificate content"],
        ),
        (issued("hi"), issued("hi"), []),
        (
            same,
            conditions("Denied"),
            ['status.conditions: Forbidden: updates may not add a condition of type "Denied"'],
        ),
    ),
)
APPROVAL = Table(
    GOOD,
    update=(
        (same, conditions("Approved"), []),
        (same, conditions("Failed"), []),
        (
            conditions("Approved"),
            conditions("Denied"),
            ['status.conditions: Forbidden: updates may not remove a condition of type "Approved"'],
        ),
        (
            conditions("Approved"),
            conditions("Approved", "Denied"),
            [ONE_APPROVAL],
        ),
        (same, issued(certificate()), ["status.certificate: Forbidden: updates may not set certificate content"]),
    ),
    validator=Validator(CERTIFICATE_SIGNING_REQUEST.create, validate_signing_approval),
)

ANCHOR = certificate(authority=True)
OMITTED = 'spec.trustBundle: Invalid value: "<value omitted>": '
BUNDLE = Table(
    {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "ClusterTrustBundle",
        "metadata": {"name": "a.io:signer:one"},
        "spec": {"signerName": "a.io/signer", "trustBundle": f"Ours:\n{ANCHOR}{certificate(number=1, authority=True)}"},
    },
    create=(
        (all_of(drop("spec.signerName"), put("metadata.name", "one")), []),
        (
            drop("spec.signerName"),
            [
                'metadata.name: Invalid value: "a.io:signer:one": '
                'ClusterTrustBundle without signer name must not have ":" in its name'
            ],
        ),
        (
            put("metadata.name", "one"),
            [
                'metadata.name: Invalid value: "one": '
                "ClusterTrustBundle for signerName a.io/signer must be named with prefix a.io:signer:"
            ],
        ),
        (put("metadata.name", "a.io:signer:A"), [f'metadata.name: Invalid value: "a.io:signer:A": {SUBDOMAIN}']),
        (put("spec.trustBundle", "hi"), [f"{OMITTED}at least one trust anchor must be provided"]),
        (put("spec.trustBundle", ANCHOR * 2), [f"{OMITTED}duplicate trust anchor (indices [0 1])"]),
        (put("spec.trustBundle", "x" * 1048577), ["spec.trustBundle: Too long: may not be more than 1048576 bytes"]),
        (
            put(
                "spec.trustBundle",
                pem("SECRET", b"hi")
                + ANCHOR.replace("-----\n", "-----\nA: b\n\n", 1)
                + pem("CERTIFICATE", b"hi")
                + certificate(),
            ),
            [
                f"{OMITTED}entry 0 has bad block type: SECRET",
                f"{OMITTED}entry 1 has PEM block headers",
                f"{OMITTED}entry 2 does not parse as X.509",
                f"{OMITTED}entry 3 does not have the CA bit set",
            ],
        ),
    ),
    update=(
        (same, put("spec.trustBundle", ANCHOR), []),
        (put("spec.trustBundle", "hi"), put("spec.trustBundle", "hi"), []),
        (same, put("spec.trustBundle", ""), [f"{OMITTED}at least one trust anchor must be provided"]),
        (
            same,
            put("spec.signerName", "a.io/other"),
            [
                'metadata.name: Invalid value: "a.io:signer:one": '
                "ClusterTrustBundle for signerName a.io/other must be named with prefix a.io:other:",
                'spec.signerName: Invalid value: "a.io/other": field is immutable',
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(REQUEST, APPROVAL, BUNDLE))
def test_rules(case: Case) -> None:
    case.check()
