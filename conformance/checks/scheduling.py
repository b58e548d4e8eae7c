"""Where pods go, and which have to go for others. Nodes get labels and extended resources of the check's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.api import STRATEGIC_PATCH, Object
from conformance.bodies import AGNHOST, condition, pod, workload
from conformance.check import Case, Check
from conformance.kinds import EVENTS, NODES, PODS, PRIORITY_CLASSES, REPLICA_SETS
from conformance.nodes import usable_node, usable_nodes
from conformance.waiting import running, until
from conformance.workloads import name_of


def _node(case: Case) -> str:
    return name_of(usable_node(case))


def _resource(case: Case, amounts: dict[str, int]) -> str:
    """An extended resource of those nodes alone, so that a check fills them without hindering anybody."""
    name = f"conformance.example.com/{case.suffix}"

    def patch(node: str, value: str | None) -> None:
        body = {"status": {"capacity": {name: value}, "allocatable": {name: value}}}
        case.api.patch(NODES, "", node, body, "status")

    def offer(node: str, value: str) -> None:
        patch(node, value)
        case.defer(lambda: patch(node, None))
        until(case, NODES, node, lambda one: name in one["status"]["allocatable"], f"to offer {name}")

    for node, amount in amounts.items():
        offer(node, str(amount))
    return name


def _using(name: str, resource: str, amount: int, **spec: Any) -> Object:
    body = pod(name, **spec)
    sizes = {resource: str(amount)}
    body["spec"]["containers"][0]["resources"] = {"requests": sizes, "limits": sizes}
    return body


def _on(node: str) -> Object:
    """The affinity that ties a pod to a node by its name."""
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    return {"affinity": {"nodeAffinity": required}}


def _unschedulable(case: Case, name: str) -> None:
    """Its condition says so, and an event."""
    reason = "to be found unschedulable"
    until(case, PODS, name, lambda one: condition(one, "PodScheduled").get("reason") == "Unschedulable", reason, 60)
    query = {"fieldSelector": f"involvedObject.name={name},reason=FailedScheduling"}
    case.eventually(lambda: case.api.items(EVENTS, case.namespace, **query), "the event FailedScheduling", 30)


def _scheduled(case: Case, scheduled: int, waiting: int) -> None:
    """So many pods of the run's namespace have a node, and so many have none."""
    pods = case.api.items(PODS, case.namespace)
    found = [bool(one["spec"].get("nodeName")) for one in pods]
    case.equal((sum(found), len(found) - sum(found)), (scheduled, waiting), "the pods with and without a node")


def _labelled(case: Case, node: str) -> dict[str, str]:
    """A selector that fits that node alone."""
    key = f"kubernetes.io/e2e-{case.suffix}"
    case.api.patch(NODES, "", node, {"metadata": {"labels": {key: "42"}}})
    case.defer(lambda: case.api.patch(NODES, "", node, {"metadata": {"labels": {key: None}}}))
    case.contains(case.get(NODES, node)["metadata"]["labels"], {key: "42"}, "the labels of the node")
    return {key: "42"}


def resource_limits(case: Case) -> None:
    """Every node is filled by seven tenths of a resource, of CPU in the official test; another half fits nowhere."""
    nodes = [name_of(one) for one in usable_nodes(case)]
    resource = _resource(case, dict.fromkeys(nodes, 10))
    for number, node in enumerate(nodes):
        case.create(PODS, _using(f"filler-pod-{number}", resource, 7, **_on(node)))
    for number, node in enumerate(nodes):
        case.equal(running(case, f"filler-pod-{number}")["spec"]["nodeName"], node, "the node of a pod that fits")
    case.create(PODS, _using("additional-pod", resource, 5))
    _unschedulable(case, "additional-pod")
    _scheduled(case, len(nodes), 1)


def selector_matches(case: Case) -> None:
    node = _node(case)
    case.create(PODS, pod("with-labels", nodeSelector=_labelled(case, node)))
    case.equal(running(case, "with-labels")["spec"]["nodeName"], node, "the node of the pod")


def selector_does_not_match(case: Case) -> None:
    case.create(PODS, pod("restricted-pod", nodeSelector={"label": f"nonempty-{case.suffix}"}))
    _unschedulable(case, "restricted-pod")
    _scheduled(case, 0, 1)


def host_port_conflict(case: Case) -> None:
    """A port of all addresses of the node leaves none for that port of one address."""
    made = usable_node(case)
    selector = _labelled(case, name_of(made))
    address = next(one["address"] for one in made["status"]["addresses"] if one["type"] == "InternalIP")
    port = 54000 + sum(map(ord, case.suffix)) % 300

    def body(name: str, host: str) -> Object:
        one = pod(name, image=AGNHOST, nodeSelector=selector)
        ports = {"containerPort": 8080, "hostPort": port, "protocol": "TCP", "hostIP": host}
        probe = {"httpGet": {"path": "/hostname", "port": 8080, "scheme": "HTTP"}}
        arguments = ["netexec", "--http-port=8080", "--udp-port=8080"]
        one["spec"]["containers"][0].update(ports=[ports], readinessProbe=probe, args=arguments)
        return one

    case.create(PODS, body("pod4", ""))
    running(case, "pod4")
    case.create(PODS, body("pod5", address))
    _unschedulable(case, "pod5")


# Preemption


def _priority(case: Case, value: int) -> str:
    name = case.unique("priority")
    case.create(PRIORITY_CLASSES, {"metadata": {"name": name}, "value": value})
    return name


def _fill(case: Case) -> tuple[str, list[str]]:
    """Two pods on each node use four fifths of it, the first of low and the others of medium priority."""
    nodes = [name_of(one) for one in usable_nodes(case)]
    resource = _resource(case, dict.fromkeys(nodes, 5))
    low, medium = _priority(case, 1), _priority(case, 100)
    names: list[str] = []
    for node in nodes:
        for number in range(2):
            priority = medium if names else low
            name = f"pod-{len(names)}-{number}"
            case.create(PODS, _using(name, resource, 2, priorityClassName=priority, **_on(node)))
            names.append(name)
    for name in names:
        running(case, name)
    return resource, names


def _first_went(case: Case, names: list[str]) -> None:
    """The pod of low priority is going or gone, and none of the others."""
    live = {name_of(one): one["metadata"].get("deletionTimestamp") for one in case.api.items(PODS, case.namespace)}
    case.true(names[0] not in live or live[names[0]], "the pod of low priority is preempted")
    case.equal([name for name in names[1:] if live.get(name, "gone")], [], "other pods that are preempted")


def preemption(case: Case) -> None:
    resource, names = _fill(case)
    high = _priority(case, 1000)
    case.create(PODS, _using("preemptor-pod", resource, 2, priorityClassName=high))
    running(case, "preemptor-pod")
    _first_went(case, names)


def critical(case: Case) -> None:
    """As before, by a pod of a system priority class, which only kube-system may use unless a quota allows it."""
    resource, names = _fill(case)
    name = case.unique("critical-pod")
    case.api.create(PODS, "kube-system", _using(name, resource, 2, priorityClassName="system-cluster-critical"))
    case.defer(lambda: case.api.delete(PODS, "kube-system", name, {"gracePeriodSeconds": 0}))
    case.eventually(
        lambda: case.api.get(PODS, "kube-system", name)["status"].get("phase") == "Running", "the critical pod to run"
    )
    _first_went(case, names)


def disruption_condition(case: Case) -> None:
    node = _node(case)
    resource = _resource(case, {node: 1})
    victim = _using("victim-pod", resource, 1, priorityClassName=_priority(case, 1), **_on(node))
    victim["metadata"]["finalizers"] = ["example.com/test-finalizer"]
    case.create(PODS, victim)
    release = {"metadata": {"finalizers": None}}
    case.defer(lambda: case.api.patch(PODS, case.namespace, "victim-pod", release))
    running(case, "victim-pod")
    case.create(PODS, _using("preemptor-pod", resource, 1, priorityClassName=_priority(case, 1000), **_on(node)))
    gone = until(case, PODS, "victim-pod", lambda one: one["metadata"].get("deletionTimestamp"), "to be preempted")
    found = condition(gone, "DisruptionTarget")
    case.equal(found.get("status"), "True", "the condition DisruptionTarget")
    case.equal(found.get("reason"), "PreemptionByScheduler", "its reason")


_AMOUNTS = {1: 200, 2: 300, 3: 450}
_QUIET = 5
"""Seconds in which a pod too many would be preempted."""


def preemption_path(case: Case) -> None:
    """Three replica sets of rising priority fill 950 of 1000; a pod that needs 500 takes the place of the first two,
    each of which loses its pod once, and the third none."""
    made = usable_node(case)
    resource = _resource(case, {name_of(made): 1000})
    selector = {"kubernetes.io/hostname": made["metadata"]["labels"]["kubernetes.io/hostname"]}
    revision = case.api.list(PODS, case.namespace)["metadata"]["resourceVersion"]
    priorities = {number: _priority(case, number) for number in (1, 2, 3, 4)}
    prefixes = {}
    for number, amount in _AMOUNTS.items():
        body = workload(case, f"rs-pod{number}", 1)
        sizes = {resource: str(amount)}
        spec = body["spec"]["template"]["spec"]
        spec.update(priorityClassName=priorities[number], nodeSelector=selector)
        spec["containers"][0]["resources"] = {"requests": sizes, "limits": sizes}
        prefixes[number] = name_of(case.create(REPLICA_SETS, body))
        until(case, REPLICA_SETS, prefixes[number], lambda one: one["status"].get("availableReplicas") == 1, "to run")
    body = _using("pod4", resource, 500, priorityClassName=priorities[4], nodeSelector=selector)
    case.create(PODS, body)
    until(case, PODS, "pod4", lambda one: one["spec"].get("nodeName"), "to get a node")
    _seen_once_more(case, revision, prefixes, {1: 2, 2: 2, 3: 1})


def _seen_once_more(case: Case, revision: str, prefixes: dict[int, str], wanted: dict[int, int]) -> None:
    """So many pods of each replica set have been created since, and for a while no more."""
    counts = dict.fromkeys(prefixes, 0)

    def count(events: Iterator[Object], until: dict[int, int] | None) -> str:
        last = revision
        for event in events:
            last = event["object"]["metadata"]["resourceVersion"]
            for number, prefix in prefixes.items():
                counts[number] += event["type"] == "ADDED" and name_of(event["object"]).startswith(prefix)
            if counts == until:
                break
        return last

    with case.api.watch(PODS, case.namespace, timeout=60, resourceVersion=revision) as events:
        last = count(events, wanted)
    case.equal(counts, wanted, "the pods of the replica sets that were created")
    with case.api.watch(PODS, case.namespace, timeout=_QUIET, resourceVersion=last) as events:
        count(events, None)
    case.equal(counts, wanted, "the pods of the replica sets that were created after a while")


def priority_classes(case: Case) -> None:
    """The value of a class cannot be changed, by neither way; its description can."""
    made = [case.get(PRIORITY_CLASSES, _priority(case, value)) for value in (1, 2)]
    first, second = made

    def patched(body: Object) -> Object:
        return case.api.patch(PRIORITY_CLASSES, "", name_of(first), body, content_type=STRATEGIC_PATCH)

    def updated(**changes: Any) -> Object:
        return case.api.update(PRIORITY_CLASSES, "", {**second, **changes})

    case.refused(422, patched, {"value": 10})
    case.refused(422, updated, value=20)
    patched({"description": "updated description"})
    updated(description="updated description")
    case.true(len(case.api.items(PRIORITY_CLASSES)) >= 2, "the priority classes listed")
    for before in made:
        live = case.get(PRIORITY_CLASSES, name_of(before))
        found = (live["value"], live.get("description"))
        case.equal(found, (before["value"], "updated description"), "value and description of a class")
        revisions = [int(one["metadata"]["resourceVersion"]) for one in (before, live)]
        case.true(revisions[0] < revisions[1], "a change raises the resourceVersion")


def _check(name: str, run: Callable[[Case], None]) -> Check:
    return Check(f"[sig-scheduling] {name} [Conformance] [Serial]", run)


_PREDICATES = "SchedulerPredicates validates "
_PREEMPTION = "SchedulerPreemption "
CHECKS = (
    _check(_PREDICATES + "resource limits of pods that are allowed to run", resource_limits),
    _check(_PREDICATES + "that NodeSelector is respected if matching", selector_matches),
    _check(_PREDICATES + "that NodeSelector is respected if not matching", selector_does_not_match),
    _check(
        _PREDICATES
        + "that there exists conflict between pods with same hostPort and protocol but one using 0.0.0.0 hostIP",
        host_port_conflict,
    ),
    _check(_PREEMPTION + "validates basic preemption works", preemption),
    _check(_PREEMPTION + "validates lower priority pod preemption by critical pod", critical),
    _check(
        _PREEMPTION + "validates pod disruption condition is added to the preempted pod",
        disruption_condition,
    ),
    _check(
        _PREEMPTION + "PreemptionExecutionPath runs ReplicaSets to verify preemption running path",
        preemption_path,
    ),
    _check(
        _PREEMPTION
        + "PriorityClass endpoints verify PriorityClass endpoints can be operated with different HTTP methods",
        priority_classes,
    ),
)
