"""Of which requests an audit log tells, and how much: the first matching rule of a policy.

Source: k8s.io/apiserver/pkg/audit/policy/checker.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from server.authz.authorizer import Attributes


class Level(IntEnum):
    """How much is told; each level includes those before it."""

    NONE = 0
    METADATA = 1
    REQUEST = 2
    REQUEST_RESPONSE = 3


LEVELS = {
    "None": Level.NONE,
    "Metadata": Level.METADATA,
    "Request": Level.REQUEST,
    "RequestResponse": Level.REQUEST_RESPONSE,
}
LEVEL_NAMES = {level: name for name, level in LEVELS.items()}

RECEIVED = "RequestReceived"
STARTED = "ResponseStarted"
COMPLETE = "ResponseComplete"
PANIC = "Panic"
STAGES = (RECEIVED, STARTED, COMPLETE, PANIC)

CREDENTIALS = frozenset(
    {
        ("", "secrets", ""),
        ("", "serviceaccounts", "token"),
        ("authentication.k8s.io", "tokenreviews", ""),
    }
)
"""Group, resource and subresource of what carries credentials in its bodies: these are never told, at any level."""


class Resources(NamedTuple):
    """Of one group ("*": of any): all resources if none are named."""

    group: str
    resources: tuple[str, ...]
    names: frozenset[str]

    def matches(self, asked: Attributes) -> bool:
        if self.group not in ("*", asked.group):
            return False
        if not self.resources:
            return True
        if self.names and asked.name not in self.names:
            return False
        return any(_names(resource, asked) for resource in self.resources)


def _names(named: str, asked: Attributes) -> bool:
    """``pods``, ``pods/log``, ``pods/*`` (the resource too), ``*/scale``, ``*``."""
    resource, _, subresource = named.partition("/")
    if named == "*":
        return True
    if resource == "*":
        return bool(asked.subresource) and subresource == asked.subresource
    return resource == asked.resource and subresource in (asked.subresource, "*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Empty: whatever it is. ``omit_managed_fields`` None: as the policy says."""

    level: Level
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()
    resources: tuple[Resources, ...] = ()
    urls: tuple[str, ...] = ()
    omit_stages: frozenset[str] = frozenset()
    omit_managed_fields: bool | None = None

    def matches(self, asked: Attributes) -> bool:
        if self.users and asked.user.name not in self.users:
            return False
        if self.groups and self.groups.isdisjoint(asked.user.groups):
            return False
        if self.verbs and asked.verb not in self.verbs:
            return False
        if self.namespaces or self.resources:
            return self._matches_resource(asked)
        return not self.urls or (not asked.is_resource and any(_covers(url, asked.path) for url in self.urls))

    def _matches_resource(self, asked: Attributes) -> bool:
        if not asked.is_resource or (self.namespaces and asked.namespace not in self.namespaces):
            return False
        return not self.resources or any(resources.matches(asked) for resources in self.resources)


def _covers(url: str, path: str) -> bool:
    return url in ("*", path) or (url.endswith("*") and path.startswith(url.rstrip("*")))


class Decision(NamedTuple):
    level: Level
    omit_stages: frozenset[str]
    omit_managed_fields: bool


@dataclass(frozen=True, slots=True)
class Policy:
    rules: tuple[Rule, ...]
    omit_stages: frozenset[str] = frozenset()
    omit_managed_fields: bool = False

    def decide(self, asked: Attributes) -> Decision:
        for rule in self.rules:
            if rule.matches(asked):
                omit = rule.omit_managed_fields
                return Decision(
                    _capped(rule.level, asked),
                    self.omit_stages | rule.omit_stages,
                    self.omit_managed_fields if omit is None else omit,
                )
        return Decision(Level.NONE, self.omit_stages, self.omit_managed_fields)


def _capped(level: Level, asked: Attributes) -> Level:
    if level > Level.METADATA and (asked.group, asked.resource, asked.subresource) in CREDENTIALS:
        return Level.METADATA
    return level
