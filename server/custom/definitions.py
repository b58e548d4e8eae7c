"""Follows the stored CustomResourceDefinitions: gives them names, serves their resources, ends them.

One task for all definitions, one more for each that is being deleted; every server of a database does the same, and the
compare-and-swap of the store settles who writes a status.
Source: k8s.io/apiextensions-apiserver/pkg/controller (status, establish, finalizer, nonstructuralschema).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Hashable
from typing import Final

import orjson

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.status import NotFound, StatusError
from server.api import Api
from server.custom import conditions
from server.custom.apiservices import keep_api_services
from server.custom.resources import CustomResources, Installed
from server.custom.version import served_versions
from server.kinds.definitions import CLEANUP
from server.registry.codec import decode
from server.registry.context import WriteContext
from server.registry.delete import delete_collection
from server.registry.options import DeleteOptions
from server.registry.registry import Registry
from storage.errors import Compacted, SlowWatcher, StorageError, StoreStopped
from storage.types import Entry

DEFINITIONS: Final = GroupResource("apiextensions.k8s.io", "customresourcedefinitions")
_ACTOR: Final = '{"user":"system:apiserver","manager":"kube-apiserver","verb":"update","subresource":"status"}'
_PAUSE: Final = 1.0
_CHECK: Final = 0.1
"""Seconds between looks at whether the objects of a definition are gone."""

log = logging.getLogger("kubejazz.server")
Change = Callable[[Object], Object]


class Definitions:
    def __init__(self, api: Api, resources: CustomResources) -> None:
        self._api = api
        self._resources = resources
        self._registry: Registry = api.registries[DEFINITIONS]
        self._announced: Hashable = None
        self._task: asyncio.Task[None] | None = None
        self._ending: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """The store has been opened: what is established is served when this returns."""
        await self._look()
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        tasks = [task for task in (self._task, *self._ending.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            try:
                feed = self._registry.cache.watch(self._api.store.revision)
                try:
                    await self._look()
                    while await feed.next(None):
                        await self._look()
                finally:
                    feed.close()
            except StoreStopped:
                return
            except (Compacted, SlowWatcher):
                continue
            except (StatusError, StorageError):
                log.exception("a custom resource definition was not handled")
                await asyncio.sleep(_PAUSE)

    async def _look(self) -> None:
        """At every definition that has changed."""
        entries = {entry.key.name: entry for entry in self._registry.cache.list().entries}
        gone = [name for name in self._resources.names() if name not in entries]
        for name in gone:
            self._resources.remove(name)
        for name, entry in entries.items():
            installed = self._resources.get(name)
            waits_for_names = bool(gone) and installed is not None and not installed.versions
            if installed is None or installed.revision != entry.revision or waits_for_names:
                await self._handle(name, decode(entry.value), entry)
        if self._resources.changes != self._announced:
            self._announced = self._resources.changes
            await keep_api_services(self._api, {one.resource.group_version for one in self._resources.served()})

    async def _handle(self, name: str, definition: Object, entry: Entry) -> None:
        now = self._api.clock.now()
        others = self._others(definition)
        fresh = conditions.structural(conditions.named(definition, others, now), now)
        accepted = conditions.is_true(fresh, "NamesAccepted")
        if accepted or conditions.is_true(fresh, "Established"):
            self._install(name, fresh, entry)
            fresh = conditions.established(fresh, now)
        else:
            self._resources.install(name, Installed(entry.revision, None, (), {}, False))
        if fresh != definition:
            await self._write(name, lambda live: {**live, "status": fresh["status"]}, expected=entry)
        if "deletionTimestamp" in definition["metadata"] and name not in self._ending:
            self._ending[name] = asyncio.create_task(self._end(name))

    def _others(self, definition: Object) -> list[Object]:
        group, name = definition["spec"]["group"], definition["metadata"]["name"]
        entries = self._registry.cache.list().entries
        decoded = [decode(entry.value) for entry in entries if entry.key.name != name]
        return [other for other in decoded if other["spec"]["group"] == group]

    def _install(self, name: str, definition: Object, entry: Entry) -> None:
        spec = definition["spec"]
        deprecations = {
            version["name"]: version.get("deprecationWarning")
            or f"{spec['group']}/{version['name']} {spec['names']['kind']} is deprecated"
            for version in spec["versions"]
            if version.get("deprecated")
        }
        versions = tuple(served_versions(definition, self._api.store, self._api.clock))
        ending = "deletionTimestamp" in definition["metadata"]
        shape = orjson.dumps([spec, definition["status"]["acceptedNames"], ending], option=orjson.OPT_SORT_KEYS)
        self._resources.install(name, Installed(entry.revision, shape, versions, deprecations, ending))

    async def _write(self, name: str, change: Change, expected: Entry | None = None) -> None:
        """``expected``: nothing is written if the definition is another by now; it will be looked at again."""

        async def transform(live: Object | None) -> Object:
            if live is None or (expected is not None and live["metadata"]["resourceVersion"] != str(expected.revision)):
                raise NotFound.of(DEFINITIONS, name)
            return change(live)

        try:
            await self._registry.update(
                WriteContext(actor=_ACTOR), name, transform, rules=self._registry.status_rules()
            )
        except NotFound:
            return

    # -- the end -------------------------------------------------------------------------------------------------------

    async def _end(self, name: str) -> None:
        """Delete the objects, wait until they are gone, and let the definition go."""
        try:
            entry = self._registry.cache.get("", name)
            if entry is None or CLEANUP not in (decode(entry.value)["metadata"].get("finalizers") or ()):
                return
            await self._say(name, "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress")
            await self._delete_objects(name)
            await self._say(name, "False", "InstanceDeletionCompleted", "removed all instances")
            await self._let_go(name)
        except (StatusError, StorageError):
            log.exception("the objects of the custom resource definition %s were not all deleted", name)
            await self._say(name, "True", "InstanceDeletionFailed", "could not issue all deletes")
        finally:
            self._ending.pop(name, None)

    async def _say(self, name: str, status: str, reason: str, message: str) -> None:
        now = self._api.clock.now()
        await self._write(name, lambda live: conditions.terminating(live, status, reason, message, now))

    async def _delete_objects(self, name: str) -> None:
        installed = self._resources.get(name)
        if installed is None or not installed.versions:
            return
        registry = installed.versions[0].registry
        while entries := registry.cache.list().entries:
            await delete_collection(registry, WriteContext(actor=_ACTOR), list(entries), DeleteOptions())
            if registry.cache.list().entries:
                await asyncio.sleep(_CHECK)

    async def _let_go(self, name: str) -> None:
        def without(live: Object) -> Object:
            kept = [one for one in live["metadata"].get("finalizers") or () if one != CLEANUP]
            return {**live, "metadata": {**live["metadata"], "finalizers": kept}}

        await self._write(name, without)
