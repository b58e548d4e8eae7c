from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kubejazz import pki
from kubejazz.identities import Identity
from kubejazz.pki import Credential, KeyMismatch, PKIError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
AUTHORITY = pki.new_authority(NOW)


def test_the_authority_may_sign_and_says_so() -> None:
    certificate = AUTHORITY.certificate
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value.ca
    assert certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    assert isinstance(AUTHORITY.key.curve, ec.SECP256R1)


def test_a_serving_certificate_is_for_its_names_and_for_servers() -> None:
    credential = pki.issue_server(AUTHORITY, ["localhost", "::1", "10.96.0.1", "kubernetes.default.svc"], NOW)
    assert pki.names_of(credential.certificate) == {"localhost", "::1", "10.96.0.1", "kubernetes.default.svc"}
    usage = credential.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert credential.issued_by(AUTHORITY)


def test_a_client_certificate_carries_name_and_groups() -> None:
    credential = pki.issue_client(AUTHORITY, Identity("n", "system:node:n", ("system:nodes", "more")), NOW)
    subject = credential.certificate.subject
    assert [a.value for a in subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == ["system:node:n"]
    assert [a.value for a in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)] == ["system:nodes", "more"]
    usage = credential.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_a_certificate_of_another_authority_is_not_ours() -> None:
    other = pki.new_authority(NOW)
    assert not pki.issue_client(other, Identity("n", "n"), NOW).issued_by(AUTHORITY)


def test_a_certificate_is_renewed_in_good_time_and_not_before() -> None:
    credential = pki.issue_client(AUTHORITY, Identity("n", "n"), NOW)
    assert not credential.expires_soon(NOW + timedelta(days=300))
    assert credential.expires_soon(NOW + timedelta(days=306))


def test_it_comes_back_from_its_files() -> None:
    again = Credential.from_pem(AUTHORITY.certificate_pem, AUTHORITY.key_pem)
    assert again.certificate == AUTHORITY.certificate


def test_a_key_that_does_not_belong_is_noticed() -> None:
    with pytest.raises(KeyMismatch):
        Credential.from_pem(AUTHORITY.certificate_pem, pki.private_key_pem(pki.new_private_key()))


RSA_KEY = rsa.generate_private_key(65537, 2048).private_bytes(
    Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
)


@pytest.mark.parametrize(
    ("certificate", "key"),
    [
        (b"nonsense", AUTHORITY.key_pem),
        (AUTHORITY.certificate_pem, b"nonsense"),
        (AUTHORITY.certificate_pem, RSA_KEY),
        (b"", AUTHORITY.key_pem),
    ],
)
def test_files_that_are_no_credential_are_an_error_of_one_line(certificate: bytes, key: bytes) -> None:
    with pytest.raises(PKIError) as caught:
        Credential.from_pem(certificate, key)
    assert "\n" not in str(caught.value)
