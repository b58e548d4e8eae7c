"""CertificateApproval: who approves or denies a certificate signing request must have the right to, for its signer.

Source: k8s.io/kubernetes plugin/pkg/admission/certificates/approval.
"""

from __future__ import annotations

from apimachinery.fielderrors import quote
from server.admission.chain import Attributes
from server.admission.refusal import forbidden
from server.admission.signers import REQUESTS, may_use_signer
from server.authz.authorizer import Authorizer


class CertificateApproval:
    name = "CertificateApproval"

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    async def mutate(self, attributes: Attributes) -> None:
        return None

    async def validate(self, attributes: Attributes) -> None:
        if attributes.group_resource != REQUESTS or attributes.subresource != "approval" or attributes.old is None:
            return
        signer = attributes.old["spec"].get("signerName", "")
        if not await may_use_signer(self._authorizer, attributes.user, "approve", signer):
            raise forbidden(attributes, f"user not permitted to approve requests with signerName {quote(signer)}")
