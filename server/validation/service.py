"""Services. Source: k8s.io/kubernetes/pkg/apis/core/validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, required
from apimachinery.names import is_port_number
from apimachinery.objects import Object
from server.validation.checks import (
    IMMUTABLE,
    Errors,
    check_label,
    check_qualified,
    check_subdomain,
    flag,
    required_choice,
    supported,
)
from server.validation.endpoints import check_endpoint_ip
from server.validation.handlers import PROTOCOLS, check_port
from server.validation.ips import check_legacy_cidr, check_legacy_ip
from server.validation.loadbalancer import check_load_balancer
from server.validation.objectmeta import check_labels, validate_object_meta, validate_object_meta_update
from server.validation.rules import name_is_dns_label
from server.validation.serviceips import check_cluster_ips, check_families_kept, check_ips_kept, is_headless
from server.validation.validator import validator

Source = Mapping[str, Any]

_AFFINITIES = ("ClientIP", "None")
_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_POLICIES = ("Cluster", "Local")
_DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")
_MAX_AFFINITY_SECONDS = 86400
_HINTS = "service.kubernetes.io/topology-aware-hints"
_TOPOLOGY_MODE = "service.kubernetes.io/topology-mode"
_SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_ONLY_BALANCED = "may only be used when `type` is 'LoadBalancer'"


def _create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_label)
    _check_service(errors, obj, None)
    return errors


def _update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    check_ips_kept(errors, spec, before)
    check_families_kept(errors, spec, before)
    name = spec.get("loadBalancerClass")
    if spec.get("type") == before.get("type") == "LoadBalancer" and name != before.get("loadBalancerClass"):
        errors.append(invalid("spec.loadBalancerClass", name, "may not change once set"))
    _check_load_balancer_class(errors, spec)
    checked = _needs_health_check(spec) and _needs_health_check(before)
    if checked and (spec.get("healthCheckNodePort") or 0) != (before.get("healthCheckNodePort") or 0):
        errors.append(forbidden("spec.healthCheckNodePort", IMMUTABLE))
    _check_service(errors, new, old)
    return errors


def _status(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    balanced = (new.get("spec") or {}).get("type") == "LoadBalancer"
    status, before = ((o.get("status") or {}).get("loadBalancer") or {} for o in (new, old))
    check_load_balancer(errors, status, before, balanced)
    return errors


def _check_service(errors: Errors, obj: Object, old: Object | None) -> None:
    annotations = obj["metadata"].get("annotations") or {}
    spec: Source = obj.get("spec") or {}
    before: Source = (old or {}).get("spec") or {}
    _check_topology_annotations(errors, annotations)
    ports = spec.get("ports") or ()
    if not ports and not is_headless(spec) and spec.get("type") != "ExternalName":
        errors.append(required("spec.ports"))
    _check_type_needs(errors, spec)
    names: set[str] = set()
    for index, port in enumerate(ports):
        _check_port(errors, port, f"spec.ports[{index}]", len(ports) > 1, names)
    check_labels(errors, spec.get("selector"), "spec.selector")
    _check_affinity(errors, spec)
    check_cluster_ips(errors, spec, before)
    for index, address in enumerate(spec.get("externalIPs") or ()):
        _check_external_ip(errors, address, f"spec.externalIPs[{index}]", before.get("externalIPs") or ())
    required_choice(errors, "spec.type", spec.get("type"), _TYPES)
    _check_port_sets(errors, spec, ports)
    _check_source_ranges(errors, spec, annotations, old)
    _check_allocation(errors, spec)
    _check_load_balancer_class(errors, spec)
    _check_traffic(errors, spec)


def _check_topology_annotations(errors: Errors, annotations: Mapping[str, str]) -> None:
    mode, hints = annotations.get(_TOPOLOGY_MODE), annotations.get(_HINTS)
    if mode is not None and hints is not None and mode != hints:
        problem = f"must match annotations[{_HINTS}] when both are specified"
        errors.append(invalid(f"metadata.annotations[{_TOPOLOGY_MODE}]", mode, problem))


def _check_type_needs(errors: Errors, spec: Source) -> None:
    kind = spec.get("type")
    if kind in ("LoadBalancer", "NodePort") and is_headless(spec):
        errors.append(invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {kind} services"))
    if kind != "ExternalName":
        return
    for field in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if spec.get(field):
            errors.append(forbidden(f"spec.{field}", "may not be set for ExternalName services"))
    name = (spec.get("externalName") or "").removesuffix(".")
    if name:
        check_subdomain(errors, "spec.externalName", name)
    else:
        errors.append(required("spec.externalName"))


def _check_port(errors: Errors, port: Source, path: str, needs_name: bool, names: set[str]) -> None:
    if name := port.get("name"):
        check_label(errors, f"{path}.name", name)
        if name in names:
            errors.append(duplicate(f"{path}.name", name))
        names.add(name)
    elif needs_name:
        errors.append(required(f"{path}.name"))
    number = port.get("port") or 0
    if not 0 < number < 65536:
        flag(errors, f"{path}.port", number, is_port_number(number))
    required_choice(errors, f"{path}.protocol", port.get("protocol"), PROTOCOLS)
    check_port(errors, f"{path}.targetPort", port.get("targetPort") or 0)
    if (protocol := port.get("appProtocol")) is not None:
        check_qualified(errors, f"{path}.appProtocol", protocol)


def _check_affinity(errors: Errors, spec: Source) -> None:
    affinity, config = spec.get("sessionAffinity"), spec.get("sessionAffinityConfig")
    path = "spec.sessionAffinityConfig"
    required_choice(errors, "spec.sessionAffinity", affinity, _AFFINITIES)
    if affinity == "ClientIP":
        _check_affinity_config(errors, config, path)
    elif affinity == "None" and config is not None:
        errors.append(forbidden(path, "must not be set when session affinity is None"))


def _check_affinity_config(errors: Errors, config: Source | None, path: str) -> None:
    needed = "when session affinity type is ClientIP"
    if config is None:
        errors.append(required(path, needed))
    elif config.get("clientIP") is None:
        errors.append(required(f"{path}.clientIP", needed))
    elif (seconds := config["clientIP"].get("timeoutSeconds")) is None:
        errors.append(required(f"{path}.clientIP.timeoutSeconds", needed))
    elif not 0 < seconds <= _MAX_AFFINITY_SECONDS:
        problem = f"must be greater than 0 and less than {_MAX_AFFINITY_SECONDS}"
        errors.append(invalid(f"{path}.clientIP.timeoutSeconds", seconds, problem))


def _check_external_ip(errors: Errors, address: str, path: str, old: Sequence[str]) -> None:
    before = len(errors)
    check_legacy_ip(errors, path, address, old)
    if len(errors) == before:
        check_endpoint_ip(errors, path, address)


def _check_port_sets(errors: Errors, spec: Source, ports: Sequence[Source]) -> None:
    """Node ports only where they mean something, and no port twice."""
    if spec.get("type") == "ClusterIP":
        for index, port in enumerate(ports):
            if port.get("nodePort"):
                problem = "may not be used when `type` is 'ClusterIP'"
                errors.append(forbidden(f"spec.ports[{index}].nodePort", problem))
    taken: set[tuple[str | None, int]] = set()
    for index, port in enumerate(ports):
        if number := port.get("nodePort"):
            if (port.get("protocol"), number) in taken:
                errors.append(duplicate(f"spec.ports[{index}].nodePort", number))
            taken.add((port.get("protocol"), number))
    taken.clear()
    for index, port in enumerate(ports):
        key = port.get("protocol"), port.get("port") or 0
        if key in taken:
            errors.append(duplicate(f"spec.ports[{index}]", _internal_port(*key)))
        taken.add(key)


def _internal_port(protocol: str | None, number: int) -> dict[str, Any]:
    """As upstream shows it: its internal type, which has other names than the API."""
    return {
        "Name": "",
        "Protocol": protocol or "",
        "AppProtocol": None,
        "Port": number,
        "TargetPort": 0,
        "NodePort": 0,
    }


def _check_source_ranges(errors: Errors, spec: Source, annotations: Mapping[str, str], old: Object | None) -> None:
    balanced = spec.get("type") == "LoadBalancer"
    if ranges := spec.get("loadBalancerSourceRanges"):
        path = "spec.LoadBalancerSourceRanges"  # upstream's spelling
        if not balanced:
            errors.append(forbidden(path, _ONLY_BALANCED))
        stored = ((old or {}).get("spec") or {}).get("loadBalancerSourceRanges") or ()
        kept = {text.strip() for text in stored}
        for index, text in enumerate(ranges):
            check_legacy_cidr(errors, f"{path}[{index}]", text.strip(), kept)
    elif (text := annotations.get(_SOURCE_RANGES)) is not None:
        path = f"metadata.annotations[{_SOURCE_RANGES}]"
        if not balanced:
            errors.append(forbidden(path, _ONLY_BALANCED))
        before = (old["metadata"].get("annotations") or {}).get(_SOURCE_RANGES) if old else None
        if text != before and text.strip():
            for part in text.strip().split(","):
                check_legacy_cidr(errors, path, part.strip())


def _check_allocation(errors: Errors, spec: Source) -> None:
    allocated, balanced = spec.get("allocateLoadBalancerNodePorts"), spec.get("type") == "LoadBalancer"
    if allocated is not None and not balanced:
        errors.append(forbidden("spec.allocateLoadBalancerNodePorts", _ONLY_BALANCED))
    elif allocated is None and balanced:
        errors.append(required("allocateLoadBalancerNodePorts"))


def _check_load_balancer_class(errors: Errors, spec: Source) -> None:
    name = spec.get("loadBalancerClass")
    if name is None:
        return
    if spec.get("type") == "LoadBalancer":
        check_qualified(errors, "spec.loadBalancerClass", name)
    else:
        errors.append(forbidden("spec.loadBalancerClass", _ONLY_BALANCED))


def _needs_health_check(spec: Source) -> bool:
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def _check_traffic(errors: Errors, spec: Source) -> None:
    kind, external, internal = spec.get("type"), spec.get("externalTrafficPolicy"), spec.get("internalTrafficPolicy")
    if kind in ("LoadBalancer", "NodePort") or (kind == "ClusterIP" and spec.get("externalIPs")):
        required_choice(errors, "spec.externalTrafficPolicy", external, _POLICIES)
    elif external:
        problem = "may only be set for externally-accessible services"
        errors.append(invalid("spec.externalTrafficPolicy", external, problem))
    _check_health_port(errors, spec, spec.get("healthCheckNodePort") or 0)
    if internal is not None:
        supported(errors, "spec.internalTrafficPolicy", internal, _POLICIES)
    elif kind in ("NodePort", "LoadBalancer", "ClusterIP"):
        errors.append(required("spec.internalTrafficPolicy"))
    if (distribution := spec.get("trafficDistribution")) is not None:
        supported(errors, "spec.trafficDistribution", distribution, _DISTRIBUTIONS)


def _check_health_port(errors: Errors, spec: Source, number: int) -> None:
    path = "spec.healthCheckNodePort"
    if not _needs_health_check(spec):
        if number:
            problem = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
            errors.append(invalid(path, number, problem))
    elif not number:
        errors.append(required(path))
    else:
        flag(errors, path, number, is_port_number(number))


SERVICE = validator(_create, _update, _status)
