"""Services and their endpoints."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from conformance.api import STRATEGIC_PATCH, Object
from conformance.bodies import condition, pod, workload
from conformance.check import Case, Check
from conformance.kinds import DEPLOYMENTS, ENDPOINT_SLICES, ENDPOINTS, PODS, SERVICES
from conformance.waiting import until
from conformance.workloads import name_of, rolled_out

_OWNER = "kubernetes.io/service-name"
_MIRRORED = 12.0
"""Seconds the official test gives the mirroring controller."""


def _service(case: Case, **spec: object) -> Object:
    body = {"ports": [{"name": "example", "port": 80, "protocol": "TCP"}], **spec}
    return case.create(SERVICES, {"metadata": {"name": case.unique("svc")}, "spec": body})


def _slices(case: Case, service: str, namespace: str = "") -> list[Object]:
    return case.api.items(ENDPOINT_SLICES, namespace or case.namespace, labelSelector=f"{_OWNER}={service}")


def _ends(slices: list[Object]) -> list[Object]:
    return [end for one in slices for end in one.get("endpoints") or ()]


def _subsets(endpoints: Object) -> list[Object]:
    """Of an Endpoints object, each with all its addresses in ``all``."""
    subsets = endpoints.get("subsets") or ()
    return [{**one, "all": [*(one.get("addresses") or ()), *(one.get("notReadyAddresses") or ())]} for one in subsets]


def api_server_endpoints(case: Case) -> None:
    case.api.get(SERVICES, "default", "kubernetes")
    subsets = _subsets(case.api.get(ENDPOINTS, "default", "kubernetes"))
    case.true(subsets, "the endpoints of the API server have subsets")
    slices = [one for one in _slices(case, "kubernetes", "default") if one["addressType"] == "IPv4"]
    case.true(slices, "the API server has an endpoint slice")
    listed = {address["ip"] for subset in subsets for address in subset["all"]}
    sliced = {address for end in _ends(slices) for address in end["addresses"]}
    case.equal(sliced, listed, "the addresses in slices and in endpoints")
    ports = {port["port"] for subset in subsets for port in subset["ports"]}
    case.equal({port["port"] for one in slices for port in one["ports"]}, ports, "the ports in slices and in endpoints")


def secure_service(case: Case) -> None:
    case.api.get(SERVICES, "default", "kubernetes")


# Endpoints of pods


def _unmatched(case: Case) -> str:
    selector = {"does-not-match-anything": "endpoints-and-endpoint-slices-should-still-be-created"}
    return name_of(_service(case, selector=selector))


def no_slices(case: Case) -> None:
    """A service whose selector matches no pod has an empty slice."""
    name = _unmatched(case)
    found = case.eventually(lambda: _slices(case, name), "the endpoint slice of the service")[0]
    label = found["metadata"]["labels"].get("endpointslice.kubernetes.io/managed-by")
    case.equal(label, "endpointslice-controller.k8s.io", "who manages the slice")
    case.equal(found.get("endpoints") or [], [], "the endpoints of a service without pods")
    case.api.delete(SERVICES, case.namespace, name)
    case.eventually(lambda: not _slices(case, name), "the slices to go with the service", 90)


def no_endpoints(case: Case) -> None:
    name = _unmatched(case)
    case.eventually(lambda: case.get(ENDPOINTS, name), "the endpoints of the service", 30)
    case.api.delete(SERVICES, case.namespace, name)
    case.gone(ENDPOINTS, name, 30)


_PORTS = {
    "pod1": [{"name": "example-name", "containerPort": 3000}],
    "pod2": [{"name": "example-name", "containerPort": 3001}, {"name": "other-port", "containerPort": 3002}],
}


def _two_services(case: Case) -> tuple[Object, Object, dict[str, Object]]:
    """One of pod1 by port number, one of both pods by port name; and the pods by their address."""
    for name, ports in _PORTS.items():
        body = pod(name, {name: "on", "shared12": "on"})
        body["spec"]["containers"][0]["ports"] = ports
        case.create(PODS, body)
    numbered = {"name": "example", "port": 80, "targetPort": 3000, "protocol": "TCP"}
    named = {"name": "http", "port": 80, "targetPort": "example-name", "protocol": "TCP"}
    one = _service(case, selector={"pod1": "on"}, publishNotReadyAddresses=True, ports=[numbered])
    both = _service(case, selector={"shared12": "on"}, publishNotReadyAddresses=True, ports=[named])
    pods = [until(case, PODS, name, lambda found: found["status"].get("podIPs"), "to have an IP") for name in _PORTS]
    return one, both, {one["status"]["podIP"]: one for one in pods}


def _target(case: Case, found: Object, reference: Object | None) -> None:
    meta = found["metadata"]
    expected = {"kind": "Pod", **{key: meta[key] for key in ("namespace", "name", "uid")}}
    case.contains(reference, expected, "the target of an endpoint")


def _port(case: Case, found: Object, ports: list[Object], service: Object) -> None:
    """Of an endpoint of that pod: the service's name for it, and the pod's number."""
    wanted = service["spec"]["ports"][0]
    number = _PORTS[name_of(found)][0]["containerPort"]
    expected = [(wanted["name"], wanted["protocol"], number)]
    case.equal([(one.get("name"), one["protocol"], one["port"]) for one in ports], expected, "the ports of an endpoint")


def _expect_slices(case: Case, service: Object, pods: dict[str, Object], count: int) -> None:
    """At least so many slices with at least as many endpoints as pods; each names its pod and that pod's port."""

    def complete() -> list[Object] | None:
        found = _slices(case, name_of(service))
        return found if len(found) >= count and len(_ends(found)) >= len(pods) else None

    slices = case.eventually(complete, f"{count} slices with {len(pods)} endpoints", 120) or []
    for one in slices:
        for end in one.get("endpoints") or ():
            case.true(end["addresses"][0] in pods, f"the address {end['addresses']} is that of a pod")
            found = pods[end["addresses"][0]]
            _target(case, found, end.get("targetRef"))
            _port(case, found, one["ports"], service)
    case.equal({end["addresses"][0] for end in _ends(slices)}, set(pods), "the addresses of the slices")


def matching_slices(case: Case) -> None:
    one, both, pods = _two_services(case)
    first = {ip: found for ip, found in pods.items() if name_of(found) == "pod1"}
    _expect_slices(case, one, first, 1)
    _expect_slices(case, both, pods, 2)
    for sliced in _slices(case, name_of(both)):
        case.api.delete(ENDPOINT_SLICES, case.namespace, name_of(sliced))
    _expect_slices(case, both, pods, 2)


def _expect_endpoints(case: Case, service: Object, pods: dict[str, Object], count: int) -> None:
    def complete() -> list[Object] | None:
        found = _subsets(case.get(ENDPOINTS, name_of(service)))
        addresses = sum(len(one["all"]) for one in found)
        return found if len(found) == count and addresses == len(pods) else None

    subsets = case.eventually(complete, f"{count} subsets with {len(pods)} addresses", 120) or []
    for one in subsets:
        for address in one["all"]:
            case.true(address["ip"] in pods, f"the address {address['ip']} is that of a pod")
            _target(case, pods[address["ip"]], address.get("targetRef"))
            _port(case, pods[address["ip"]], one["ports"], service)


def matching_endpoints(case: Case) -> None:
    one, both, pods = _two_services(case)
    first = {ip: found for ip, found in pods.items() if name_of(found) == "pod1"}
    _expect_endpoints(case, one, first, 1)
    _expect_endpoints(case, both, pods, 2)


def mirroring(case: Case) -> None:
    """Endpoints that somebody writes show in a slice."""
    name = name_of(_service(case))
    subsets = [{"addresses": [{"ip": "10.1.2.3"}], "ports": [{"port": 80}]}]
    case.create(ENDPOINTS, {"metadata": {"name": name}, "subsets": subsets})

    def mirrored(address: str) -> Callable[[], bool]:
        def holds() -> bool:
            found = _slices(case, name)
            shown = [([p["port"] for p in one["ports"]], [e["addresses"] for e in _ends([one])]) for one in found]
            return shown == [([80], [[address]])]

        return holds

    case.eventually(mirrored("10.1.2.3"), "the mirrored address and port", _MIRRORED)
    subsets[0]["addresses"] = [{"ip": "10.2.3.4"}]
    case.changed(ENDPOINTS, name, lambda one: one.update(subsets=subsets))
    case.eventually(mirrored("10.2.3.4"), "the mirrored update", _MIRRORED)
    case.api.delete(ENDPOINTS, case.namespace, name)
    case.eventually(lambda: not _slices(case, name), "the mirrored slice to go", _MIRRORED)


_TRIALS, _TOGETHER = 200, 15


def latency(case: Case) -> None:
    """From a service's creation to its endpoints, two hundred times over one pod: the median under 20 s, 99 of a
    hundred under 50 s, and at most one in twenty fails."""
    body = workload(case, "svc-latency", 1, strategy={"type": "Recreate"})
    name = name_of(case.create(DEPLOYMENTS, body))
    until(case, DEPLOYMENTS, name, rolled_out, "to be rolled out")

    def trial(_: int) -> float | None:
        revision = case.api.list(ENDPOINTS, case.namespace, limit=1)["metadata"]["resourceVersion"]
        with case.api.watch(ENDPOINTS, case.namespace, timeout=50, resourceVersion=revision) as events:
            started = time.monotonic()
            service = name_of(_service(case, selector={"app": name}))
            for event in events:
                if name_of(event["object"]) == service and event["object"].get("subsets"):
                    return time.monotonic() - started
        return None

    trial(0)
    with ThreadPoolExecutor(_TOGETHER) as pool:
        measured = list(pool.map(trial, range(_TRIALS)))
    delays = sorted(one for one in measured if one is not None)
    case.true(len(delays) >= 0.95 * _TRIALS, f"only {len(delays)} of {_TRIALS} services had endpoints in time")
    median, tail = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
    case.true(median <= 20 and tail <= 50, f"latencies too high: half above {median:.1f} s, 1 % above {tail:.1f} s")


# Services


def list_everywhere(case: Case) -> None:
    found = {(one["metadata"]["namespace"], name_of(one)) for one in case.api.items(SERVICES)}
    case.true(("default", "kubernetes") in found, "default/kubernetes in the list of all namespaces")


def status_lifecycle(case: Case) -> None:
    labels = {"test-service-static": case.suffix}
    selector = f"test-service-static={case.suffix}"
    revision = case.api.list(SERVICES, labelSelector=selector)["metadata"]["resourceVersion"]
    query = {"labelSelector": selector, "resourceVersion": revision}
    with case.api.watch(SERVICES, case.namespace, timeout=90, **query) as events:
        name = case.unique("test-service")
        ports = [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 80}]
        spec = {"type": "LoadBalancer", "ports": ports, "loadBalancerClass": "example.com/internal-vip"}
        case.create(SERVICES, {"metadata": {"name": name, "labels": labels}, "spec": spec})
        case.event(events, "ADDED", lambda one: name_of(one) == name)
        read = case.api.get(SERVICES, case.namespace, name, "status")
        case.equal((read["kind"], name_of(read)), ("Service", name), "the object of /status")
        balancer = {"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}}
        body = {"metadata": {"annotations": {"patchedstatus": "true"}}, "status": balancer}
        patched = case.api.patch(SERVICES, case.namespace, name, body, "status")
        found = patched["status"]["loadBalancer"]["ingress"][0]["ip"]
        case.equal(found, "203.0.113.1", "the address in the patched status")
        case.event(
            events, "MODIFIED", lambda one: one["metadata"].get("annotations", {}).get("patchedstatus") == "true"
        )
        update = {"type": "StatusUpdate", "status": "True", "reason": "E2E", "message": "Set from e2e test"}
        update["lastTransitionTime"] = "2024-01-01T00:00:00Z"
        case.changed(SERVICES, name, lambda one: one["status"].setdefault("conditions", []).append(update), "status")
        seen = case.event(events, "MODIFIED", lambda one: condition(one, "StatusUpdate") != {})
        case.contains(condition(seen, "StatusUpdate"), update, "the updated condition")
        patch = {"metadata": {"labels": {"test-service": "patched"}}}
        case.api.patch(SERVICES, case.namespace, name, patch, content_type=STRATEGIC_PATCH)
        case.event(events, "MODIFIED", lambda one: one["metadata"]["labels"].get("test-service") == "patched")
        case.api.delete(SERVICES, case.namespace, name)
        case.event(events, "DELETED", lambda one: name_of(one) == name)


def delete_collection(case: Case) -> None:
    """Of three services, the two with the label go."""
    for number, label in enumerate(("delete", "delete", "keep"), 1):
        ports = [{"name": "http", "protocol": "TCP", "port": 8000 + number, "targetPort": 8000 + number}]
        meta = {"name": case.unique("e2e-svc"), "labels": {"e2e-test-service": label}}
        case.create(SERVICES, {"metadata": meta, "spec": {"type": "ClusterIP", "ports": ports}})
    case.equal(len(case.api.items(SERVICES, case.namespace)), 3, "the services before")
    case.api.delete_collection(SERVICES, case.namespace, labelSelector="e2e-test-service=delete")
    left = [one["metadata"]["labels"]["e2e-test-service"] for one in case.api.items(SERVICES, case.namespace)]
    case.equal(left, ["keep"], "the services left")


_NET = "[sig-network] "
_SLICE, _ENDPOINTS = _NET + "EndpointSlice should ", _NET + "EndpointsController should "
_END = " [Conformance]"
CHECKS = (
    Check(
        _NET + "API Server should have Endpoints and EndpointSlices pointing to API Server" + _END, api_server_endpoints
    ),
    Check(_NET + "API Server should provide secure master service" + _END, secure_service),
    Check(
        _SLICE + "create and delete EndpointSlices for a Service with a selector that matches no pods" + _END, no_slices
    ),
    Check(
        _ENDPOINTS + "create and delete Endpoints for a Service with a selector that matches no pods" + _END,
        no_endpoints,
    ),
    Check(_SLICE + "create Endpoints and EndpointSlices for Pods matching a Service" + _END, matching_slices),
    Check(_ENDPOINTS + "create Endpoints for Pods matching a Service" + _END, matching_endpoints),
    Check(
        _NET
        + "EndpointSliceMirroring should mirror a custom Endpoints resource through create update and delete"
        + _END,
        mirroring,
    ),
    Check(_NET + "Service endpoints latency should not be very high" + _END, latency),
    Check(_NET + "Services should find a service from listing all namespaces" + _END, list_everywhere),
    Check(_NET + "Services should complete a service status lifecycle" + _END, status_lifecycle),
    Check(_NET + "Services should delete a collection of services" + _END, delete_collection),
)
