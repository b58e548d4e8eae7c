"""Custom resource definitions and the resources they define."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from conformance.api import JSON_PATCH, Object
from conformance.check import Case, Check
from conformance.custom import ANYTHING, define, definition
from conformance.kinds import CRDS
from conformance.workloads import name_of

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def create_and_delete(case: Case) -> None:
    """It is served, and gone after its deletion."""
    made = define(case, definition(case, namespaced=False))
    case.api.delete(CRDS, "", made.name)
    case.gone(CRDS, made.name)


def collection(case: Case) -> None:
    """Ten with a label are listed as they were created, and deleted together; one without it stays."""
    selector = f"e2e-list-test-uuid={case.suffix}"
    made: dict[str, Object] = {}
    for _ in range(10):
        body = definition(case, namespaced=False)
        body["metadata"]["labels"] = {"e2e-list-test-uuid": case.suffix}
        one = define(case, body)
        made[one.name] = one.body["spec"]
    other = define(case, definition(case, namespaced=False))
    listed = {name_of(one): one["spec"] for one in case.api.items(CRDS, labelSelector=selector)}
    case.equal(listed, made, "the specs of the definitions listed by label")
    case.api.delete_collection(CRDS, labelSelector=selector)
    case.eventually(lambda: not case.api.items(CRDS, labelSelector=selector), "the definitions to be deleted")
    case.get(CRDS, other.name)


def status(case: Case) -> None:
    """Conditions that say next to nothing are kept as they are."""
    made = define(case, definition(case, namespaced=False))

    def messages(found: Object) -> list[object]:
        return [one.get("message") for one in found["status"].get("conditions") or ()]

    def add(current: Object) -> None:
        case.equal(current["spec"], made.body["spec"], "the spec in /status")
        current["status"].setdefault("conditions", []).append({"type": "", "status": "", "message": "updated"})

    updated = case.changed(CRDS, made.name, add, "status")
    case.true("updated" in messages(updated), f"the condition added by an update of /status: {messages(updated)}")
    patch = [{"op": "add", "path": "/status/conditions", "value": [{"message": "patched"}]}]
    patched = case.api.patch(CRDS, "", made.name, patch, "status", content_type=JSON_PATCH)
    case.true("patched" in messages(patched), f"the condition patched into /status: {messages(patched)}")


def watch(case: Case) -> None:
    """A watch of one name sees what happens to that object, and nothing of the other."""
    kind = define(case, definition(case, namespaced=False)).kinds[0]
    with ExitStack() as stack:
        watches = {
            name: stack.enter_context(case.api.watch(kind, timeout=60, fieldSelector=f"metadata.name={name}"))
            for name in ("name1", "name2")
        }
        for name, events in watches.items():
            body = {"metadata": {"name": name}, "content": {"key": "value"}, "num": {"num1": 9223372036854775807}}
            made = case.create(kind, body)
            case.true(made["metadata"].get("uid"), "a custom resource has a uid")
            case.equal((made["apiVersion"], made["kind"]), (kind.api_version, kind.name), "its type")
            _next(case, events, "ADDED", lambda one, expected=made: one == expected)  # type: ignore[misc]
        for name, events in watches.items():
            case.api.patch(kind, "", name, {"dummy": "test"})
            _next(case, events, "MODIFIED", lambda one: bool(one.get("dummy") == "test"))
        for name, events in watches.items():
            case.api.delete(kind, "", name)
            _next(case, events, "DELETED", lambda one, wanted=name: name_of(one) == wanted)  # type: ignore[misc]


def _next(case: Case, events: Iterator[Object], type_: str, holds: Callable[[Object], bool]) -> None:
    """The very next event: whatever happened to the other object is none of this watch."""
    ended: Object = {"type": "the end of the watch", "object": {}}
    event = next(events, ended)
    case.equal(event["type"], type_, "the type of the next event")
    case.true(holds(event["object"]), f"the object of the {type_} event: {event['object']}")


def documents(case: Case) -> None:
    """The group of CRDs itself in discovery."""
    groups = {one["name"]: one for one in case.api.request("GET", "/apis")["groups"]}
    case.true("apiextensions.k8s.io" in groups, "/apis lists apiextensions.k8s.io")
    versions = [one["version"] for one in groups["apiextensions.k8s.io"]["versions"]]
    case.true("v1" in versions, f"/apis lists apiextensions.k8s.io/v1, found {versions}")
    group = case.api.request("GET", "/apis/apiextensions.k8s.io")
    case.equal(group["name"], "apiextensions.k8s.io", "the name of the group")
    case.true("v1" in [one["version"] for one in group["versions"]], "the group lists v1")
    found = case.api.request("GET", "/apis/apiextensions.k8s.io/v1")
    case.equal(found["groupVersion"], "apiextensions.k8s.io/v1", "the group version")
    resources = {one["name"] for one in found["resources"]}
    case.true("customresourcedefinitions" in resources, "the group lists customresourcedefinitions")


def aggregated(case: Case) -> None:
    kind = define(case, definition(case)).kinds[0]

    def listed() -> bool:
        found = case.api.request("GET", "/apis", accept=_AGGREGATED)
        return any(
            resource["resource"] == kind.plural
            for group in found["items"]
            if group["metadata"].get("name") == kind.group
            for version in group["versions"]
            if version["version"] == kind.version
            for resource in version["resources"]
        )

    case.eventually(listed, "the custom resource in aggregated discovery", 30)


def defaulting(case: Case) -> None:
    """A default shows in what is stored already and in what is created; when it goes, what was stored with it stays."""
    strings = {"a": {"type": "string"}, "b": {"type": "string"}}
    made = define(case, definition(case, {**ANYTHING, "properties": strings}, namespaced=False))
    kind, root = made.kinds[0], "/spec/versions/0/schema/openAPIV3Schema/properties"

    def patch(*operations: tuple[str, str, str]) -> None:
        body = [{"op": op, "path": f"{root}/{field}/default", "value": value} for op, field, value in operations]
        case.api.patch(CRDS, "", made.name, body, content_type=JSON_PATCH)

    def fields(name: str) -> tuple[object, object]:
        found = case.get(kind, name)
        return found.get("a"), found.get("b")

    first = case.create(kind, {"metadata": {"name": case.unique("cr-1")}})
    patch(("add", "a", "A"))
    case.eventually(lambda: fields(name_of(first))[0] == "A", "the default in what is stored already", 30)
    second = case.create(kind, {"metadata": {"name": case.unique("cr-2")}})
    case.equal(second.get("a"), "A", "the default in what is created")
    patch(("remove", "a", ""), ("add", "b", "B"))
    case.eventually(lambda: fields(name_of(second))[1] == "B", "the other default in what is stored already", 30)
    case.equal(fields(name_of(second)), ("A", "B"), "the fields when a default is gone that was stored")
    revisions = [int(one["metadata"]["resourceVersion"]) for one in (first, second)]
    case.true(revisions[0] < revisions[1], "what is created later has a larger resourceVersion")


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
