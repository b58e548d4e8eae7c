"""One sequence for all the official tests "should support X API operations": discovery, create, get, list, watch,
patch, update, status, delete, delete collection. What a kind adds is data, an ``Operations`` value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from conformance.api import Object
from conformance.check import Case
from conformance.kinds import Kind


def nothing(case: Case, made: Object) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Operations:
    """``body(case, number)``: an object without metadata labels; the number (0 to 2) tells the three of a run apart.

    ``patch``: a merge patch besides the annotation, found again afterwards. ``status``: a merge patch of /status.
    ``extra``: further assertions on the first object, before it is deleted.
    """

    kind: Kind
    body: Callable[[Case, int], Object]
    patch: Object = field(default_factory=dict)
    status: Object = field(default_factory=dict)
    extra: Callable[[Case, Object], None] = nothing
    subresources: tuple[str, ...] = ()
    """Listed in discovery besides ``status``, which is if there is one."""

    def __call__(self, case: Case) -> None:
        _Run(self, case).all()


class _Run:
    def __init__(self, operations: Operations, case: Case) -> None:
        self.operations = operations
        self.kind = operations.kind
        self.case = case
        self.api = case.api
        self.namespace = case.namespace if self.kind.namespaced else ""
        self.label = f"conformance-run={case.suffix}"
        self.stored: list[Object] = []

    def all(self) -> None:
        self.discovery()
        self.case.defer(lambda: self.api.delete_collection(self.kind, self.namespace, labelSelector=self.label))
        self.create()
        revision = self.list()
        with self.api.watch(
            self.kind, self.namespace, resourceVersion=revision, labelSelector=self.label, timeout=60
        ) as events:
            self.patch_and_update(events)
            self.status()
            self.operations.extra(self.case, self.stored[0])
            self.delete(events)
        self.delete_collection()

    def discovery(self) -> None:
        case, kind = self.case, self.kind
        if kind.group:
            groups = self.api.request("GET", "/apis")["groups"]
            found = [group for group in groups if group["name"] == kind.group]
            case.true(found, f"/apis lists the group {kind.group}")
            versions = [version["version"] for version in found[0]["versions"]]
            case.true(kind.version in versions, f"/apis lists {kind.api_version}, found {versions}")
            group = self.api.request("GET", f"/apis/{kind.group}")
            versions = [version["groupVersion"] for version in group["versions"]]
            case.true(kind.api_version in versions, f"/apis/{kind.group} lists {kind.api_version}, found {versions}")
        resources = {one["name"]: one for one in self.api.request("GET", kind.root)["resources"]}
        subresources = (*self.operations.subresources, *(("status",) if self.operations.status else ()))
        for name in (kind.plural, *(f"{kind.plural}/{one}" for one in subresources)):
            case.true(name in resources, f"{kind.root} lists {name}")
        case.equal(resources[kind.plural]["kind"], kind.name, "the kind in discovery")
        case.equal(resources[kind.plural]["namespaced"], kind.namespaced, "namespaced in discovery")

    def create(self) -> None:
        for number in range(3):
            body = self.operations.body(self.case, number)
            body.setdefault("metadata", {}).setdefault("labels", {})["conformance-run"] = self.case.suffix
            if "name" not in body["metadata"]:
                body["metadata"]["name"] = self.case.unique(self.kind.name.lower())
            self.stored.append(self.case.create(self.kind, body))
        again = {"metadata": {"name": self.stored[0]["metadata"]["name"]}, **self.operations.body(self.case, 0)}
        again["metadata"] = {**again["metadata"], "name": self.stored[0]["metadata"]["name"]}
        self.case.refused(409, self.api.create, self.kind, self.namespace, again)
        made = self.stored[0]["metadata"]
        read = self.api.get(self.kind, self.namespace, made["name"])["metadata"]
        self.case.equal(read["uid"], made["uid"], "the uid read")
        self.case.true(int(read["resourceVersion"]) > 0, "a resourceVersion is a number")

    def list(self) -> str:
        if self.namespace:
            everywhere = self.api.items(self.kind, labelSelector=self.label)
            self.case.equal(len(everywhere), 3, "the objects listed across namespaces")
        listed = self.api.list(self.kind, self.namespace, labelSelector=self.label)
        self.case.equal(len(listed["items"]), 3, "the objects listed with a label selector")
        self.case.equal(listed["kind"], f"{self.kind.name}List", "the kind of the list")
        return str(listed["metadata"]["resourceVersion"])

    def patch_and_update(self, events: Any) -> None:
        case, name = self.case, self.stored[0]["metadata"]["name"]
        patch = {"metadata": {"annotations": {"patched": "true"}}, **self.operations.patch}
        patched = self.api.patch(self.kind, self.namespace, name, patch)
        case.contains(patched["metadata"]["annotations"], {"patched": "true"}, "annotations of the patched object")
        _includes(case, patched, self.operations.patch, "the patched object")
        case.true(
            int(patched["metadata"]["resourceVersion"]) > int(self.stored[0]["metadata"]["resourceVersion"]),
            "a patch raises the resourceVersion",
        )
        updated = case.changed(
            self.kind, name, lambda current: current["metadata"]["annotations"].update(updated="true")
        )
        case.contains(updated["metadata"]["annotations"], {"patched": "true", "updated": "true"}, "annotations after")
        for annotation in ("patched", "updated"):
            case.event(events, "MODIFIED", lambda one, key=annotation: _annotation(one, key) == "true")  # type: ignore[misc]

    def status(self) -> None:
        if not self.operations.status:
            return
        case, first = self.case, self.stored[0]["metadata"]
        read = self.api.get(self.kind, self.namespace, first["name"], "status")
        case.equal(read["kind"], self.kind.name, "the kind of /status")
        case.equal(read["metadata"]["uid"], first["uid"], "the uid of /status")
        change = {"metadata": {"annotations": {"patchedstatus": "true"}}, "status": self.operations.status}
        patched = self.api.patch(self.kind, self.namespace, first["name"], change, "status")
        _includes(case, patched, {"status": self.operations.status}, "the object with patched status")
        case.contains(patched["metadata"]["annotations"], {"patchedstatus": "true"}, "annotations patched by /status")

        def change_status(current: Object) -> None:
            current["metadata"]["annotations"]["updatedstatus"] = "true"
            current["status"] = {**current.get("status", {}), **self.operations.status}

        updated = case.changed(self.kind, first["name"], change_status, "status")
        _includes(case, updated, {"status": self.operations.status}, "the object with updated status")

    def delete(self, events: Any) -> None:
        name = self.stored[0]["metadata"]["name"]
        self.api.delete(self.kind, self.namespace, name)
        self.case.event(events, "DELETED", lambda one: one["metadata"]["name"] == name)
        self.case.refused(404, self.api.get, self.kind, self.namespace, name)
        left = self.api.items(self.kind, self.namespace, labelSelector=self.label)
        self.case.equal(len(left), 2, "the objects left after a deletion")

    def delete_collection(self) -> None:
        self.api.delete_collection(self.kind, self.namespace, labelSelector=self.label)
        self.case.eventually(
            lambda: not self.api.items(self.kind, self.namespace, labelSelector=self.label),
            "an empty list after deleting the collection",
        )


def _annotation(obj: Object, key: str) -> Any:
    return obj["metadata"].get("annotations", {}).get(key)


def _includes(case: Case, found: Any, expected: Any, what: str) -> None:
    """Every value named in ``expected`` is found at the same place."""
    if isinstance(expected, dict):
        case.true(isinstance(found, dict), f"{what} is an object, found {found!r}")
        for key, value in expected.items():
            case.true(key in found, f"{what} has {key}")
            _includes(case, found[key], value, f"{what}.{key}")
    elif isinstance(expected, list):
        case.equal(len(found), len(expected), f"the length of {what}")
        for number, value in enumerate(expected):
            _includes(case, found[number], value, f"{what}[{number}]")
    else:
        case.equal(found, expected, what)
