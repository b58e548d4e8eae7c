"""Pods and what their API promises; also what admission refuses, and small facts of nodes."""

from __future__ import annotations

from typing import Any

from conformance import kinds
from conformance.api import STRATEGIC_PATCH, Object
from conformance.bodies import AGNHOST, BUSYBOX, condition, pod
from conformance.check import Case, Check
from conformance.checks.apps import name_of
from conformance.kinds import CONFIG_MAPS, NODES, PODS, RUNTIME_CLASSES, SECRETS
from conformance.nodes import usable_nodes
from conformance.waiting import is_ready, ready, running, until


def submitted_and_removed(case: Case) -> None:
    label = {"time": case.suffix}
    selector = f"time={case.suffix}"
    listed = case.api.list(PODS, case.namespace, labelSelector=selector)
    case.equal(listed["items"], [], "the pods before")
    revision = listed["metadata"]["resourceVersion"]
    with case.api.watch(PODS, case.namespace, resourceVersion=revision, labelSelector=selector, timeout=120) as events:
        name = name_of(case.create(PODS, pod("pod-submit-remove", label)))
        case.event(events, "ADDED", lambda one: name_of(one) == name)
        running(case, name)
        case.equal(len(case.api.items(PODS, case.namespace, labelSelector=selector)), 1, "the pods listed")
        case.api.delete(PODS, case.namespace, name, {"gracePeriodSeconds": 30})
        gone = case.event(events, "DELETED")
        case.true(gone["metadata"].get("deletionTimestamp"), "the deleted pod has a deletionTimestamp")
        case.true(gone["metadata"].get("deletionGracePeriodSeconds") is not None, "and a grace period")
    case.equal(case.api.items(PODS, case.namespace, labelSelector=selector), [], "the pods after")


def updated(case: Case) -> None:
    name = name_of(case.create(PODS, pod("pod-update", {"time": "before"})))
    running(case, name)
    case.changed(PODS, name, lambda one: one["metadata"]["labels"].update(time="after"))
    running(case, name)
    case.equal(len(case.api.items(PODS, case.namespace, labelSelector="time=after")), 1, "pods with the new label")


def collection(case: Case) -> None:
    for number in range(3):
        case.create(PODS, pod(f"test-pod-{number}", {"type": "Testing"}))
    for number in range(3):
        running(case, f"test-pod-{number}")
    case.api.delete_collection(PODS, case.namespace, labelSelector="type=Testing")
    case.eventually(
        lambda: not case.api.items(PODS, case.namespace, labelSelector="type=Testing"), "all pods to be deleted", 90
    )


def host_ip(case: Case) -> None:
    name = name_of(case.create(PODS, pod("pod-hostip")))
    found = until(case, PODS, name, lambda one: one["status"].get("hostIP"), "to have a host IP")
    node = case.get(NODES, found["spec"]["nodeName"])
    addresses = {one["address"] for one in node["status"].get("addresses") or ()}
    case.true(found["status"]["hostIP"] in addresses, f"the host IP is one of the node's addresses {addresses}")


def patch_status(case: Case) -> None:
    name = name_of(case.create(PODS, pod("pod-patch-status")))
    running(case, name)
    body = {"metadata": {"annotations": {"patchedstatus": "true"}}, "status": {"message": "Patched by e2e test"}}
    patched = case.api.patch(PODS, case.namespace, name, body, "status")
    case.equal(patched["status"].get("message"), "Patched by e2e test", "the patched message")
    read = case.api.get(PODS, case.namespace, name, "status")
    case.equal(read["status"]["phase"], "Running", "the phase in /status")


def lifecycle(case: Case) -> None:
    label = {"test-pod-static": case.suffix}
    selector = f"test-pod-static={case.suffix}"
    with case.api.watch(PODS, case.namespace, labelSelector=selector, timeout=150) as events:
        name = name_of(case.create(PODS, pod("pod-test", label)))
        case.event(events, "ADDED")
        case.event(events, "MODIFIED", is_ready)
        template = {
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "main", "image": "registry.k8s.io/pause:3.10"}],
        }
        patch = {"metadata": {"labels": {"test-pod": "patched"}}, "spec": {"containers": template["containers"]}}
        case.api.patch(PODS, case.namespace, name, patch, content_type=STRATEGIC_PATCH)
        case.event(events, "MODIFIED", lambda one: one["metadata"]["labels"].get("test-pod") == "patched")
        read = case.get(PODS, name)
        case.equal(read["spec"]["containers"][0]["image"], "registry.k8s.io/pause:3.10", "the patched image")
        ready_condition = {"conditions": [{"type": "E2E", "status": "True"}]}
        written = case.api.patch(
            PODS, case.namespace, name, {"status": ready_condition}, "status", content_type=STRATEGIC_PATCH
        )
        case.equal(condition(written, "E2E").get("status"), "True", "the condition in the patched status")
        case.api.delete_collection(PODS, case.namespace, labelSelector=selector)
        case.event(events, "DELETED")


def quality_of_service(case: Case) -> None:
    body = pod("qos")
    sizes = {"cpu": "100m", "memory": "100Mi"}
    body["spec"]["containers"][0]["resources"] = {"requests": sizes, "limits": sizes}
    name = name_of(case.create(PODS, body))
    case.equal(case.get(PODS, name)["status"].get("qosClass"), "Guaranteed", "the class of a pod with equal limits")


def deadline(case: Case) -> None:
    name = name_of(case.create(PODS, pod("pod-deadline")))
    running(case, name)
    case.changed(PODS, name, lambda one: one["spec"].update(activeDeadlineSeconds=5))
    done = until(case, PODS, name, lambda one: one["status"].get("phase") == "Failed", "to fail", 60)
    case.equal(done["status"].get("reason"), "DeadlineExceeded", "the reason of the failure")


def failing_can_be_deleted(case: Case) -> None:
    body = pod("bin-false", image=BUSYBOX, command=["/bin/false"])
    name = name_of(case.create(PODS, body))
    case.api.delete(PODS, case.namespace, name)
    case.gone(PODS, name)


def generation_and_grace(case: Case) -> None:
    body = pod("pod-generation")
    body["metadata"]["generation"] = 100
    body["spec"]["terminationGracePeriodSeconds"] = 60
    body["metadata"]["finalizers"] = ["e2e.example.com/hold"]
    made = case.create(PODS, body)
    name = name_of(made)
    case.defer(lambda: case.api.patch(PODS, case.namespace, name, {"metadata": {"finalizers": None}}))
    case.equal(made["metadata"]["generation"], 1, "the generation of a new pod, whatever was asked")
    running(case, name)
    case.api.delete(PODS, case.namespace, name)
    case.equal(case.get(PODS, name)["metadata"]["generation"], 2, "the generation of a pod that is being deleted")


def generation_grows(case: Case) -> None:
    name = name_of(case.create(PODS, pod("pod-generation")))

    def observed(generation: int) -> None:
        until(
            case,
            PODS,
            name,
            lambda one: one["metadata"]["generation"] == one["status"].get("observedGeneration") == generation,
            f"to have observed generation {generation}",
        )

    running(case, name)
    observed(1)
    case.api.patch(PODS, case.namespace, name, {"metadata": {"labels": {"some": "label"}}})
    observed(1)
    toleration = {"key": "foo-key", "operator": "Exists", "effect": "NoSchedule", "value": ""}

    def tolerate(one: Object) -> None:
        one["spec"].setdefault("tolerations", []).append(toleration)

    def deadline(one: Object) -> None:
        one["spec"]["activeDeadlineSeconds"] = 5000

    def image(one: Object) -> None:
        one["spec"]["containers"][0]["image"] = "registry.k8s.io/pause:3.10"

    for generation, change in enumerate((tolerate, deadline, image), 2):
        case.changed(PODS, name, change)
        observed(generation)


def many_updates(case: Case) -> None:
    name = name_of(case.create(PODS, pod("pod-generation")))
    running(case, name)
    for number in range(500):
        toleration = {"key": f"key-{number}", "operator": "Exists", "effect": "NoSchedule"}
        case.changed(PODS, name, lambda one, more=toleration: one["spec"].setdefault("tolerations", []).append(more))  # type: ignore[misc]
    until(
        case,
        PODS,
        name,
        lambda one: one["metadata"]["generation"] == one["status"].get("observedGeneration") == 501,
        "to have observed its generation 501",
    )


def _init_body(policy: str, *commands: str) -> Object:
    body = pod("pod-init", restartPolicy=policy)
    body["spec"]["initContainers"] = [
        {"name": f"init{number}", "image": BUSYBOX, "command": ["/bin/true"]} for number in (1, 2)
    ]
    body["spec"]["containers"][0].update({"image": BUSYBOX, "command": ["/bin/true"]} if commands else {})
    return body


def _initialised(case: Case, done: Object) -> None:
    case.equal(condition(done, "Initialized").get("status"), "True", "the condition Initialized")
    for one in done["status"]["initContainerStatuses"]:
        case.true(one.get("ready"), f"the init container {one['name']} is ready")
        case.equal(one["state"].get("terminated", {}).get("exitCode"), 0, f"the exit code of {one['name']}")


def init_always(case: Case) -> None:
    name = name_of(case.create(PODS, _init_body("Always")))
    done = running(case, name)
    _initialised(case, done)


def init_never(case: Case) -> None:
    name = name_of(case.create(PODS, _init_body("Never", "true")))
    done = until(case, PODS, name, lambda one: one["status"].get("phase") == "Succeeded", "to succeed")
    _initialised(case, done)


def _restarts(found: Object) -> int:
    return sum(one["restartCount"] for one in found["status"].get("containerStatuses") or ())


def not_restarted(probe: Object, image: str, arguments: list[str]) -> Any:
    """A container whose liveness probe succeeds is left alone; the official tests watch for minutes."""

    def check(case: Case) -> None:
        body = pod("liveness", image=image)
        settings = {"initialDelaySeconds": 3, "periodSeconds": 2, "failureThreshold": 3}
        body["spec"]["containers"][0].update({"args": arguments, "livenessProbe": {**probe, **settings}})
        name = name_of(case.create(PODS, body))
        running(case, name)
        case.steady(lambda: _restarts(case.get(PODS, name)) == 0, "no restart while the probe succeeds", 20)

    return check


def initial_delay(case: Case) -> None:
    body = pod("readiness", image=BUSYBOX, command=["sleep", "3600"])
    body["spec"]["containers"][0]["readinessProbe"] = {
        "exec": {"command": ["/bin/true"]},
        "initialDelaySeconds": 8,
        "periodSeconds": 2,
    }
    name = name_of(case.create(PODS, body))
    running(case, name)
    case.steady(lambda: not is_ready(case.get(PODS, name)), "not ready before the initial delay", 4)
    done = ready(case, name)
    case.equal(_restarts(done), 0, "the restarts")


# Names and fields that are refused


def empty_key(kind: kinds.Kind) -> Any:
    def check(case: Case) -> None:
        body = {"metadata": {"name": "empty-key"}, "data": {"": "dmFsdWU="}}
        case.refused(422, case.create, kind, body)

    return check


def config_map_update(case: Case) -> None:
    case.create(CONFIG_MAPS, {"metadata": {"name": "updated"}, "data": {"data-1": "value-1"}})
    case.changed(CONFIG_MAPS, "updated", lambda one: one["data"].update({"data-1": "value-2", "data-3": "value-3"}))
    expected = {"data-1": "value-2", "data-3": "value-3"}
    case.equal(case.get(CONFIG_MAPS, "updated")["data"], expected, "the updated data")


def immutable(kind: kinds.Kind) -> Any:
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
    sysctls = [{"name": name, "value": "0"} for name in ("foo-", "kernel.shmmax", "safe-and-unsafe", "bar..")]
    body = pod("sysctl", securityContext={"sysctls": sysctls})
    case.refused(422, case.create, PODS, body, says='Invalid value: "foo-"')
    case.refused(422, case.create, PODS, body, says='Invalid value: "bar.."')


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
    except Exception as error:
        return getattr(error, "status", 0) == 403
    return False


def with_runtime_class(overhead: Object) -> Any:
    def check(case: Case) -> None:
        parts = {"overhead": {"podFixed": overhead}} if overhead else {}
        name = _runtime_class(case, **parts)
        made = case.eventually(
            lambda: case.create(PODS, pod("runtime", runtimeClassName=name)), "a pod of a new runtime class"
        )
        case.equal(made["spec"].get("overhead", {}), overhead, "the overhead of the pod")
        until(case, PODS, "runtime", lambda one: one["spec"].get("nodeName"), "to be scheduled")

    return check


def two_nodes(case: Case) -> None:
    case.true(len(usable_nodes(case)) >= 2, "at least two ready nodes without taints")


def node_lifecycle(case: Case) -> None:
    name = case.unique("e2e-fake-node")
    labels = {"e2e.example.com/fake": case.suffix}
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "message": "Set from e2e test"}]}
    case.create(
        NODES, {"metadata": {"name": name, "labels": labels}, "spec": {"unschedulable": True}, "status": status}
    )
    case.equal(case.get(NODES, name)["metadata"]["name"], name, "the name of the node read")
    patched = case.api.patch(NODES, "", name, {"metadata": {"labels": {name: "patched"}}}, content_type=STRATEGIC_PATCH)
    case.contains(patched["metadata"]["labels"], {name: "patched"}, "labels of the patched node")
    updated = case.changed(NODES, name, lambda one: one["metadata"]["labels"].update({name: "updated"}))
    case.contains(updated["metadata"]["labels"], {name: "updated"}, "labels of the updated node")
    case.api.delete_collection(NODES, labelSelector=f"{name}=updated")
    case.gone(NODES, name)


_PODS = "[sig-node] Pods "
_END, _BOTH = " [Conformance]", " [Conformance] [NodeConformance]"
_PROBE = "[sig-node] Probing container "
_GENERATION = _PODS + "Extended (pod generation) Pod Generation "
_RUNTIME = "[sig-node] RuntimeClass should "
_KUBELET_134 = " [MinimumKubeletVersion:1.34] [Conformance]"
CHECKS = (
    Check(_PODS + "should be submitted and removed" + _BOTH, submitted_and_removed),
    Check(_PODS + "should be updated" + _BOTH, updated),
    Check(_PODS + "should delete a collection of pods" + _END, collection),
    Check(_PODS + "should get a host IP" + _BOTH, host_ip),
    Check(_PODS + "should patch a pod status" + _END, patch_status),
    Check(_PODS + "should run through the lifecycle of Pods and PodStatus" + _END, lifecycle),
    Check(_PODS + "should allow activeDeadlineSeconds to be updated" + _BOTH, deadline),
    Check(
        _PODS
        + "Extended Pods Set QOS Class should be set on Pods with matching resource requests and limits for memory"
        " and cpu" + _END,
        quality_of_service,
    ),
    Check(_GENERATION + "custom-set generation on new pods and graceful delete" + _END, generation_and_grace),
    Check(_GENERATION + "pod generation should start at 1 and increment per update" + _KUBELET_134, generation_grows),
    Check(
        _GENERATION
        + "issue 500 podspec updates and verify generation and observedGeneration eventually converge"
        + _KUBELET_134,
        many_updates,
    ),
    Check("[sig-node] InitContainer should invoke init containers on a RestartAlways pod" + _BOTH, init_always),
    Check("[sig-node] InitContainer should invoke init containers on a RestartNever pod" + _BOTH, init_never),
    Check(
        "[sig-node] Kubelet when scheduling a busybox command that always fails in a pod should be possible to delete"
        + _BOTH,
        failing_can_be_deleted,
    ),
    Check(
        _PROBE + "should *not* be restarted with a /healthz http liveness probe" + _BOTH,
        not_restarted({"httpGet": {"path": "/healthz", "port": 80}}, AGNHOST, ["test-webserver"]),
    ),
    Check(
        _PROBE + "should *not* be restarted with a tcp:8080 liveness probe" + _BOTH,
        not_restarted({"tcpSocket": {"port": 8080}}, AGNHOST, ["netexec", "--http-port=8080"]),
    ),
    Check(
        _PROBE + "should *not* be restarted with a GRPC liveness probe" + _BOTH,
        not_restarted({"grpc": {"port": 5000}}, AGNHOST, ["grpc-health-checking"]),
    ),
    Check(
        _PROBE + 'should *not* be restarted with a exec "cat /tmp/health" liveness probe' + _BOTH,
        not_restarted(
            {"exec": {"command": ["cat", "/tmp/health"]}},
            BUSYBOX,
            ["/bin/sh", "-c", "echo ok >/tmp/health; sleep 600"],
        ),
    ),
    Check(
        _PROBE + "with readiness probe should not be ready before initial delay and never restart" + _BOTH,
        initial_delay,
    ),
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
