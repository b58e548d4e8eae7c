"""One rule of a role, compiled for matching. Pure.

Source: k8s.io/kubernetes pkg/apis/rbac/v1/evaluation_helpers.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.authz.authorizer import Attributes

ALL = "*"


@dataclass(frozen=True, slots=True)
class Rule:
    """A ``rbac.authorization.k8s.io/v1`` PolicyRule. The order of the values is the role's."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()

    @classmethod
    def of(cls, rule: Mapping[str, Any]) -> Rule:
        return cls(
            tuple(rule.get("verbs") or ()),
            tuple(rule.get("apiGroups") or ()),
            tuple(rule.get("resources") or ()),
            tuple(rule.get("resourceNames") or ()),
            tuple(rule.get("nonResourceURLs") or ()),
        )

    def allows(self, attributes: Attributes) -> bool:
        if not _has(self.verbs, attributes.verb):
            return False
        if not attributes.is_resource:
            return any(url_covers(url, attributes.path) for url in self.urls)
        return (
            _has(self.groups, attributes.group)
            and self._has_resource(attributes.resource, attributes.subresource)
            and (not self.names or attributes.name in self.names)
        )

    def _has_resource(self, resource: str, subresource: str) -> bool:
        if not subresource:
            return _has(self.resources, resource)
        return _has(self.resources, f"{resource}/{subresource}") or f"{ALL}/{subresource}" in self.resources


def rules_of(role: Mapping[str, Any]) -> tuple[Rule, ...]:
    return tuple(Rule.of(rule) for rule in role.get("rules") or ())


def _has(values: tuple[str, ...], value: str) -> bool:
    return value in values or ALL in values


def url_covers(pattern: str, path: str) -> bool:
    """A pattern is a path, or ends with ``*`` and stands for all that begin so."""
    return pattern == path or (pattern.endswith(ALL) and path.startswith(pattern.rstrip(ALL)))
