from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from kubelet.identity.requests import Refused, certificate_of, new_key, signing_request
from tests.kubelet.identity.signing import Authority, issued

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_request_is_a_kubelets() -> None:
    key = new_key()
    request = signing_request("one", key, 3600)
    spec = request["spec"]
    assert spec["signerName"] == "kubernetes.io/kube-apiserver-client-kubelet"
    assert spec["usages"] == ["digital signature", "client auth"]
    assert spec["expirationSeconds"] == 3600
    csr = x509.load_pem_x509_csr(base64.b64decode(spec["request"]))
    subject = {attribute.oid: attribute.value for attribute in csr.subject}
    assert subject == {NameOID.COMMON_NAME: "system:node:one", NameOID.ORGANIZATION_NAME: "system:nodes"}
    assert not list(csr.extensions)


def test_the_same_key_asks_under_the_same_name_and_another_under_another() -> None:
    key = new_key()
    assert signing_request("one", key)["metadata"] == signing_request("one", key)["metadata"]
    assert signing_request("one", new_key())["metadata"] != signing_request("one", key)["metadata"]


def test_what_becomes_of_a_request() -> None:
    request = signing_request("one", new_key())
    assert certificate_of(request) is None
    assert certificate_of({**request, "status": {"conditions": [{"type": "Approved", "status": "True"}]}}) is None
    pem = Authority(NOW).sign(request, NOW)
    assert certificate_of(issued(request, pem)) == pem


@pytest.mark.parametrize("kind", ["Denied", "Failed"])
def test_a_refusal_says_why(kind: str) -> None:
    condition = {"type": kind, "status": "True", "message": "not today"}
    with pytest.raises(Refused, match=f"{kind.lower()}: not today"):
        certificate_of({**signing_request("one", new_key()), "status": {"conditions": [condition]}})
