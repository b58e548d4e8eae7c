"""The authorization modes a server can be started with, by upstream's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from apimachinery.clock import Clock
from apimachinery.gvk import GroupResource
from server.authn.user import User
from server.authz.authorizer import Attributes, Authorizer, Rules, Verdict
from server.authz.chain import AlwaysAllow, AlwaysDeny, AuthorizerChain, PrivilegedGroup
from server.authz.config import WEBHOOK, Entry, Webhook, read_authorization_config
from server.authz.node.authorizer import node_authorizer
from server.authz.rbac.authorizer import RbacAuthorizer
from server.authz.rbac.bootstrap import rules_of_role
from server.authz.rbac.policy import Policy
from server.authz.webhook import WebhookAuthorizer
from server.outbound.review import Reviewer
from server.reloading import Reloading
from storage.cache import ResourceCache


class Sources(NamedTuple):
    """What the modes decide by: the RBAC policy as it is now, and the server's caches."""

    policy: Callable[[], Policy]
    cache_of: Callable[[GroupResource], ResourceCache]


MODES: Mapping[str, Callable[[Sources], Authorizer]] = {
    "AlwaysAllow": lambda sources: AlwaysAllow(),
    "AlwaysDeny": lambda sources: AlwaysDeny(),
    "Node": lambda sources: node_authorizer(sources.cache_of, rules_of_role("system:node")),
    "RBAC": lambda sources: RbacAuthorizer(sources.policy),
}


@dataclass(frozen=True, slots=True)
class Authorization:
    """``modes``: names out of MODES, or Webhook, asked in that order; or ``file``, an AuthorizationConfiguration that
    says it, and may change. ``webhook``: the one of a mode of that name."""

    modes: tuple[str, ...] = ("Node", "RBAC")
    webhook: Webhook | None = None
    file: Path | None = None


def make_authorizer(authorization: Authorization, sources: Sources, clock: Clock) -> Authorizer:
    """Asks each mode in turn, after ``system:masters``. Raises KeyError for a mode there is not, ConfigFileError."""
    if authorization.file is not None:
        return ConfiguredAuthorizer(authorization.file, sources, clock)
    return _chain([Entry(mode, authorization.webhook) for mode in authorization.modes], sources, clock)


class ConfiguredAuthorizer:
    """What an AuthorizationConfiguration says, as it is now."""

    def __init__(self, path: Path, sources: Sources, clock: Clock) -> None:
        """Raises ConfigFileError."""
        self._reloading = Reloading(
            path, lambda file: _chain(read_authorization_config(file, MODES.keys()), sources, clock), clock
        )

    async def authorize(self, attributes: Attributes) -> Verdict:
        return await self._reloading.current.authorize(attributes)

    async def rules(self, user: User, namespace: str) -> Rules:
        return await self._reloading.current.rules(user, namespace)


def _chain(entries: Sequence[Entry], sources: Sources, clock: Clock) -> Authorizer:
    return AuthorizerChain((PrivilegedGroup(), *(_one(entry, sources, clock) for entry in entries)))


def _one(entry: Entry, sources: Sources, clock: Clock) -> Authorizer:
    if entry.type != WEBHOOK:
        return MODES[entry.type](sources)
    if entry.webhook is None:
        raise KeyError(entry.type)
    webhook = entry.webhook
    return WebhookAuthorizer(Reviewer(webhook.remote, webhook.seconds), webhook.config, clock)
