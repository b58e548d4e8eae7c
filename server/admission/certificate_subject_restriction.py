"""CertificateSubjectRestriction: no certificate for clients of the API server is asked for in the masters' group.

Source: k8s.io/kubernetes plugin/pkg/admission/certificates/subjectrestriction.
"""

from __future__ import annotations

import base64
import binascii

from cryptography import x509
from cryptography.x509.oid import NameOID

from server.admission.chain import Attributes
from server.admission.refusal import forbidden
from server.admission.signers import REQUESTS
from server.authn.user import MASTERS

_CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client"


class CertificateSubjectRestriction:
    name = "CertificateSubjectRestriction"

    async def mutate(self, attributes: Attributes) -> None:
        return None

    async def validate(self, attributes: Attributes) -> None:
        if attributes.group_resource != REQUESTS or attributes.operation != "CREATE" or attributes.subresource:
            return
        if attributes.obj is None or attributes.obj["spec"].get("signerName") != _CLIENT_SIGNER:
            return
        try:
            groups = _groups(attributes.obj["spec"].get("request") or "")
        except (ValueError, binascii.Error) as error:
            raise forbidden(attributes, f"failed to parse CSR: {error}") from None
        if MASTERS in groups:
            why = f"use of {_CLIENT_SIGNER} signer with {MASTERS} group is not allowed"
            raise forbidden(attributes, why)


def _groups(request: str) -> list[str | bytes]:
    """The organisations in the subject of a base64-encoded PEM request."""
    parsed = x509.load_pem_x509_csr(base64.b64decode(request))
    return [each.value for each in parsed.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
