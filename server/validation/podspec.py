"""The pod spec, of pods and of the templates in workloads.

Source: k8s.io/kubernetes/pkg/apis/core/validation (ValidatePodSpec).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, not_found, required, too_long
from apimachinery.names import inclusive_range_error, is_dns1123_subdomain_with_underscore
from server.validation.checks import (
    MAX_INT32,
    Errors,
    check_label,
    check_subdomain,
    flag,
    required_choice,
    supported,
)
from server.validation.containers import (
    Surroundings,
    check_containers,
    check_ephemeral_containers,
    check_init_containers,
)
from server.validation.ips import check_legacy_ip
from server.validation.objectmeta import check_labels
from server.validation.podoptions import PodOptions
from server.validation.podos import check_host_process, check_host_users, check_linux_pod, check_windows_pod
from server.validation.podresources import check_pod_resources
from server.validation.resources import check_requirements
from server.validation.rules import name_is_dns_subdomain
from server.validation.scheduling import (
    check_affinity,
    check_readiness_gates,
    check_scheduling_gates,
    check_tolerations,
    check_topology_spread,
)
from server.validation.securitycontext import check_pod_security_context, each_container
from server.validation.volumes import check_volumes

Source = Mapping[str, Any]

RESTART_POLICIES = ("Always", "OnFailure", "Never")
_DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
PREEMPTION_POLICIES = ("PreemptLowerPriority", "Never")
MIRROR_ANNOTATION = "kubernetes.io/config.mirror"


def check_pod_spec(
    errors: Errors, spec: Source, path: str, options: PodOptions, *, pod_name: str = "", is_mirror: bool = False
) -> None:
    """``pod_name`` and ``is_mirror`` are those of a real pod, not of a template."""
    get = spec.get
    grace = get("terminationGracePeriodSeconds")
    if grace is None:
        errors.append(required(f"{path}.terminationGracePeriodSeconds"))
    volumes: dict[str, Source] = {}
    if get("volumes"):
        volumes = check_volumes(errors, spec["volumes"], pod_name, f"{path}.volumes", options)
    claims = {claim["name"] for claim in get("resourceClaims") or () if claim.get("name")}
    if get("resourceClaims"):
        _check_resource_claims(errors, spec["resourceClaims"], f"{path}.resourceClaims", is_mirror)
    around = Surroundings(
        volumes=volumes,
        claims=claims,
        grace=grace,
        os=(get("os") or {}).get("name"),
        restart_policy=get("restartPolicy") or "",
        host_users=get("hostUsers") is not False,
        options=options,
    )
    _check_all_containers(errors, spec, path, around)
    if get("resources"):
        check_pod_resources(errors, spec, path, around)
    _check_host_network_ports(errors, spec, path, options)
    _check_policies(errors, spec, path)
    check_labels(errors, get("nodeSelector"), f"{path}.nodeSelector")
    check_pod_security_context(errors, spec, path, options)
    if get("affinity"):
        check_affinity(errors, spec["affinity"], f"{path}.affinity", options)
    if get("dnsConfig") is not None or get("dnsPolicy") == "None":
        _check_dns_config(errors, get("dnsConfig"), get("dnsPolicy"), f"{path}.dnsConfig")
    _check_gates_and_spread(errors, spec, path, options)
    check_host_process(errors, spec, path)
    check_host_users(errors, spec, path, options)
    if get("hostnameOverride") is not None:
        _check_hostname_override(errors, spec, f"{path}.hostnameOverride")
    _check_names(errors, spec, path, options)
    _check_last(errors, spec, path, options)


def _check_all_containers(errors: Errors, spec: Source, path: str, around: Surroundings) -> None:
    containers, init = spec.get("containers") or (), spec.get("initContainers") or ()
    check_containers(errors, containers, f"{path}.containers", around)
    if init:
        check_init_containers(errors, init, containers, f"{path}.initContainers", around)
    if ephemeral := spec.get("ephemeralContainers"):
        check_ephemeral_containers(errors, ephemeral, (*containers, *init), f"{path}.ephemeralContainers", around)


def _check_policies(errors: Errors, spec: Source, path: str) -> None:
    if spec.get("restartPolicy") not in RESTART_POLICIES:
        required_choice(errors, f"{path}.restartPolicy", spec.get("restartPolicy"), RESTART_POLICIES)
    if spec.get("dnsPolicy") not in _DNS_POLICIES:
        required_choice(errors, f"{path}.dnsPolicy", spec.get("dnsPolicy"), _DNS_POLICIES)


def _check_gates_and_spread(errors: Errors, spec: Source, path: str, options: PodOptions) -> None:
    if gates := spec.get("readinessGates"):
        check_readiness_gates(errors, gates, f"{path}.readinessGates")
    if gates := spec.get("schedulingGates"):
        check_scheduling_gates(errors, gates, f"{path}.schedulingGates")
    if constraints := spec.get("topologySpreadConstraints"):
        check_topology_spread(errors, constraints, f"{path}.topologySpreadConstraints", options)


def _check_names(errors: Errors, spec: Source, path: str, options: PodOptions) -> None:
    get = spec.get
    for field in ("serviceAccountName", "nodeName"):
        if name := get(field):
            flag(errors, f"{path}.{field}", name, name_is_dns_subdomain(name))
    deadline = get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= MAX_INT32:
        where = f"{path}.activeDeadlineSeconds"
        errors.append(invalid(where, deadline, inclusive_range_error(1, MAX_INT32)))
    for field in ("hostname", "subdomain"):
        if name := get(field):
            check_label(errors, f"{path}.{field}", name)
    if tolerations := get("tolerations"):
        check_tolerations(errors, tolerations, f"{path}.tolerations", options)
    if aliases := get("hostAliases"):
        _check_host_aliases(errors, aliases, f"{path}.hostAliases")
    if name := get("priorityClassName"):
        flag(errors, f"{path}.priorityClassName", name, name_is_dns_subdomain(name))


def _check_last(errors: Errors, spec: Source, path: str, options: PodOptions) -> None:
    get = spec.get
    if (name := get("runtimeClassName")) is not None:
        flag(errors, f"{path}.runtimeClassName", name, name_is_dns_subdomain(name))
    if (policy := get("preemptionPolicy")) is not None:
        required_choice(errors, f"{path}.preemptionPolicy", policy, PREEMPTION_POLICIES)
    if overhead := get("overhead"):
        _check_overhead(errors, overhead, f"{path}.overhead", options)
    if (os := get("os")) is not None:
        _check_os(errors, spec, os.get("name") or "", path)
    if (group := get("schedulingGroup")) is not None:
        _check_scheduling_group(errors, group, f"{path}.schedulingGroup.podGroupName")
    _check_file_volumes(errors, spec, path)


def _check_overhead(errors: Errors, overhead: Mapping[str, str], path: str, options: PodOptions) -> None:
    """Checked as the limits of a container."""
    check_requirements(errors, {"limits": overhead}, path, any_huge_pages=options.any_huge_pages)


def _check_os(errors: Errors, spec: Source, name: str, path: str) -> None:
    if not name:
        errors.append(required(f"{path}.os.name"))
    elif name == "linux":
        check_linux_pod(errors, spec, path)
    elif name == "windows":
        check_windows_pod(errors, spec, path)
    else:
        supported(errors, f"{path}.os", name, ("linux", "windows"))


def _check_scheduling_group(errors: Errors, group: Source, path: str) -> None:
    name = group.get("podGroupName")
    if name is None:
        errors.append(invalid(path, None, "must specify one of: `podGroupName`"))
    else:
        flag(errors, path, name, name_is_dns_subdomain(name))


def _check_hostname_override(errors: Errors, spec: Source, path: str) -> None:
    name = spec["hostnameOverride"]
    if spec.get("setHostnameAsFQDN"):
        errors.append(forbidden(path, "may not be specified when setHostnameAsFQDN is true"))
    if spec.get("hostNetwork"):
        errors.append(forbidden(path, "may not be specified when hostNetwork is true"))
    if len(name) > 64:
        errors.append(too_long(path, 64))
    check_subdomain(errors, path, name)


def _check_resource_claims(errors: Errors, claims: Sequence[Source], path: str, is_mirror: bool) -> None:
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        here, name = f"{path}[{index}]", claim.get("name") or ""
        if is_mirror:
            errors.append(forbidden("", "static pods do not support resource claims"))
            continue
        if not name:
            errors.append(required(f"{here}.name"))
        elif name in seen:
            errors.append(duplicate(f"{here}.name", name))
        else:
            check_label(errors, f"{here}.name", name)
            seen.add(name)
        direct, template = claim.get("resourceClaimName"), claim.get("resourceClaimTemplateName")
        if direct is not None and template is not None:
            problem = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
            errors.append(invalid(here, claim, problem))
        if direct is None and template is None:
            problem = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
            errors.append(invalid(here, claim, problem))
        if direct is not None:
            flag(errors, f"{here}.resourceClaimName", direct, name_is_dns_subdomain(direct))
        if template is not None:
            flag(errors, f"{here}.resourceClaimTemplateName", template, name_is_dns_subdomain(template))


def _check_host_network_ports(errors: Errors, spec: Source, path: str, options: PodOptions) -> None:
    """On the host's network a port is the host's: a template may leave that to defaulting."""
    if not spec.get("hostNetwork"):
        return
    for index, container in enumerate(spec.get("containers") or ()):
        for place, port in enumerate(container.get("ports") or ()):
            host, own = port.get("hostPort") or 0, port.get("containerPort") or 0
            if (options.is_pod or host) and host != own:
                where = f"{path}.containers[{index}].ports[{place}].hostPort"
                problem = "must match `containerPort` when `hostNetwork` is true"
                errors.append(invalid(where, host, problem))


def _check_dns_config(errors: Errors, config: Source | None, policy: str | None, path: str) -> None:
    servers = (config or {}).get("nameservers") or ()
    if policy == "None" and not servers:
        if config is None:
            errors.append(required(path, "must provide `dnsConfig` when `dnsPolicy` is None"))
        else:
            problem = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            errors.append(required(f"{path}.nameservers", problem))
        return
    config = config or {}
    if len(servers) > 3:
        errors.append(invalid(f"{path}.nameservers", servers, "must not have more than 3 nameservers"))
    for index, server in enumerate(servers):
        check_legacy_ip(errors, f"{path}.nameservers[{index}]", server)
    _check_searches(errors, config.get("searches") or (), f"{path}.searches")
    for index, option in enumerate(config.get("options") or ()):
        if not option.get("name"):
            errors.append(required(f"{path}.options[{index}]", "must not be empty"))


def _check_searches(errors: Errors, searches: Sequence[str], path: str) -> None:
    if len(searches) > 32:
        errors.append(invalid(path, searches, "must not have more than 32 search paths"))
    if len(" ".join(searches)) > 2048:
        problem = "must not have more than 2048 characters (including spaces) in the search list"
        errors.append(invalid(path, searches, problem))
    for index, search in enumerate(searches):
        if search != ".":
            name = search.removesuffix(".")
            flag(errors, f"{path}[{index}]", name, is_dns1123_subdomain_with_underscore(name))


def _check_host_aliases(errors: Errors, aliases: Sequence[Source], path: str) -> None:
    for index, alias in enumerate(aliases):
        check_legacy_ip(errors, f"{path}[{index}].ip", alias.get("ip") or "")
        for place, name in enumerate(alias.get("hostnames") or ()):
            check_subdomain(errors, f"{path}[{index}].hostnames[{place}]", name)


def _check_file_volumes(errors: Errors, spec: Source, path: str) -> None:
    """Variables read from files need the volume, and it must be an emptyDir."""
    volumes: dict[str, Source] | None = None
    for container, here in each_container(spec, path):
        for index, variable in enumerate(container.get("env") or ()):
            reference = (variable.get("valueFrom") or {}).get("fileKeyRef")
            if reference is None:
                continue
            if volumes is None:
                volumes = {volume.get("name") or "": volume for volume in spec.get("volumes") or ()}
            name = reference.get("volumeName") or ""
            where = f"{here}.env[{index}].valueFrom.fileKeyRef.volumeName"
            if name not in volumes:
                errors.append(not_found(where, name))
            elif volumes[name].get("emptyDir") is None:
                errors.append(invalid(where, name, "referenced volume must be of type emptyDir"))
