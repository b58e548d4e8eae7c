"""The official suite's common test of one resource (test/e2e/framework/conformance, TestResource): create, get,
update, status, each type of patch on a new object, lists, the deletion of a collection. What watches deliver is checked
after each step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from conformance.api import APPLY_PATCH, JSON_PATCH, Object
from conformance.check import Case, Failed
from conformance.kinds import Kind

LABEL = "e2e-test.kubernetes.io"
_WATCHED = 100
_TYPES = {"ADDED": "add", "MODIFIED": "update", "DELETED": "delete"}
_PATIENCE = 30.0
Change = Callable[[Object], None]
Patch = tuple[str, Any]
"""A content type and a body; whose it is (name, uid, kind) is filled in unless it is a JSON patch."""


@dataclass(frozen=True, slots=True)
class Crud:
    """``initial(case)`` has no status; ``update`` and ``status`` change an object in place. Without ``status`` the
    resource has none."""

    kind: Kind
    initial: Callable[[Case], Object]
    update: Change
    patches: tuple[Patch, ...]
    status: Change | None = None
    status_patches: tuple[Patch, ...] = field(default=())

    def __call__(self, case: Case) -> None:
        with ExitStack() as stack:
            _Run(self, case, stack).all()


class _Run:
    def __init__(self, crud: Crud, case: Case, stack: ExitStack) -> None:
        self.crud, self.kind, self.case, self.api = crud, crud.kind, case, case.api
        self.namespace = case.namespace if self.kind.namespaced else ""
        self.selector = f"{LABEL}={case.suffix}"
        self.body = self._labelled(crud.initial(case))
        self.name: str = self.body["metadata"]["name"]
        self.uid = ""
        scopes = ["", self.namespace] if self.namespace else [""]
        self.observers = [stack.enter_context(Observer(case, self.kind, scope, self.selector)) for scope in scopes]

    def _labelled(self, body: Object) -> Object:
        body.setdefault("metadata", {}).setdefault("labels", {})[LABEL] = self.case.suffix
        body["metadata"].setdefault("name", self.case.unique("test"))
        return body

    def all(self) -> None:
        self.case.defer(lambda: self.api.delete(self.kind, self.namespace, self.name))
        created = self._create()
        self._saw("create", "add,(update,)*")
        self._same(self.api.get(self.kind, self.namespace, self.name), "the object read")
        updated = self._change(self.crud.update)
        self.case.true(_revision(updated) > _revision(created), "an update raises the resourceVersion")
        self._saw("update", "(update,)+")
        if self.crud.status is not None:
            self._same(self._change(self.crud.status, "status"), "the object with an updated status")
            self._saw("update of status", "(update,)+")
            self._same(self.api.get(self.kind, self.namespace, self.name, "status"), "the status read")
        for patch in self.crud.patches:
            self._again()
            self._patch(patch, "")
        for patch in self.crud.status_patches:
            self._again()
            self._change(self.crud.update)
            self._patch(patch, "status")
        self._collection()

    def _create(self) -> Object:
        query = {"fieldValidation": "Strict"}
        made = self.api.create(self.kind, self.namespace, deepcopy(self.body), **query)
        self.uid = made["metadata"]["uid"]
        self._same(made, "the object created")
        return made

    def _same(self, found: Object, what: str) -> None:
        meta = found["metadata"]
        place = (meta.get("namespace", ""), meta["name"], meta["uid"])
        self.case.equal(place, (self.namespace, self.name, self.uid), f"namespace, name and uid of {what}")
        self.case.true(_revision(found) > 0, f"{what} has a resourceVersion")

    def _saw(self, what: str, events: str) -> None:
        for observer in self.observers:
            observer.saw(f"^{events}$", self.uid, what)

    def _change(self, change: Change, subresource: str = "") -> Object:
        found = self.case.changed(self.kind, self.name, change, subresource)
        self._same(found, "the object changed")
        return found

    def _again(self) -> None:
        """Delete the object and make it anew."""
        self.api.delete(self.kind, self.namespace, self.name)
        self.case.gone(self.kind, self.name, _PATIENCE)
        self._saw("delete", "(update,)*delete,")
        self._create()

    def _patch(self, patch: Patch, subresource: str) -> None:
        content_type, body = patch
        query: dict[str, Any] = {"fieldValidation": "Strict"}
        if content_type == APPLY_PATCH:
            query |= {"fieldManager": "test-apply", "force": True}
        if content_type != JSON_PATCH:
            body = {"apiVersion": self.kind.api_version, "kind": self.kind.name, **deepcopy(body)}
            identity = {"name": self.name, "uid": self.uid}
            body["metadata"] = {**body.get("metadata", {}), **identity}
        patched = self.api.patch(
            self.kind, self.namespace, self.name, body, subresource, content_type=content_type, **query
        )
        self._same(patched, f"the object after a patch of type {content_type}")
        self._saw(f"patch {content_type} {subresource}", "add,(update,)+")

    def _collection(self) -> None:
        scopes = ["", self.namespace] if self.namespace else [""]
        for scope in scopes:
            found = self.api.items(self.kind, scope, labelSelector=self.selector)
            self.case.equal([one["metadata"]["name"] for one in found], [self.name], "the objects listed by label")
        self.api.delete_collection(self.kind, self.namespace, labelSelector=self.selector)
        self.case.gone(self.kind, self.name, _PATIENCE)
        self._saw("delete collection", "(update,)*delete,")


class Observer:
    """A list and the watch that follows it, as an informer does it. Events are read when they are asked for."""

    def __init__(self, case: Case, kind: Kind, namespace: str, selector: str) -> None:
        self._case, self._kind, self._namespace, self._selector = case, kind, namespace, selector
        self._revision = 0
        self._stack = ExitStack()
        self._events: Iterator[Object] = iter(())

    def __enter__(self) -> Observer:
        listed = self._case.api.list(self._kind, self._namespace, labelSelector=self._selector)
        self._case.equal(listed["items"] or [], [], "the objects before the first is created")
        watch = self._case.api.watch(
            self._kind,
            self._namespace,
            timeout=_WATCHED,
            labelSelector=self._selector,
            resourceVersion=listed["metadata"]["resourceVersion"],
        )
        self._events = self._stack.enter_context(watch)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def saw(self, pattern: str, uid: str, what: str) -> None:
        """The events since the last call match; they are of this object, with revisions that do not fall."""
        types = ""
        while not re.search(pattern, types):
            event = next(self._events, None)
            if event is None:
                raise Failed(f"the watch ended before events {pattern} after {what}, found {types!r}")
            types += f"{_TYPES.get(event['type'], 'error')},"
            found = event["object"]
            self._case.true(event["type"] in _TYPES, f"the watch goes on after {what}: {found}")
            self._case.equal(found["metadata"]["uid"], uid, f"the object of an event after {what}")
            self._case.true(_revision(found) >= self._revision, f"resourceVersions of events do not fall after {what}")
            self._revision = _revision(found)


def _revision(obj: Object) -> int:
    return int(obj["metadata"]["resourceVersion"])
