"""Pods: their life, their status, their end."""

from __future__ import annotations

from conformance.api import STRATEGIC_PATCH, Object
from conformance.bodies import AGNHOST, BUSYBOX, condition, pod
from conformance.check import Case, Check
from conformance.kinds import NODES, PODS
from conformance.waiting import ready, running, until
from conformance.workloads import name_of

_OTHER_IMAGE = "registry.k8s.io/pause:3.10"


def _patient(name: str, labels: dict[str, str]) -> Object:
    """With the grace period that the API gives a pod."""
    body = pod(name, labels)
    del body["spec"]["terminationGracePeriodSeconds"]
    return body


def submitted_and_removed(case: Case) -> None:
    label = {"name": "foo", "time": case.suffix}
    selector = f"time={case.suffix}"
    listed = case.api.list(PODS, case.namespace, labelSelector=selector)
    case.equal(listed["items"] or [], [], "the pods before")
    revision = listed["metadata"]["resourceVersion"]
    with case.api.watch(PODS, case.namespace, resourceVersion=revision, labelSelector=selector, timeout=120) as events:
        name = name_of(case.create(PODS, _patient("pod-submit-remove", label)))
        case.equal(len(case.api.items(PODS, case.namespace, labelSelector=selector)), 1, "the pods listed")
        first = next(events)
        case.equal((first["type"], name_of(first["object"])), ("ADDED", name), "the first event")
        running(case, name)
        case.api.delete(PODS, case.namespace, name, {"gracePeriodSeconds": 30})
        gone = case.event(events, "DELETED")
    case.true(gone["metadata"].get("deletionTimestamp"), "the deleted pod has a deletionTimestamp")
    case.true(gone["spec"].get("terminationGracePeriodSeconds"), "and a grace period that is not zero")
    case.equal(case.api.items(PODS, case.namespace, labelSelector=selector), [], "the pods after")


def updated(case: Case) -> None:
    name = name_of(case.create(PODS, pod("pod-update", {"name": "foo", "time": "before"})))
    ready(case, name)
    case.equal(len(case.api.items(PODS, case.namespace, labelSelector="time=before")), 1, "pods with the old label")
    case.changed(PODS, name, lambda one: one["metadata"]["labels"].update(time="after"))
    running(case, name)
    case.equal(len(case.api.items(PODS, case.namespace, labelSelector="time=after")), 1, "pods with the new label")


def collection(case: Case) -> None:
    names = [f"test-pod-{number}" for number in (1, 2, 3)]
    for name in names:
        body = pod(name, {"type": "Testing"}, image=AGNHOST, restartPolicy="Never")
        body["spec"]["terminationGracePeriodSeconds"] = 1
        case.create(PODS, body)
    for name in names:
        ready(case, name)
    options = {"gracePeriodSeconds": 1}
    case.api.request("DELETE", PODS.path(case.namespace), options, labelSelector="type=Testing")
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
    name = name_of(case.create(PODS, pod("pod-patch-status", image=AGNHOST)))
    running(case, name)
    told = {"message": "Patched by e2e test", "reason": "E2E"}
    body = {"metadata": {"annotations": {"patchedstatus": "true"}}, "status": told}
    patched = case.api.patch(PODS, case.namespace, name, body, "status")
    case.contains(patched["status"], told, "the patched status")


def lifecycle(case: Case) -> None:
    label = {"test-pod-static": case.suffix}
    selector = f"test-pod-static={case.suffix}"
    revision = case.api.list(PODS, labelSelector=selector)["metadata"]["resourceVersion"]
    with case.api.watch(PODS, case.namespace, labelSelector=selector, timeout=150, resourceVersion=revision) as events:
        body = pod("pod-test", label)
        body["spec"]["terminationGracePeriodSeconds"] = 1
        name = name_of(case.create(PODS, body))
        case.event(events, "ADDED")
        case.event(events, "MODIFIED", lambda one: one["status"].get("phase") == "Running")
        before = ready(case, name)
        containers = [{"name": "main", "image": _OTHER_IMAGE}]
        spec = {"terminationGracePeriodSeconds": 1, "containers": containers}
        patch = {"metadata": {"labels": {"test-pod": "patched"}}, "spec": spec}
        case.api.patch(PODS, case.namespace, name, patch, content_type=STRATEGIC_PATCH)
        case.event(events, "MODIFIED", lambda one: one["metadata"]["labels"].get("test-pod") == "patched")
        read = case.get(PODS, name)
        case.equal(read["spec"]["containers"][0]["image"], _OTHER_IMAGE, "the patched image")
        case.true(
            int(read["metadata"]["resourceVersion"]) > int(before["metadata"]["resourceVersion"]),
            "a patch raises the resourceVersion",
        )
        _say_not_ready(case, name)
        options = {"gracePeriodSeconds": 1}
        case.api.request("DELETE", PODS.path(case.namespace), options, labelSelector=selector)
        case.event(events, "DELETED")
    case.refused(404, case.get, PODS, name)


def _say_not_ready(case: Case, name: str) -> None:
    """By an update of /status, as soon as the pod is ready (again, after the container was replaced)."""
    types = ("Ready", "ContainersReady")

    def attempt() -> Object | None:
        current = case.api.get(PODS, case.namespace, name, "status")
        conditions = [one for one in current["status"]["conditions"] if one["type"] in types]
        if [one["status"] for one in conditions] != ["True", "True"]:
            return None
        for one in conditions:
            one["status"] = "False"
        return case.api.update(PODS, case.namespace, current, "status")

    written = case.eventually(attempt, "a ready pod to be said not to be ready") or {}
    found = {type_: condition(written, type_).get("status") for type_ in types}
    case.equal(found, dict.fromkeys(types, "False"), "the conditions in the answer to the update")


def quality_of_service(case: Case) -> None:
    body = pod("qos", image=AGNHOST)
    sizes = {"cpu": "100m", "memory": "100Mi"}
    body["spec"]["containers"][0]["resources"] = {"requests": sizes, "limits": sizes}
    name = name_of(case.create(PODS, body))
    case.equal(case.get(PODS, name)["status"].get("qosClass"), "Guaranteed", "the class of a pod with equal limits")


def deadline(case: Case) -> None:
    name = name_of(case.create(PODS, pod("pod-deadline", {"time": case.suffix})))
    ready(case, name)
    case.equal(len(case.api.items(PODS, case.namespace, labelSelector=f"time={case.suffix}")), 1, "the pods listed")
    case.changed(PODS, name, lambda one: one["spec"].update(activeDeadlineSeconds=5))
    done = until(case, PODS, name, lambda one: one["status"].get("phase") == "Failed", "to fail", 60)
    case.equal(done["status"].get("reason"), "DeadlineExceeded", "the reason of the failure")


def failing_can_be_deleted(case: Case) -> None:
    body = pod("bin-false", image=BUSYBOX, command=["/bin/false"], restartPolicy="Always")
    name = name_of(case.create(PODS, body))
    case.api.delete(PODS, case.namespace, name)
    case.gone(PODS, name)


# Generations


def generation_and_grace(case: Case) -> None:
    body = pod("pod-generation", {"time": case.suffix}, image=AGNHOST)
    body["metadata"]["generation"] = 100
    body["metadata"]["finalizers"] = ["e2e.example.com/hold"]  # a hollow container ends at once when it is told to
    made = case.create(PODS, body)
    name = name_of(made)
    case.defer(lambda: case.api.patch(PODS, case.namespace, name, {"metadata": {"finalizers": None}}))
    case.equal(made["metadata"]["generation"], 1, "the generation of a new pod, whatever was asked")
    ready(case, name)
    case.api.delete(PODS, case.namespace, name, gracePeriodSeconds=60)
    case.equal(case.get(PODS, name)["metadata"]["generation"], 2, "the generation of a pod that is being deleted")


def _observed(case: Case, name: str, generation: int, patience: float = 20) -> None:
    case.equal(case.get(PODS, name)["metadata"]["generation"], generation, "the generation")
    until(
        case,
        PODS,
        name,
        lambda one: one["status"].get("observedGeneration") == generation,
        f"to have observed generation {generation}",
        patience,
    )


def _nothing(one: Object) -> None:
    return None


def _tolerate(one: Object) -> None:
    toleration = {"key": "foo-key", "operator": "Equal", "value": "bar", "effect": "NoSchedule"}
    one["spec"]["tolerations"] = [*one["spec"].get("tolerations", ()), toleration]


def _set_deadline(one: Object) -> None:
    one["spec"]["activeDeadlineSeconds"] = 5000


def _change_image(one: Object) -> None:
    one["spec"]["containers"][0]["image"] = _OTHER_IMAGE


def _change_init_image(one: Object) -> None:
    one["spec"]["initContainers"][0]["image"] = _OTHER_IMAGE


def _annotate(one: Object) -> None:
    one["metadata"]["annotations"] = {"key": "value"}


def _ask_for_generation(one: Object) -> None:
    one["metadata"]["generation"] = 1


_GENERATIONS = (
    (_nothing, 1),
    (_tolerate, 2),
    (_set_deadline, 3),
    (_change_image, 4),
    (_change_init_image, 5),
    (_annotate, 5),
    (_ask_for_generation, 5),
)
"""Changes of a pod, and the generation it has then: what is no change of the spec is none of the generation."""


def generation_grows(case: Case) -> None:
    body = pod("pod-generation", image=AGNHOST)
    body["spec"]["initContainers"] = [{"name": "init-container", "image": BUSYBOX, "command": ["/bin/true"]}]
    name = name_of(case.create(PODS, body))
    ready(case, name)
    for change, generation in _GENERATIONS:
        case.changed(PODS, name, change)
        _observed(case, name, generation)


_UPDATES = 500


def many_updates(case: Case) -> None:
    name = name_of(case.create(PODS, pod("pod-generation", image=AGNHOST, activeDeadlineSeconds=5000)))
    ready(case, name)

    def shorten(one: Object) -> None:
        one["spec"]["activeDeadlineSeconds"] -= 1

    for _ in range(_UPDATES - 1):
        case.changed(PODS, name, shorten)
    _observed(case, name, _UPDATES, 60)


_PODS = "[sig-node] Pods "
_END, _BOTH = " [Conformance]", " [Conformance] [NodeConformance]"
_GENERATION = _PODS + "Extended (pod generation) Pod Generation "
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
    Check(
        "[sig-node] Kubelet when scheduling a busybox command that always fails in a pod should be possible to delete"
        + _BOTH,
        failing_can_be_deleted,
    ),
)
