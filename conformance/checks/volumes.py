"""Volumes and claims as far as the API sees them."""

from __future__ import annotations

from conformance.api import STRATEGIC_PATCH, Object
from conformance.bodies import BUSYBOX, condition, pod
from conformance.check import Case, Check
from conformance.kinds import PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, PODS, Kind
from conformance.workloads import name_of

_GONE = 30.0


def _volume(case: Case) -> Object:
    name = case.unique(case.namespace)
    spec = {
        "accessModes": ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"],
        "capacity": {"storage": "2Gi"},
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": case.namespace,
        "csi": {"driver": f"inline-driver-{case.suffix}", "volumeHandle": "e2e-conformance"},
    }
    labels = {"e2e-pv-pool": case.namespace}
    made = case.create(PERSISTENT_VOLUMES, {"metadata": {"name": name, "labels": labels}, "spec": spec})
    case.defer(lambda: case.api.patch(PERSISTENT_VOLUMES, "", name, {"metadata": {"finalizers": None}}))
    return made


def _claim(case: Case) -> Object:
    spec = {
        "accessModes": ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"],
        "resources": {"requests": {"storage": "2Gi"}},
        "storageClassName": case.namespace,
    }
    return case.create(PERSISTENT_VOLUME_CLAIMS, {"metadata": {"name": case.unique("pvc")}, "spec": spec})


def _pair(case: Case) -> list[tuple[Kind, str, Object]]:
    """The claim and the volume: kind, namespace, object."""
    volume = _volume(case)
    return [(PERSISTENT_VOLUME_CLAIMS, case.namespace, _claim(case)), (PERSISTENT_VOLUMES, "", volume)]


def _revision(obj: Object) -> int:
    return int(obj["metadata"]["resourceVersion"])


def _label(current: Object, name: str, value: str) -> None:
    current["metadata"].setdefault("labels", {})[name] = value


def lifecycle(case: Case) -> None:
    first = _pair(case)
    pool = f"e2e-pv-pool={case.namespace}"
    case.equal(len(case.api.items(PERSISTENT_VOLUMES, labelSelector=pool)), 1, "the volumes listed by label")
    case.equal(len(case.api.items(PERSISTENT_VOLUME_CLAIMS, case.namespace)), 1, "the claims listed")
    for kind, where, made in reversed(first):
        name = name_of(made)
        patch = {"metadata": {"labels": {name: "patched"}}}
        patched = case.api.patch(kind, where, name, patch, content_type=STRATEGIC_PATCH)
        case.contains(patched["metadata"]["labels"], {name: "patched"}, f"labels of the patched {kind.name}")
        case.true(_revision(patched) > _revision(made), "a patch raises the resourceVersion")
        case.equal(case.get(kind, name)["metadata"]["uid"], patched["metadata"]["uid"], "the uid read")
    for kind, where, made in first:
        case.api.delete(kind, where, name_of(made))
        case.gone(kind, name_of(made), _GONE)
    for kind, where, made in _pair(case):
        name = name_of(made)
        updated = case.changed(kind, name, lambda one, key=name: _label(one, key, "updated"))  # type: ignore[misc]
        case.contains(updated["metadata"]["labels"], {name: "updated"}, f"labels of the updated {kind.name}")
        selector = f"{name}=updated"
        case.equal(len(case.api.items(kind, labelSelector=selector)), 1, f"each {kind.name} in all namespaces")
        case.api.delete_collection(kind, where, labelSelector=selector)
        case.gone(kind, name, _GONE)


def status(case: Case) -> None:
    (_, _, claim), (_, _, volume) = _pair(case)
    name = name_of(claim)
    phase = case.api.get(PERSISTENT_VOLUME_CLAIMS, case.namespace, name, "status")["status"]["phase"]
    case.true(phase in ("Pending", "Bound"), f"the phase of the claim: {phase}")
    phase = case.api.get(PERSISTENT_VOLUMES, "", name_of(volume), "status")["status"]["phase"]
    case.true(phase in ("Available", "Bound", "Pending"), f"the phase of the volume: {phase}")
    one = {"type": "StatusPatched", "status": "True", "reason": "E2E patchedStatus", "message": "Set from e2e test"}
    body = {"status": {"conditions": [one]}}
    patched = case.api.patch(PERSISTENT_VOLUME_CLAIMS, case.namespace, name, body, "status")
    case.contains(condition(patched, "StatusPatched"), one, "the patched condition of the claim")
    told = {"message": "StatusPatched", "reason": "E2E patchStatus"}
    patched = case.api.patch(PERSISTENT_VOLUMES, "", name_of(volume), {"status": told}, "status")
    case.contains(patched["status"], told, "the patched status of the volume")
    other = {**one, "type": "StatusUpdated", "reason": "E2E updateStatus"}

    def add(found: Object) -> None:
        found["status"].setdefault("conditions", []).append(other)

    updated = case.changed(PERSISTENT_VOLUME_CLAIMS, name, add, "status")
    case.contains(condition(updated, "StatusUpdated"), other, "the updated condition of the claim")
    told = {"message": "StatusUpdated", "reason": "E2E updateStatus"}
    updated = case.changed(PERSISTENT_VOLUMES, name_of(volume), lambda found: found["status"].update(told), "status")
    case.contains(updated["status"], told, "the updated status of the volume")


def csi_inline(case: Case) -> None:
    """A pod with two inline volumes of a driver that is not there."""
    driver = "e2e.example.com"
    sources: dict[str, Object] = {
        "csi-inline-vol1": {"driver": driver},
        "csi-inline-vol2": {"driver": driver, "fsType": "ext4", "readOnly": True},
    }
    volumes = [{"name": name, "csi": source} for name, source in sources.items()]
    body = pod("pod-csi-inline-volumes", image=BUSYBOX, command=["sh", "-c", "ls /mnt/*"], volumes=volumes)
    mounts = [{"name": name, "mountPath": f"/mnt/vol{number}"} for number, name in enumerate(sources, 1)]
    body["spec"]["containers"][0]["volumeMounts"] = mounts
    made = case.create(PODS, body)
    name = name_of(made)
    case.refused(409, case.create, PODS, body)
    read = case.get(PODS, name)
    case.equal(read["metadata"]["uid"], made["metadata"]["uid"], "the uid read")
    stored = {one["name"]: one for one in read["spec"]["volumes"]}
    for volume, source in sources.items():
        case.contains(stored[volume]["csi"], source, "a volume of the stored pod")
    case.equal(len(case.api.items(PODS, case.namespace)), 1, "the pods listed")
    patched = case.api.patch(PODS, case.namespace, name, {"metadata": {"annotations": {"patched": "true"}}})
    case.contains(patched["metadata"]["annotations"], {"patched": "true"}, "annotations of the patched pod")
    case.api.delete(PODS, case.namespace, name)
    left = [one for one in case.api.items(PODS, case.namespace) if not one["metadata"].get("deletionTimestamp")]
    case.equal(left, [], "pods that are not being deleted")


_VOLUMES = "[sig-storage] PersistentVolumes CSI Conformance should "
CHECKS = (
    Check(_VOLUMES + "run through the lifecycle of a PV and a PVC [Conformance]", lifecycle),
    Check(_VOLUMES + "apply changes to a pv/pvc status [Conformance]", status),
    Check("[sig-storage] CSIInlineVolumes should support CSIVolumeSource in Pod API [Conformance]", csi_inline),
)
