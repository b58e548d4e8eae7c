"""Replica sets and replication controllers."""

from __future__ import annotations

from collections.abc import Callable

from conformance import kinds
from conformance.api import STRATEGIC_PATCH, Object
from conformance.bodies import condition, pod, replication_controller, workload
from conformance.check import Case, Check
from conformance.kinds import PODS, REPLICA_SETS, REPLICATION_CONTROLLERS, Kind
from conformance.waiting import pods_exist, ready, ready_pods, until
from conformance.workloads import OTHER, all_ready, deleted_together, name_of, owned, scale, status


def _replica_set(case: Case) -> Object:
    made = case.create(REPLICA_SETS, workload(case, "rs", 1))
    return until(case, REPLICA_SETS, name_of(made), all_ready, "to be ready")


def _adopts(kind: Kind, body: Callable[[Case], Object]) -> Callable[[Case], Object]:
    """A pod that nobody owns and whose labels fit gets an owner; the owner."""

    def check(case: Case) -> Object:
        one = body(case)
        template = one["spec"]["template"]
        orphan = case.create(PODS, pod(case.unique("pod-adoption"), template["metadata"]["labels"]))
        ready(case, name_of(orphan))
        owner = case.create(kind, one)
        until(case, PODS, name_of(orphan), lambda found: _owned_by(found, owner), "to be adopted")
        return owner

    return check


def _owned_by(found: Object, owner: Object) -> bool:
    references = found["metadata"].get("ownerReferences") or ()
    return any(bool(one["uid"] == owner["metadata"]["uid"] and one.get("controller")) for one in references)


def _releases(case: Case, owner: Object) -> None:
    """A pod whose labels stop fitting loses its owner."""
    pods = case.eventually(lambda: owned(case, PODS, owner), "pods of the controller")
    name = name_of(pods[0])
    case.changed(PODS, name, lambda one: one["metadata"].update(labels={"app": "not-matching-name"}))
    until(case, PODS, name, lambda found: not _owned_by(found, owner), "to be released")


def replica_set_adoption(case: Case) -> None:
    _releases(case, _adopts(REPLICA_SETS, lambda one: workload(one, "rs", 1))(case))


def replace_and_patch(case: Case) -> None:
    """Scaled up by an update, then by a patch that changes the template as well; the watch sees it come true."""
    body = workload(case, "test-rs", 1)
    name = name_of(body)
    revision = case.api.list(REPLICA_SETS)["metadata"]["resourceVersion"]
    made = case.create(REPLICA_SETS, body)
    ready_pods(case, 1)
    case.changed(REPLICA_SETS, name, lambda one: one["spec"].update(replicas=2))
    spec = {"terminationGracePeriodSeconds": 0, "containers": [{"name": "main", "image": OTHER}]}
    patch = {"metadata": {"labels": {"test-rs": "patched"}}, "spec": {"replicas": 3, "template": {"spec": spec}}}
    patched = case.api.patch(REPLICA_SETS, case.namespace, name, patch, content_type=STRATEGIC_PATCH)
    revisions = [int(one["metadata"]["resourceVersion"]) for one in (made, patched)]
    case.true(revisions[0] < revisions[1], "a patch raises the resourceVersion")

    def holds(one: Object) -> bool:
        template, found = one["spec"]["template"]["spec"], one["status"]
        counts = [found.get("readyReplicas"), found.get("availableReplicas")]
        return bool(
            counts == [3, 3]
            and one["metadata"]["labels"].get("test-rs") == "patched"
            and template["containers"][0]["image"] == OTHER
            and template["terminationGracePeriodSeconds"] == 0
        )

    query: Object = {"labelSelector": "test-rs=patched", "resourceVersion": revision}
    with case.api.watch(REPLICA_SETS, case.namespace, timeout=120, **query) as events:
        for event in events:
            if holds(event["object"]):
                return
    case.true(False, "the watch shows the patched replica set with three available pods")


def replica_set_collection(case: Case) -> None:
    body = workload(case, "test-rs", 3)
    body["metadata"]["labels"]["e2e"] = case.suffix
    until(case, REPLICA_SETS, name_of(case.create(REPLICA_SETS, body)), all_ready, "to be ready")
    deleted_together(case, REPLICA_SETS, f"e2e={case.suffix}")


def rc_adoption(case: Case) -> None:
    _adopts(REPLICATION_CONTROLLERS, lambda one: replication_controller(one, "rc", 1))(case)


def controller_releases(case: Case) -> None:
    owner = case.create(REPLICATION_CONTROLLERS, replication_controller(case, "pod-release", 1))
    pods_exist(case, 1)
    _releases(case, owner)


def _rc(case: Case) -> Object:
    made = case.create(REPLICATION_CONTROLLERS, replication_controller(case, "rc", 1))
    return until(case, REPLICATION_CONTROLLERS, name_of(made), all_ready, "to be ready")


def rc_scale(case: Case) -> None:
    name = name_of(_rc(case))
    read = case.api.get(REPLICATION_CONTROLLERS, case.namespace, name, "scale")
    case.equal(read["status"]["replicas"], 1, "the replicas in /scale")
    del read["metadata"]["resourceVersion"]
    read["spec"]["replicas"] = 2
    case.api.update(REPLICATION_CONTROLLERS, case.namespace, read, "scale")
    done = until(case, REPLICATION_CONTROLLERS, name, lambda one: one["status"].get("replicas") == 2, "to have 2 pods")
    case.equal(done["spec"]["replicas"], 2, "the replicas of the object")


def rc_lifecycle(case: Case) -> None:
    body = replication_controller(case, "rc-test", 1)
    body["metadata"]["labels"]["test-rc-static"] = case.suffix
    selector = f"test-rc-static={case.suffix}"
    kind = REPLICATION_CONTROLLERS
    with case.api.watch(kind, case.namespace, timeout=120, labelSelector=selector) as events:
        name = name_of(case.create(kind, body))
        case.event(events, "ADDED")
        case.event(events, "MODIFIED", lambda one: one["status"].get("readyReplicas") == 1)
        case.api.patch(kind, case.namespace, name, {"metadata": {"labels": {"test-rc": "patched"}}})
        case.event(events, "MODIFIED", lambda one: one["metadata"]["labels"].get("test-rc") == "patched")
        zero = {"readyReplicas": 0, "availableReplicas": 0}
        patched = case.api.patch(kind, case.namespace, name, {"status": zero}, "status")
        case.equal(patched["status"].get("readyReplicas", 0), 0, "readyReplicas patched in /status")
        case.api.patch(kind, case.namespace, name, {"spec": {"replicas": 2}}, "scale")
        case.event(events, "MODIFIED", lambda one: one["status"].get("readyReplicas") == 2)
        read = case.api.get(kind, case.namespace, name, "status")
        case.equal(read["status"]["replicas"], 2, "the replicas in /status")
        case.contains(read["metadata"]["labels"], {"test-rc": "patched"}, "the labels in /status")
        one_of_two = {"availableReplicas": 1, "readyReplicas": 1}
        case.changed(kind, name, lambda one: one["status"].update(one_of_two), "status")
        case.event(events, "MODIFIED", lambda one: one["status"].get("readyReplicas") == 1)
        found = case.api.items(kind, labelSelector=selector)
        case.equal([one["spec"]["replicas"] for one in found], [2], "replicas listed across namespaces")
        case.changed(kind, name, lambda one: one["metadata"]["labels"].update({"test-rc": "updated"}))
        case.event(events, "MODIFIED", lambda one: one["metadata"]["labels"].get("test-rc") == "updated")
        case.api.delete_collection(kind, case.namespace, labelSelector=selector)
        case.event(events, "DELETED")


def quota_failure(case: Case) -> None:
    name = case.unique("condition-test")
    case.create(kinds.RESOURCE_QUOTAS, {"metadata": {"name": name}, "spec": {"hard": {"pods": "2"}}})
    quota = "the quota to be counted"
    until(case, kinds.RESOURCE_QUOTAS, name, lambda one: one["status"].get("hard") == {"pods": "2"}, quota, 60)
    body = replication_controller(case, "condition-test", 3)
    made = name_of(case.create(REPLICATION_CONTROLLERS, body))
    until(
        case,
        REPLICATION_CONTROLLERS,
        made,
        lambda one: condition(one, "ReplicaFailure").get("status") == "True",
        "to tell that it failed to create a pod",
        60,
    )
    case.changed(REPLICATION_CONTROLLERS, made, lambda one: one["spec"].update(replicas=2))
    until(
        case, REPLICATION_CONTROLLERS, made, lambda one: condition(one, "ReplicaFailure") == {}, "to be fine again", 60
    )


_RS = "[sig-apps] ReplicaSet "
_RC = "[sig-apps] ReplicationController should "
_END = " [Conformance]"
CHECKS = (
    Check(_RS + "Replicaset should have a working scale subresource" + _END, scale(REPLICA_SETS, _replica_set)),
    Check(_RS + "Replace and Patch tests" + _END, replace_and_patch),
    Check(
        _RS + "should adopt matching pods on creation and release no longer matching pods" + _END, replica_set_adoption
    ),
    Check(_RS + "should list and delete a collection of ReplicaSets" + _END, replica_set_collection),
    Check(_RS + "should validate Replicaset Status endpoints" + _END, status(REPLICA_SETS, _replica_set)),
    Check(_RC + "adopt matching pods on creation" + _END, rc_adoption),
    Check(_RC + "release no longer matching pods" + _END, controller_releases),
    Check(_RC + "get and update a ReplicationController scale" + _END, rc_scale),
    Check(_RC + "test the lifecycle of a ReplicationController" + _END, rc_lifecycle),
    Check(_RC + "surface a failure condition on a common issue like exceeded quota" + _END, quota_failure),
)
