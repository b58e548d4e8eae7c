"""What one pod contributes to one service: addresses, ports, a host name. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from apimachinery.objects import Object, is_terminating, name_of, namespace_of
from apimachinery.pods import is_pod_terminal, is_sidecar

IPV4, IPV6 = "IPv4", "IPv6"
HEADLESS_LABEL = "service.kubernetes.io/headless"
_NONE = "None"


def pod_ips(pod: Mapping[str, Any]) -> tuple[str, ...]:
    status = pod.get("status") or {}
    listed = tuple(entry["ip"] for entry in status.get("podIPs") or () if entry.get("ip"))
    return listed or ((status["podIP"],) if status.get("podIP") else ())


def ips_of_family(pod: Mapping[str, Any], family: str) -> tuple[str, ...]:
    return tuple(ip for ip in pod_ips(pod) if (":" in ip) == (family == IPV6))


def belongs(pod: Mapping[str, Any], *, include_terminating: bool) -> bool:
    """Whether a selected pod is an endpoint at all, ready or not."""
    if is_pod_terminal(pod) or not pod_ips(pod):
        return False
    return include_terminating or not is_terminating(pod)


def is_headless(service: Mapping[str, Any]) -> bool:
    return bool(service["spec"].get("clusterIP") == _NONE)


def has_endpoints(service: Mapping[str, Any]) -> bool:
    """Whether the controllers keep the service's endpoints: it selects pods and is no alias."""
    return bool(service["spec"].get("selector")) and service["spec"].get("type") != "ExternalName"


def families_of(service: Mapping[str, Any]) -> tuple[str, ...]:
    """The IP families of the service; without any said, that of its cluster IP, both of a headless one."""
    families = tuple(service["spec"].get("ipFamilies") or ())
    if families:
        return families
    address = service["spec"].get("clusterIP") or _NONE
    if address == _NONE:
        return (IPV4, IPV6)
    return (IPV6,) if ":" in address else (IPV4,)


def ports_of(service: Mapping[str, Any], pod: Mapping[str, Any]) -> list[Object]:
    """The service's ports as this pod has them; a named port that it has not is left out."""
    found = []
    for port in service["spec"].get("ports") or ():
        protocol = port.get("protocol") or "TCP"
        number = _find_port(pod, port, protocol)
        if number is None:
            continue
        entry: Object = {"name": port.get("name") or "", "protocol": protocol, "port": number}
        if port.get("appProtocol"):
            entry["appProtocol"] = port["appProtocol"]
        found.append(entry)
    return found


def hostname_in(service: Mapping[str, Any], pod: Mapping[str, Any]) -> str:
    """The name under which DNS knows the pod within the service, or ""."""
    spec = pod.get("spec") or {}
    if spec.get("subdomain") != name_of(service) or namespace_of(pod) != namespace_of(service):
        return ""
    return str(spec.get("hostname") or "")


def target_of(pod: Mapping[str, Any]) -> Object:
    return {"kind": "Pod", "namespace": namespace_of(pod), "name": name_of(pod), "uid": pod["metadata"].get("uid")}


def _find_port(pod: Mapping[str, Any], port: Mapping[str, Any], protocol: str) -> int | None:
    target = port.get("targetPort")
    if not isinstance(target, str):
        return int(target or port["port"])
    for container in _serving_containers(pod):
        for candidate in container.get("ports") or ():
            if candidate.get("name") == target and (candidate.get("protocol") or "TCP") == protocol:
                return int(candidate["containerPort"])
    return None


def _serving_containers(pod: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    spec = pod.get("spec") or {}
    yield from spec.get("containers") or ()
    yield from filter(is_sidecar, spec.get("initContainers") or ())
