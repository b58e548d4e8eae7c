"""Config maps, secrets, leases, runtime classes, sysctls and nodes: what the API of them promises and refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubernetes.client import ApiException

from conformance.api import STRATEGIC_PATCH, Object, message_of
from conformance.bodies import pod
from conformance.check import Case, Check, Failed
from conformance.kinds import CONFIG_MAPS, LEASES, NODES, PODS, RUNTIME_CLASSES, SECRETS, Kind
from conformance.nodes import usable_nodes
from conformance.workloads import name_of


def empty_key(kind: Kind) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        body = {"metadata": {"name": "empty-key"}, "data": {"": "dmFsdWU="}}
        case.refused(422, case.create, kind, body)

    return check


def config_map_update(case: Case) -> None:
    """Without a resourceVersion: whatever is there is replaced."""
    name = case.unique("configmap-test")
    data = {"data-1": "value-1", "data-2": "value-2", "data-3": "value-3"}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    case.create(CONFIG_MAPS, {**body, "data": data})
    case.api.update(CONFIG_MAPS, case.namespace, {**body, "data": {"data": "value"}})
    case.equal(case.get(CONFIG_MAPS, name)["data"], {"data": "value"}, "the updated data")


def immutable(kind: Kind) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        name = case.unique("immutable")
        case.create(kind, {"metadata": {"name": name}, "data": {"data-1": "dmFsdWU="}})
        case.changed(kind, name, lambda one: one["data"].update({"data-2": "dmFsdWU="}))
        case.changed(kind, name, lambda one: one.update(immutable=True))

        def attempt(**changes: Any) -> None:
            current = case.get(kind, name)
            current.update(changes)
            case.refused(422, case.api.update, kind, case.namespace, current)

        attempt(immutable=False)
        attempt(data={"data-1": "b3RoZXI="})
        case.changed(kind, name, lambda one: one["metadata"].setdefault("labels", {}).update(label1="value1"))
        case.api.delete(kind, case.namespace, name)
        case.gone(kind, name)

    return check


def invalid_sysctls(case: Case) -> None:
    """Only the names that cannot be are named."""
    values = {"foo-": "bar", "kernel.shmmax": "100000000", "safe-and-unsafe": "100000000", "bar..": "42"}
    sysctls = [{"name": name, "value": value} for name, value in values.items()]
    try:
        case.create(PODS, pod("sysctl", securityContext={"sysctls": sysctls}))
    except ApiException as error:
        message = message_of(error)
        case.equal(error.status, 422, f"the status of the refusal: {message}")
        for text in ('Invalid value: "foo-"', 'Invalid value: "bar.."'):
            case.true(text in message, f"the refusal says {text}: {message}")
        for text in ("safe-and-unsafe", "kernel.shmmax"):
            case.true(text not in message, f"the refusal does not speak of {text}: {message}")
        return
    raise Failed("a pod with invalid sysctls should be refused")


def _runtime_class(case: Case, **parts: Any) -> str:
    name = case.unique("runtime-class")
    case.create(RUNTIME_CLASSES, {"metadata": {"name": name}, "handler": "test-handler", **parts})
    return name


def missing_runtime_class(case: Case) -> None:
    body = pod("runtime", runtimeClassName=case.unique("nonexistent"))
    case.refused(403, case.create, PODS, body)


def deleted_runtime_class(case: Case) -> None:
    name = _runtime_class(case)
    case.api.delete(RUNTIME_CLASSES, "", name)
    case.gone(RUNTIME_CLASSES, name)
    case.eventually(
        lambda: _is_refused(case, pod(case.unique("runtime"), runtimeClassName=name)), "pods of it to be refused", 30
    )


def _is_refused(case: Case, body: Object) -> bool:
    try:
        case.create(PODS, body)
    except ApiException as error:
        return bool(error.status == 403)
    return False


def with_runtime_class(overhead: Object) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        parts = {"overhead": {"podFixed": overhead}} if overhead else {}
        name = _runtime_class(case, **parts)
        made = case.eventually(
            lambda: case.create(PODS, pod("runtime", runtimeClassName=name)), "a pod of a new runtime class"
        )

        def scheduled() -> list[Object] | None:
            pods = case.api.items(PODS, case.namespace)
            return pods if all(one["spec"].get("nodeName") for one in pods) else None

        pods = case.eventually(scheduled, "the pod to be scheduled") or []
        case.equal([name_of(one) for one in pods], [name_of(made)], "the pods of the namespace")
        case.equal(pods[0]["spec"].get("overhead", {}), overhead, "the overhead of the pod")

    return check


def two_nodes(case: Case) -> None:
    case.true(len(usable_nodes(case)) >= 2, "at least two ready nodes without taints")


def node_lifecycle(case: Case) -> None:
    name = case.unique("e2e-fake-node")
    ready = {"type": "Ready", "status": "True", "message": "Set from e2e test", "reason": "E2E"}
    status = {"phase": "Running", "conditions": [ready]}
    made = case.create(NODES, {"metadata": {"name": name}, "spec": {"unschedulable": True}, "status": status})
    case.equal(case.get(NODES, name)["metadata"]["name"], name, "the name of the node read")
    patched = case.api.patch(NODES, "", name, {"metadata": {"labels": {name: "patched"}}}, content_type=STRATEGIC_PATCH)
    case.contains(patched["metadata"]["labels"], {name: "patched"}, "labels of the patched node")
    case.true(
        int(patched["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"]),
        "a patch raises the resourceVersion",
    )
    case.equal(len(case.api.items(NODES, labelSelector=f"{name}=patched")), 1, "the nodes listed by label")
    updated = case.changed(NODES, name, lambda one: one["metadata"]["labels"].update({name: "updated"}))
    case.contains(updated["metadata"]["labels"], {name: "updated"}, "labels of the updated node")
    case.api.delete(NODES, "", name)
    case.gone(NODES, name, 180)


# Leases


def _lease(holder: str, seconds: int, acquired: int, renewed: int, transitions: int) -> Object:
    """With times in the first minutes of the calendar, as in the official test."""

    def time(second: int) -> str:
        return f"0001-01-01T00:{second // 60:02}:{second % 60:02}.000000Z"

    return {
        "holderIdentity": holder,
        "leaseDurationSeconds": seconds,
        "acquireTime": time(acquired),
        "renewTime": time(renewed),
        "leaseTransitions": transitions,
    }


def leases(case: Case) -> None:
    first = _lease("holder", 30, 2, 5, 0)
    made = case.create(LEASES, {"metadata": {"name": "lease"}, "spec": first})
    case.equal(case.get(LEASES, "lease")["spec"], first, "the spec read")
    second = _lease("holder2", 30, 20, 50, 1)
    case.api.update(LEASES, case.namespace, {**made, "spec": second})
    case.equal(case.get(LEASES, "lease")["spec"], second, "the updated spec")
    third = _lease("holder3", 60, 50, 70, 2)
    case.api.patch(LEASES, case.namespace, "lease", {"spec": third}, content_type=STRATEGIC_PATCH)
    read = case.get(LEASES, "lease")
    case.equal(read["spec"], third, "the patched spec")
    case.true(
        int(read["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"]),
        "changes raise the resourceVersion",
    )
    labels = {"deletecollection": "true"}
    case.create(LEASES, {"metadata": {"name": "lease2", "labels": labels}, "spec": first})
    case.equal(len(case.api.items(LEASES, case.namespace)), 2, "the leases listed")
    case.api.delete_collection(LEASES, case.namespace, labelSelector="deletecollection=true")
    case.equal([name_of(one) for one in case.api.items(LEASES, case.namespace)], ["lease"], "the leases left")
    case.api.delete(LEASES, case.namespace, "lease")
    case.refused(404, case.get, LEASES, "lease")


_END, _BOTH = " [Conformance]", " [Conformance] [NodeConformance]"
_RUNTIME = "[sig-node] RuntimeClass should "
CHECKS = (
    Check("[sig-node] Lease lease API should be available" + _END, leases),
    Check("[sig-node] ConfigMap should fail to create ConfigMap with empty key" + _END, empty_key(CONFIG_MAPS)),
    Check("[sig-node] ConfigMap should update ConfigMap successfully" + _BOTH, config_map_update),
    Check("[sig-node] Secrets should fail to create secret due to empty secret key" + _END, empty_key(SECRETS)),
    Check("[sig-storage] ConfigMap should be immutable if `immutable` field is set" + _END, immutable(CONFIG_MAPS)),
    Check("[sig-storage] Secrets should be immutable if `immutable` field is set" + _END, immutable(SECRETS)),
    Check("[sig-node] Sysctls [LinuxOnly] should reject invalid sysctls" + _BOTH, invalid_sysctls),
    Check(_RUNTIME + "reject a Pod requesting a non-existent RuntimeClass" + _BOTH, missing_runtime_class),
    Check(_RUNTIME + "reject a Pod requesting a deleted RuntimeClass" + _BOTH, deleted_runtime_class),
    Check(_RUNTIME + "schedule a Pod requesting a RuntimeClass without PodOverhead" + _BOTH, with_runtime_class({})),
    Check(
        _RUNTIME + "schedule a Pod requesting a RuntimeClass and initialize its Overhead" + _BOTH,
        with_runtime_class({"cpu": "10m", "memory": "1Mi"}),
    ),
    Check("[sig-architecture] Conformance Tests should have at least two untainted nodes" + _END, two_nodes),
    Check("[sig-node] Node Lifecycle should run through the lifecycle of a node" + _END, node_lifecycle),
)
