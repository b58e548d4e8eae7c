"""Namespaces: patches, status, finalizers, and what goes with them when they are deleted."""

from __future__ import annotations

from conformance import kinds
from conformance.api import STRATEGIC_PATCH, Object
from conformance.bodies import condition, pod
from conformance.check import Case, Check
from conformance.kinds import NAMESPACES
from conformance.waiting import running

_FINALIZER = "e2e.example.com/fakeFinalizer"


def patch(case: Case) -> None:
    name = case.namespace
    before = case.get(NAMESPACES, name)
    body = {"metadata": {"labels": {"testLabel": "testValue"}}}
    patched = case.api.patch(NAMESPACES, "", name, body, content_type=STRATEGIC_PATCH)
    case.true(
        int(patched["metadata"]["resourceVersion"]) > int(before["metadata"]["resourceVersion"]),
        "a patch raises the resourceVersion",
    )
    labels = case.get(NAMESPACES, name)["metadata"]["labels"]
    case.contains(labels, {"testLabel": "testValue"}, "labels of the patched namespace")


def update(case: Case) -> None:
    name = case.namespace
    updated = case.changed(NAMESPACES, name, lambda one: one["metadata"]["labels"].update({name: "updated"}))
    case.contains(updated["metadata"]["labels"], {name: "updated"}, "labels of the updated namespace")


def status(case: Case) -> None:
    name = case.namespace
    read = case.api.get(NAMESPACES, "", name, "status")
    case.equal(read["status"]["phase"], "Active", "the phase")
    made = {"type": "StatusPatch", "status": "True", "reason": "E2E", "message": "Patched by an e2e test"}
    body = {"metadata": {"annotations": {"e2e-patched-ns-status": name}}, "status": {"conditions": [made]}}
    patched = case.api.patch(NAMESPACES, "", name, body, "status")
    case.contains(patched["metadata"]["annotations"], {"e2e-patched-ns-status": name}, "annotations patched by /status")
    case.contains(patched["status"]["conditions"][-1], made, "the last condition of the patched status")
    other = {"type": "StatusUpdate", "status": "True", "reason": "E2E", "message": "Updated by an e2e test"}

    def add(current: Object) -> None:
        current["status"].setdefault("conditions", []).append(other)

    updated = case.changed(NAMESPACES, name, add, "status")
    case.contains(updated["status"]["conditions"][-1], other, "the last condition of the updated status")


def finalizer(case: Case) -> None:
    name = case.new_namespace()

    def finalize(add: bool) -> Object:
        current = case.get(NAMESPACES, name)
        kept = [one for one in current["spec"]["finalizers"] if one != _FINALIZER]
        current["spec"]["finalizers"] = [*kept, _FINALIZER] if add else kept
        return case.api.update(NAMESPACES, "", current, "finalize")

    added = case.eventually(lambda: finalize(True), "the finalizer to be added")
    case.true(_FINALIZER in added["spec"]["finalizers"], "the finalizer was added")
    removed = case.eventually(lambda: finalize(False), "the finalizer to be removed")
    case.true(_FINALIZER not in removed["spec"]["finalizers"], "the finalizer was removed")


def _recreate(case: Case, name: str) -> None:
    case.gone(NAMESPACES, name, 90)
    case.api.create(NAMESPACES, "", {"metadata": {"name": name}})
    case.defer(lambda: case.api.delete(NAMESPACES, "", name))


def services_removed(case: Case) -> None:
    name = case.namespace
    spec = {"selector": {"foo": "bar"}, "ports": [{"port": 80, "targetPort": 80}]}
    case.create(kinds.SERVICES, {"metadata": {"name": "test-service"}, "spec": spec})
    case.api.delete(NAMESPACES, "", name)
    _recreate(case, name)
    case.refused(404, case.api.get, kinds.SERVICES, name, "test-service")


def pods_removed(case: Case) -> None:
    name = case.namespace
    case.create(kinds.PODS, pod("test-pod"))
    running(case, "test-pod")
    case.api.delete(NAMESPACES, "", name)
    _recreate(case, name)
    case.refused(404, case.api.get, kinds.PODS, name, "test-pod")


def pods_first(case: Case) -> None:
    """While a pod's finalizer holds the pod, nothing else in the namespace is deleted."""
    name = case.namespace
    body = pod("test-pod")
    body["metadata"]["finalizers"] = ["e2e.example.com/finalizer"]
    case.create(kinds.PODS, body)
    release = {"metadata": {"finalizers": None}}
    case.defer(lambda: case.api.patch(kinds.PODS, name, "test-pod", release))
    running(case, "test-pod")
    case.create(kinds.CONFIG_MAPS, {"metadata": {"name": "test-configmap"}, "data": {"key": "value"}})
    case.api.delete(NAMESPACES, "", name)

    def told() -> bool:
        current = case.get(NAMESPACES, name)
        return (
            current["status"].get("phase") == "Terminating"
            and condition(current, "NamespaceDeletionContentFailure") != {}
        )

    case.eventually(told, "the namespace's conditions to tell of the remaining pod", 90)
    case.get(kinds.CONFIG_MAPS, "test-configmap")
    held = case.get(kinds.PODS, "test-pod")
    case.true(held["metadata"].get("deletionTimestamp"), "the pod is being deleted")
    case.changed(kinds.PODS, "test-pod", lambda one: one["metadata"].update(finalizers=[]))
    case.gone(kinds.PODS, "test-pod", 90)
    case.gone(NAMESPACES, name, 90)


_PREFIX = "[sig-api-machinery] Namespaces should "
_SERIAL = " [Conformance] [Serial]"
CHECKS = (
    Check(_PREFIX + "patch a Namespace" + _SERIAL, patch),
    Check(_PREFIX + "apply an update to a Namespace" + _SERIAL, update),
    Check(_PREFIX + "apply changes to a namespace status" + _SERIAL, status),
    Check(_PREFIX + "apply a finalizer to a Namespace" + _SERIAL, finalizer),
    Check(_PREFIX + "ensure that all services are removed when a namespace is deleted" + _SERIAL, services_removed),
    Check(_PREFIX + "ensure that all pods are removed when a namespace is deleted" + _SERIAL, pods_removed),
    Check(
        "[sig-api-machinery] OrderedNamespaceDeletion namespace deletion should delete pod first [Conformance]",
        pods_first,
    ),
)
