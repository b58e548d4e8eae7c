"""The shell: one resource at a time for each worker, one step of its migrations each time."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from apimachinery.objects import Object, name_of, namespace_of
from apimachinery.status import Conflict, NotFound, StatusError
from client.api import APPLY
from client.discovery import APIResource
from client.errors import TryAgain
from client.resources import CUSTOMRESOURCEDEFINITIONS, STORAGEVERSIONMIGRATIONS
from controllers.controller import Context, Controller, Loop
from controllers.storage_migration.stages import (
    RUNNING,
    SUCCEEDED,
    begun,
    completed,
    definition_status,
    definition_status_after,
    failed,
    holds,
    is_newer,
    is_passing,
    is_settled,
    is_young,
    resource_of,
    succeeded,
    turn,
)

log = logging.getLogger(__name__)

NAME = "storage-version-migrator-controller"
WORKERS = 5
_NEEDED = ("update", "patch", "list")
_PAGE = 500
_RESOURCE = "resource"
_NOWHERE = "@fake:svm_ns!"
"""No namespace has this name: a list of it is empty, and tells the newest revision all the same."""


def _by_resource(migration: Object) -> tuple[str, ...]:
    group, resource = resource_of(migration)
    return (f"{resource}.{group}",)


class StorageMigration:
    """Keys: ``resource.group``."""

    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self.queue = context.queue()
        migrations = context.informer(STORAGEVERSIONMIGRATIONS, indexers={_RESOURCE: _by_resource})
        self._migrations = migrations.store
        migrations.add_handler(self._wake, lambda old, new: self._wake(new), self._wake)

    def _wake(self, migration: Object) -> None:
        for key in _by_resource(migration):
            self.queue.add(key)

    def sync(self, key: str) -> None:
        over, current = turn(self._migrations.by_index(_RESOURCE, key))
        for migration in over:
            self._finish(key, migration)
        if current is None:
            return
        if not holds(current, RUNNING):
            self._begin(key, current)
            return
        resource = self._resource(current)
        if resource is None:
            return
        revision = (current.get("status") or {}).get("resourceVersion")
        if revision:
            self._migrate(current, resource, revision)
        else:
            self._note_revision(current, resource)

    def _begin(self, key: str, migration: Object) -> None:
        now = self._clock.now()
        definition = self._definition(key)
        if definition is not None:
            self._apply(definition, definition_status(definition, migration, now))
        self._write(migration, begun(migration, now))

    def _finish(self, key: str, migration: Object) -> None:
        now = self._clock.now()
        definition = self._definition(key)
        if definition is not None:
            success = holds(migration, SUCCEEDED)
            self._apply(definition, definition_status_after(definition, success=success, now=now))
        self._write(migration, completed(migration, now))

    def _resource(self, migration: Object) -> APIResource | None:
        """None: there is none that could be migrated, and the migration says so."""
        found = _find(self._client.discover(), resource_of(migration))
        if found is None:
            if is_young(migration, self._clock.now()):
                raise TryAgain("the resource is not discovered yet")
            self._fail(migration, "unable to obtain GVR from discovery")
        elif not set(found.verbs) >= set(_NEEDED):
            title = f"{found.gvr.group}/{found.gvr.version}, Resource={found.gvr.resource}"
            self._fail(migration, f'resource "{title}" does not support discovery operations: [{" ".join(_NEEDED)}]')
            return None
        return found

    def _note_revision(self, migration: Object, resource: APIResource) -> None:
        """Everything that was written up to now is to be written again."""
        namespace = _NOWHERE if resource.namespaced else ""
        answer = self._client.list(resource.gvr, namespace, limit=1, metadata_only=True)
        status = {**(migration.get("status") or {}), "resourceVersion": answer["metadata"]["resourceVersion"]}
        self._write(migration, status)

    def _migrate(self, migration: Object, resource: APIResource, revision: str) -> None:
        for obj in self._objects(resource):
            if is_newer(obj, revision):
                continue
            try:
                self._touch(obj, resource)
            except StatusError as error:
                if is_settled(error):
                    continue
                if is_passing(error):
                    raise
                self._fail(migration, str(error))
                return
        self._write(migration, succeeded(migration, self._clock.now()))

    def _objects(self, resource: APIResource) -> Iterator[Object]:
        token = ""
        while True:
            page = self._client.list(resource.gvr, limit=_PAGE, continue_token=token, metadata_only=True)
            yield from page["items"]
            token = page["metadata"].get("continue") or ""
            if not token:
                return

    def _touch(self, obj: Object, resource: APIResource) -> None:
        """Applying nothing has the object stored again if it is not stored as it should be.

        With uid and version an object that was deleted in the meantime is not made again.
        """
        metadata = {"uid": obj["metadata"]["uid"], "resourceVersion": obj["metadata"]["resourceVersion"]}
        kind = resource.kind
        body = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata}
        self._client.patch(resource.gvr, namespace_of(obj), name_of(obj), body, kind=APPLY)

    def _fail(self, migration: Object, problem: str) -> None:
        log.warning("storage version migration %s failed: %s", name_of(migration), problem)
        self._write(migration, failed(migration, problem, self._clock.now()))

    def _write(self, migration: Object, status: Object) -> None:
        changed = {**migration, "status": status}
        try:
            self._client.update(STORAGEVERSIONMIGRATIONS, "", name_of(migration), changed, subresource="status")
        except Conflict:
            raise TryAgain("another version of the migration is about to be seen") from None
        except NotFound:
            return

    def _definition(self, key: str) -> Object | None:
        """Of the custom resource, if it is one."""
        if key.endswith("."):
            return None
        try:
            return self._client.get(CUSTOMRESOURCEDEFINITIONS, "", key)
        except NotFound:
            return None

    def _apply(self, definition: Object, status: Object) -> None:
        name, version = name_of(definition), definition["metadata"]["resourceVersion"]
        body = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": name, "resourceVersion": version},
            "status": status,
        }
        gvr = CUSTOMRESOURCEDEFINITIONS
        try:
            self._client.patch(gvr, "", name, body, kind=APPLY, subresource="status", force=True)
        except Conflict:
            raise TryAgain("the definition has changed") from None


def _find(resources: Iterable[APIResource], wanted: tuple[str, str]) -> APIResource | None:
    """In the version that its group prefers."""
    found = [r for r in resources if not r.subresource and (r.gvr.group, r.gvr.resource) == wanted]
    return next((r for r in found if r.preferred), found[0] if found else None)


def build_storage_migration(context: Context) -> Controller:
    migration = StorageMigration(context)
    return Controller(NAME, (Loop(migration.queue, migration.sync, WORKERS),))
