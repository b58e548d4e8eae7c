"""The texts of certificates that webhooks are checked with."""

from __future__ import annotations

import pytest

from server.validation.webhookclient import ca_bundle_problem
from tests.server.validation.pki import certificate, encoded, pem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (certificate(), ""),
        (pem("KEY", b"hi") + certificate(), ""),
        ("hi", "unable to parse bytes as PEM block"),
        (pem("KEY", b"hi"), "no valid certificate authority data seen"),
        (pem("CERTIFICATE", b"hi"), "failed to parse certificate: x509: malformed certificate"),
    ],
)
def test_bundles(text: str, problem: str) -> None:
    said = f"unable to load root certificates: {problem}" if problem else ""
    assert ca_bundle_problem(encoded(text)) == said
