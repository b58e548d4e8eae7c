"""CertificateSigning: who writes a request's certificate or conditions must have the right to sign, for its signer.

Source: k8s.io/kubernetes plugin/pkg/admission/certificates/signing.
"""

from __future__ import annotations

from apimachinery.fielderrors import quote
from apimachinery.objects import Object
from server.admission.chain import Attributes
from server.admission.refusal import forbidden
from server.admission.signers import REQUESTS, may_use_signer
from server.authz.authorizer import Authorizer


class CertificateSigning:
    name = "CertificateSigning"

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    async def mutate(self, attributes: Attributes) -> None:
        return None

    async def validate(self, attributes: Attributes) -> None:
        if attributes.group_resource != REQUESTS or attributes.subresource != "status":
            return
        new, old = attributes.obj, attributes.old
        if new is None or old is None or _signed(new) == _signed(old):
            return
        signer = old["spec"].get("signerName", "")
        if not await may_use_signer(self._authorizer, attributes.user, "sign", signer):
            raise forbidden(attributes, f"user not permitted to sign requests with signerName {quote(signer)}")


def _signed(request: Object) -> tuple[object, object]:
    status = request.get("status") or {}
    return status.get("certificate") or "", status.get("conditions") or []
