"""Admission: an explicit, ordered chain of plugins that may change or refuse an authorized, decoded write.

A plugin changes ``attributes.obj`` in ``mutate`` and raises a StatusError to refuse in either step. Mutation runs once
per attempt, before the registry's own preparation; validation runs on the finished object, inside the registry.
Source: k8s.io/apiserver/pkg/admission.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from apimachinery.gvk import GroupResource, GroupVersionKind, GroupVersionResource
from apimachinery.objects import Object
from server.authn.user import User


class Forms(Protocol):
    """The versions in which an object of the request's kind is known."""

    @property
    def equivalents(self) -> Mapping[GroupVersionResource, GroupVersionKind]:
        """The other versions that are served."""

    def shown(self, obj: Object | None, resource: GroupVersionResource) -> Object | None:
        """An object of the write in that version. Not to be changed."""

    def read(self, value: Any, resource: GroupVersionResource) -> Object:
        """JSON of that version as an object as those of the write are, defaults filled in. Raises ValueError."""

    def merged(self, obj: Object, patch: Object, resource: GroupVersionResource) -> Object:
        """An object of that version with ``patch`` merged into it as server-side apply merges. Raises ValueError."""


class _AsItIs:
    """There are no other versions, and an object is what it says."""

    equivalents: Mapping[GroupVersionResource, GroupVersionKind] = {}

    def shown(self, obj: Object | None, resource: GroupVersionResource) -> Object | None:
        return obj

    def read(self, value: Any, resource: GroupVersionResource) -> Object:
        obj: Object = value
        return obj

    def merged(self, obj: Object, patch: Object, resource: GroupVersionResource) -> Object:
        return {**obj, **patch}


@dataclass(slots=True)
class Reinvocation:
    """``needed`` asks for a second round of the chain; in it, ``again`` is true. ``asked`` belongs to the webhooks:
    who was asked, and about what."""

    needed: bool = False
    again: bool = False
    asked: dict[Hashable, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Attributes:
    """One write. ``operation`` is CREATE, UPDATE, DELETE or CONNECT; objects are of the stored version."""

    operation: str
    resource: GroupVersionResource
    kind: GroupVersionKind
    subresource: str
    namespace: str
    name: str
    obj: Object | None
    old: Object | None
    user: User
    dry_run: bool
    warnings: list[str]
    audit_annotations: dict[str, str] = field(default_factory=dict)
    """The request's, for its audit event: key ``plugin.example.io/what``, short text. The first to set a key has it."""
    forms: Forms = field(default_factory=_AsItIs)
    reinvocation: Reinvocation = field(default_factory=Reinvocation)
    group_resource: GroupResource = field(init=False)

    def __post_init__(self) -> None:
        self.group_resource = self.resource.group_resource


class Plugin(Protocol):
    """``name`` is upstream's. Both steps are called for every write: return at once for what is not yours."""

    @property
    def name(self) -> str: ...

    async def mutate(self, attributes: Attributes) -> None: ...

    async def validate(self, attributes: Attributes) -> None: ...


class Chain:
    def __init__(self, plugins: Sequence[Plugin]) -> None:
        self.plugins = tuple(plugins)

    async def mutate(self, attributes: Attributes) -> None:
        """A second round follows, once, if something came from outside that plugins before it have not seen."""
        for plugin in self.plugins:
            await plugin.mutate(attributes)
        if attributes.reinvocation.needed:
            attributes.reinvocation.again = True
            for plugin in self.plugins:
                await plugin.mutate(attributes)

    async def validate(self, attributes: Attributes) -> None:
        for plugin in self.plugins:
            await plugin.validate(attributes)
