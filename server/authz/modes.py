"""The authorization modes a server can be started with, by upstream's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from server.authz.authorizer import Authorizer
from server.authz.chain import AlwaysAllow, AuthorizerChain, PrivilegedGroup
from server.authz.rbac.authorizer import RbacAuthorizer
from server.authz.rbac.policy import Policy

Current = Callable[[], Policy]

MODES: Mapping[str, Callable[[Current], Authorizer]] = {
    "AlwaysAllow": lambda current: AlwaysAllow(),
    "RBAC": RbacAuthorizer,
}


def make_authorizer(modes: Sequence[str], current: Current) -> Authorizer:
    """Asks each mode in turn, after ``system:masters``. Raises KeyError for a mode there is not."""
    return AuthorizerChain((PrivilegedGroup(), *(MODES[mode](current) for mode in modes)))
