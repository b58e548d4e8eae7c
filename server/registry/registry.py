"""The generic registry: one instance per stored kind, the only way from the API to the store.

Reads are cache look-ups. Writes run the strategy, validate, encode and compare-and-swap; they are retried on fresh
state when they lose a race nobody asked to be told about.
Source: k8s.io/apiserver/pkg/registry/generic/registry/store.go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from apimachinery.clock import Clock
from apimachinery.fielderrors import invalid
from apimachinery.gvk import GroupKind, GroupResource, GroupVersionKind
from apimachinery.objects import Object
from apimachinery.status import AlreadyExists, Conflict, Invalid, NotFound, StatusError
from apimachinery.timefmt import format_time
from openapi.decode import canonicalise
from openapi.schema import Type
from server.patch.managed import keep_times
from server.patch.values import deep_copy
from server.registry.codec import Encoded, decode, encode
from server.registry.conditiontimes import fill_condition_times
from server.registry.context import Transform, WriteContext
from server.registry.errors import MODIFIED, precondition_failed, to_api_error, translated
from server.registry.hooks import NO_HOOKS, Hooks
from server.registry.metadata import (
    fill_generated_name,
    fill_system_fields,
    keep_system_fields,
    match_namespace,
    move_generation,
    wipe_system_fields,
)
from server.registry.strategy import (
    Strategy,
    UpdateRules,
    drop_status,
    keep_all_but_status,
    keep_metadata,
    keep_status,
)
from server.validation.validator import Validator
from storage.cache import ResourceCache
from storage.errors import KeyExists, KeyMissing, RevisionMismatch, StorageError
from storage.store import Store
from storage.types import Entry, Index, Key, Revision, Write

_NAME_ATTEMPTS = 8
_NOTHING: Any = {}


@dataclass(kw_only=True)
class Registry:
    """Stores one kind. ``resource`` is where; ``make_type`` gives the type of its stored version, when first needed."""

    store: Store
    clock: Clock
    resource: GroupResource
    gvk: GroupVersionKind
    namespaced: bool
    make_type: Callable[[], Type]
    strategy: Strategy
    validator: Validator
    hooks: Hooks = NO_HOOKS

    @cached_property
    def type(self) -> Type:
        return self.make_type()

    @cached_property
    def cache(self) -> ResourceCache:
        return self.store.cache(self.stored_as)

    @cached_property
    def stored_as(self) -> str:
        return str(self.resource)

    def key(self, namespace: str, name: str) -> Key:
        return Key(self.stored_as, namespace if self.namespaced else "", name)

    def index(self, obj: Object) -> Index:
        """The labels and selectable fields of an object; the name and the namespace are in its key."""
        selectable = self.strategy.selectable
        fields = {name: read(obj) for name, read in selectable.items()} if selectable else _NOTHING
        return Index(obj["metadata"].get("labels") or _NOTHING, fields)

    def get(self, namespace: str, name: str) -> Entry:
        entry = self.cache.get(namespace if self.namespaced else "", name)
        if entry is None:
            raise NotFound.of(self.resource, name)
        return entry

    # -- create ------------------------------------------------------------------------------------------------------

    async def create(self, context: WriteContext, obj: Object) -> Entry:
        """Store a new object; ``obj`` is owned by the registry from here on. A taken generated name is tried again."""
        if obj["metadata"].get("resourceVersion") not in (None, "", "0"):
            raise StatusError("resourceVersion should not be set on objects to be created")
        generated = not obj["metadata"].get("name") and bool(obj["metadata"].get("generateName"))
        for attempt in range(_NAME_ATTEMPTS):
            candidate = deep_copy(obj) if generated else obj
            try:
                return await self._create_once(context, candidate)
            except AlreadyExists:
                if not generated:
                    raise
                if attempt == _NAME_ATTEMPTS - 1:
                    raise AlreadyExists.generated(self.resource, candidate["metadata"]["name"]) from None
        raise AssertionError("unreachable")

    async def _create_once(self, context: WriteContext, obj: Object) -> Entry:
        fill_system_fields(obj, self.clock.now())
        fill_generated_name(obj)
        match_namespace(obj, context.namespace if self.namespaced else "")
        finish = await self.hooks.begin_create(context, obj)
        stored = False
        try:
            encoded = await self._prepare_create(context, obj)
            entry = await self._commit_create(context, obj, encoded)
            stored = True
        finally:
            await finish(stored)
        return entry

    async def _prepare_create(self, context: WriteContext, obj: Object) -> Encoded:
        strategy = self.strategy
        if strategy.has_status and not strategy.keeps_created_status:
            drop_status(obj)
        if strategy.generation_of and strategy.first_generation:
            obj["metadata"]["generation"] = strategy.first_generation
        strategy.prepare_create(obj)
        if strategy.stamp is not None:
            strategy.stamp(obj, context.requester)
        errors = self.validator.of(context.group).create(obj)
        if errors:
            raise Invalid.of(self.gvk.group_kind, obj["metadata"].get("name", ""), errors)
        await context.validating(obj, None)
        return encode(canonicalise(obj, self.type))

    async def _commit_create(self, context: WriteContext, obj: Object, encoded: Encoded) -> Entry:
        key = self.key(context.namespace, obj["metadata"]["name"])
        live = self.cache.get(key.namespace, key.name)
        if live is not None:
            raise self._exists(live)
        if context.dry_run:
            return self._dry_entry(key, encoded, obj, None)
        try:
            return await self.store.commit(self._write(context, key, obj, encoded, Revision(0)))
        except KeyExists as error:
            raise self._exists(error.entry) from error
        except StorageError as error:
            raise to_api_error(error, self.resource, key.name, "create") from error

    def _exists(self, live: Entry) -> AlreadyExists:
        error = AlreadyExists.of(self.resource, live.key.name)
        if "deletionTimestamp" in decode(live.value)["metadata"]:
            return AlreadyExists(f"object is being deleted: {error.message}", error.details)
        return error

    def _write(self, context: WriteContext, key: Key, obj: Object, encoded: Encoded, expected: Revision) -> Write:
        ttl = self.strategy.ttl
        return Write(
            key=key,
            value=encoded.value,
            hole=encoded.hole,
            expected=expected,
            uid=obj["metadata"]["uid"],
            index=self.index(obj),
            expires_at=None if ttl is None else self.clock.now().timestamp() + ttl,
            actor=context.actor,
        )

    def _dry_entry(self, key: Key, encoded: Encoded, obj: Object, live: Entry | None) -> Entry:
        """What would have been stored: with the live object's revision, or none for a new object."""
        if live is None:
            obj["metadata"].pop("resourceVersion", None)
            value = encoded.value.replace(b'"resourceVersion":"",', b"", 1)
        else:
            value = encoded.at(str(live.revision))
        return Entry(
            key=key,
            value=value,
            hole=encoded.hole,
            revision=live.revision if live else Revision(0),
            create_revision=live.create_revision if live else Revision(0),
            uid=obj["metadata"]["uid"],
            index=self.index(obj),
        )

    # -- update ------------------------------------------------------------------------------------------------------

    async def update(
        self,
        context: WriteContext,
        name: str,
        transform: Transform,
        *,
        rules: UpdateRules | None = None,
        allow_create: bool = False,
    ) -> tuple[Entry, bool]:
        """Replace an object by what ``transform`` makes of the live one; (the result, whether it was created).

        ``rules`` say what this way of writing may change; by default those of the resource itself.

        A no-op writes nothing. An object whose last finalizer went while it was terminating is removed, and returned.
        """
        key = self.key(context.namespace, name)
        rules = rules or self.main_rules()
        may_create = allow_create or self.strategy.allow_create_on_update
        while True:
            live = self.cache.get(key.namespace, key.name)
            if live is None:
                if not may_create:
                    raise NotFound.of(self.resource, name)
                try:
                    return await self._create_by_update(context, await transform(None)), True
                except AlreadyExists:
                    if self.cache.get(key.namespace, key.name) is None:
                        raise
                    continue
            try:
                return await self._update_once(context, live, transform, rules), False
            except (RevisionMismatch, KeyMissing):
                continue
            except StorageError as error:
                raise to_api_error(error, self.resource, name, "update") from error

    async def _create_by_update(self, context: WriteContext, obj: Object) -> Entry:
        wipe_system_fields(obj)
        return await self._create_once(context, obj)

    def main_rules(self, group: str = "") -> UpdateRules:
        """Writes to the resource itself, asked for in that API group."""

        def prepare(new: Object, old: Object) -> None:
            if self.strategy.has_status:
                keep_status(new, old)
            self.strategy.prepare_update(new, old)

        return UpdateRules(prepare, self.validator.of(group).update, self.strategy.generation_of)

    def status_rules(self) -> UpdateRules:
        """Writes to /status."""

        def prepare(new: Object, old: Object) -> None:
            keep_all_but_status(new, old)
            if self.strategy.status_keeps_metadata:
                keep_metadata(new, old)
            self.strategy.prepare_status(new, old)
            if self.strategy.condition_times:
                fill_condition_times(new, old, format_time(self.clock.now()))

        return UpdateRules(prepare, self.validator.status or self.validator.update)

    async def _update_once(self, context: WriteContext, live: Entry, transform: Transform, rules: UpdateRules) -> Entry:
        old = decode(live.value)
        new = await transform(decode(live.value))
        self._check_identity(live, new)
        match_namespace(new, context.namespace if self.namespaced else "")
        rules.prepare(new, old)
        move_generation(new, old, rules.generation_of)
        keep_system_fields(new, old)
        keep_times(old, new)
        finish = await self.hooks.begin_update(context, new, old)
        stored = False
        try:
            entry = await self._commit_update(context, live, new, old, rules)
            stored = True
        finally:
            await finish(stored)
        return entry

    async def _commit_update(
        self, context: WriteContext, live: Entry, new: Object, old: Object, rules: UpdateRules
    ) -> Entry:
        problems = rules.validate(new, old)
        if problems:
            raise Invalid.of(self.gvk.group_kind, live.key.name, problems)
        await context.validating(new, old)
        encoded = encode(canonicalise(new, self.type))
        if self._is_finished(new, old):
            return await self._remove_finished(context, live, new, encoded)
        unchanged = encoded.at(str(live.revision)) == live.value
        if unchanged and self.strategy.ttl is None and not self.store.stale(live):
            return live
        if context.dry_run:
            return self._dry_entry(live.key, encoded, new, live)
        return await self.store.commit(self._write(context, live.key, new, encoded, live.revision))

    def _check_identity(self, live: Entry, new: Object) -> None:
        """The uid and the resourceVersion a caller gives must be the live ones."""
        metadata = new["metadata"]
        uid, name = metadata.get("uid"), live.key.name
        if uid and uid != live.uid:
            what = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {live.uid}"
            raise precondition_failed(self.resource, _path(live.key), what)
        version = metadata.get("resourceVersion")
        if version in (None, "", "0"):
            if not self.strategy.allow_unconditional_update:
                error = invalid("metadata.resourceVersion", 0, "must be specified for an update")
                raise Invalid.of(GroupKind(*self.resource), name, [error])
            metadata["resourceVersion"] = str(live.revision)
        elif version != str(live.revision):
            raise Conflict.of(self.resource, name, MODIFIED)

    def _is_finished(self, new: Object, old: Object) -> bool:
        """Whether this update lets go of an object that was waiting to be deleted."""
        metadata = old["metadata"]
        return (
            not new["metadata"].get("finalizers")
            and "deletionTimestamp" in metadata
            and not metadata.get("deletionGracePeriodSeconds")
            and not self.strategy.keep_while(new)
        )

    async def _remove_finished(self, context: WriteContext, live: Entry, new: Object, encoded: Encoded) -> Entry:
        if not context.dry_run:
            await self.remove(context, live)
        return self._dry_entry(live.key, encoded, new, live)

    def _removal(self, context: WriteContext, live: Entry) -> Write:
        return Write(
            key=live.key,
            value=None,
            hole=0,
            expected=live.revision,
            uid=live.uid,
            index=live.index,
            expires_at=None,
            actor=context.actor,
        )

    # -- delete ------------------------------------------------------------------------------------------------------

    async def remove(self, context: WriteContext, live: Entry) -> Entry:
        """Take an object out, if it is still at that revision; its last state, with the deletion's revision."""
        if context.dry_run:
            return live
        removed = await self.store.commit(self._removal(context, live))
        if self.hooks is not NO_HOOKS:
            await self.hooks.after_delete(context, decode(removed.value))
        return removed

    async def replace(self, context: WriteContext, live: Entry, obj: Object) -> Entry:
        """Store a changed object as it is, if the live one is still at that revision: for marking deletions."""
        encoded = encode(canonicalise(obj, self.type))
        if encoded.at(str(live.revision)) == live.value:
            return live
        if context.dry_run:
            return self._dry_entry(live.key, encoded, obj, live)
        return await self.store.commit(self._write(context, live.key, obj, encoded, live.revision))

    def translated(self, name: str, verb: str) -> Any:
        return translated(self.resource, name, verb)


def _path(key: Key) -> str:
    return f"{key.namespace}/{key.name}" if key.namespace else key.name
