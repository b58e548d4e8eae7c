"""Builds the catalog of handlers out of the descriptions of resources and kinds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from apimachinery.clock import Clock
from apimachinery.gvk import GroupKind, GroupResource
from openapi.resources import Resource
from openapi.schema import type_of
from server.api import Api
from server.endpoints.catalog import Target
from server.endpoints.create import create
from server.endpoints.delete import delete, delete_collection
from server.endpoints.get import get
from server.endpoints.list import list_or_watch
from server.endpoints.patch import patch
from server.endpoints.update import update
from server.endpoints.viewget import get_view
from server.endpoints.views import View, whole_view
from server.kinds.spec import KindSpec
from server.registry.registry import Registry
from server.registry.served import Conversions, Served
from server.request import Answer, Handler, Request
from server.subresources.actions import ACTIONS
from server.subresources.views import VIEWS
from storage.store import Store

Verbs = Mapping[str, Handler]


def stored_resources(resources: Iterable[Resource]) -> dict[GroupResource, Resource]:
    """The resources that are stored, each in the version it is stored in."""
    return {r.storage_resource: r for r in resources if r.gvk == r.storage and "list" in r.verbs}


def build_registries(
    store: Store, clock: Clock, resources: Iterable[Resource], kinds: Mapping[GroupKind, KindSpec]
) -> dict[GroupResource, Registry]:
    registries = {}
    for group_resource, resource in stored_resources(resources).items():
        spec = kinds[resource.storage.group_kind]
        registries[group_resource] = Registry(
            store=store,
            clock=clock,
            resource=group_resource,
            gvk=resource.storage,
            namespaced=resource.namespaced,
            make_type=partial(type_of, resource.storage),
            strategy=replace(
                spec.strategy,
                has_status=resource.subresource("status") is not None,
                returns_deleted=resource.returns_deleted,
            ),
            validator=spec.validator,
        )
    return registries


def build_served(
    api: Api, resources: Iterable[Resource], kinds: Mapping[GroupKind, KindSpec], conversions: Conversions
) -> dict[Target, Served]:
    served = {}
    for resource in resources:
        registry = api.registries.get(resource.storage_resource)
        if registry is None:
            continue
        spec = kinds[resource.storage.group_kind]
        target = Target(resource.group, resource.version, resource.plural, "")
        served[target] = Served(resource, spec, registry, conversions)
    for one in served.values():
        versions = {other.gvk.api_version: other for other in served.values() if other.registry is one.registry}
        one.serve_beside(versions)
    return served


DEPRECATED = {
    Target("", "v1", "componentstatuses", ""): "v1 ComponentStatus is deprecated in v1.19+",
    Target("", "v1", "endpoints", ""): "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
}
"""Resources whose every use is answered with a warning."""


def build_verbs(api: Api, served: Mapping[Target, Served]) -> dict[Target, Verbs]:
    verbs: dict[Target, Verbs] = {}
    for target, one in served.items():
        verbs[target] = _main_verbs(api, one)
        if target in DEPRECATED:
            verbs[target] = {verb: _warning(DEPRECATED[target], h) for verb, h in verbs[target].items()}
        for sub in one.resource.subresources:
            handlers = _subresource_verbs(api, one, sub.name, sub.verbs)
            if handlers:
                verbs[target._replace(subresource=sub.name)] = handlers
    return verbs


def _warning(text: str, handler: Handler) -> Handler:
    async def handle(request: Request) -> Answer:
        request.warnings.append(text)
        request.audit_annotations.setdefault("k8s.io/deprecated", "true")
        return await handler(request)

    return handle


def _main_verbs(api: Api, served: Served) -> Verbs:
    main = whole_view(served, "", served.registry.main_rules(served.gvk.group))
    handlers: dict[str, Handler] = {
        "create": partial(create, api, served),
        "get": partial(get, api, served),
        "list": partial(list_or_watch, api, served),
        "watch": partial(list_or_watch, api, served),
        "update": partial(update, api, served, main),
        "patch": partial(patch, api, served, main),
        "delete": partial(delete, api, served),
        "deletecollection": partial(delete_collection, api, served),
    }
    return {verb: handler for verb, handler in handlers.items() if verb in served.resource.verbs}


def _subresource_verbs(api: Api, served: Served, name: str, verbs: tuple[str, ...]) -> Verbs:
    make_view = served.views.get(name) or VIEWS.get(name)
    if make_view is not None:
        return _view_verbs(api, served, make_view(served), verbs)
    action: Callable[..., Awaitable[Any]] | None = ACTIONS.get((served.resource.plural, name))
    if action is None:
        return {}
    return {verb: partial(action, api, served) for verb in verbs}


def _view_verbs(api: Api, served: Served, view: View, verbs: tuple[str, ...]) -> Verbs:
    handlers: dict[str, Handler] = {
        "get": partial(get_view, api, served, view),
        "update": partial(update, api, served, view),
        "patch": partial(patch, api, served, view),
    }
    return {verb: handler for verb, handler in handlers.items() if verb in verbs}
