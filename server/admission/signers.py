"""Who may approve or sign requests of a certificate signer: by its name, or by its domain as ``domain/*``.

Source: k8s.io/kubernetes pkg/apis/certificates/authorization.
"""

from __future__ import annotations

from apimachinery.gvk import GroupResource
from server.authn.user import User
from server.authz.authorizer import Attributes as Asked
from server.authz.authorizer import Authorizer

REQUESTS = GroupResource("certificates.k8s.io", "certificatesigningrequests")


async def may_use_signer(authorizer: Authorizer, user: User, verb: str, signer: str) -> bool:
    """``verb`` is approve or sign."""
    for name in (signer, f"{signer.split('/', 1)[0]}/*"):
        asked = Asked(
            user=user,
            verb=verb,
            is_resource=True,
            group=REQUESTS.group,
            version="*",
            resource="signers",
            name=name,
        )
        if (await authorizer.authorize(asked)).allowed:
            return True
    return False
