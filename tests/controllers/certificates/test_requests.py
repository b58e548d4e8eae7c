from __future__ import annotations

from collections.abc import Sequence

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from controllers.certificates.requests import (
    CHECKS,
    CLIENT,
    KUBELET_CLIENT,
    KUBELET_SERVING,
    LEGACY,
    BadRequest,
    alternatives,
    parsed,
)
from tests.controllers.certificates.signing import CLIENT_USAGES, KEY, SERVING_USAGES, csr, request, subject

NODES = ("system:nodes",)
WITH_ENCIPHERMENT = (*CLIENT_USAGES, "key encipherment")


@pytest.mark.parametrize(
    ("signer", "name", "organizations", "names", "usages", "why"),
    [
        (KUBELET_CLIENT, "system:node:a", NODES, (), CLIENT_USAGES, ""),
        (KUBELET_CLIENT, "system:node:a", NODES, (), WITH_ENCIPHERMENT, ""),
        (KUBELET_CLIENT, "system:node:a", (), (), CLIENT_USAGES, "subject organization is not system:nodes"),
        (KUBELET_CLIENT, "system:node:a", ("system:masters",), (), CLIENT_USAGES, "subject organization is not"),
        (KUBELET_CLIENT, "system:node:a", (*NODES, "system:masters"), (), CLIENT_USAGES, "subject organization is not"),
        (KUBELET_CLIENT, "admin", NODES, (), CLIENT_USAGES, "subject common name does not begin with system:node:"),
        (KUBELET_CLIENT, "system:node:a", NODES, ("a",), CLIENT_USAGES, "DNS subjectAltNames are not allowed"),
        (KUBELET_CLIENT, "system:node:a", NODES, ("10.0.0.1",), CLIENT_USAGES, "IP subjectAltNames are not allowed"),
        (KUBELET_CLIENT, "system:node:a", NODES, ("a@b.c",), CLIENT_USAGES, "Email subjectAltNames are not allowed"),
        (KUBELET_CLIENT, "system:node:a", NODES, ("x://y",), CLIENT_USAGES, "URI subjectAltNames are not allowed"),
        (
            KUBELET_CLIENT,
            "system:node:a",
            NODES,
            (),
            SERVING_USAGES,
            "usages did not match [client auth digital signature key encipherment]",
        ),
        (KUBELET_SERVING, "system:node:a", NODES, ("a",), SERVING_USAGES, ""),
        (KUBELET_SERVING, "system:node:a", NODES, (), SERVING_USAGES, "DNS or IP subjectAltName is required"),
        (KUBELET_SERVING, "system:node:a", NODES, ("a", "a@b.c"), SERVING_USAGES, "Email subjectAltNames are not"),
        (KUBELET_SERVING, "system:node:a", (), ("a",), SERVING_USAGES, "subject organization is not system:nodes"),
        (KUBELET_SERVING, "a", NODES, ("a",), SERVING_USAGES, "subject common name does not begin with system:node:"),
        (KUBELET_SERVING, "system:node:a", NODES, ("a",), CLIENT_USAGES, "usages did not match [digital signature"),
        (CLIENT, "jane", ("dev",), (), CLIENT_USAGES, ""),
        (CLIENT, "jane", (), (), ("digital signature",), "missing required usage for client certificate: client auth"),
        (CLIENT, "jane", (), (), SERVING_USAGES, "invalid usage for client certificate: server auth"),
        (LEGACY, "anybody", (), ("a", "a@b.c"), SERVING_USAGES, ""),
    ],
)
def test_what_a_signer_insists_on(
    signer: str, name: str, organizations: Sequence[str], names: Sequence[str], usages: Sequence[str], why: str
) -> None:
    wanted = csr(name, organizations, names)
    if not why:
        CHECKS[signer](wanted, frozenset(usages))
        return
    with pytest.raises(BadRequest) as refused:
        CHECKS[signer](wanted, frozenset(usages))
    assert str(refused.value).startswith(why)


def test_what_is_no_request_is_refused() -> None:
    for text in ("", "!", "aGVsbG8="):
        bad = request()
        bad["spec"]["request"] = text
        with pytest.raises(BadRequest):
            parsed(bad)


def test_names_of_kinds_that_nobody_looks_at_are_not_signed() -> None:
    other = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), b"\x0c\x05admin")
    names = [x509.DNSName("a.example.com"), other, x509.DirectoryName(subject("admin", ["system:masters"]))]
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject("system:node:one", ["system:nodes"]))
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    kept = alternatives(builder.sign(KEY, hashes.SHA256()))
    assert kept is not None
    assert list(kept) == [x509.DNSName("a.example.com")]
