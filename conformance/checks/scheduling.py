"""Scheduling, preemption, limit ranges, and the claims and volumes that only the API sees."""

from __future__ import annotations

from typing import Any

from conformance import kinds
from conformance.api import Object
from conformance.bodies import condition, pod, workload
from conformance.check import Case, Check
from conformance.checks.apps import all_ready, name_of
from conformance.kinds import NODES, PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, PODS, PRIORITY_CLASSES, REPLICA_SETS
from conformance.nodes import usable_node
from conformance.waiting import running, until


def _node(case: Case) -> str:
    return name_of(usable_node(case))


def _resource(case: Case, node: str, amount: int) -> str:
    """An extended resource of that node alone, so that a check fills it without hindering anybody."""
    name = f"conformance.example.com/{case.suffix}"

    def patch(value: str | None) -> None:
        body = {"status": {"capacity": {name: value}, "allocatable": {name: value}}}
        case.api.patch(NODES, "", node, body, "status")

    patch(str(amount))
    case.defer(lambda: patch(None))
    case.eventually(lambda: case.get(NODES, node)["status"]["allocatable"].get(name) == str(amount), "the resource")
    return name


def _using(name: str, resource: str, amount: int, **spec: Any) -> Object:
    body = pod(name, **spec)
    sizes = {resource: str(amount)}
    body["spec"]["containers"][0]["resources"] = {"requests": sizes, "limits": sizes}
    return body


def _unschedulable(case: Case, name: str) -> Object:
    return until(
        case,
        PODS,
        name,
        lambda one: condition(one, "PodScheduled").get("reason") == "Unschedulable",
        "to be found unschedulable",
        60,
    )


def _labelled(case: Case, node: str) -> tuple[str, str]:
    key = f"kubernetes.io/e2e-{case.suffix}"
    case.api.patch(NODES, "", node, {"metadata": {"labels": {key: "42"}}})
    case.defer(lambda: case.api.patch(NODES, "", node, {"metadata": {"labels": {key: None}}}))
    return key, "42"


def resource_limits(case: Case) -> None:
    node = _node(case)
    resource = _resource(case, node, 10)
    case.create(PODS, _using("filler", resource, 7))
    case.equal(running(case, "filler")["spec"]["nodeName"], node, "the node of the pod that fits")
    case.create(PODS, _using("additional", resource, 5))
    _unschedulable(case, "additional")


def selector_matches(case: Case) -> None:
    node = _node(case)
    key, value = _labelled(case, node)
    case.create(PODS, pod("with-labels", nodeSelector={key: value}))
    case.equal(running(case, "with-labels")["spec"]["nodeName"], node, "the node of the pod")


def selector_does_not_match(case: Case) -> None:
    case.create(PODS, pod("restricted-pod", nodeSelector={"label": f"nonempty-{case.suffix}"}))
    _unschedulable(case, "restricted-pod")


def host_port_conflict(case: Case) -> None:
    node = _node(case)
    key, value = _labelled(case, node)
    port = 54000 + sum(map(ord, case.suffix)) % 300

    def body(name: str, address: str) -> Object:
        made = pod(name, nodeSelector={key: value})
        ports = {"containerPort": port, "hostPort": port, "protocol": "TCP", "hostIP": address}
        made["spec"]["containers"][0]["ports"] = [ports]
        return made

    case.create(PODS, body("pod4", "0.0.0.0"))
    running(case, "pod4")
    case.create(PODS, body("pod5", "127.0.0.1"))
    _unschedulable(case, "pod5")


def _priority(case: Case, value: int) -> str:
    name = case.unique("priority")
    case.create(PRIORITY_CLASSES, {"metadata": {"name": name}, "value": value})
    return name


def _preempts(case: Case, victim: Object, preemptor: Object) -> None:
    case.create(PODS, victim)
    running(case, name_of(victim))
    case.create(PODS, preemptor)
    running(case, name_of(preemptor))


def preemption(case: Case) -> None:
    """The pod of lowest priority has to go, and no other."""
    node = _node(case)
    resource = _resource(case, node, 5)
    low, middle, high = (_priority(case, value) for value in (1, 100, 1000))
    case.create(PODS, _using("low", resource, 2, priorityClassName=low))
    case.create(PODS, _using("middle", resource, 3, priorityClassName=middle))
    for name in ("low", "middle"):
        running(case, name)
    case.create(PODS, _using("preemptor", resource, 2, priorityClassName=high))
    running(case, "preemptor")
    case.gone(PODS, "low")
    case.true(not case.get(PODS, "middle")["metadata"].get("deletionTimestamp"), "the other pod stays")


def critical(case: Case) -> None:
    """As before, by a pod of a system priority class, which only kube-system may use unless a quota allows it."""
    node = _node(case)
    resource = _resource(case, node, 2)
    case.create(PODS, _using("low", resource, 2, priorityClassName=_priority(case, 1)))
    running(case, "low")
    name = case.unique("critical")
    body = _using(name, resource, 2, priorityClassName="system-cluster-critical")
    case.api.create(PODS, "kube-system", body)
    case.defer(lambda: case.api.delete(PODS, "kube-system", name))
    case.eventually(
        lambda: case.api.get(PODS, "kube-system", name)["status"].get("phase") == "Running", "the critical pod to run"
    )
    case.gone(PODS, "low")


def disruption_condition(case: Case) -> None:
    node = _node(case)
    resource = _resource(case, node, 1)
    victim = _using("victim", resource, 1, priorityClassName=_priority(case, 1))
    victim["metadata"]["finalizers"] = ["example.com/test-finalizer"]
    case.create(PODS, victim)
    release = {"metadata": {"finalizers": None}}
    case.defer(lambda: case.api.patch(PODS, case.namespace, "victim", release))
    running(case, "victim")
    case.create(PODS, _using("preemptor", resource, 1, priorityClassName=_priority(case, 1000)))
    gone = until(case, PODS, "victim", lambda one: one["metadata"].get("deletionTimestamp"), "to be preempted")
    found = condition(gone, "DisruptionTarget")
    case.equal(found.get("status"), "True", "the condition DisruptionTarget")
    case.equal(found.get("reason"), "PreemptionByScheduler", "its reason")


def preemption_path(case: Case) -> None:
    """Replica sets of rising priority compete for one resource; the highest wins."""
    node = _node(case)
    resource = _resource(case, node, 5)
    sizes = {resource: "1"}
    for number, (replicas, value) in enumerate(((1, 1), (1, 2), (3, 3), (1, 4)), 1):
        body = workload(case, f"rs-pod{number}", replicas)
        spec = body["spec"]["template"]["spec"]
        spec["priorityClassName"] = _priority(case, value)
        needed = {resource: "2"} if number == 4 else sizes
        spec["containers"][0]["resources"] = {"requests": needed, "limits": needed}
        name = name_of(case.create(REPLICA_SETS, body))
        until(case, REPLICA_SETS, name, all_ready, "to have all pods")


def _limit_range(case: Case) -> None:
    limit = {
        "type": "Container",
        "min": {"cpu": "50m", "memory": "100Mi", "ephemeral-storage": "100Gi"},
        "max": {"cpu": "500m", "memory": "500Mi", "ephemeral-storage": "500Gi"},
        "default": {"cpu": "500m", "memory": "500Mi", "ephemeral-storage": "500Gi"},
        "defaultRequest": {"cpu": "100m", "memory": "200Mi", "ephemeral-storage": "200Gi"},
    }
    case.create(kinds.LIMIT_RANGES, {"metadata": {"name": "limit-range"}, "spec": {"limits": [limit]}})


def limit_range(case: Case) -> None:
    _limit_range(case)
    defaulted = case.eventually(
        lambda: case.create(PODS, pod(case.unique("pod-no-resources")))["spec"]["containers"][0].get("resources"),
        "a pod with defaults",
    )
    case.equal(defaulted.get("requests", {}).get("cpu"), "100m", "the default request")
    case.equal(defaulted.get("limits", {}).get("memory"), "500Mi", "the default limit")
    partial = pod("pod-partial-resources")
    partial["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "300m"}}
    found = case.create(PODS, partial)["spec"]["containers"][0]["resources"]
    case.equal(found["requests"]["cpu"], "300m", "the request that was given")
    case.equal(found["requests"]["memory"], "200Mi", "the default of the other")
    for name, cpu in (("pfpod", "10m"), ("pfpod2", "600m")):
        body = pod(name)
        body["spec"]["containers"][0]["resources"] = {"requests": {"cpu": cpu}, "limits": {"cpu": cpu}}
        case.refused(403, case.create, PODS, body)


def _volume(case: Case) -> Object:
    name = case.unique("pv")
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": "1Gi"},
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": f"class-{case.suffix}",
        "csi": {"driver": "e2e-driver.example.com", "volumeHandle": name},
    }
    labels = {"e2e-pv": case.suffix}
    made = case.create(PERSISTENT_VOLUMES, {"metadata": {"name": name, "labels": labels}, "spec": spec})
    case.defer(lambda: case.api.patch(PERSISTENT_VOLUMES, "", name, {"metadata": {"finalizers": None}}))
    return made


def _claim(case: Case, volume: str) -> Object:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        "storageClassName": f"class-{case.suffix}",
        "volumeName": volume,
    }
    labels = {"e2e-pv": case.suffix}
    return case.create(PERSISTENT_VOLUME_CLAIMS, {"metadata": {"name": "claim", "labels": labels}, "spec": spec})


def volume_lifecycle(case: Case) -> None:
    volume = name_of(_volume(case))
    _claim(case, volume)
    for kind, name in ((PERSISTENT_VOLUMES, volume), (PERSISTENT_VOLUME_CLAIMS, "claim")):
        until(case, kind, name, lambda one: one["status"].get("phase") == "Bound", "to be bound", 60)
        where = case.namespace if kind.namespaced else ""
        patched = case.api.patch(kind, where, name, {"metadata": {"labels": {name: "patched"}}})
        case.contains(patched["metadata"]["labels"], {name: "patched"}, f"labels of the patched {kind.name}")
        updated = case.changed(kind, name, lambda one: one["metadata"]["labels"].update(more="updated"))
        case.contains(updated["metadata"]["labels"], {"more": "updated"}, f"labels of the updated {kind.name}")
    selector = f"e2e-pv={case.suffix}"
    case.equal(len(case.api.items(PERSISTENT_VOLUME_CLAIMS, labelSelector=selector)), 1, "claims in all namespaces")
    case.api.delete(PERSISTENT_VOLUME_CLAIMS, case.namespace, "claim")
    case.gone(PERSISTENT_VOLUME_CLAIMS, "claim")
    case.api.delete_collection(PERSISTENT_VOLUMES, labelSelector=selector)
    case.gone(PERSISTENT_VOLUMES, volume)


def volume_status(case: Case) -> None:
    volume = name_of(_volume(case))
    _claim(case, volume)
    until(case, PERSISTENT_VOLUME_CLAIMS, "claim", lambda one: one["status"].get("phase") == "Bound", "to be bound", 60)
    one = {"type": "StatusPatched", "status": "True", "reason": "E2E patchedStatus", "message": "Set from e2e test"}
    body = {"status": {"conditions": [one]}}
    patched = case.api.patch(PERSISTENT_VOLUME_CLAIMS, case.namespace, "claim", body, "status")
    case.contains(condition(patched, "StatusPatched"), one, "the patched condition of the claim")
    other = {**one, "type": "StatusUpdate", "reason": "E2E updateStatus"}
    updated = case.changed(
        PERSISTENT_VOLUME_CLAIMS, "claim", lambda found: found["status"].update(conditions=[other]), "status"
    )
    case.contains(condition(updated, "StatusUpdate"), other, "the updated condition of the claim")
    told = {"status": {"message": "StatusPatched", "reason": "E2E patchStatus"}}
    patched = case.api.patch(PERSISTENT_VOLUMES, "", volume, told, "status")
    case.contains(patched["status"], told["status"], "the patched status of the volume")
    updated = case.changed(
        PERSISTENT_VOLUMES, volume, lambda found: found["status"].update(message="StatusUpdated"), "status"
    )
    case.equal(updated["status"]["message"], "StatusUpdated", "the updated status of the volume")


def csi_inline(case: Case) -> None:
    volume = {"name": "csi", "csi": {"driver": "e2e.example.com", "volumeAttributes": {"foo": "bar"}}}
    body = pod("inline-volume", volumes=[volume])
    body["spec"]["containers"][0]["volumeMounts"] = [{"name": "csi", "mountPath": "/mnt"}]
    body["spec"]["nodeSelector"] = {"conformance.example.com/none": case.suffix}
    body["metadata"]["labels"] = {"inline": case.suffix}
    case.create(PODS, body)
    found = case.api.items(PODS, labelSelector=f"inline={case.suffix}")
    case.equal(len(found), 1, "the pods listed")
    volumes = {one["name"]: one for one in found[0]["spec"]["volumes"]}
    case.contains(volumes["csi"]["csi"], volume["csi"], "the volume of the stored pod")  # type: ignore[arg-type]
    case.api.delete(PODS, case.namespace, "inline-volume")
    case.gone(PODS, "inline-volume")


_PREDICATES = "[sig-scheduling] SchedulerPredicates validates that "
_PREEMPTION = "[sig-scheduling] SchedulerPreemption "
_VOLUMES = "[sig-storage] PersistentVolumes CSI Conformance should "
_SERIAL = " [Conformance] [Serial]"
CHECKS = (
    Check(
        "[sig-scheduling] SchedulerPredicates validates resource limits of pods that are allowed to run" + _SERIAL,
        resource_limits,
    ),
    Check(_PREDICATES + "NodeSelector is respected if matching" + _SERIAL, selector_matches),
    Check(_PREDICATES + "NodeSelector is respected if not matching" + _SERIAL, selector_does_not_match),
    Check(
        _PREDICATES
        + "there exists conflict between pods with same hostPort and protocol but one using 0.0.0.0 hostIP"
        + _SERIAL,
        host_port_conflict,
    ),
    Check(_PREEMPTION + "validates basic preemption works" + _SERIAL, preemption),
    Check(_PREEMPTION + "validates lower priority pod preemption by critical pod" + _SERIAL, critical),
    Check(
        _PREEMPTION + "validates pod disruption condition is added to the preempted pod" + _SERIAL,
        disruption_condition,
    ),
    Check(
        _PREEMPTION + "PreemptionExecutionPath runs ReplicaSets to verify preemption running path" + _SERIAL,
        preemption_path,
    ),
    Check(
        "[sig-scheduling] LimitRange should create a LimitRange with defaults and ensure pod has those defaults"
        " applied. [Conformance]",
        limit_range,
    ),
    Check(_VOLUMES + "run through the lifecycle of a PV and a PVC [Conformance]", volume_lifecycle),
    Check(_VOLUMES + "apply changes to a pv/pvc status [Conformance]", volume_status),
    Check("[sig-storage] CSIInlineVolumes should support CSIVolumeSource in Pod API [Conformance]", csi_inline),
)
