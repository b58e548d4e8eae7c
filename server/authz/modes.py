"""The authorization modes a server can be started with, by upstream's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from apimachinery.gvk import GroupResource
from server.authz.authorizer import Authorizer
from server.authz.chain import AlwaysAllow, AuthorizerChain, PrivilegedGroup
from server.authz.node.authorizer import node_authorizer
from server.authz.rbac.authorizer import RbacAuthorizer
from server.authz.rbac.bootstrap import rules_of_role
from server.authz.rbac.policy import Policy
from storage.cache import ResourceCache


class Sources(NamedTuple):
    """What the modes decide by: the RBAC policy as it is now, and the server's caches."""

    policy: Callable[[], Policy]
    cache_of: Callable[[GroupResource], ResourceCache]


MODES: Mapping[str, Callable[[Sources], Authorizer]] = {
    "AlwaysAllow": lambda sources: AlwaysAllow(),
    "Node": lambda sources: node_authorizer(sources.cache_of, rules_of_role("system:node")),
    "RBAC": lambda sources: RbacAuthorizer(sources.policy),
}


def make_authorizer(modes: Sequence[str], sources: Sources) -> Authorizer:
    """Asks each mode in turn, after ``system:masters``. Raises KeyError for a mode there is not."""
    return AuthorizerChain((PrivilegedGroup(), *(MODES[mode](sources) for mode in modes)))
