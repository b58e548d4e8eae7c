"""Services and their endpoints."""

from __future__ import annotations

import time

from conformance.api import Object
from conformance.bodies import condition, pod
from conformance.check import Case, Check
from conformance.checks.apps import name_of
from conformance.kinds import ENDPOINT_SLICES, ENDPOINTS, PODS, SERVICES
from conformance.waiting import ready, until

_OWNER = "kubernetes.io/service-name"


def _service(case: Case, **spec: object) -> Object:
    body = {"ports": [{"name": "example", "port": 80, "targetPort": 3000, "protocol": "TCP"}], **spec}
    return case.create(SERVICES, {"metadata": {"name": case.unique("svc")}, "spec": body})


def _slices(case: Case, service: str) -> list[Object]:
    return case.api.items(ENDPOINT_SLICES, case.namespace, labelSelector=f"{_OWNER}={service}")


def _addresses(case: Case, service: str) -> set[str]:
    slices = _slices(case, service)
    return {address for one in slices for endpoint in one.get("endpoints") or () for address in endpoint["addresses"]}


def api_server_endpoints(case: Case) -> None:
    case.api.get(SERVICES, "default", "kubernetes")
    endpoints = case.api.get(ENDPOINTS, "default", "kubernetes")
    case.true(endpoints.get("subsets"), "the endpoints of the API server have subsets")
    slices = case.api.items(ENDPOINT_SLICES, "default", labelSelector=f"{_OWNER}=kubernetes")
    case.true(slices, "the API server has an endpoint slice")
    listed = {address["ip"] for subset in endpoints["subsets"] for address in subset.get("addresses") or ()}
    sliced = {address for one in slices for end in one.get("endpoints") or () for address in end["addresses"]}
    case.equal(sliced, listed, "the addresses in slices and in endpoints")


def secure_service(case: Case) -> None:
    ports = case.api.get(SERVICES, "default", "kubernetes")["spec"]["ports"]
    case.true(any(one["port"] == 443 and one["name"] == "https" for one in ports), f"a port https 443 in {ports}")


def no_pods(case: Case) -> None:
    """Both kinds of endpoints come and go with the service, also without pods."""
    name = name_of(_service(case, selector={"does-not-match": "anything"}))
    case.eventually(lambda: case.get(ENDPOINTS, name), "the endpoints of the service")
    case.eventually(lambda: _slices(case, name), "the endpoint slice of the service")
    case.api.delete(SERVICES, case.namespace, name)
    case.gone(ENDPOINTS, name)
    case.eventually(lambda: not _slices(case, name), "the slices to go with the service")


def matching_pods(case: Case) -> None:
    """Slices and endpoints show the addresses of ready pods, under the port that each pod gives its name."""
    for number in (1, 2):
        body = pod(f"pod{number}", {"foo": "bar", f"pod{number}": "yes"})
        body["spec"]["containers"][0]["ports"] = [{"name": "example-name", "containerPort": 3000 + number}]
        case.create(PODS, body)
    named = [{"name": "example", "port": 80, "targetPort": "example-name", "protocol": "TCP"}]
    one = name_of(_service(case, selector={"pod1": "yes"}, ports=named))
    both = name_of(_service(case, selector={"foo": "bar"}, ports=named))
    ips = [str(ready(case, f"pod{number}")["status"]["podIP"]) for number in (1, 2)]
    for service, expected in ((one, {ips[0]}), (both, set(ips))):
        case.eventually(lambda name=service, wanted=expected: _addresses(case, name) == wanted, "the pods' addresses")  # type: ignore[misc]
    ports = {
        (end["addresses"][0], sliced["ports"][0]["port"])
        for sliced in _slices(case, both)
        for end in sliced["endpoints"]
    }
    case.equal(ports, {(ips[0], 3001), (ips[1], 3002)}, "the address and port of each endpoint")
    until(
        case,
        ENDPOINTS,
        both,
        lambda found: (
            {ip["ip"] for part in found.get("subsets") or () for ip in part.get("addresses") or ()} == set(ips)
        ),
        "to list the addresses of both pods",
    )


def mirroring(case: Case) -> None:
    name = name_of(_service(case))
    subsets = [{"addresses": [{"ip": "10.1.2.3"}], "ports": [{"name": "example", "port": 80, "protocol": "TCP"}]}]
    case.create(ENDPOINTS, {"metadata": {"name": name}, "subsets": subsets})
    case.eventually(lambda: _addresses(case, name) == {"10.1.2.3"}, "the mirrored address")
    case.equal(_slices(case, name)[0]["ports"][0]["port"], 80, "the mirrored port")
    other = [{"addresses": [{"ip": "10.2.3.4"}], "ports": [{"name": "example", "port": 80, "protocol": "TCP"}]}]
    case.changed(ENDPOINTS, name, lambda one: one.update(subsets=other))
    case.eventually(lambda: _addresses(case, name) == {"10.2.3.4"}, "the mirrored update")
    case.api.delete(ENDPOINTS, case.namespace, name)
    case.eventually(lambda: not _slices(case, name), "the mirrored slice to go")


def latency(case: Case) -> None:
    """From a service's creation to its endpoints, for many services over one pod: the median under 20 s."""
    case.create(PODS, pod("svc-latency", {"name": "svc-latency"}))
    ready(case, "svc-latency")
    delays = []
    for _ in range(50):
        started = time.monotonic()
        name = name_of(_service(case, selector={"name": "svc-latency"}))
        case.eventually(lambda service=name: _addresses(case, service), "the endpoints of a new service")  # type: ignore[misc]
        delays.append(time.monotonic() - started)
    delays.sort()
    case.true(delays[24] < 20 and delays[48] < 50, f"latencies of services too high: {delays[24]:.1f} s")


def list_everywhere(case: Case) -> None:
    name = name_of(_service(case))
    found = {(one["metadata"]["namespace"], name_of(one)) for one in case.api.items(SERVICES)}
    case.true(("default", "kubernetes") in found, "default/kubernetes in the list of all namespaces")
    case.true((case.namespace, name) in found, "the new service in the list of all namespaces")


def status_lifecycle(case: Case) -> None:
    with case.api.watch(SERVICES, case.namespace, timeout=60) as events:
        name = name_of(_service(case, type="LoadBalancer", loadBalancerClass="example.com/conformance"))
        case.event(events, "ADDED")
        balancer = {"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}}
        body = {"metadata": {"annotations": {"patchedstatus": "true"}}, "status": balancer}
        patched = case.api.patch(SERVICES, case.namespace, name, body, "status")
        found = patched["status"]["loadBalancer"]["ingress"][0]["ip"]
        case.equal(found, "203.0.113.1", "the address in the patched status")
        case.event(
            events, "MODIFIED", lambda one: one["metadata"].get("annotations", {}).get("patchedstatus") == "true"
        )
        update = {"type": "StatusUpdate", "status": "True", "reason": "E2E", "message": "Set by e2e test"}
        update["lastTransitionTime"] = "2024-01-01T00:00:00Z"
        case.changed(SERVICES, name, lambda one: one["status"].setdefault("conditions", []).append(update), "status")
        case.event(events, "MODIFIED", lambda one: condition(one, "StatusUpdate") != {})
        case.api.patch(SERVICES, case.namespace, name, {"metadata": {"labels": {"test-service": "patched"}}})
        case.event(events, "MODIFIED", lambda one: one["metadata"].get("labels", {}).get("test-service") == "patched")
        case.api.delete(SERVICES, case.namespace, name)
        case.event(events, "DELETED")


_NET = "[sig-network] "
_END = " [Conformance]"
CHECKS = (
    Check(
        _NET + "API Server should have Endpoints and EndpointSlices pointing to API Server" + _END, api_server_endpoints
    ),
    Check(_NET + "API Server should provide secure master service" + _END, secure_service),
    Check(
        _NET
        + "EndpointSlice should create and delete EndpointSlices for a Service with a selector that matches no pods"
        + _END,
        no_pods,
    ),
    Check(
        _NET
        + "EndpointsController should create and delete Endpoints for a Service with a selector that matches no pods"
        + _END,
        no_pods,
    ),
    Check(
        _NET + "EndpointSlice should create Endpoints and EndpointSlices for Pods matching a Service" + _END,
        matching_pods,
    ),
    Check(_NET + "EndpointsController should create Endpoints for Pods matching a Service" + _END, matching_pods),
    Check(
        _NET
        + "EndpointSliceMirroring should mirror a custom Endpoints resource through create update and delete"
        + _END,
        mirroring,
    ),
    Check(_NET + "Service endpoints latency should not be very high" + _END, latency),
    Check(_NET + "Services should find a service from listing all namespaces" + _END, list_everywhere),
    Check(_NET + "Services should complete a service status lifecycle" + _END, status_lifecycle),
)
