"""The texts of certificates that webhooks are checked with."""

from __future__ import annotations

import pytest

from server.validation.webhookclient import ca_bundle_problem
from tests.server.validation.pki import certificate, encoded, pem


def test_certificates() -> None:
    assert ca_bundle_problem(encoded(certificate())) == ""
    assert ca_bundle_problem(encoded(pem("KEY", b"hi") + certificate())) == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hi", "unable to parse bytes as PEM block"),
        (pem("KEY", b"hi"), "no valid certificate authority data seen"),
        (pem("CERTIFICATE", b"hi"), "failed to parse certificate: x509: malformed certificate"),
    ],
)
def test_no_certificates(text: str, problem: str) -> None:
    assert ca_bundle_problem(encoded(text)) == f"unable to load root certificates: {problem}"
