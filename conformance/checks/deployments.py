"""Deployments: how they take over, roll out, roll over, scale and clean up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.api import STRATEGIC_PATCH, Object
from conformance.bodies import AGNHOST, NO_SUCH_IMAGE, PAUSE, workload
from conformance.check import Case, Check
from conformance.kinds import DEPLOYMENTS, PODS, REPLICA_SETS
from conformance.waiting import is_ready, until
from conformance.workloads import OTHER, all_ready, name_of, owned, rolled_out, scale, set_image, status

_REVISION = "deployment.kubernetes.io/revision"


def _deployment(case: Case, replicas: int = 1, **spec: Any) -> Object:
    """A new one, rolled out."""
    made = case.create(DEPLOYMENTS, workload(case, "deployment", replicas, **spec))
    return until(case, DEPLOYMENTS, name_of(made), rolled_out, "to be rolled out")


def _orphan(case: Case, prefix: str, **annotations: str) -> Object:
    """A ready replica set that a deployment with the label ``name`` will adopt; its pods have a label more."""
    body = workload(case, prefix, 1)
    labels = {"name": case.suffix, "pod": "httpd"}
    body["metadata"].update(annotations=annotations, labels=labels)
    body["spec"]["selector"] = {"matchLabels": labels}
    body["spec"]["template"]["metadata"]["labels"] = labels
    body["spec"]["template"]["spec"]["containers"][0]["name"] = "httpd"
    made = case.create(REPLICA_SETS, body)
    return until(case, REPLICA_SETS, name_of(made), all_ready, "to be ready")


def _adopter(case: Case, prefix: str, image: str, container: str = "agnhost", **spec: Any) -> Object:
    """The body of a deployment whose selector fits that replica set."""
    body = workload(case, prefix, 1, image=image, **spec)
    labels = {"name": case.suffix}
    body["spec"]["selector"] = {"matchLabels": labels}
    body["spec"]["template"]["metadata"]["labels"] = labels
    body["spec"]["template"]["spec"]["containers"][0]["name"] = container
    return body


def _revised(case: Case, name: str, revision: str, image: str) -> None:
    """The deployment and its newest replica set are of that revision and image."""

    def holds() -> bool:
        found = case.get(DEPLOYMENTS, name)
        sets = [one for one in owned(case, REPLICA_SETS, found) if _image(one) == image]
        revisions = [one["metadata"].get("annotations", {}).get(_REVISION) for one in [found, *sets]]
        return bool(_image(found) == image and sets and set(revisions) == {revision})

    case.eventually(holds, f"revision {revision} of the deployment")


def _image(obj: Object) -> str:
    return str(obj["spec"]["template"]["spec"]["containers"][0]["image"])


def rolling_update(case: Case) -> None:
    """Adopts a replica set that fits, goes on from its revision, and replaces its pods by those of the new template."""
    old = _orphan(case, "test-rolling-update", **{_REVISION: "3546343826724305832"})
    name = name_of(case.create(DEPLOYMENTS, _adopter(case, "test-rolling-update", AGNHOST)))
    _revised(case, name, "3546343826724305833", AGNHOST)
    done = until(case, DEPLOYMENTS, name, rolled_out, "to be rolled out")
    sets = owned(case, REPLICA_SETS, done)
    case.equal(len(sets), 2, "the replica sets of the deployment, with the adopted one")
    emptied = until(case, REPLICA_SETS, name_of(old), lambda one: not one["status"].get("replicas"), "to be empty")
    case.equal(emptied["spec"]["replicas"], 0, "the replicas of the old replica set")


def recreate(case: Case) -> None:
    """Never a pod of the new template beside a pod of the old one."""
    made = _deployment(case, strategy={"type": "Recreate"})
    label = name_of(made)
    with case.api.watch(PODS, case.namespace, timeout=120, labelSelector=f"app={label}") as events:
        set_image(case, DEPLOYMENTS, name_of(made), OTHER)
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
    """Without a history the adopted replica set goes; it makes no pod on the way, and the deployment makes one."""
    _orphan(case, "test-cleanup")
    revision = case.api.list(PODS, case.namespace)["metadata"]["resourceVersion"]
    body = _adopter(case, "test-cleanup", AGNHOST, revisionHistoryLimit=0)
    made = case.create(DEPLOYMENTS, body)
    until(case, DEPLOYMENTS, name_of(made), rolled_out, "to be rolled out")

    def left() -> bool:
        return [_image(one) for one in owned(case, REPLICA_SETS, made)] == [AGNHOST]

    case.eventually(left, "old replica sets to be deleted")
    with case.api.watch(PODS, case.namespace, timeout=1, resourceVersion=revision) as events:
        created = [one["object"] for one in events if one["type"] == "ADDED"]
    names = [one["spec"]["containers"][0]["name"] for one in created]
    case.equal(names, ["agnhost"], "the containers of the pods created since")


def rollover(case: Case) -> None:
    """A rollout that cannot finish is overtaken by the next one."""
    old = name_of(_orphan(case, "test-rollover"))
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    body = _adopter(case, "test-rollover", NO_SUCH_IMAGE, "redis-slave", strategy=rolling, minReadySeconds=10)
    name = name_of(case.create(DEPLOYMENTS, body))
    until(case, DEPLOYMENTS, name, lambda one: one["status"].get("updatedReplicas", 0) >= 1, "to begin its rollout")
    _revised(case, name, "1", NO_SUCH_IMAGE)
    stuck = next(one for one in owned(case, REPLICA_SETS, case.get(DEPLOYMENTS, name)) if name_of(one) != old)
    for one in (old, name_of(stuck)):
        case.equal(case.get(REPLICA_SETS, one)["status"]["replicas"], 1, f"the replicas of {one}")

    def change(current: Object) -> None:
        current["spec"]["template"]["spec"]["containers"][0].update(name="agnhost", image=AGNHOST)

    changed = case.changed(DEPLOYMENTS, name, change)
    generation = changed["metadata"]["generation"]
    until(case, DEPLOYMENTS, name, lambda one: one["status"].get("observedGeneration", 0) >= generation, "to notice")
    _revised(case, name, "2", AGNHOST)
    _never_too_few(case, name)
    for one in (old, name_of(stuck)):
        found = case.get(REPLICA_SETS, one)
        case.equal((found["spec"]["replicas"], found["status"].get("replicas", 0)), (0, 0), f"the replicas of {one}")


def _never_too_few(case: Case, name: str) -> None:
    """Until it is rolled out: no fewer available pods than the strategy allows, and no more pods."""

    def holds(one: Object) -> bool:
        found = one["status"]
        case.true(found.get("availableReplicas", 0) >= 1, f"one pod is always available: {found}")
        case.true(found.get("replicas", 0) <= 3, f"one pod more than there were at the most: {found}")
        return rolled_out(one)

    until(case, DEPLOYMENTS, name, holds, "to be rolled out")


def proportional(case: Case) -> None:
    """Scaling in the middle of a rollout is shared by the replica sets in proportion."""
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}}
    made = _deployment(case, 10, strategy=rolling)
    name = name_of(made)
    changed = set_image(case, DEPLOYMENTS, name, NO_SUCH_IMAGE)
    generation = changed["metadata"]["generation"]
    until(case, DEPLOYMENTS, name, lambda one: one["status"].get("observedGeneration", 0) >= generation, "to notice")

    def shown(*fields: tuple[str, str]) -> dict[str, list[int]]:
        sets = owned(case, REPLICA_SETS, made)
        return {_image(one): [one[part].get(field, 0) for part, field in fields] for one in sets}

    wanted, existing, available = ("spec", "replicas"), ("status", "replicas"), ("status", "availableReplicas")
    expected = {PAUSE: [8, 8, 8], NO_SUCH_IMAGE: [5, 5, 0]}
    case.eventually(lambda: shown(wanted, existing, available) == expected, "8 old pods and 5 new ones, of which 8 run")
    until(case, DEPLOYMENTS, name, lambda one: one["status"].get("availableReplicas", 0) >= 8, "8 available pods")
    case.changed(DEPLOYMENTS, name, lambda one: one["spec"].update(replicas=30))
    case.eventually(lambda: shown(wanted) == {PAUSE: [20], NO_SUCH_IMAGE: [13]}, "20 old and 13 new replicas")


# The life of one


def _ready(events: Iterator[Object], case: Case, count: int, image: str) -> Object:
    """The event in which so many pods of that image are ready, and no others are left."""

    def holds(one: Object) -> bool:
        found = one["status"]
        counts = [found.get(key, 0) for key in ("readyReplicas", "updatedReplicas", "unavailableReplicas")]
        return counts == [count, count, 0] and _image(one) == image

    return case.event(events, "MODIFIED", holds)


def lifecycle(case: Case) -> None:
    body = workload(case, "deployment", 2)
    body["metadata"]["labels"]["test-deployment-static"] = case.suffix
    name, selector = name_of(body), f"test-deployment-static={case.suffix}"
    revision = case.api.list(DEPLOYMENTS, labelSelector=selector)["metadata"]["resourceVersion"]
    query: Object = {"labelSelector": selector, "resourceVersion": revision}
    with case.api.watch(DEPLOYMENTS, case.namespace, timeout=170, **query) as events:
        made = case.create(DEPLOYMENTS, body)
        case.event(events, "ADDED", lambda one: name_of(one) == name)
        case.event(events, "MODIFIED", lambda one: one["status"].get("readyReplicas") == 2)
        template = {"spec": {"containers": [{"name": "main", "image": OTHER}], "terminationGracePeriodSeconds": 2}}
        patch = {"metadata": {"labels": {"test-deployment": "patched"}}, "spec": {"replicas": 1, "template": template}}
        patched = case.api.patch(DEPLOYMENTS, case.namespace, name, patch, content_type=STRATEGIC_PATCH)
        revisions = [int(one["metadata"]["resourceVersion"]) for one in (made, patched)]
        case.true(revisions[0] < revisions[1], "a patch raises the resourceVersion")
        seen = _ready(events, case, 1, OTHER)
        grace = seen["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
        case.equal(grace, 2, "the patched grace period")
        case.equal([name_of(one) for one in case.api.items(DEPLOYMENTS, labelSelector=selector)], [name], "in the list")
        _replace(case, body)
        read = case.api.get(DEPLOYMENTS, case.namespace, name, "status")
        case.contains(read["metadata"]["labels"], {"test-deployment": "updated"}, "the updated labels")
        case.equal(_image(read), AGNHOST, "the updated image")
        _ready(events, case, 2, AGNHOST)
        zero = {"readyReplicas": 0, "availableReplicas": 0}
        case.api.patch(DEPLOYMENTS, case.namespace, name, {"status": zero}, "status", content_type=STRATEGIC_PATCH)
        case.event(events, "MODIFIED", lambda one: not any(one["status"].get(key) for key in zero))
        _ready(events, case, 2, AGNHOST)  # the controller puts it right
        options = {"gracePeriodSeconds": 1}
        case.api.request("DELETE", DEPLOYMENTS.path(case.namespace), options, labelSelector=selector)
        case.event(events, "DELETED")


def _replace(case: Case, body: Object) -> None:
    """By the first body with another label, image and count, without a resourceVersion."""
    body["metadata"]["labels"]["test-deployment"] = "updated"
    body["spec"]["template"]["spec"]["containers"][0]["image"] = AGNHOST
    body["spec"]["replicas"] = 2
    case.api.update(DEPLOYMENTS, case.namespace, {"apiVersion": "apps/v1", "kind": "Deployment", **body})


_DEPLOY = "[sig-apps] Deployment "
_END = " [Conformance]"
CHECKS = (
    Check(_DEPLOY + "RollingUpdateDeployment should delete old pods and create new ones" + _END, rolling_update),
    Check(_DEPLOY + "RecreateDeployment should delete old pods and create new ones" + _END, recreate),
    Check(_DEPLOY + "deployment should delete old replica sets" + _END, old_replica_sets),
    Check(_DEPLOY + "deployment should support rollover" + _END, rollover),
    Check(_DEPLOY + "Deployment should have a working scale subresource" + _END, scale(DEPLOYMENTS, _deployment)),
    Check(_DEPLOY + "deployment should support proportional scaling" + _END, proportional),
    Check(_DEPLOY + "should run the lifecycle of a Deployment" + _END, lifecycle),
    Check(_DEPLOY + "should validate Deployment Status endpoints" + _END, status(DEPLOYMENTS, _deployment)),
)
