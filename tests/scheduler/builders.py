"""Nodes, pods and clusters for tests, and an API client that only remembers what was asked of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any, cast

from apimachinery.clock import FakeClock
from apimachinery.labels import EVERYTHING, Selector
from apimachinery.objects import Object, key_of
from apimachinery.volumes import class_of
from client.api import Client
from client.recorder import EventRecorder
from scheduler.algorithm import Algorithm, Choice
from scheduler.framework import CycleState
from scheduler.handle import Handle
from scheduler.namespaces import Namespaces
from scheduler.nodeinfo import NodeInfo
from scheduler.nominator import Nominator
from scheduler.plugins import PLUGINS
from scheduler.podinfo import PodInfo
from scheduler.profile import Profile, Weighted
from scheduler.snapshot import Snapshot
from scheduler.volumes import Assumed, Volumes
from scheduler.writes import Writes

_SERIAL = itertools.count(1)


def node(name: str = "node-1", *, labels: Mapping[str, str] | None = None, **fields: Any) -> Object:
    """``cpu``, ``memory``, ``pods``, ``allocatable`` and ``images`` find their place; the rest is spec."""
    allocatable = {
        "cpu": fields.pop("cpu", "4"),
        "memory": fields.pop("memory", "8Gi"),
        "pods": fields.pop("pods", "110"),
        **fields.pop("allocatable", {}),
    }
    status = {"allocatable": allocatable, "images": fields.pop("images", [])}
    metadata = {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})}}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": fields, "status": status}


def container(**requests: str) -> Object:
    """Resource names are written with underscores: ``ephemeral_storage``; ``image`` is the image."""
    found: Object = {"name": f"c{next(_SERIAL)}", "image": requests.pop("image", "busybox")}
    if requests:
        found["resources"] = {"requests": {name.replace("_", "-"): amount for name, amount in requests.items()}}
    return found


def pod(name: str = "pod-1", **fields: Any) -> Object:
    """``labels``, ``namespace``, ``meta``, ``status``, ``cpu`` and ``memory`` find their place; the rest is spec."""
    requests = {key: fields.pop(key) for key in ("cpu", "memory") if key in fields}
    metadata = {"name": name, "namespace": fields.pop("namespace", "default"), "uid": f"uid-{name}"}
    metadata |= {"labels": fields.pop("labels", {}), **fields.pop("meta", {})}
    status = fields.pop("status", {})
    spec = {"schedulerName": "default-scheduler", "containers": [container(**requests)], **fields}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


def info(name: str = "pod-1", **fields: Any) -> PodInfo:
    return PodInfo(pod(name, **fields))


def node_info(obj: Object | None = None, pods: Iterable[PodInfo] = ()) -> NodeInfo:
    """A node, by default an empty one, with pods on it."""
    obj = obj or node()
    found = NodeInfo(obj["metadata"]["name"])
    found.set_node(obj)
    for each in pods:
        found.add(each.on(found.name))
    return found


def cluster(nodes: Iterable[Object], pods: Mapping[str, Sequence[PodInfo]] | None = None) -> Snapshot:
    """``pods``: what is on each node, by its name."""
    placed = pods or {}
    return Snapshot(node_info(obj, placed.get(obj["metadata"]["name"], ())) for obj in nodes)


class FakeClient:
    """Remembers calls; raises what it is told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, Any]] = []
        """(verb, "namespace/name" and perhaps "/subresource", body)"""
        self.failure: Exception | None = None
        self.failing: tuple[str, ...] = ("create", "patch", "delete", "update")
        """Which verbs the failure is of."""

    def create(self, gvr: Any, namespace: str, obj: Object, *, name: str = "", subresource: str = "") -> Object:
        return self._call("create", f"{namespace}/{name}/{subresource}", obj)

    def patch(
        self, gvr: Any, namespace: str, name: str, patch: Any, *, kind: Any = None, subresource: str = ""
    ) -> Object:
        return self._call("patch", f"{namespace}/{name}/{subresource}", patch)

    def update(self, gvr: Any, namespace: str, name: str, obj: Object) -> Object:
        """Answers with the next version of it."""
        self._call("update", f"{namespace}/{name}", obj)
        version = int(obj["metadata"].get("resourceVersion") or 0) + 1
        return {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(version)}}

    def delete(self, gvr: Any, namespace: str, name: str, *, uid: str | None = None) -> Object:
        return self._call("delete", f"{namespace}/{name}", uid)

    def _call(self, verb: str, path: str, body: Any) -> Object:
        self.calls.append((verb, path, body))
        if self.failure is not None and verb in self.failing:
            raise self.failure
        return {}


class FakeRecorder:
    def __init__(self) -> None:
        self.events: list[tuple[str, str, str, str]] = []
        """(name of the object, type, reason, message)"""

    def event(self, obj: Mapping[str, Any], type: str, reason: str, message: str) -> None:
        self.events.append((obj["metadata"]["name"], type, reason, message))


class ImmediateWrites:
    """Does at once what is submitted."""

    def submit(self, key: str, work: Callable[[], object]) -> None:
        work()


class FakeVolumes:
    """Claims, volumes, classes, drivers and capacities by key; :meth:`put` tells whoever listens."""

    def __init__(self, *objects: Object) -> None:
        self.objects: dict[str, dict[str, Object]] = {}
        self._listeners: list[Callable[[Object], None]] = []
        self.view = Volumes(
            claims=Assumed(self._of("PersistentVolumeClaim").get),
            volumes=Assumed(self._of("PersistentVolume").get),
            of_class=lambda name: [k for k, v in self._of("PersistentVolume").items() if class_of(v) == name],
            storage_class=self._of("StorageClass").get,
            driver=self._of("CSIDriver").get,
            capacities=self._of("CSIStorageCapacity").values,
            on_change=self._listeners.append,
        )
        for obj in objects:
            self.put(obj)

    def put(self, obj: Object) -> None:
        self._of(obj["kind"])[key_of(obj)] = obj
        for tell in self._listeners:
            tell(obj)

    def drop(self, obj: Object) -> None:
        del self._of(obj["kind"])[key_of(obj)]
        for tell in self._listeners:
            tell(obj)

    def _of(self, kind: str) -> dict[str, Object]:
        return self.objects.setdefault(kind, {})


def handle(
    *,
    client: FakeClient | None = None,
    recorder: FakeRecorder | None = None,
    clock: FakeClock | None = None,
    nominator: Nominator | None = None,
    namespaces: Mapping[str, Mapping[str, str]] | None = None,
    siblings: Selector = EVERYTHING,
    budgets: Iterable[Object] = (),
    volumes: FakeVolumes | None = None,
) -> Handle:
    """``namespaces``: their labels, by name."""
    known = {name: {"metadata": {"name": name, "labels": dict(labels)}} for name, labels in (namespaces or {}).items()}
    return Handle(
        client=cast(Client, client or FakeClient()),
        recorder=cast(EventRecorder, recorder or FakeRecorder()),
        writes=cast(Writes, ImmediateWrites()),
        clock=clock or FakeClock(),
        random=Random(1),
        nominator=nominator or Nominator(),
        namespaces=Namespaces(known.get, lambda: set(known)),
        siblings=lambda pod: siblings,
        budgets=lambda: budgets,
        volumes=(volumes or FakeVolumes()).view,
    )


def profile(given: Handle | None = None) -> Profile:
    """All plugins."""
    given = given or handle()
    return Profile([Weighted(entry.build(given), entry.weight) for entry in PLUGINS])


def schedule(wanted: PodInfo, snapshot: Snapshot, given: Handle | None = None, percentage: int = 0) -> Choice:
    """One decision by all plugins."""
    given = given or handle()
    return Algorithm(profile(given), given.nominator, Random(1), percentage).schedule(CycleState(), wanted, snapshot)
