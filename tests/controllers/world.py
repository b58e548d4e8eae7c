"""A controller's surroundings without a server: an API in memory that keeps a record of every write, and informers that
see the writes only when told to, so that a test decides how stale a cache is.

    world = World()
    world.put(REPLICASETS, replica_set("web"))        # seen at once
    controller = world.build(build_replicaset)
    world.sync(controller, "default/web")              # one pass
    assert [w.verb for w in world.writes] == [...]
    world.catch_up()                                   # now the informers see it
    world.settle(controller)                           # until no queue has anything that is due
"""

from __future__ import annotations

import copy
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple, cast

from apimachinery.clock import FakeClock
from apimachinery.gvk import GroupVersionResource
from apimachinery.objects import Object, key_of, name_of, namespace_of
from apimachinery.status import AlreadyExists, Conflict, NotFound
from apimachinery.timefmt import format_time
from client.api import Client, PatchKind
from client.informer import Informer, InformerSet
from client.recorder import EventRecorder
from client.workers import work_off
from controllers.controller import Build, Context, Controller
from controllers.settings import NO_SETTINGS, Settings


class Write(NamedTuple):
    verb: str
    resource: str
    name: str
    body: Any = None
    subresource: str = ""
    options: Mapping[str, Any] = {}

    def __str__(self) -> str:
        return " ".join(filter(None, (self.verb, self.resource, self.name, self.subresource)))


class Event(NamedTuple):
    about: str
    type: str
    reason: str
    message: str


class MemoryAPI:
    """As much of client.api.Client as controllers use. ``refuse(verb, gvr, obj)`` may raise, as a server would."""

    def __init__(self, clock: FakeClock) -> None:
        self.objects: dict[GroupVersionResource, dict[str, Object]] = {}
        self.writes: list[Write] = []
        self.reads: list[str] = []
        self.changes: list[tuple[GroupVersionResource, str, Object]] = []
        self.refuse: Callable[[str, GroupVersionResource, Any], None] = lambda verb, gvr, obj: None
        self._clock = clock
        self._revision = 0

    def get(self, gvr: GroupVersionResource, namespace: str, name: str, *, subresource: str = "") -> Object:
        self.reads.append(f"get {gvr.resource} {name}")
        return copy.deepcopy(self._find(gvr, namespace, name))

    def list(self, gvr: GroupVersionResource, namespace: str = "", **_: Any) -> Object:
        self.reads.append(f"list {gvr.resource}")
        found = self.objects.get(gvr, {}).values()
        items = [copy.deepcopy(o) for o in found if not namespace or namespace_of(o) == namespace]
        return {"metadata": {"resourceVersion": str(self._revision)}, "items": items}

    def create(
        self,
        gvr: GroupVersionResource,
        namespace: str,
        obj: Object,
        *,
        name: str = "",
        subresource: str = "",
        dry_run: bool = False,
    ) -> Object:
        self.writes.append(Write("create", gvr.resource, name or name_of(obj), obj, subresource))
        self.refuse("create", gvr, obj)
        if subresource:
            return obj
        return copy.deepcopy(self.store(gvr, {**obj, "metadata": {"namespace": namespace, **obj["metadata"]}}))

    def update(
        self, gvr: GroupVersionResource, namespace: str, name: str, obj: Object, *, subresource: str = ""
    ) -> Object:
        self.writes.append(Write("update", gvr.resource, name, obj, subresource))
        self.refuse("update", gvr, obj)
        old = self._find(gvr, namespace, name)
        given = obj["metadata"].get("resourceVersion")
        if given and given != old["metadata"]["resourceVersion"]:
            raise Conflict.of(gvr.group_resource, name, "the object has been modified")
        of_spec = subresource in ("", "finalize")
        kept = {"status": old.get("status", {})} if of_spec else {"spec": old.get("spec", {})}
        return self._replace(gvr, old, {**obj, **kept})

    def patch(
        self,
        gvr: GroupVersionResource,
        namespace: str,
        name: str,
        patch: Any,
        *,
        kind: PatchKind = PatchKind.MERGE,
        subresource: str = "",
        force: bool = False,
    ) -> Object:
        self.writes.append(Write("patch", gvr.resource, name, patch, subresource))
        self.refuse("patch", gvr, patch)
        old = self._find(gvr, namespace, name)
        wanted = patch.get("metadata", {})
        for field in ("uid", "resourceVersion"):
            if field in wanted and wanted[field] != old["metadata"][field]:
                raise Conflict.of(gvr.group_resource, name, f"another {field}")
        return self._replace(gvr, old, merged(old, patch, strategic=kind is PatchKind.STRATEGIC))

    def delete(self, gvr: GroupVersionResource, namespace: str, name: str, **options: Any) -> Object:
        given = {option: value for option, value in options.items() if value is not None}
        self.writes.append(Write("delete", gvr.resource, name, options=given))
        self.refuse("delete", gvr, name)
        old = self._find(gvr, namespace, name)
        if given.get("uid", old["metadata"]["uid"]) != old["metadata"]["uid"]:
            raise Conflict.of(gvr.group_resource, name, "another uid")
        version = old["metadata"]["resourceVersion"]
        if given.get("resource_version", version) != version:
            raise Conflict.of(gvr.group_resource, name, "another resource version")
        if given.get("propagation") == "Foreground" and FOREGROUND not in (old["metadata"].get("finalizers") or ()):
            old = merged(old, {"metadata": {"finalizers": [*(old["metadata"].get("finalizers") or ()), FOREGROUND]}})
        if old["metadata"].get("finalizers"):
            return self._replace(gvr, old, merged(old, {"metadata": {"deletionTimestamp": self._stamp()}}))
        self.remove(gvr, old)
        return {}

    # The world's own hands

    def store(self, gvr: GroupVersionResource, obj: Object) -> Object:
        self._revision += 1
        metadata = {**obj["metadata"], "resourceVersion": str(self._revision)}
        if "name" not in metadata:
            metadata["name"] = f"{metadata['generateName']}{self._revision:05}"
        metadata.setdefault("uid", f"uid-{self._revision}")
        metadata.setdefault("generation", 1)
        metadata.setdefault("creationTimestamp", self._stamp())
        made = {**obj, "metadata": metadata}
        existing = self.objects.setdefault(gvr, {})
        if key_of(made) in existing:
            raise AlreadyExists.of(gvr.group_resource, name_of(made))
        existing[key_of(made)] = made
        self.changes.append((gvr, "ADDED", made))
        return made

    def remove(self, gvr: GroupVersionResource, obj: Object) -> None:
        self.changes.append((gvr, "DELETED", self.objects[gvr].pop(key_of(obj))))

    def _replace(self, gvr: GroupVersionResource, old: Object, new: Object) -> Object:
        self._revision += 1
        bumped = old["metadata"]["generation"] + (new.get("spec") != old.get("spec"))
        made = {**new, "metadata": {**new["metadata"], "resourceVersion": str(self._revision), "generation": bumped}}
        if made["metadata"].get("deletionTimestamp") and not made["metadata"].get("finalizers"):
            self.remove(gvr, old)
            return made
        self.objects[gvr][key_of(old)] = made
        self.changes.append((gvr, "MODIFIED", made))
        return copy.deepcopy(made)

    def _find(self, gvr: GroupVersionResource, namespace: str, name: str) -> Object:
        found = self.objects.get(gvr, {}).get(f"{namespace}/{name}" if namespace else name)
        if found is None:
            raise NotFound.of(gvr.group_resource, name)
        return found

    def _stamp(self) -> str:
        return format_time(self._clock.now())


FOREGROUND = "foregroundDeletion"
_MERGE_KEYS = ("uid", "type", "key", "name")


def merged(old: Any, patch: Any, *, strategic: bool = False) -> Any:
    """A merge patch; ``strategic``: lists of objects are merged by a key they have, and may say $patch: delete."""
    if isinstance(patch, list) and strategic and isinstance(old, list) and all(isinstance(e, dict) for e in patch):
        return _merged_list(old, patch)
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if key.startswith("$deleteFromPrimitiveList/"):
            field = key.partition("/")[2]
            result[field] = [entry for entry in result.get(field) or [] if entry not in value]
        elif strategic and key == "finalizers":
            result[key] = [*(result.get(key) or []), *(entry for entry in value if entry not in result.get(key, []))]
        elif value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value, strategic=strategic)
    return result


def _merged_list(old: list[Any], patch: list[Any]) -> list[Any]:
    result = [dict(entry) for entry in old]
    for entry in patch:
        key = next(k for k in _MERGE_KEYS if k in entry)
        same = next((e for e in result if e.get(key) == entry[key]), None)
        if entry.get("$patch") == "delete":
            result = [e for e in result if e is not same]
        elif same is not None:
            same.update(entry)
        else:
            result.append(dict(entry))
    return result


class _Told(Informer):
    """An informer without threads."""

    def tell(self) -> None:
        while True:
            try:
                self._delivery.step(timeout=0)
            except queue.Empty:
                return


class _Informers(InformerSet):
    def __init__(self, world: World) -> None:
        super().__init__(cast(Client, world.api), clock=world.clock)
        self._world = world
        self.made: dict[GroupVersionResource, _Told] = {}

    def informer(self, gvr: GroupVersionResource, *, indexers: Any = None, **_: Any) -> Informer:
        found = self.made.get(gvr)
        if found is None:
            found = self.made[gvr] = _Told(self._client, gvr, clock=self._clock)
            found.replace(list(self._world.seen.get(gvr, {}).values()), "1")
        found.store.add_indexers(indexers or {})
        return found

    def start(self, stop: threading.Event) -> None:
        """They have no threads; a late one is told what there is at once."""


class _AtOnce(Executor):
    """Makes a call when it is submitted, so that the order is always the same."""

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(call(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class _Recorder:
    def __init__(self, events: list[Event]) -> None:
        self._events = events

    def event(self, obj: Mapping[str, Any], type: str, reason: str, message: str, annotations: Any = None) -> None:
        name = obj["metadata"]["name"] if "metadata" in obj else obj.get("name", "")
        self._events.append(Event(name, type, reason, message))


class World:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.api = MemoryAPI(self.clock)
        self.events: list[Event] = []
        self.seen: dict[GroupVersionResource, dict[str, Object]] = {}
        self._informers = _Informers(self)

    @property
    def writes(self) -> list[Write]:
        return self.api.writes

    def build(self, build: Build, settings: Settings = NO_SETTINGS) -> Controller:
        context = Context(
            cast(Client, self.api),
            self._informers,
            self.clock,
            threading.Event(),
            _AtOnce(),
            lambda client, component: cast(EventRecorder, _Recorder(self.events)),
            settings,
        )
        controller = build(context)
        self._tell()
        return controller

    def put(self, gvr: GroupVersionResource, *objects: Object) -> None:
        """Objects that exist, and that the informers know."""
        for obj in objects:
            self.api.store(gvr, obj)
        self.catch_up()

    def change(self, gvr: GroupVersionResource, key: str, patch: Any) -> Object:
        """Somebody else writes; not seen until :meth:`catch_up`."""
        old = self.api.objects[gvr][key]
        return self.api._replace(gvr, old, merged(old, patch))

    def get(self, gvr: GroupVersionResource, key: str) -> Object:
        return self.api.objects[gvr][key]

    def all(self, gvr: GroupVersionResource) -> list[Object]:
        return list(self.api.objects.get(gvr, {}).values())

    def catch_up(self, *resources: GroupVersionResource) -> None:
        """The informers (of these resources, or all) see what has been written, and the handlers are told."""
        later = []
        for change in self.api.changes:
            gvr, kind, obj = change
            if resources and gvr not in resources:
                later.append(change)
                continue
            known = self.seen.setdefault(gvr, {})
            if kind == "DELETED":
                known.pop(key_of(obj), None)
            else:
                known[key_of(obj)] = obj
            informer = self._informers.made.get(gvr)
            if informer is not None:
                informer.event(kind, obj)
        self.api.changes = later
        self._tell()

    def sync(self, controller: Controller, key: str, loop: int = 0) -> None:
        """One pass for one key, whatever is queued; raises what it raises."""
        controller.loops[loop].sync(key)

    def settle(self, controller: Controller, rounds: int = 100) -> None:
        """Work off everything that is due and let the informers catch up, until nothing is; fails after many rounds."""
        for _ in range(rounds):
            self.catch_up()
            busy = [self._drain(controller, loop) for loop in range(len(controller.loops))]
            if not any(busy):
                return
        raise AssertionError(f"still busy after {rounds} rounds: {[str(write) for write in self.writes[-10:]]}")

    def _drain(self, controller: Controller, index: int) -> bool:
        loop, busy = controller.loops[index], False
        while len(loop.queue):
            key = loop.queue.get(0)
            assert key is not None
            busy = True
            work_off(controller.name, loop.queue, loop.sync, key)
            loop.queue.done(key)
        return busy

    def _tell(self) -> None:
        for informer in self._informers.made.values():
            informer.tell()


def said(writes: Iterable[Write]) -> list[str]:
    """The writes in short: ``create pods``, ``update replicasets web status``; generated names left out."""
    return [str(write) for write in writes]
