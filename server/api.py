"""The parts that every endpoint works with, in one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from apimachinery.clock import Clock
from apimachinery.gvk import GroupResource
from server.admission.chain import Chain
from server.authn.service_account import ServiceAccountTokens
from server.authz.authorizer import Authorizer
from server.encoding.kept import KeptEncodings
from server.registry.registry import Registry
from storage.store import Store
from storage.watch import Watch


@dataclass(slots=True, kw_only=True)
class Api:
    """``registries`` has one registry per stored kind; ``feeds`` are the watches being served."""

    store: Store
    clock: Clock
    admission: Chain
    authorizer: Authorizer
    registries: Mapping[GroupResource, Registry]
    tokens: ServiceAccountTokens
    feeds: set[Watch] = field(default_factory=set)
    kept: KeptEncodings = field(default_factory=KeptEncodings)

    def end_watches(self) -> None:
        """Let every watch hand out what it has and end, as a server that stops does."""
        for feed in list(self.feeds):
            feed.close()

    def end_watches_of(self, stored_as: str) -> None:
        """The same for one resource, which is served otherwise from now on, or no more: who watches lists again."""
        for feed in [feed for feed in self.feeds if feed.resource == stored_as]:
            feed.close()
