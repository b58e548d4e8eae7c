"""An API in memory, as far as the node agent speaks to it, and other stand-ins."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from apimachinery.objects import Object
from apimachinery.status import AlreadyExists, Conflict, NotFound
from kubelet.pods.steps import PodEvent
from kubelet.runtimes.runtime import Outcome

Key = tuple[str, str, str]


class FakeClient:
    """Objects by (resource, namespace, name); ``calls`` is what was asked for; ``fail`` may raise before it is done.

    A strategic patch is merged as far as the node agent uses it: maps recursively, conditions by type, lists whole.
    """

    def __init__(self) -> None:
        self.objects: dict[Key, Object] = {}
        self.calls: list[tuple[str, str, str]] = []
        self.fail: Callable[[str, str], None] = lambda verb, resource: None
        self.patches: list[Object] = []
        self._revision = 0

    def create(self, gvr: Any, namespace: str, obj: Object, **_: Any) -> Object:
        key = self._called("create", gvr, namespace, obj["metadata"]["name"])
        if key in self.objects:
            raise AlreadyExists.of(gvr.group_resource, key[2])
        stored = copy.deepcopy(obj)
        stored["metadata"].setdefault("uid", f"uid-of-{key[2]}")
        return self._put(key, stored)

    def get(self, gvr: Any, namespace: str, name: str, **_: Any) -> Object:
        return copy.deepcopy(self._found(self._called("get", gvr, namespace, name), gvr))

    def list(self, gvr: Any, namespace: str = "", **_: Any) -> Object:
        self._called("list", gvr, namespace, "")
        found = [obj for (resource, _, _), obj in self.objects.items() if resource == gvr.resource]
        return {"items": copy.deepcopy(found)}

    def update(self, gvr: Any, namespace: str, name: str, obj: Object, **_: Any) -> Object:
        key = self._called("update", gvr, namespace, name)
        current = self._found(key, gvr)
        if obj["metadata"].get("resourceVersion") != current["metadata"]["resourceVersion"]:
            raise Conflict.of(gvr.group_resource, name, "the object has been modified")
        return self._put(key, copy.deepcopy(obj))

    def patch(self, gvr: Any, namespace: str, name: str, patch: Object, **_: Any) -> Object:
        key = self._called("patch", gvr, namespace, name)
        current = self._found(key, gvr)
        self.patches.append(patch)
        self._check_uid((patch.get("metadata") or {}).get("uid"), current, gvr)
        return self._put(key, _merge(current, patch))

    def delete(self, gvr: Any, namespace: str, name: str, *, grace_period: int | None = None, uid: str = "") -> Object:
        key = self._called("delete", gvr, namespace, name)
        self._check_uid(uid, self._found(key, gvr), gvr)
        assert grace_period == 0
        return self.objects.pop(key)

    def put(self, resource: str, obj: Object) -> None:
        """Store as somebody else would."""
        meta = obj["metadata"]
        self._put((resource, meta.get("namespace", ""), meta["name"]), copy.deepcopy(obj))

    def stored(self, resource: str, name: str, namespace: str = "default") -> Object:
        return self.objects[(resource, namespace, name)]

    def count(self, verb: str, resource: str) -> int:
        return sum(call[:2] == (verb, resource) for call in self.calls)

    def _called(self, verb: str, gvr: Any, namespace: str, name: str) -> Key:
        self.calls.append((verb, gvr.resource, name))
        self.fail(verb, gvr.resource)
        return (gvr.resource, namespace, name)

    def _found(self, key: Key, gvr: Any) -> Object:
        if key not in self.objects:
            raise NotFound.of(gvr.group_resource, key[2])
        return self.objects[key]

    def _check_uid(self, uid: str | None, current: Object, gvr: Any) -> None:
        if uid and uid != current["metadata"]["uid"]:
            raise Conflict.of(gvr.group_resource, current["metadata"]["name"], "the UID in the precondition differs")

    def _put(self, key: Key, obj: Object) -> Object:
        self._revision += 1
        obj["metadata"]["resourceVersion"] = str(self._revision)
        self.objects[key] = obj
        return copy.deepcopy(obj)


def _merge(current: Any, patch: Any) -> Any:
    if not isinstance(current, dict) or not isinstance(patch, dict):
        return copy.deepcopy(patch)
    merged = dict(current)
    for name, value in patch.items():
        if name.startswith("$setElementOrder/"):
            continue
        if value is None:
            merged.pop(name, None)
        elif name == "conditions":
            merged[name] = _merge_by_type(merged.get(name) or [], value)
        else:
            merged[name] = _merge(merged.get(name), value)
    return merged


def _merge_by_type(current: list[Object], patch: list[Object]) -> list[Object]:
    by_type = {c["type"]: c for c in current}
    for item in patch:
        by_type[item["type"]] = _merge(by_type.get(item["type"], {}), item)
    return list(by_type.values())


class RecordingWriter:
    """Keeps what the engine hands over."""

    def __init__(self) -> None:
        self.submitted: list[tuple[str, Object | None, bool]] = []
        self.forgotten: list[str] = []

    def submit(self, pod: Object, status: Object | None, *, delete: bool) -> None:
        self.submitted.append((pod["metadata"]["uid"], status, delete))

    def forget(self, uid: str) -> None:
        self.forgotten.append(uid)

    def phases(self, uid: str) -> list[str]:
        return [status["phase"] for u, status, _ in self.submitted if u == uid and status is not None]

    def last(self, uid: str) -> Object:
        return next(s for u, s, _ in reversed(self.submitted) if u == uid and s is not None)


class RecordingEvents:
    def __init__(self) -> None:
        self.events: list[tuple[str, PodEvent]] = []

    def pod_event(self, pod: Object, event: PodEvent) -> None:
        self.events.append((pod["metadata"]["name"], event))

    def reasons(self, name: str) -> list[str]:
        return [event.reason for pod, event in self.events if pod == name]


class HeldClaims:
    """Keeps the questions after claims, by pod uid, until somebody answers them."""

    def __init__(self) -> None:
        self.asked: dict[str, Callable[[Outcome], None]] = {}

    def look(self, node: str, pod: Object, answer: Callable[[Outcome], None]) -> None:
        self.asked[pod["metadata"]["uid"]] = answer
