"""Deployments, replica sets, replication controllers and daemon sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance import kinds
from conformance.api import MERGE_PATCH, STRATEGIC_PATCH, Object
from conformance.bodies import NO_SUCH_IMAGE, PAUSE, condition, pod, replication_controller, workload
from conformance.check import Case, Check
from conformance.kinds import DAEMON_SETS, DEPLOYMENTS, PODS, REPLICA_SETS, REPLICATION_CONTROLLERS, STATEFUL_SETS, Kind
from conformance.nodes import usable_node, usable_nodes
from conformance.waiting import is_ready, pods_exist, ready, ready_pods, until

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


def deployment(case: Case, replicas: int = 1, **spec: Any) -> Object:
    """A new one, rolled out."""
    made = case.create(DEPLOYMENTS, workload(case, "deployment", replicas, **spec))
    return until(case, DEPLOYMENTS, name_of(made), rolled_out, "to be rolled out")


def _set_image(case: Case, kind: Kind, name: str, image: str) -> Object:
    def change(current: Object) -> None:
        current["spec"]["template"]["spec"]["containers"][0]["image"] = image

    return case.changed(kind, name, change)


def _owned(case: Case, kind: Kind, owner: Object) -> list[Object]:
    def is_owner(reference: Object) -> bool:
        return bool(reference["uid"] == owner["metadata"]["uid"])

    objects = case.api.items(kind, case.namespace)
    return [one for one in objects if any(map(is_owner, one["metadata"].get("ownerReferences") or ()))]


# scale and status, the same for several kinds


def scale(kind: Kind, make: Callable[[Case], Object]) -> Callable[[Case], None]:
    """Read, update and patch /scale; the object follows."""

    def check(case: Case) -> None:
        made = make(case)
        name = name_of(made)
        read = case.api.get(kind, case.namespace, name, "scale")
        case.equal((read["kind"], read["apiVersion"]), ("Scale", "autoscaling/v1"), "the kind of /scale")
        case.equal(read["spec"]["replicas"], 1, "the replicas in /scale")
        updated = case.changed(kind, name, lambda one: one["spec"].update(replicas=2), "scale")
        case.equal(updated["spec"]["replicas"], 2, "the replicas in the updated /scale")
        case.equal(case.get(kind, name)["spec"]["replicas"], 2, "the replicas of the object")
        patched = case.api.patch(
            kind, case.namespace, name, {"spec": {"replicas": 4}}, "scale", content_type=MERGE_PATCH
        )
        case.equal(patched["spec"]["replicas"], 4, "the replicas in the patched /scale")
        case.equal(case.get(kind, name)["spec"]["replicas"], 4, "the replicas of the object after the patch")

    return check


def status(kind: Kind, make: Callable[[Case], Object]) -> Callable[[Case], None]:
    """Conditions written to /status by update and by patch are kept and seen by a watch."""

    def check(case: Case) -> None:
        made = make(case)
        name = name_of(made)
        read = case.api.get(kind, case.namespace, name, "status")
        case.equal(read["metadata"]["uid"], made["metadata"]["uid"], "the uid of /status")
        update = {"type": "StatusUpdate", "status": "True", "reason": "E2E", "message": "Set from e2e test"}
        with case.api.watch(kind, case.namespace, timeout=60) as events:

            def add(current: Object) -> None:
                current["status"].setdefault("conditions", []).append(update)

            updated = case.changed(kind, name, add, "status")
            case.contains(condition(updated, "StatusUpdate"), update, "the condition of the updated status")
            case.event(events, "MODIFIED", lambda one: condition(one, "StatusUpdate") != {})
            body = {"status": {"conditions": [{"type": "StatusPatched", "status": "True"}]}}
            patched = case.api.patch(kind, case.namespace, name, body, "status")
            case.equal(condition(patched, "StatusPatched").get("status"), "True", "the patched condition")
            case.event(events, "MODIFIED", lambda one: condition(one, "StatusPatched") != {})

    return check


def collection(kind: Kind, body: Callable[[Case], Object], settled: Callable[[Object], bool]) -> Callable[[Case], None]:
    """Three with a label, listed across namespaces, deleted together."""

    def check(case: Case) -> None:
        selector = f"e2e={case.suffix}"
        for _ in range(3):
            one = body(case)
            one["metadata"]["labels"]["e2e"] = case.suffix
            made = case.create(kind, one)
            until(case, kind, name_of(made), settled, "to be ready")
        case.equal(len(case.api.items(kind, labelSelector=selector)), 3, "the objects listed across namespaces")
        name = name_of(made)
        patched = case.api.patch(kind, case.namespace, name, {"metadata": {"labels": {"patched": "yes"}}})
        case.contains(patched["metadata"]["labels"], {"patched": "yes"}, "labels of the patched object")
        case.api.delete_collection(kind, case.namespace, labelSelector=selector, propagationPolicy="Background")
        case.eventually(
            lambda: not case.api.items(kind, case.namespace, labelSelector=selector), "the collection to be deleted"
        )

    return check


# Deployments


def rolling_update(case: Case) -> None:
    """Adopts a replica set that fits, and replaces its pods by those of the new template."""
    rs = workload(case, "test-rolling-update", 1)
    old = case.create(REPLICA_SETS, rs)
    until(case, REPLICA_SETS, name_of(old), all_ready, "to be ready")
    body = workload(case, "deployment", 1)
    body["spec"]["selector"] = rs["spec"]["selector"]
    body["spec"]["template"]["metadata"]["labels"] = rs["spec"]["template"]["metadata"]["labels"]
    body["spec"]["template"]["spec"]["containers"][0]["image"] = OTHER
    made = case.create(DEPLOYMENTS, body)
    done = until(case, DEPLOYMENTS, name_of(made), rolled_out, "to be rolled out")
    sets = _owned(case, REPLICA_SETS, done)
    case.equal(len(sets), 2, "the replica sets of the deployment, with the adopted one")
    emptied = until(case, REPLICA_SETS, name_of(old), lambda one: not one["status"].get("replicas"), "to be empty")
    case.equal(emptied["spec"]["replicas"], 0, "the replicas of the old replica set")


def recreate(case: Case) -> None:
    """Never a pod of the new template beside a pod of the old one."""
    made = deployment(case, strategy={"type": "Recreate"})
    label = name_of(made)
    with case.api.watch(PODS, case.namespace, timeout=120, labelSelector=f"app={label}") as events:
        _set_image(case, DEPLOYMENTS, name_of(made), OTHER)
        present: dict[str, str] = {}
        for event in events:
            found = event["object"]
            image = found["spec"]["containers"][0]["image"]
            present[name_of(found)] = image
            if event["type"] == "DELETED" or found["status"].get("phase") in ("Succeeded", "Failed"):
                del present[name_of(found)]
            case.true(len(set(present.values())) <= 1, f"pods of two templates at the same time: {present}")
            if image == OTHER and is_ready(found):
                break
    until(case, DEPLOYMENTS, label, rolled_out, "to be rolled out")


def old_replica_sets(case: Case) -> None:
    made = deployment(case, revisionHistoryLimit=0)
    _set_image(case, DEPLOYMENTS, name_of(made), OTHER)
    until(case, DEPLOYMENTS, name_of(made), rolled_out, "to be rolled out")
    case.eventually(lambda: len(_owned(case, REPLICA_SETS, made)) == 1, "old replica sets to be deleted")


def rollover(case: Case) -> None:
    """A rollout that cannot finish is overtaken by the next one."""
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    made = deployment(case, strategy=rolling)
    name = name_of(made)
    _set_image(case, DEPLOYMENTS, name, NO_SUCH_IMAGE)
    case.eventually(lambda: len(_owned(case, REPLICA_SETS, made)) == 2, "the replica set of the failing rollout")
    until(case, DEPLOYMENTS, name, lambda one: one["status"].get("updatedReplicas") == 1, "to have begun its rollout")
    _set_image(case, DEPLOYMENTS, name, OTHER)
    until(case, DEPLOYMENTS, name, rolled_out, "to be rolled out")
    sets = {one["spec"]["template"]["spec"]["containers"][0]["image"]: one for one in _owned(case, REPLICA_SETS, made)}
    replicas = {image: one["spec"]["replicas"] for image, one in sets.items()}
    case.equal(replicas, {PAUSE: 0, NO_SUCH_IMAGE: 0, OTHER: 1}, "replicas by image")


def proportional(case: Case) -> None:
    """Scaling in the middle of a rollout is shared by the replica sets in proportion."""
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}}
    made = deployment(case, 10, strategy=rolling)
    name = name_of(made)
    _set_image(case, DEPLOYMENTS, name, NO_SUCH_IMAGE)

    def replicas() -> dict[str, int]:
        sets = _owned(case, REPLICA_SETS, made)
        return {one["spec"]["template"]["spec"]["containers"][0]["image"]: one["spec"]["replicas"] for one in sets}

    case.eventually(lambda: replicas() == {PAUSE: 8, NO_SUCH_IMAGE: 5}, "8 old and 5 new replicas")
    until(case, DEPLOYMENTS, name, lambda one: one["status"].get("availableReplicas") == 8, "to have 8 available pods")
    case.changed(DEPLOYMENTS, name, lambda one: one["spec"].update(replicas=30))
    case.eventually(lambda: replicas() == {PAUSE: 20, NO_SUCH_IMAGE: 13}, "20 old and 13 new replicas")


def deployment_lifecycle(case: Case) -> None:
    body = workload(case, "deployment", 2)
    body["metadata"]["labels"]["test-deployment-static"] = case.suffix
    selector = f"test-deployment-static={case.suffix}"
    with case.api.watch(DEPLOYMENTS, case.namespace, timeout=170, labelSelector=selector) as events:
        name = name_of(case.create(DEPLOYMENTS, body))
        case.event(events, "ADDED")
        case.event(events, "MODIFIED", lambda one: one["status"].get("availableReplicas") == 2)
        template = {"spec": {"containers": [{"name": "main", "image": OTHER}], "terminationGracePeriodSeconds": 0}}
        patch = {"metadata": {"labels": {"test-deployment": "patched"}}, "spec": {"replicas": 1, "template": template}}
        case.api.patch(DEPLOYMENTS, case.namespace, name, patch, content_type=STRATEGIC_PATCH)
        case.event(events, "MODIFIED", lambda one: one["metadata"]["labels"].get("test-deployment") == "patched")
        case.event(events, "MODIFIED", lambda one: one["status"].get("readyReplicas") == 1 and rolled_out(one))
        case.equal(len(case.api.items(DEPLOYMENTS, labelSelector=selector)), 1, "deployments across namespaces")
        case.changed(DEPLOYMENTS, name, lambda one: one["metadata"]["labels"].update({"test-deployment": "updated"}))
        case.event(events, "MODIFIED", lambda one: one["metadata"]["labels"].get("test-deployment") == "updated")
        read = case.api.get(DEPLOYMENTS, case.namespace, name, "status")
        case.equal(read["status"].get("readyReplicas"), 1, "readyReplicas in /status")
        case.api.delete_collection(DEPLOYMENTS, case.namespace, labelSelector=selector)
        case.event(events, "DELETED")


# ReplicaSets and ReplicationControllers


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
    pods = case.eventually(lambda: _owned(case, PODS, owner), "pods of the controller")
    name = name_of(pods[0])
    case.api.patch(PODS, case.namespace, name, {"metadata": {"labels": {"app": "released"}}})
    until(case, PODS, name, lambda found: not _owned_by(found, owner), "to be released")


def replica_set_adoption(case: Case) -> None:
    _releases(case, _adopts(REPLICA_SETS, lambda one: workload(one, "rs", 1))(case))


def replace_and_patch(case: Case) -> None:
    made = case.create(REPLICA_SETS, workload(case, "test-rs", 1))
    name = name_of(made)
    ready_pods(case, 1)
    case.changed(REPLICA_SETS, name, lambda one: one["spec"].update(replicas=2))
    until(case, REPLICA_SETS, name, lambda one: one["spec"]["replicas"] == 2 and all_ready(one), "to have 2 pods")
    container = {"name": "main", "image": OTHER}
    patch = {
        "metadata": {"labels": {"test-rs": "patched"}},
        "spec": {"replicas": 3, "template": {"spec": {"containers": [container]}}},
    }
    case.api.patch(REPLICA_SETS, case.namespace, name, patch, content_type=STRATEGIC_PATCH)

    def patched(one: Object) -> bool:
        return bool(one["metadata"]["labels"].get("test-rs") == "patched" and one["status"].get("readyReplicas") == 3)

    until(case, REPLICA_SETS, name, patched, "to be patched with 3 ready pods")


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
    case.equal(read["spec"]["replicas"], 1, "the replicas in /scale")
    case.changed(REPLICATION_CONTROLLERS, name, lambda one: one["spec"].update(replicas=2), "scale")
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
        found = case.api.items(kind, labelSelector=selector)
        case.equal([one["spec"]["replicas"] for one in found], [2], "replicas listed across namespaces")
        case.changed(kind, name, lambda one: one["metadata"]["labels"].update({"test-rc": "updated"}))
        case.event(events, "MODIFIED", lambda one: one["metadata"]["labels"].get("test-rc") == "updated")
        case.api.delete_collection(kind, case.namespace, labelSelector=selector)
        case.event(events, "DELETED")


def quota_failure(case: Case) -> None:
    name = case.unique("condition-test")
    case.create(kinds.RESOURCE_QUOTAS, {"metadata": {"name": name}, "spec": {"hard": {"pods": "2"}}})
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


# DaemonSets


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
    done = until(case, DAEMON_SETS, name_of(made), covers, "to run everywhere")
    on = {one["spec"]["nodeName"] for one in _owned(case, PODS, done)}
    case.true(on.issuperset(map(name_of, usable_nodes(case))), f"a daemon pod on every node, found them on {on}")
    return done


def simple_daemon(case: Case) -> None:
    """A deleted pod is replaced."""
    made = daemon_set(case)
    victim = _owned(case, PODS, made)[0]
    case.api.delete(PODS, case.namespace, name_of(victim), {"gracePeriodSeconds": 0})
    case.gone(PODS, name_of(victim))
    until(case, DAEMON_SETS, name_of(made), covers, "to run everywhere again")


def retry_failed(case: Case) -> None:
    made = daemon_set(case)
    victim = name_of(_owned(case, PODS, made)[0])
    case.changed(PODS, victim, lambda one: one["status"].update(phase="Failed"), "status")
    case.gone(PODS, victim)
    until(case, DAEMON_SETS, name_of(made), covers, "to run everywhere again")


def complex_daemon(case: Case) -> None:
    """Follows a label of a node on and off."""
    key = f"conformance.example.com/{case.suffix}"
    body = _daemon_body(case)
    body["spec"]["template"]["spec"]["nodeSelector"] = {key: "blue"}
    name = name_of(case.create(DAEMON_SETS, body))
    node = name_of(usable_node(case))

    def label(value: str | None) -> None:
        case.api.patch(kinds.NODES, "", node, {"metadata": {"labels": {key: value}}})

    case.defer(lambda: label(None))
    selector = f"app={name}"
    case.true(not case.api.items(PODS, case.namespace, labelSelector=selector), "no pods before a node is labelled")
    label("blue")
    launched = ready_pods(case, 1, labelSelector=selector)
    case.equal(launched[0]["spec"]["nodeName"], node, "the node of the daemon pod")
    label("green")
    case.eventually(lambda: not case.api.items(PODS, case.namespace, labelSelector=selector), "the pod to go")

    def select_green(current: Object) -> None:
        current["spec"]["template"]["spec"]["nodeSelector"] = {key: "green"}
        current["spec"]["updateStrategy"] = {"type": "RollingUpdate"}

    case.changed(DAEMON_SETS, name, select_green)
    ready_pods(case, 1, labelSelector=selector)


def daemon_update(case: Case) -> None:
    made = daemon_set(case, updateStrategy={"type": "RollingUpdate"})
    hashes = {one["metadata"]["labels"].get("controller-revision-hash") for one in _owned(case, PODS, made)}
    case.equal(len(hashes), 1, "the number of revisions of the first pods")
    _set_image(case, DAEMON_SETS, name_of(made), OTHER)
    until(case, DAEMON_SETS, name_of(made), covers, "to be updated everywhere")
    pods = [one for one in _owned(case, PODS, made) if not one["metadata"].get("deletionTimestamp")]
    case.equal({one["spec"]["containers"][0]["image"] for one in pods}, {OTHER}, "images after the update")
    now = {one["metadata"]["labels"].get("controller-revision-hash") for one in pods}
    case.true(len(now) == 1 and now != hashes, f"one new revision hash: {hashes}, {now}")
    revisions = _owned(case, kinds.CONTROLLER_REVISIONS, made)
    case.equal(sorted(one["revision"] for one in revisions), [1, 2], "the controller revisions")


def daemon_rollback(case: Case) -> None:
    """Pods that the failed rollout never reached are not restarted."""
    made = daemon_set(case, updateStrategy={"type": "RollingUpdate"})
    before = {one["metadata"]["uid"] for one in _owned(case, PODS, made)}
    _set_image(case, DAEMON_SETS, name_of(made), NO_SUCH_IMAGE)

    def begun() -> set[str] | None:
        pods = _owned(case, PODS, made)
        new = {one["metadata"]["uid"] for one in pods if one["spec"]["containers"][0]["image"] == NO_SUCH_IMAGE}
        return new or None

    case.eventually(begun, "the rollout to begin")
    untouched = {one["metadata"]["uid"] for one in _owned(case, PODS, made)} & before
    _set_image(case, DAEMON_SETS, name_of(made), PAUSE)
    until(case, DAEMON_SETS, name_of(made), covers, "to be rolled back")
    after = {one["metadata"]["uid"] for one in _owned(case, PODS, made)}
    case.true(untouched <= after, "pods that the failed rollout did not reach were not restarted")


def revisions(case: Case) -> None:
    made = daemon_set(case)
    kind, selector = kinds.CONTROLLER_REVISIONS, f"app={name_of(made)}"
    first = case.api.items(kind, labelSelector=selector)
    case.equal([one["revision"] for one in first], [1], "the first controller revisions")
    name = name_of(first[0])
    patched = case.api.patch(kind, case.namespace, name, {"metadata": {"labels": {name: "patched"}}})
    case.contains(patched["metadata"]["labels"], {name: "patched"}, "labels of the patched revision")
    copy = {key: first[0][key] for key in ("data",)}
    labels = {**first[0]["metadata"]["labels"], "copy": case.suffix}
    owners = first[0]["metadata"]["ownerReferences"]
    other = case.unique("revision")
    case.create(kind, {**copy, "revision": 2, "metadata": {"name": other, "labels": labels, "ownerReferences": owners}})
    case.equal(case.get(kind, other)["revision"], 2, "the revision created")
    case.api.delete(kind, case.namespace, name)
    case.gone(kind, name)
    updated = case.changed(kind, other, lambda one: one["metadata"]["labels"].update({other: "updated"}))
    case.contains(updated["metadata"]["labels"], {other: "updated"}, "labels of the updated revision")
    _set_image(case, DAEMON_SETS, name_of(made), OTHER)
    until(case, DAEMON_SETS, name_of(made), covers, "to be updated everywhere")
    case.api.delete_collection(kind, case.namespace, labelSelector=f"copy={case.suffix}")
    case.gone(kind, other)


# StatefulSets


def stateful_set(case: Case, replicas: int = 1, **spec: Any) -> Object:
    made = case.create(STATEFUL_SETS, workload(case, "ss", replicas, serviceName="test", **spec))
    return until(case, STATEFUL_SETS, name_of(made), all_ready, "to be ready")


def _images(case: Case, name: str) -> dict[int, str]:
    pods = case.api.items(PODS, case.namespace, labelSelector=f"app={name}")
    return {int(name_of(one).rsplit("-", 1)[1]): one["spec"]["containers"][0]["image"] for one in pods if is_ready(one)}


def canary(case: Case) -> None:
    """A partition holds back the update of the lower ordinals."""

    def partition(number: int) -> Object:
        return {"type": "RollingUpdate", "rollingUpdate": {"partition": number}}

    made = stateful_set(case, 3, updateStrategy=partition(3))
    name, old = name_of(made), made["status"]["currentRevision"]
    case.equal(made["status"]["updateRevision"], old, "the two revisions at first")
    changed = _set_image(case, STATEFUL_SETS, name, OTHER)
    until(case, STATEFUL_SETS, name, lambda one: one["status"]["updateRevision"] != old, "to have a new revision")
    case.steady(lambda: set(_images(case, name).values()) == {PAUSE}, "a partition above all holds back the update", 3)
    for number in (2, 0):
        case.changed(STATEFUL_SETS, name, lambda one, to=number: one["spec"].update(updateStrategy=partition(to)))  # type: ignore[misc]
        wanted = {ordinal: OTHER if ordinal >= number else PAUSE for ordinal in range(3)}
        case.eventually(lambda images=wanted: _images(case, name) == images, f"the images {wanted}", 120)  # type: ignore[misc]
    until(
        case,
        STATEFUL_SETS,
        name,
        lambda one: one["status"]["currentRevision"] == one["status"]["updateRevision"] != old,
        "to have one current revision",
    )
    case.true(changed["metadata"]["generation"] > made["metadata"]["generation"], "the generation grew")


_PORT = 21017
"""A host port nobody else wants."""


def evicted(case: Case) -> None:
    """A pod that the kubelet refuses for its host port is made anew until the port is free."""
    node = name_of(usable_node(case))
    ports = [{"hostPort": _PORT, "containerPort": _PORT, "name": "conflict"}]
    blocking = pod("test-pod", nodeName=node)
    blocking["spec"]["containers"][0]["ports"] = ports
    case.create(PODS, blocking)
    until(case, PODS, "test-pod", lambda one: one["status"].get("phase") == "Running", "to run")
    body = workload(case, "ss", 1, serviceName="test")
    body["spec"]["template"]["spec"]["nodeName"] = node
    body["spec"]["template"]["spec"]["containers"][0]["ports"] = ports
    name = f"{name_of(body)}-0"
    selector = {"fieldSelector": f"metadata.name={name}"}
    revision = case.api.list(PODS, case.namespace, **selector)["metadata"]["resourceVersion"]
    with case.api.watch(PODS, case.namespace, timeout=150, resourceVersion=revision, **selector) as events:
        case.create(STATEFUL_SETS, body)
        uid = case.event(events, "DELETED")["metadata"]["uid"]
    case.api.delete(PODS, case.namespace, "test-pod", {"gracePeriodSeconds": 0})
    again = until(case, PODS, name, lambda one: one["status"].get("phase") == "Running", "to be made anew and run", 150)
    case.true(again["metadata"]["uid"] != uid, "the running pod is another one")


_APPS = "[sig-apps] "
_DEPLOY = _APPS + "Deployment "
_DAEMON = _APPS + "Daemon set should "
_RS = _APPS + "ReplicaSet "
_RC = _APPS + "ReplicationController should "
_SS = _APPS + "StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should "
_END, _SERIAL = " [Conformance]", " [Conformance] [Serial]"
CHECKS = (
    Check(_DEPLOY + "RollingUpdateDeployment should delete old pods and create new ones" + _END, rolling_update),
    Check(_DEPLOY + "RecreateDeployment should delete old pods and create new ones" + _END, recreate),
    Check(_DEPLOY + "deployment should delete old replica sets" + _END, old_replica_sets),
    Check(_DEPLOY + "deployment should support rollover" + _END, rollover),
    Check(_DEPLOY + "Deployment should have a working scale subresource" + _END, scale(DEPLOYMENTS, deployment)),
    Check(_DEPLOY + "deployment should support proportional scaling" + _END, proportional),
    Check(_DEPLOY + "should run the lifecycle of a Deployment" + _END, deployment_lifecycle),
    Check(_DEPLOY + "should validate Deployment Status endpoints" + _END, status(DEPLOYMENTS, deployment)),
    Check(_RS + "Replicaset should have a working scale subresource" + _END, scale(REPLICA_SETS, _replica_set)),
    Check(_RS + "Replace and Patch tests" + _END, replace_and_patch),
    Check(
        _RS + "should adopt matching pods on creation and release no longer matching pods" + _END, replica_set_adoption
    ),
    Check(
        _RS + "should list and delete a collection of ReplicaSets" + _END,
        collection(REPLICA_SETS, lambda case: workload(case, "rs", 1), all_ready),
    ),
    Check(_RS + "should validate Replicaset Status endpoints" + _END, status(REPLICA_SETS, _replica_set)),
    Check(
        _RC + "adopt matching pods on creation" + _END,
        rc_adoption,
    ),
    Check(_RC + "release no longer matching pods" + _END, controller_releases),
    Check(_RC + "get and update a ReplicationController scale" + _END, rc_scale),
    Check(_RC + "test the lifecycle of a ReplicationController" + _END, rc_lifecycle),
    Check(_RC + "surface a failure condition on a common issue like exceeded quota" + _END, quota_failure),
    Check(_DAEMON + "run and stop simple daemon" + _SERIAL, simple_daemon),
    Check(_DAEMON + "run and stop complex daemon" + _SERIAL, complex_daemon),
    Check(_DAEMON + "retry creating failed daemon pods" + _SERIAL, retry_failed),
    Check(_DAEMON + "update pod when spec was updated and update strategy is RollingUpdate" + _SERIAL, daemon_update),
    Check(_DAEMON + "rollback without unnecessary restarts" + _SERIAL, daemon_rollback),
    Check(
        _DAEMON + "list and delete a collection of DaemonSets" + _SERIAL, collection(DAEMON_SETS, _daemon_body, covers)
    ),
    Check(_DAEMON + "verify changes to a daemon set status" + _SERIAL, status(DAEMON_SETS, daemon_set)),
    Check(_APPS + "ControllerRevision should manage the lifecycle of a ControllerRevision" + _SERIAL, revisions),
    Check(_SS + "have a working scale subresource" + _END, scale(STATEFUL_SETS, stateful_set)),
    Check(
        _SS + "list, patch and delete a collection of StatefulSets" + _END,
        collection(STATEFUL_SETS, lambda case: workload(case, "ss", 1, serviceName="test"), all_ready),
    ),
    Check(_SS + "perform canary updates and phased rolling updates of template modifications" + _END, canary),
    Check(
        "[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] Should recreate evicted statefulset"
        + _END,
        evicted,
    ),
    Check(_SS + "validate Statefulset Status endpoints" + _END, status(STATEFUL_SETS, stateful_set)),
)
