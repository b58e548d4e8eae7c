"""Several authorizers in order: the first that allows or denies decides; else their reasons are told together.

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


class AlwaysDeny:
    """For trying out what happens then. ``system:masters`` is asked before."""

    async def authorize(self, attributes: Attributes) -> Verdict:
        return Verdict(False, "Everything is forbidden.")

    async def rules(self, user: User, namespace: str) -> Rules:
        return _NOTHING


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
        undecided = []
        for authorizer in self._authorizers:
            verdict = await authorizer.authorize(attributes)
            if verdict.allowed or verdict.denied:
                return verdict
            undecided.append(verdict)
        reasons = "\n".join(verdict.reason for verdict in undecided if verdict.reason)
        return Verdict(False, reasons, trouble=_aggregate([v.trouble for v in undecided if v.trouble]))

    async def rules(self, user: User, namespace: str) -> Rules:
        each = [await authorizer.rules(user, namespace) for authorizer in self._authorizers]
        return Rules(
            tuple(rule for rules in each for rule in rules.resources),
            tuple(rule for rules in each for rule in rules.paths),
            any(rules.incomplete for rules in each),
            _aggregate([rules.trouble for rules in each if rules.trouble]),
        )


def _aggregate(troubles: Sequence[str]) -> str:
    """As Go prints several errors."""
    each = tuple(dict.fromkeys(troubles))
    return each[0] if len(each) == 1 else f"[{', '.join(each)}]" if each else ""
