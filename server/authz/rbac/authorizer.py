"""The RBAC authorizer: a request is allowed if any rule given to the user, or to a group of theirs, allows it.

A verdict is remembered until roles or bindings change; the policy object's identity is what tells.
"""

from __future__ import annotations

from collections.abc import Callable

from apimachinery.remembering import LONGEST
from server.authn.user import User
from server.authz.authorizer import Attributes, PathRule, ResourceRule, Rules, Verdict
from server.authz.rbac.policy import Policy

_REMEMBERED = 8192
"""Verdicts at the most; about 200 bytes each."""


class RbacAuthorizer:
    """``current`` gives the policy as it is now."""

    def __init__(self, current: Callable[[], Policy]) -> None:
        self._current = current
        self._policy: Policy | None = None
        self._verdicts: dict[tuple[object, ...], Verdict] = {}

    async def authorize(self, attributes: Attributes) -> Verdict:
        policy = self._current()
        if policy is not self._policy or len(self._verdicts) >= _REMEMBERED:
            self._policy, self._verdicts = policy, {}
        if not _worth_remembering(attributes):
            return decide(policy, attributes)
        question = _question(attributes)
        verdict = self._verdicts.get(question)
        if verdict is None:
            verdict = self._verdicts[question] = decide(policy, attributes)
        return verdict

    async def rules(self, user: User, namespace: str) -> Rules:
        resources: list[ResourceRule] = []
        paths: list[PathRule] = []
        incomplete = False
        for grant in self._current().grants(user, namespace):
            incomplete = incomplete or bool(grant.trouble)
            for rule in grant.rules:
                if rule.resources:
                    resources.append(ResourceRule(rule.verbs, rule.groups, rule.resources, rule.names))
                if rule.urls:
                    paths.append(PathRule(rule.verbs, rule.urls))
        return Rules(tuple(resources), tuple(paths), incomplete)


def _worth_remembering(attributes: Attributes) -> bool:
    """Whoever asks chooses most of it, and could fill the memory with questions."""
    a = attributes
    said = len(a.path) + len(a.name) + len(a.namespace) + len(a.resource) + len(a.subresource) + len(a.group)
    return said + len(a.verb) + len(a.user.name) <= LONGEST


def _question(attributes: Attributes) -> tuple[object, ...]:
    user = attributes.user
    if not attributes.is_resource:
        return user.name, user.groups, attributes.verb, attributes.path
    return (
        user.name,
        user.groups,
        attributes.verb,
        attributes.group,
        attributes.resource,
        attributes.subresource,
        attributes.namespace,
        attributes.name,
    )


def decide(policy: Policy, attributes: Attributes) -> Verdict:
    troubles: dict[str, None] = {}
    for grant in policy.grants(attributes.user, attributes.namespace):
        if any(rule.allows(attributes) for rule in grant.rules):
            return Verdict(True, f"RBAC: allowed by {grant.source}")
        if grant.trouble:
            troubles[grant.trouble] = None
    if not troubles:
        return Verdict(False)
    listed = next(iter(troubles)) if len(troubles) == 1 else f"[{', '.join(troubles)}]"
    return Verdict(False, f"RBAC: {listed}")
