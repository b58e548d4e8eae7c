"""The garbage collector: what goes with its owner, what stays, what waits."""

from __future__ import annotations

from conformance import kinds
from conformance.api import Object
from conformance.bodies import PAUSE, pod, replication_controller, workload
from conformance.check import Case, Check
from conformance.kinds import DEPLOYMENTS, PODS, REPLICA_SETS, REPLICATION_CONTROLLERS, Kind
from conformance.waiting import pods_exist, until

_QUIET = 8.0
"""Seconds in which a mistaken deletion would show; the official tests wait 30."""


def _delete(case: Case, kind: Kind, made: Object, policy: str) -> None:
    options = {"propagationPolicy": policy, "preconditions": {"uid": made["metadata"]["uid"]}}
    case.api.delete(kind, case.namespace, made["metadata"]["name"], options)


def _controller(case: Case, replicas: int) -> Object:
    made = case.create(REPLICATION_CONTROLLERS, replication_controller(case, "rc", replicas))
    until(
        case,
        REPLICATION_CONTROLLERS,
        made["metadata"]["name"],
        lambda one: one["status"].get("replicas") == replicas,
        "to have created its pods",
    )
    return made


def pods_of_controller(case: Case) -> None:
    made = case.create(REPLICATION_CONTROLLERS, replication_controller(case, "rc", 2))
    pods_exist(case, 1)
    _delete(case, REPLICATION_CONTROLLERS, made, "Background")
    case.gone(REPLICATION_CONTROLLERS, made["metadata"]["name"])
    case.eventually(lambda: not case.api.items(PODS, case.namespace), "all pods to be collected", 90)


def orphaned_pods(case: Case) -> None:
    made = _controller(case, 10)
    _delete(case, REPLICATION_CONTROLLERS, made, "Orphan")
    case.gone(REPLICATION_CONTROLLERS, made["metadata"]["name"], 120)
    case.steady(lambda: len(case.api.items(PODS, case.namespace)) == 10, "10 orphaned pods stay", _QUIET)
    owners = [one["metadata"].get("ownerReferences") for one in case.api.items(PODS, case.namespace)]
    case.true(not any(owners), f"orphans have no owner, found {owners}")


def foreground(case: Case) -> None:
    """A pod's finalizer keeps the pod, and so the controller."""
    made = _controller(case, 10)
    name = made["metadata"]["name"]
    held = case.api.items(PODS, case.namespace)[0]["metadata"]["name"]
    hold = {"metadata": {"finalizers": ["e2e.example.com/hold"]}}
    release = {"metadata": {"finalizers": None}}
    case.api.patch(PODS, case.namespace, held, hold)
    case.defer(lambda: case.api.patch(PODS, case.namespace, held, release))
    _delete(case, REPLICATION_CONTROLLERS, made, "Foreground")
    case.eventually(lambda: len(case.api.items(PODS, case.namespace)) == 1, "all pods but the held one to go", 90)
    waiting = case.get(REPLICATION_CONTROLLERS, name)["metadata"]
    case.true(waiting.get("deletionTimestamp"), "the controller is being deleted")
    case.equal(waiting.get("finalizers"), ["foregroundDeletion"], "finalizers of the controller")
    case.api.patch(PODS, case.namespace, held, release)
    case.gone(REPLICATION_CONTROLLERS, name, 90)
    case.equal(case.api.items(PODS, case.namespace), [], "pods left when the controller is gone")


def _owner(kind: Kind, made: Object, block: bool = False) -> Object:
    reference = {
        "apiVersion": kind.api_version,
        "kind": kind.name,
        "name": made["metadata"]["name"],
        "uid": made["metadata"]["uid"],
    }
    return {**reference, "blockOwnerDeletion": True} if block else reference


def two_owners(case: Case) -> None:
    going, staying = _controller(case, 4), None
    pods = case.api.items(PODS, case.namespace)
    staying = case.create(REPLICATION_CONTROLLERS, replication_controller(case, "rc-stays", 0))
    half = pods[:2]
    for one in half:
        references = [*one["metadata"]["ownerReferences"], _owner(REPLICATION_CONTROLLERS, staying)]
        patch = {"metadata": {"ownerReferences": references}}
        case.api.patch(PODS, case.namespace, one["metadata"]["name"], patch)
    _delete(case, REPLICATION_CONTROLLERS, going, "Foreground")
    case.gone(REPLICATION_CONTROLLERS, going["metadata"]["name"], 90)
    kept = {one["metadata"]["name"] for one in half}

    def left() -> bool:
        found = case.api.items(PODS, case.namespace)
        return {one["metadata"]["name"] for one in found} == kept

    case.eventually(left, "only the pods with two owners to stay", 90)
    case.steady(left, "the pods with another owner stay", _QUIET)
    for one in case.api.items(PODS, case.namespace):
        owners = [reference["name"] for reference in one["metadata"]["ownerReferences"]]
        case.equal(owners, [staying["metadata"]["name"]], "the owners of a pod that stays")


def circle(case: Case) -> None:
    pods = [case.create(PODS, pod(f"pod{number}")) for number in (1, 2, 3)]
    for one, owner in zip(pods, (pods[2], pods[0], pods[1]), strict=True):
        patch = {"metadata": {"ownerReferences": [{**_owner(PODS, owner, block=True), "controller": True}]}}
        case.api.patch(PODS, case.namespace, one["metadata"]["name"], patch)
    fresh = case.get(PODS, "pod1")
    _delete(case, PODS, fresh, "Foreground")
    case.eventually(lambda: not case.api.items(PODS, case.namespace), "a circle of pods to be collected", 90)


def _deployment(case: Case) -> Object:
    made = case.create(DEPLOYMENTS, workload(case, "deployment", 2, image=PAUSE))
    case.eventually(lambda: case.api.items(REPLICA_SETS, case.namespace), "a replica set")
    return made


def replica_set_of_deployment(case: Case) -> None:
    made = _deployment(case)
    _delete(case, DEPLOYMENTS, made, "Background")
    for kind in (DEPLOYMENTS, REPLICA_SETS, PODS):
        case.eventually(lambda one=kind: not case.api.items(one, case.namespace), f"{kind.plural} to be collected", 90)  # type: ignore[misc]


def orphaned_replica_set(case: Case) -> None:
    made = _deployment(case)
    name = case.api.items(REPLICA_SETS, case.namespace)[0]["metadata"]["name"]
    until(case, REPLICA_SETS, name, lambda one: one["status"].get("replicas") == one["spec"]["replicas"], "its pods")
    _delete(case, DEPLOYMENTS, made, "Orphan")
    case.gone(DEPLOYMENTS, made["metadata"]["name"])
    case.equal(len(case.api.items(PODS, case.namespace)), 2, "the pods when the deployment is gone")
    case.steady(lambda: len(case.api.items(REPLICA_SETS, case.namespace)) == 1, "the replica set stays", _QUIET)
    for one in case.api.items(kinds.REPLICA_SETS, case.namespace):
        case.true(not one["metadata"].get("ownerReferences"), "an orphan has no owner")


_PREFIX = "[sig-api-machinery] Garbage collector should "
CHECKS = (
    Check(_PREFIX + "delete pods created by rc when not orphaning [Conformance]", pods_of_controller),
    Check(_PREFIX + "orphan pods created by rc if delete options say so [Conformance] [Serial]", orphaned_pods),
    Check(
        _PREFIX
        + "keep the rc around until all its pods are deleted if the deleteOptions says so [Conformance] [Serial]",
        foreground,
    ),
    Check(
        _PREFIX + "not delete dependents that have both valid owner and owner that's waiting for dependents to be"
        " deleted [Conformance] [Serial]",
        two_owners,
    ),
    Check(_PREFIX + "not be blocked by dependency circle [Conformance]", circle),
    Check(_PREFIX + "delete RS created by deployment when not orphaning [Conformance]", replica_set_of_deployment),
    Check(
        _PREFIX + "orphan RS created by deployment when deleteOptions.PropagationPolicy is Orphan [Conformance]",
        orphaned_replica_set,
    ),
)
