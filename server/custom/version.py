"""From a CustomResourceDefinition to what serves each of its versions.

Pure but for the store that registries are bound to. Source: k8s.io/apiextensions-apiserver/pkg/apiserver
(customresource_handler.go, customresource_discovery_controller.go).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from apimachinery.clock import Clock
from apimachinery.gvk import GroupResource, GroupVersionKind
from apimachinery.objects import Object
from openapi.resources import Resource, Subresource
from openapi.schema import Type
from server.custom.codec import SchemaCodec
from server.custom.columns import printed, printer_of
from server.custom.defaulting import apply_defaults, has_defaults
from server.custom.finalizers import FinalizerWarnings
from server.custom.jsonpath import JSONPath
from server.custom.scale import ScalePaths, scale_view_of
from server.custom.served import CustomServed
from server.custom.types import root_type
from server.custom.validating import Rules
from server.kinds.spec import Defaulting, KindSpec
from server.registry.registry import Registry
from server.registry.strategy import EVERYTHING, Strategy
from server.subresources.scale import SCALE
from server.validation.structural import ANY_FIELDS, Schema
from storage.store import Store

VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
_VIEW_VERBS = ("get", "patch", "update")
_ANYTHING: Schema = {"type": "object", ANY_FIELDS: True}


def group_resource(definition: Object) -> GroupResource:
    spec = definition["spec"]
    return GroupResource(spec["group"], spec["names"]["plural"])


def storage_version(definition: Object) -> str:
    return next((version["name"] for version in definition["spec"]["versions"] if version.get("storage")), "")


def schema_of(version: Mapping[str, Any]) -> Schema:
    """What the objects of a version are; without a schema they may be anything."""
    schema: Schema | None = (version.get("schema") or {}).get("openAPIV3Schema")
    return schema or _ANYTHING


def served_versions(definition: Object, store: Store, clock: Clock) -> Iterator[CustomServed]:
    """One for each version that is served, each with a registry of its own over the same objects."""
    for version in definition["spec"]["versions"]:
        if version.get("served"):
            yield _Version(definition, version).served(store, clock)


class _Version:
    def __init__(self, definition: Object, version: Mapping[str, Any]) -> None:
        spec = definition["spec"]
        self._version = version
        self._names = (definition.get("status") or {}).get("acceptedNames") or spec["names"]
        self._group: str = spec["group"]
        self._plural: str = spec["names"]["plural"]
        self._namespaced = spec["scope"] == "Namespaced"
        self._storage = GroupVersionKind(self._group, storage_version(definition), self._names["kind"])
        self._gvk = self._storage._replace(version=version["name"])
        self._schema = schema_of(version)
        self._preserves = bool(spec.get("preserveUnknownFields"))
        self._subresources: Mapping[str, Any] = version.get("subresources") or {}

    def served(self, store: Store, clock: Clock) -> CustomServed:
        strategy, scale = self._strategy(), self._scale()
        validator = Rules(self._schema, self._namespaced, scale).validator()
        codec, stored = (self._codec(gvk) for gvk in (self._gvk, self._storage))
        defaults: Defaulting = _defaulting(self._schema)
        kind = KindSpec(
            group=self._group,
            kind=self._gvk.kind,
            printer=printer_of(self._version.get("additionalPrinterColumns") or ()),
            validator=validator,
            strategy=strategy,
            defaults={self._gvk.version: defaults},
        )
        registry = Registry(
            store=store,
            clock=clock,
            resource=GroupResource(self._group, self._plural),
            gvk=self._gvk,
            namespaced=self._namespaced,
            make_type=lambda: self._type(stored),
            strategy=strategy,
            validator=validator,
            hooks=FinalizerWarnings(),
        )
        views: Mapping[str, Callable[..., Any]] = {} if scale is None else {"scale": scale_view_of(scale)}
        return CustomServed(self._resource(), kind, registry, self._type(codec), self._schema, codec, views)

    def _codec(self, gvk: GroupVersionKind) -> SchemaCodec:
        return SchemaCodec(self._schema, gvk.api_version, preserves=self._preserves)

    def _type(self, codec: SchemaCodec) -> Type:
        return root_type(self._gvk.kind, definition_name(self._gvk), self._schema, codec)

    def _scale(self) -> ScalePaths | None:
        scale = self._subresources.get("scale")
        return None if scale is None else ScalePaths.of(scale)

    def _strategy(self) -> Strategy:
        return Strategy(
            has_status="status" in self._subresources,
            status_keeps_metadata=True,
            generation_of=EVERYTHING,
            allow_unconditional_update=False,
            selectable=dict(map(_selectable, self._version.get("selectableFields") or ())),
        )

    def _resource(self) -> Resource:
        status = Subresource("status", self._gvk, _VIEW_VERBS)
        scale = Subresource("scale", SCALE, _VIEW_VERBS)
        return Resource(
            group=self._group,
            version=self._gvk.version,
            plural=self._plural,
            singular=self._names.get("singular") or "",
            kind=self._gvk.kind,
            list_kind=self._names.get("listKind") or f"{self._gvk.kind}List",
            namespaced=self._namespaced,
            verbs=VERBS,
            short_names=tuple(self._names.get("shortNames") or ()),
            categories=tuple(self._names.get("categories") or ()),
            subresources=tuple(one for one in (status, scale) if one.name in self._subresources),
            storage=self._storage,
            storage_resource=GroupResource(self._group, self._plural),
        )


def definition_name(gvk: GroupVersionKind) -> str:
    """Of the OpenAPI definition: the group's parts turned round, as upstream names it."""
    return ".".join((*reversed(gvk.group.split(".")), gvk.version, gvk.kind))


def _defaulting(schema: Schema) -> Defaulting:
    if not has_defaults(schema):
        return lambda obj: None
    return lambda obj: apply_defaults(obj, schema)


def _selectable(field: Mapping[str, Any]) -> tuple[str, Callable[[Object], str]]:
    path = JSONPath(field["jsonPath"])

    def read(obj: Object) -> str:
        found = path.find(obj)
        return printed(found[0]) if found and found[0] is not None else ""

    return field["jsonPath"].removeprefix("."), read
