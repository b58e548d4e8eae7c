"""Daemon sets, and the revisions they keep."""

from __future__ import annotations

from typing import Any

from conformance.api import STRATEGIC_PATCH, Object
from conformance.bodies import NO_SUCH_IMAGE, PAUSE, workload
from conformance.check import Case, Check
from conformance.kinds import CONTROLLER_REVISIONS, DAEMON_SETS, NODES, PODS
from conformance.nodes import usable_node, usable_nodes
from conformance.waiting import is_ready, ready_pods, until
from conformance.workloads import OTHER, deleted_together, name_of, owned, set_image, status

_HASH = "controller-revision-hash"


def covers(one: Object) -> bool:
    """A DaemonSet whose pods are all current and available."""
    wanted = one["status"].get("desiredNumberScheduled", 0)
    counts = [one["status"].get(key, 0) for key in ("updatedNumberScheduled", "numberAvailable", "numberReady")]
    current = one["status"].get("observedGeneration", 0) >= one["metadata"]["generation"]
    return bool(current and wanted > 0 and counts == [wanted] * 3)


def _daemon_body(case: Case, **spec: Any) -> Object:
    return workload(case, "daemon-set", None, **spec)


def daemon_set(case: Case, **spec: Any) -> Object:
    made = case.create(DAEMON_SETS, _daemon_body(case, **spec))
    return _everywhere(case, name_of(made))


def _everywhere(case: Case, name: str) -> Object:
    """One available pod on each node, and none elsewhere; the status says so."""

    def holds(one: Object) -> bool:
        alive = [each for each in owned(case, PODS, one) if not each["metadata"].get("deletionTimestamp")]
        pods = list(filter(is_ready, alive))
        on = sorted(each["spec"]["nodeName"] for each in pods)
        counts = [one["status"].get(f"{key}NumberScheduled", 0) for key in ("desired", "current")]
        return covers(one) and set(map(name_of, usable_nodes(case))) <= set(on) and counts == [len(on)] * 2

    return until(case, DAEMON_SETS, name, holds, "to run everywhere")


def simple_daemon(case: Case) -> None:
    """A deleted pod is replaced."""
    made = daemon_set(case)
    victim = name_of(owned(case, PODS, made)[0])
    case.api.delete(PODS, case.namespace, victim)
    case.gone(PODS, victim)
    _everywhere(case, name_of(made))


def retry_failed(case: Case) -> None:
    """A pod that is said to have failed is replaced, and deleted."""
    made = daemon_set(case)
    victim = owned(case, PODS, made)[0]
    del victim["metadata"]["resourceVersion"]
    victim["status"]["phase"] = "Failed"
    case.api.update(PODS, case.namespace, {"apiVersion": "v1", "kind": "Pod", **victim}, "status")
    case.gone(PODS, name_of(victim))
    _everywhere(case, name_of(made))


def complex_daemon(case: Case) -> None:
    """Follows a label of a node on and off."""
    key = f"conformance.example.com/{case.suffix}"
    body = _daemon_body(case)
    body["spec"]["template"]["spec"]["nodeSelector"] = {key: "blue"}
    name = name_of(case.create(DAEMON_SETS, body))
    node = name_of(usable_node(case))

    def label(value: str | None) -> None:
        case.api.patch(NODES, "", node, {"metadata": {"labels": {key: value}}})

    case.defer(lambda: label(None))
    selector = f"app={name}"
    case.true(not case.api.items(PODS, case.namespace, labelSelector=selector), "no pods before a node is labelled")
    label("blue")
    launched = ready_pods(case, 1, labelSelector=selector)
    case.equal(launched[0]["spec"]["nodeName"], node, "the node of the daemon pod")
    until(case, DAEMON_SETS, name, covers, "to say that it runs")
    label("green")
    case.eventually(lambda: not case.api.items(PODS, case.namespace, labelSelector=selector), "the pod to go")

    def select_green(current: Object) -> None:
        current["spec"]["template"]["spec"]["nodeSelector"] = {key: "green"}
        current["spec"]["updateStrategy"] = {"type": "RollingUpdate"}

    case.changed(DAEMON_SETS, name, select_green)
    moved = ready_pods(case, 1, labelSelector=selector)
    case.equal(moved[0]["spec"]["nodeName"], node, "the node of the daemon pod")
    until(case, DAEMON_SETS, name, covers, "to say that it runs")


def _revision(case: Case, made: Object, number: int) -> str:
    """The hash of that revision, which is the newest; every pod has it."""
    revisions = case.eventually(
        lambda: [one for one in owned(case, CONTROLLER_REVISIONS, made) if one["revision"] == number],
        f"revision {number} of the daemon set",
    )
    found = str(revisions[0]["metadata"]["labels"][_HASH])
    pods = [one for one in owned(case, PODS, made) if not one["metadata"].get("deletionTimestamp")]
    case.equal({one["metadata"]["labels"].get(_HASH) for one in pods}, {found}, "the revision that pods are of")
    return found


def daemon_update(case: Case) -> None:
    """Node by node: never more than one is without its daemon."""
    made = daemon_set(case, updateStrategy={"type": "RollingUpdate"})
    name, first = name_of(made), _revision(case, made, 1)
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": OTHER}]}}}}
    changed = case.api.patch(DAEMON_SETS, case.namespace, name, patch, content_type=STRATEGIC_PATCH)
    revisions = [int(one["metadata"]["resourceVersion"]) for one in (made, changed)]
    case.true(revisions[0] < revisions[1], "a patch raises the resourceVersion")

    def updated(one: Object) -> bool:
        unavailable = one["status"].get("numberUnavailable", 0)
        case.true(unavailable <= 1, f"{unavailable} nodes without their daemon at the same time")
        return covers(one)

    until(case, DAEMON_SETS, name, updated, "to be updated everywhere")
    _everywhere(case, name)
    pods = [one for one in owned(case, PODS, made) if not one["metadata"].get("deletionTimestamp")]
    case.equal({one["spec"]["containers"][0]["image"] for one in pods}, {OTHER}, "images after the update")
    case.true(_revision(case, made, 2) != first, "the second revision has another hash")


def daemon_rollback(case: Case) -> None:
    """Pods that the failed rollout never reached are not restarted."""
    case.true(len(usable_nodes(case)) > 1, "there are at least two nodes")
    made = daemon_set(case, updateStrategy={"type": "RollingUpdate"})
    set_image(case, DAEMON_SETS, name_of(made), NO_SUCH_IMAGE)

    def by_image() -> dict[str, set[str]]:
        found: dict[str, set[str]] = {PAUSE: set(), NO_SUCH_IMAGE: set()}
        for one in owned(case, PODS, made):
            if not one["metadata"].get("deletionTimestamp"):
                found[one["spec"]["containers"][0]["image"]].add(one["metadata"]["uid"])
        return found

    case.eventually(lambda: by_image()[NO_SUCH_IMAGE], "the rollout to begin")
    untouched = by_image()[PAUSE]
    case.true(untouched, "pods that the rollout has not reached")
    set_image(case, DAEMON_SETS, name_of(made), PAUSE)
    until(case, DAEMON_SETS, name_of(made), covers, "to be rolled back")
    case.true(untouched <= by_image()[PAUSE], "pods that the failed rollout did not reach were not restarted")


def collection(case: Case) -> None:
    body = _daemon_body(case)
    body["metadata"]["labels"]["e2e"] = case.suffix
    _everywhere(case, name_of(case.create(DAEMON_SETS, body)))
    deleted_together(case, DAEMON_SETS, f"e2e={case.suffix}")


def revisions(case: Case) -> None:
    """Controller revisions as objects: found, patched, created, deleted, updated, deleted together."""
    made = daemon_set(case)
    kind, selector = CONTROLLER_REVISIONS, f"app={name_of(made)}"
    first = case.api.items(kind, labelSelector=selector)
    case.equal([one["revision"] for one in first], [1], "the first controller revisions")
    owner = first[0]["metadata"]["ownerReferences"][0]
    case.equal((owner["kind"], owner["uid"]), ("DaemonSet", made["metadata"]["uid"]), "the owner of the revision")
    name = name_of(first[0])
    patch = {"metadata": {"labels": {name: "patched"}}}
    patched = case.api.patch(kind, case.namespace, name, patch, content_type=STRATEGIC_PATCH)
    case.contains(patched["metadata"]["labels"], {name: "patched"}, "labels of the patched revision")
    other = case.unique("revision")
    labels = {"app": name_of(made), _HASH: case.suffix}
    meta = {"name": other, "labels": labels, "ownerReferences": [owner]}
    case.create(kind, {"data": first[0]["data"], "revision": 2, "metadata": meta})
    _count(case, selector, 2)
    case.api.delete(kind, case.namespace, name)
    _count(case, selector, 1)
    updated = case.changed(kind, other, lambda one: one["metadata"]["labels"].update({other: "updated"}))
    case.contains(updated["metadata"]["labels"], {other: "updated"}, "labels of the updated revision")
    spec = {"template": {"spec": {"terminationGracePeriodSeconds": 1}}, "updateStrategy": {"type": "RollingUpdate"}}
    case.api.patch(DAEMON_SETS, case.namespace, name_of(made), {"spec": spec}, content_type=STRATEGIC_PATCH)
    _count(case, selector, 2)
    case.api.delete_collection(kind, case.namespace, labelSelector=f"{other}=updated")
    _count(case, selector, 1)
    left = case.api.items(kind, case.namespace, labelSelector=selector)
    kept = [one["data"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] for one in left]
    case.equal(kept, [1], "what the revision left holds")
    # The controller counts on from what it has seen; of the revision made here it may not have heard yet.
    case.true(left[0]["revision"] in (2, 3), "the number of the revision left comes after the first's")


def _count(case: Case, selector: str, wanted: int) -> None:
    case.eventually(
        lambda: len(case.api.items(CONTROLLER_REVISIONS, case.namespace, labelSelector=selector)) == wanted,
        f"{wanted} controller revisions",
    )


_DAEMON = "[sig-apps] Daemon set should "
_SERIAL = " [Conformance] [Serial]"
CHECKS = (
    Check(_DAEMON + "run and stop simple daemon" + _SERIAL, simple_daemon),
    Check(_DAEMON + "run and stop complex daemon" + _SERIAL, complex_daemon),
    Check(_DAEMON + "retry creating failed daemon pods" + _SERIAL, retry_failed),
    Check(_DAEMON + "update pod when spec was updated and update strategy is RollingUpdate" + _SERIAL, daemon_update),
    Check(_DAEMON + "rollback without unnecessary restarts" + _SERIAL, daemon_rollback),
    Check(_DAEMON + "list and delete a collection of DaemonSets" + _SERIAL, collection),
    Check(_DAEMON + "verify changes to a daemon set status" + _SERIAL, status(DAEMON_SETS, daemon_set)),
    Check("[sig-apps] ControllerRevision should manage the lifecycle of a ControllerRevision" + _SERIAL, revisions),
)
