"""The authorizer until RBAC: whoever has proved who they are may do everything, others may ask for health and version.

The public paths are those of upstream's ``system:public-info-viewer`` role.
"""

from __future__ import annotations

from server.authn.user import AUTHENTICATED, User
from server.authz.authorizer import Attributes, PathRule, ResourceRule, Rules, Verdict

_PUBLIC = ("/healthz", "/livez", "/readyz", "/version", "/version/")
_ALL = ("*",)
_EVERYTHING = Rules((ResourceRule(_ALL, _ALL, _ALL),), (PathRule(_ALL, _ALL),))
_PUBLIC_ONLY = Rules((), (PathRule(("get",), _PUBLIC),))


class AuthenticatedAuthorizer:
    async def authorize(self, attributes: Attributes) -> Verdict:
        if AUTHENTICATED in attributes.user.groups:
            return Verdict(True)
        return Verdict(not attributes.is_resource and attributes.verb == "get" and attributes.path in _PUBLIC)

    async def rules(self, user: User, namespace: str) -> Rules:
        return _EVERYTHING if AUTHENTICATED in user.groups else _PUBLIC_ONLY
