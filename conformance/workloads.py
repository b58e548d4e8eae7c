"""What the checks of workloads have in common: when they are settled, what they own, and their /scale and /status."""

from __future__ import annotations

from collections.abc import Callable

from conformance.api import STRATEGIC_PATCH, Object
from conformance.bodies import condition
from conformance.check import Case
from conformance.kinds import Kind

OTHER = "registry.k8s.io/pause:3.10"
"""An image to update to."""


def name_of(obj: Object) -> str:
    return str(obj["metadata"]["name"])


def rolled_out(obj: Object) -> bool:
    """Of a Deployment: the newest template runs everywhere, and nothing else does."""
    wanted, status = obj["spec"].get("replicas", 1), obj.get("status", {})
    counts = [status.get(key, 0) for key in ("updatedReplicas", "replicas", "availableReplicas")]
    return bool(status.get("observedGeneration", 0) >= obj["metadata"]["generation"] and counts == [wanted] * 3)


def all_ready(obj: Object) -> bool:
    """Of a ReplicaSet, StatefulSet or ReplicationController."""
    status = obj.get("status", {})
    return bool(status.get("readyReplicas", 0) == status.get("replicas", 0) == obj["spec"]["replicas"])


def set_image(case: Case, kind: Kind, name: str, image: str) -> Object:
    def change(current: Object) -> None:
        current["spec"]["template"]["spec"]["containers"][0]["image"] = image

    return case.changed(kind, name, change)


def owned(case: Case, kind: Kind, owner: Object) -> list[Object]:
    def is_owner(reference: Object) -> bool:
        return bool(reference["uid"] == owner["metadata"]["uid"])

    objects = case.api.items(kind, case.namespace)
    return [one for one in objects if any(map(is_owner, one["metadata"].get("ownerReferences") or ()))]


def scale(kind: Kind, make: Callable[[Case], Object]) -> Callable[[Case], None]:
    """Read, update (without a resourceVersion) and patch /scale of something with one replica; the object follows."""

    def check(case: Case) -> None:
        name = name_of(make(case))
        read = case.api.get(kind, case.namespace, name, "scale")
        case.equal((read["kind"], read["apiVersion"]), ("Scale", "autoscaling/v1"), "the kind of /scale")
        case.equal((read["spec"]["replicas"], read["status"]["replicas"]), (1, 1), "the replicas in /scale")
        del read["metadata"]["resourceVersion"]
        read["spec"]["replicas"] = 2
        updated = case.api.update(kind, case.namespace, read, "scale")
        case.equal(updated["spec"]["replicas"], 2, "the replicas in the updated /scale")
        case.equal(case.get(kind, name)["spec"]["replicas"], 2, "the replicas of the object")
        body = {"spec": {"replicas": 4}}
        case.api.patch(kind, case.namespace, name, body, "scale", content_type=STRATEGIC_PATCH)
        case.equal(case.get(kind, name)["spec"]["replicas"], 4, "the replicas of the object after the patch")

    return check


def status(kind: Kind, make: Callable[[Case], Object]) -> Callable[[Case], None]:
    """Conditions written to /status by update and by patch are kept and seen by a watch."""

    def check(case: Case) -> None:
        made = make(case)
        name = name_of(made)
        read = case.api.get(kind, case.namespace, name, "status")
        case.equal((read["kind"], read["metadata"]["uid"]), (kind.name, made["metadata"]["uid"]), "what /status is of")
        update = {"type": "StatusUpdate", "status": "True", "reason": "E2E", "message": "Set from e2e test"}
        with case.api.watch(kind, case.namespace, timeout=60) as events:

            def add(current: Object) -> None:
                current["status"].setdefault("conditions", []).append(update)

            updated = case.changed(kind, name, add, "status")
            case.contains(condition(updated, "StatusUpdate"), update, "the condition of the updated status")
            seen = case.event(events, "MODIFIED", lambda one: condition(one, "StatusUpdate") != {})
            case.contains(condition(seen, "StatusUpdate"), update, "the condition that the watch shows")
            body = {"status": {"conditions": [{"type": "StatusPatched", "status": "True"}]}}
            patched = case.api.patch(kind, case.namespace, name, body, "status")
            case.equal(condition(patched, "StatusPatched").get("status"), "True", "the patched condition")
            case.event(events, "MODIFIED", lambda one: condition(one, "StatusPatched") != {})

    return check


def deleted_together(case: Case, kind: Kind, selector: str) -> None:
    """One with that label, in the list of all namespaces; it goes with the collection."""
    case.equal(len(case.api.items(kind, labelSelector=selector)), 1, f"each {kind.name} with the label")
    options = {"gracePeriodSeconds": 1}
    case.api.request("DELETE", kind.path(case.namespace), options, labelSelector=selector)
    case.eventually(lambda: not case.api.items(kind, labelSelector=selector), f"no {kind.name} with the label")
