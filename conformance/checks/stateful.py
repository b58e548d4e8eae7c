"""Stateful sets."""

from __future__ import annotations

from typing import Any

from conformance.api import STRATEGIC_PATCH, Object
from conformance.bodies import PAUSE, pod, workload
from conformance.check import Case, Check
from conformance.kinds import PODS, STATEFUL_SETS
from conformance.nodes import usable_node
from conformance.waiting import is_ready, until
from conformance.workloads import OTHER, all_ready, deleted_together, name_of, scale, set_image, status

_REVISION = "controller-revision-hash"


def stateful_set(case: Case, replicas: int = 1, **spec: Any) -> Object:
    made = case.create(STATEFUL_SETS, workload(case, "ss", replicas, serviceName="test", **spec))
    return until(case, STATEFUL_SETS, name_of(made), all_ready, "to be ready")


Shown = dict[int, tuple[str, str]]
"""Image and revision of each ready pod, by its ordinal."""


def _shown(case: Case, name: str) -> Shown:
    pods = case.api.items(PODS, case.namespace, labelSelector=f"app={name}")
    return {
        int(name_of(one).rsplit("-", 1)[1]): (
            one["spec"]["containers"][0]["image"],
            one["metadata"]["labels"].get(_REVISION, ""),
        )
        for one in pods
        if is_ready(one)
    }


def _partition(number: int) -> Object:
    return {"type": "RollingUpdate", "rollingUpdate": {"partition": number}}


def canary(case: Case) -> None:
    """A partition holds back the update of the lower ordinals, also when pods are made anew."""
    made = stateful_set(case, 3, updateStrategy=_partition(3))
    name, old = name_of(made), made["status"]["currentRevision"]
    case.equal(made["status"]["updateRevision"], old, "the two revisions at first")
    case.equal(_shown(case, name), dict.fromkeys(range(3), (PAUSE, old)), "images and revisions at first")
    set_image(case, STATEFUL_SETS, name, OTHER)
    told = until(
        case, STATEFUL_SETS, name, lambda one: one["status"]["updateRevision"] != old, "to have a new revision"
    )
    new = told["status"]["updateRevision"]
    case.equal(told["status"]["currentRevision"], old, "the current revision")
    unchanged = dict.fromkeys(range(3), (PAUSE, old))
    case.steady(lambda: _shown(case, name) == unchanged, "a partition above all holds back the update", 3)

    def expected(partition: int) -> Shown:
        return {ordinal: (OTHER, new) if ordinal >= partition else (PAUSE, old) for ordinal in range(3)}

    def move(partition: int) -> None:
        strategy = _partition(partition)
        case.changed(STATEFUL_SETS, name, lambda one: one["spec"].update(updateStrategy=strategy))
        settled(partition)

    def settled(partition: int) -> None:
        case.eventually(lambda: _shown(case, name) == expected(partition), f"the update down to {partition}", 120)

    move(2)
    for ordinal in (0, 2):
        _delete(case, f"{name}-{ordinal}")
    settled(2)
    move(1)
    move(0)
    until(
        case,
        STATEFUL_SETS,
        name,
        lambda one: one["status"]["currentRevision"] == one["status"]["updateRevision"] == new,
        "to have one current revision",
    )


def _delete(case: Case, name: str) -> None:
    """The pod of that name is another one afterwards."""
    uid = case.get(PODS, name)["metadata"]["uid"]
    case.api.delete(PODS, case.namespace, name, {"gracePeriodSeconds": 0})
    until(case, PODS, name, lambda one: one["metadata"]["uid"] != uid, "to be made anew")


def collection(case: Case) -> None:
    made = stateful_set(case)
    name, selector = name_of(made), f"test-ss={case.suffix}"
    spec = {"terminationGracePeriodSeconds": 1, "containers": [{"name": "main", "image": OTHER}]}
    patch = {"metadata": {"labels": {"test-ss": case.suffix}}, "spec": {"replicas": 2, "template": {"spec": spec}}}
    patched = case.api.patch(STATEFUL_SETS, case.namespace, name, patch, content_type=STRATEGIC_PATCH)
    revisions = [int(one["metadata"]["resourceVersion"]) for one in (made, patched)]
    case.true(revisions[0] < revisions[1], "a patch raises the resourceVersion")
    read = case.get(STATEFUL_SETS, name)["spec"]
    found = (read["replicas"], read["template"]["spec"]["containers"][0]["image"])
    case.equal(found, (2, OTHER), "replicas and image after the patch")
    until(case, STATEFUL_SETS, name, lambda one: _settled(one) and all_ready(one), "to have two new pods")
    deleted_together(case, STATEFUL_SETS, selector)


def _settled(one: Object) -> bool:
    return bool(
        one["status"].get("observedGeneration", 0) >= one["metadata"]["generation"]
        and one["status"].get("updatedReplicas") == one["spec"]["replicas"]
    )


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


_SS = "[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] "
_END = " [Conformance]"
CHECKS = (
    Check(_SS + "should have a working scale subresource" + _END, scale(STATEFUL_SETS, stateful_set)),
    Check(_SS + "should list, patch and delete a collection of StatefulSets" + _END, collection),
    Check(_SS + "should perform canary updates and phased rolling updates of template modifications" + _END, canary),
    Check(_SS + "Should recreate evicted statefulset" + _END, evicted),
    Check(_SS + "should validate Statefulset Status endpoints" + _END, status(STATEFUL_SETS, stateful_set)),
)
