from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from client.resources import CERTIFICATESIGNINGREQUESTS
from controllers.certificates.authority import Authority, AuthorityError, life, validity
from controllers.certificates.requests import CLIENT, KUBELET_SERVING, BadRequest
from controllers.certificates.signer import build_signer
from controllers.settings import Settings
from tests.controllers.certificates.signing import KEY, SERVING_USAGES, approved, authority, csr, request
from tests.controllers.world import World, said

NOW = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)


@pytest.mark.parametrize(
    ("seconds", "longest", "expected"),
    [
        (None, YEAR, YEAR),
        (3600, YEAR, timedelta(hours=1)),
        (30, YEAR, timedelta(minutes=10)),
        (10**9, YEAR, YEAR),
        (600, timedelta(minutes=5), timedelta(minutes=5)),
    ],
)
def test_how_long_a_certificate_lives(seconds: int | None, longest: timedelta, expected: timedelta) -> None:
    assert life(seconds, longest) == expected


def test_a_long_life_is_counted_from_before_now_a_short_one_from_now_and_none_outlives_the_signer() -> None:
    end = NOW + YEAR
    early = NOW - timedelta(minutes=5)
    assert validity(NOW, timedelta(hours=1), end) == (early, NOW + timedelta(hours=1))
    assert validity(NOW, timedelta(days=1), end) == (early, NOW + timedelta(days=1, minutes=-5))
    assert validity(NOW, 2 * YEAR, end) == (early, end)
    with pytest.raises(AuthorityError, match="expired in the past"):
        validity(end, YEAR, end)


def _authority(folder: Path) -> tuple[Authority, Settings]:
    settings = authority(folder, NOW)
    assert settings.signing_certificate is not None
    assert settings.signing_key is not None
    return Authority(settings.signing_certificate, settings.signing_key, YEAR), settings


def test_the_certificate_has_what_was_asked_for_and_is_the_authoritys(tmp_path: Path) -> None:
    signing, settings = _authority(tmp_path)
    names = ("one.example.com", "10.0.0.1")
    wanted = csr(names=names)
    certificate = x509.load_pem_x509_certificate(signing.sign(wanted, SERVING_USAGES, 3600, NOW))
    assert settings.signing_certificate is not None
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(settings.signing_certificate.read_bytes()))
    assert certificate.subject == wanted.subject
    assert certificate.public_key() == KEY.public_key()
    assert certificate.not_valid_after_utc == NOW + timedelta(hours=1)
    extensions = certificate.extensions
    found = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert found.get_values_for_type(x509.DNSName) == ["one.example.com"]
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert not usage.key_cert_sign
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_request_never_becomes_an_authority(tmp_path: Path) -> None:
    """Extensions of the request other than names are dropped, whatever it asks for."""
    signing, _ = _authority(tmp_path)
    builder = x509.CertificateSigningRequestBuilder().subject_name(csr().subject)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = x509.load_pem_x509_certificate(
        signing.sign(builder.sign(KEY, csr().signature_hash_algorithm), ["client auth"], None, NOW)  # type: ignore[arg-type]
    )
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_unknown_usages_are_not_signed(tmp_path: Path) -> None:
    signing, _ = _authority(tmp_path)
    with pytest.raises(BadRequest, match="unrecognized usage values"):
        signing.sign(csr(), ["world domination"], None, NOW)


def test_files_that_are_no_authority_are_told_of(tmp_path: Path) -> None:
    signing, settings = _authority(tmp_path)
    assert settings.signing_certificate is not None
    settings.signing_certificate.write_text("nothing")
    with pytest.raises(AuthorityError):
        signing.sign(csr(), ["client auth"], None, NOW)


def test_an_authority_that_is_replaced_is_used_at_once(tmp_path: Path) -> None:
    signing, _ = _authority(tmp_path)
    settings = authority(tmp_path, NOW)
    assert settings.signing_certificate is not None
    certificate = x509.load_pem_x509_certificate(signing.sign(csr(), ["client auth"], None, NOW))
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(settings.signing_certificate.read_bytes()))


def _signed(tmp_path: Path, one: dict[str, Any]) -> World:
    world = World()
    world.put(CERTIFICATESIGNINGREQUESTS, one)
    world.settle(world.build(build_signer, authority(tmp_path, world.clock.now())))
    return world


def test_an_approved_request_is_signed_once(tmp_path: Path) -> None:
    world = _signed(tmp_path, request(conditions=[approved()]))
    assert said(world.writes) == ["update certificatesigningrequests csr status"]
    pem = base64.b64decode(world.get(CERTIFICATESIGNINGREQUESTS, "csr")["status"]["certificate"])
    certificate = x509.load_pem_x509_certificate(pem)
    assert certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "system:node:one"


@pytest.mark.parametrize(
    ("conditions", "signer"),
    [
        ((), "kubernetes.io/kube-apiserver-client-kubelet"),
        (({"type": "Denied", "status": "True"},), "kubernetes.io/kube-apiserver-client-kubelet"),
        ((approved(), {"type": "Failed", "status": "True"}), "kubernetes.io/kube-apiserver-client-kubelet"),
        ((approved(),), "example.com/mine"),
        ((approved(),), "kubernetes.io/other"),
    ],
)
def test_what_is_not_approved_or_for_another_signer_is_left_alone(
    tmp_path: Path, conditions: Sequence[dict[str, Any]], signer: str
) -> None:
    assert _signed(tmp_path, request(conditions=conditions, signer=signer)).writes == []


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (request(csr("system:node:one", ["system:masters"])), "subject organization is not system:nodes"),
        (request(csr("admin")), "subject common name does not begin with system:node:"),
        (request(csr(names=["a.b"])), "DNS subjectAltNames are not allowed"),
        (request(usages=SERVING_USAGES, signer=CLIENT), "invalid usage for client certificate: server auth"),
        (request(usages=SERVING_USAGES, signer=KUBELET_SERVING), "DNS or IP subjectAltName is required"),
    ],
)
def test_a_request_the_signer_does_not_sign_fails_though_it_is_approved(
    tmp_path: Path, one: dict[str, Any], why: str
) -> None:
    one["status"]["conditions"] = [approved()]
    status = _signed(tmp_path, one).get(CERTIFICATESIGNINGREQUESTS, "csr")["status"]
    assert "certificate" not in status
    failed = status["conditions"][-1]
    assert (failed["type"], failed["reason"], failed["message"]) == ("Failed", "SignerValidationFailure", why)


def test_without_an_authority_nothing_is_signed() -> None:
    world = World()
    world.put(CERTIFICATESIGNINGREQUESTS, request(conditions=[approved()]))
    assert world.build(build_signer).loops == ()
