"""Custom resource definitions and the resources they define."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.api import Object
from conformance.bodies import condition
from conformance.check import Case, Check
from conformance.checks.apps import name_of
from conformance.kinds import CRDS, Kind

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_ANYTHING: Object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def _body(case: Case, schema: Object | None = None, **spec: Any) -> Object:
    word = f"c{case.unique('')}".replace("-", "")
    group = f"{case.suffix}.example.com"
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema or _ANYTHING}}
    names = {"plural": f"{word}s", "singular": word, "kind": word.capitalize(), "listKind": f"{word.capitalize()}List"}
    return {
        "metadata": {"name": f"{word}s.{group}", "labels": {"e2e-crd": case.suffix}},
        "spec": {"group": group, "scope": "Namespaced", "versions": [version], "names": names, **spec},
    }


def _define(case: Case, schema: Object | None = None) -> Kind:
    """The kind of a new definition, as soon as it is served."""
    made = case.create(CRDS, _body(case, schema))
    case.eventually(
        lambda: condition(case.get(CRDS, name_of(made)), "Established").get("status") == "True", "an established CRD"
    )
    spec = made["spec"]
    kind = Kind(spec["group"], "v1", spec["names"]["plural"], spec["names"]["kind"])
    case.eventually(lambda: case.api.list(kind, case.namespace), "the custom resource to be served")
    return kind


def create_and_delete(case: Case) -> None:
    made = case.create(CRDS, _body(case))
    name = name_of(made)
    case.equal(case.get(CRDS, name)["metadata"]["uid"], made["metadata"]["uid"], "the uid read")
    case.api.delete(CRDS, "", name)
    case.gone(CRDS, name)


def collection(case: Case) -> None:
    for _ in range(3):
        case.create(CRDS, _body(case))
    selector = f"e2e-crd={case.suffix}"
    case.equal(len(case.api.items(CRDS, labelSelector=selector)), 3, "definitions listed")
    case.api.delete_collection(CRDS, labelSelector=selector)
    case.eventually(lambda: not case.api.items(CRDS, labelSelector=selector), "the definitions to be deleted")


def status(case: Case) -> None:
    name = name_of(case.create(CRDS, _body(case)))
    case.eventually(lambda: condition(case.get(CRDS, name), "Established"), "an established CRD")
    read = case.api.get(CRDS, "", name, "status")
    case.equal(read["kind"], "CustomResourceDefinition", "the kind of /status")
    added = {"type": "StatusUpdate", "status": "True", "reason": "E2E", "message": "Set from an e2e test"}
    updated = case.changed(CRDS, name, lambda one: one["status"]["conditions"].append(added), "status")
    case.contains(condition(updated, "StatusUpdate"), added, "the condition added by an update of /status")
    other = {"type": "StatusPatched", "status": "True", "reason": "E2E", "message": "Set by an e2e test"}
    body = {"metadata": {"annotations": {"patchedstatus": "true"}}, "status": {"conditions": [other]}}
    patched = case.api.patch(CRDS, "", name, body, "status")
    case.contains(condition(patched, "StatusPatched"), other, "the condition patched into /status")


def _named(name: str) -> Callable[[Object], bool]:
    return lambda one: name_of(one) == name


def watch(case: Case) -> None:
    kind = _define(case)
    with case.api.watch(kind, case.namespace, timeout=60) as events:
        for name in ("name1", "name2"):
            made = case.create(kind, {"metadata": {"name": name}, "content": {"key": "value"}})
            case.equal(case.event(events, "ADDED", _named(name)), made, "what was added")
        for name in ("name1", "name2"):
            case.api.patch(kind, case.namespace, name, {"dummy": "test"})
            found = case.event(events, "MODIFIED", _named(name))
            case.equal(found.get("dummy"), "test", "the modified field")
        for name in ("name1", "name2"):
            case.api.delete(kind, case.namespace, name)
            case.event(events, "DELETED", _named(name))


def documents(case: Case) -> None:
    """The group of CRDs itself in discovery."""
    groups = {one["name"]: one for one in case.api.request("GET", "/apis")["groups"]}
    versions = [one["groupVersion"] for one in groups["apiextensions.k8s.io"]["versions"]]
    case.true("apiextensions.k8s.io/v1" in versions, "/apis lists apiextensions.k8s.io/v1")
    group = case.api.request("GET", "/apis/apiextensions.k8s.io")
    case.equal(group["preferredVersion"]["version"], "v1", "the preferred version")
    resources = {one["name"] for one in case.api.request("GET", "/apis/apiextensions.k8s.io/v1")["resources"]}
    case.true("customresourcedefinitions" in resources, "the group lists customresourcedefinitions")


def aggregated(case: Case) -> None:
    kind = _define(case)

    def listed() -> bool:
        found = case.api.request("GET", "/apis", accept=_AGGREGATED)
        return any(
            resource["resource"] == kind.plural
            for group in found["items"]
            if group["metadata"].get("name") == kind.group
            for version in group["versions"]
            for resource in version["resources"]
        )

    case.eventually(listed, "the custom resource in aggregated discovery", 30)


def defaulting(case: Case) -> None:
    def schema(**defaults: Object) -> Object:
        properties = {name: {"type": "string", **default} for name, default in defaults.items()}
        return {"type": "object", "properties": properties}

    kind = _define(case, schema(a={"default": "A"}, b={}))
    name = f"{kind.plural}.{kind.group}"
    made = case.create(kind, {"metadata": {"name": "one"}})
    case.equal((made.get("a"), made.get("b")), ("A", None), "the fields after the request")

    def default_b(current: Object) -> None:
        current["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = schema(a={"default": "A"}, b={"default": "B"})

    case.changed(CRDS, name, default_b)
    case.eventually(lambda: case.get(kind, "one").get("b") == "B", "the new default in what is stored already", 30)


_CRD = "[sig-api-machinery] CustomResourceDefinition "
_RESOURCES = _CRD + "resources [Privileged:ClusterAdmin] "
_SIMPLE = _RESOURCES + "Simple CustomResourceDefinition "
_AGGREGATION = "[sig-api-machinery] AggregatedDiscovery should support "
_END = " [Conformance]"
CHECKS = (
    Check(_SIMPLE + "creating/deleting custom resource definition objects works" + _END, create_and_delete),
    Check(_SIMPLE + "listing custom resource definition objects works" + _END, collection),
    Check(_SIMPLE + "getting/updating/patching custom resource definition status sub-resource works" + _END, status),
    Check(_RESOURCES + "should include custom resource definition resources in discovery documents" + _END, documents),
    Check(_RESOURCES + "custom resource defaulting for requests and from storage works" + _END, defaulting),
    Check(
        _CRD + "Watch [Privileged:ClusterAdmin] CustomResourceDefinition Watch watch on custom resource definition"
        " objects" + _END,
        watch,
    ),
    Check(_AGGREGATION + "aggregated discovery interface for CRDs" + _END, aggregated),
    Check(_AGGREGATION + "raw aggregated discovery request for CRDs" + _END, aggregated),
)
