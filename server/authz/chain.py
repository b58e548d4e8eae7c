"""Several authorizers in order: the first that allows decides; when none does, their reasons are told together.

Source: k8s.io/apiserver/pkg/authorization/union, authorizerfactory.
"""

from __future__ import annotations

from collections.abc import Sequence

from server.authn.user import MASTERS, User
from server.authz.authorizer import Attributes, Authorizer, PathRule, ResourceRule, Rules, Verdict

_ALL = ("*",)
_EVERYTHING = Rules((ResourceRule(_ALL, _ALL, _ALL),), (PathRule(_ALL, _ALL),))
_NOTHING = Rules((), ())


class AlwaysAllow:
    """Only ever by explicit wish."""

    async def authorize(self, attributes: Attributes) -> Verdict:
        return Verdict(True)

    async def rules(self, user: User, namespace: str) -> Rules:
        return _EVERYTHING


class PrivilegedGroup:
    """``system:masters`` may do everything, whatever the policy says: nobody can lock themselves out."""

    async def authorize(self, attributes: Attributes) -> Verdict:
        return Verdict(MASTERS in attributes.user.groups)

    async def rules(self, user: User, namespace: str) -> Rules:
        """Upstream lists nothing here; the binding of cluster-admin says it."""
        return _NOTHING


class AuthorizerChain:
    def __init__(self, authorizers: Sequence[Authorizer]) -> None:
        self._authorizers = tuple(authorizers)

    async def authorize(self, attributes: Attributes) -> Verdict:
        reasons = []
        for authorizer in self._authorizers:
            verdict = await authorizer.authorize(attributes)
            if verdict.allowed:
                return verdict
            if verdict.reason:
                reasons.append(verdict.reason)
        return Verdict(False, "\n".join(reasons))

    async def rules(self, user: User, namespace: str) -> Rules:
        each = [await authorizer.rules(user, namespace) for authorizer in self._authorizers]
        return Rules(
            tuple(rule for rules in each for rule in rules.resources),
            tuple(rule for rules in each for rule in rules.paths),
            any(rules.incomplete for rules in each),
        )
