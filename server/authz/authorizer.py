"""What authorization asks and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from apimachinery.fields import FieldRequirement
from apimachinery.gvk import GroupResource
from apimachinery.labels import Requirement
from apimachinery.status import Forbidden
from server.authn.user import User


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a user wants to do: to a resource, or with ``verb`` the HTTP method in lower case, to a path."""

    user: User
    verb: str
    path: str = ""
    is_resource: bool = False
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    fields: tuple[FieldRequirement, ...] = ()
    """Of a list, watch or deletecollection: what the field selector asks for."""
    labels: tuple[Requirement, ...] = ()
    """And the label selector."""


class Verdict(NamedTuple):
    """``denied``: no other authorizer is asked. ``trouble``: what went wrong on the way, for who asked by a review."""

    allowed: bool
    reason: str = ""
    denied: bool = False
    trouble: str = ""


class ResourceRule(NamedTuple):
    """What may be done to resources; "*" stands for all."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...]
    resources: tuple[str, ...]
    names: tuple[str, ...] = ()


class PathRule(NamedTuple):
    verbs: tuple[str, ...]
    paths: tuple[str, ...]


class Rules(NamedTuple):
    """All that a user may do in a namespace. ``incomplete``: there may be more that could not be listed."""

    resources: tuple[ResourceRule, ...]
    paths: tuple[PathRule, ...]
    incomplete: bool = False
    trouble: str = ""
    """Why it is not complete, if that is known."""


class Authorizer(Protocol):
    async def authorize(self, attributes: Attributes) -> Verdict:
        """Called for every request. No opinion is a refusal."""

    async def rules(self, user: User, namespace: str) -> Rules:
        """For SelfSubjectRulesReview."""


_SANITIZED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
"""A message must not look like a page."""


def forbidden(attributes: Attributes, reason: str) -> Forbidden:
    """The 403 of a request that nobody allows. ``name`` and resource are told, whether they exist or not."""
    why = refusal(attributes).translate(_SANITIZED) + (f": {reason}" if reason else "")
    return Forbidden.of(GroupResource(attributes.group, attributes.resource), attributes.name, why)


def refusal(attributes: Attributes) -> str:
    """The sentence of a 403, as upstream words it."""
    user = attributes.user.name
    if not attributes.is_resource:
        return f'User "{user}" cannot {attributes.verb} path "{attributes.path}"'
    resource = attributes.resource
    if attributes.subresource:
        resource = f"{resource}/{attributes.subresource}"
    where = f'in the namespace "{attributes.namespace}"' if attributes.namespace else "at the cluster scope"
    return f'User "{user}" cannot {attributes.verb} resource "{resource}" in API group "{attributes.group}" {where}'
