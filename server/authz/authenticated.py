"""The authorizer until RBAC: whoever has proved who they are may do everything, others may ask for health and version.

The public paths are those of upstream's ``system:public-info-viewer`` role.
"""

from __future__ import annotations

from server.authn.user import AUTHENTICATED
from server.authz.authorizer import Attributes, Verdict

_PUBLIC = frozenset({"/healthz", "/livez", "/readyz", "/version", "/version/"})


class AuthenticatedAuthorizer:
    async def authorize(self, attributes: Attributes) -> Verdict:
        if AUTHENTICATED in attributes.user.groups:
            return Verdict(True)
        return Verdict(not attributes.is_resource and attributes.verb == "get" and attributes.path in _PUBLIC)
