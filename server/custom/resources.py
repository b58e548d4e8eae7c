"""The custom resources that are served now: requests for them, their discovery and who else may be asked."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object
from apimachinery.status import MethodNotAllowed
from server.api import Api
from server.custom.served import CustomServed
from server.discovery import aggregated, legacy
from server.discovery.further import FurtherVersion
from server.encoding.media import dump
from server.encoding.negotiation import negotiate, wants_pretty
from server.endpoints.catalog import Catalog, Target
from server.registry.codec import decode
from server.registry.registry import Registry
from server.request import Answer, Handler, Request, Response
from server.wiring import build_verbs

PRIORITY, VERSION_PRIORITY = 1000, 100
"""Of the groups of custom resources among others."""


class Installed(NamedTuple):
    """A definition as it is served. ``revision`` and ``shape`` (what it is served by) tell whether it is another."""

    revision: int
    shape: Hashable
    versions: tuple[CustomServed, ...]
    deprecations: Mapping[str, str]
    terminating: bool


async def _terminating(request: Request) -> Answer:
    """Nothing new while what is there goes."""
    message = f"{request.info.verb} not allowed while custom resource definition is terminating"
    raise MethodNotAllowed(message, {"group": request.info.group, "kind": request.info.resource})


class CustomResources:
    """``elsewhere`` is asked about resources that are not among these."""

    def __init__(self, api: Api, elsewhere: Handler) -> None:
        self._api = api
        self._elsewhere = elsewhere
        self._installed: dict[str, Installed] = {}
        self._catalog = Catalog({}, (), elsewhere)
        self._changes = 0

    # -- what is there -------------------------------------------------------------------------------------------------

    @property
    def changes(self) -> Hashable:
        return self._changes

    def get(self, name: str) -> Installed | None:
        return self._installed.get(name)

    def served(self) -> Sequence[CustomServed]:
        return [one for installed in self._installed.values() for one in installed.versions]

    def names(self) -> Sequence[str]:
        return list(self._installed)

    def registry(self, stored_as: str) -> Registry | None:
        """Of objects that are stored under a name of the form ``plural.group``."""
        installed = self._installed.get(stored_as)
        return installed.versions[0].registry if installed is not None and installed.versions else None

    def install(self, name: str, installed: Installed) -> None:
        """What was made of its objects under another schema is forgotten; what they are selected by is read anew."""
        before = self._installed.get(name)
        if before is not None and before.shape == installed.shape:
            self._installed[name] = before._replace(revision=installed.revision)
            return
        for one in installed.versions:
            one.serve_beside({other.gvk.api_version: other for other in installed.versions})
        self._installed[name] = installed
        if before is not None:
            self._api.end_watches_of(name)
        if installed.versions:
            registry = installed.versions[0].registry
            for entry in registry.cache.list().entries:
                entry.memo.clear()
                if registry.strategy.selectable:
                    entry.index = registry.index(decode(entry.value))
        self._changed()

    def remove(self, name: str) -> None:
        if self._installed.pop(name, None) is not None:
            self._api.end_watches_of(name)
            self._changed()

    def _changed(self) -> None:
        self._changes += 1
        verbs: dict[Target, Mapping[str, Handler]] = {}
        for installed in self._installed.values():
            verbs.update(self._verbs(installed))
        cluster_scoped = [one.resource.group_resource for one in self.served() if not one.resource.namespaced]
        self._catalog = Catalog(verbs, cluster_scoped, self._elsewhere)

    def _verbs(self, installed: Installed) -> dict[Target, Mapping[str, Handler]]:
        served = {Target(one.gvk.group, one.gvk.version, one.resource.plural, ""): one for one in installed.versions}
        verbs = build_verbs(self._api, served)
        found: dict[Target, Mapping[str, Handler]] = {}
        for target, handlers in verbs.items():
            text = installed.deprecations.get(target.version, "")
            own = {verb: partial(_warned, text, one) if text else one for verb, one in handlers.items()}
            if installed.terminating and "create" in own:
                own["create"] = _terminating
            found[target] = own
        return found

    # -- requests ------------------------------------------------------------------------------------------------------

    async def resource(self, request: Request) -> Answer:
        return await self._catalog(request)

    async def path(self, request: Request) -> Answer | None:
        """The resources of a group-version, in the old form."""
        parts = request.info.path.strip("/").split("/")
        if len(parts) != 3 or parts[0] != "apis":
            return None
        group_version = GroupVersion(parts[1], parts[2])
        resources = [one.resource for one in self.served() if one.resource.group_version == group_version]
        if not resources:
            return None
        content = legacy.api_resource_list(group_version, resources)
        pretty = wants_pretty(request.param("pretty") or None, request.header(b"user-agent"))
        encoding = negotiate(request.header(b"accept"), pretty, transforms=False)
        body = dump(content, GroupVersion("", "v1").kind("APIResourceList"), encoding)
        return Response(200, body, encoding.media_type.encode(), [(b"vary", b"Accept")])

    # -- discovery -----------------------------------------------------------------------------------------------------

    def versions(self) -> Sequence[FurtherVersion]:
        rows: dict[GroupVersion, list[Any]] = {}
        for one in self.served():
            rows.setdefault(one.resource.group_version, []).append(one.resource)
        return [
            FurtherVersion(group_version, PRIORITY, VERSION_PRIORITY, _rows(group_version, resources))
            for group_version, resources in rows.items()
        ]


def _rows(group_version: GroupVersion, resources: Sequence[Any]) -> Sequence[Object]:
    rows: Sequence[Object] = aggregated.version_document(group_version.version, resources)["resources"]
    return rows


async def _warned(text: str, handler: Handler, request: Request) -> Answer:
    request.warnings.append(text)
    return await handler(request)
