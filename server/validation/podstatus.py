"""The status of pods. Source: k8s.io/kubernetes/pkg/apis/core/validation (ValidatePodStatusUpdate)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, not_supported, required
from apimachinery.names import is_user_or_group_id
from apimachinery.objects import Object
from server.validation.checks import Errors, check_label, check_qualified, flag, immutable
from server.validation.ips import check_legacy_ip, is_dual_stack
from server.validation.resources import is_native
from server.validation.rules import name_is_dns_subdomain

Source = Mapping[str, Any]

_SYSTEM_CONDITIONS = frozenset({"PodScheduled", "Ready", "Initialized"})
_HEALTH = ("Healthy", "Unhealthy", "Unknown")
_NOT_BACK = "may not be transitioned to non-terminated state"
_NEGATIVE = "must be a non-negative integer"
_SORTS = (
    ("containerStatuses", "containers"),
    ("initContainerStatuses", "initContainers"),
    ("ephemeralContainerStatuses", "ephemeralContainers"),
)


def validate_pod_status(new: Object, old: Object) -> Errors:
    """Everything of a status update but metadata."""
    errors: Errors = []
    status, before = new.get("status") or {}, old.get("status") or {}
    spec, old_spec = new.get("spec") or {}, old.get("spec") or {}
    _check_conditions(errors, status.get("conditions") or (), "status.conditions")
    _check_node_names(errors, new, old)
    if (status.get("observedGeneration") or 0) < 0:
        errors.append(invalid("status.observedGeneration", status["observedGeneration"], _NEGATIVE))
    immutable(errors, "status.qosClass", status.get("qosClass") or "", before.get("qosClass") or "")
    _check_transitions(errors, status, before, old_spec)
    _check_claim_statuses(errors, status, spec)
    _check_ips(errors, status, before, "podIPs")
    if status.get("hostIPs"):
        _check_host_ips(errors, status, before)
    for field, _ in _SORTS:
        _check_users(errors, status.get(field) or (), f"status.{field}", (spec.get("os") or {}).get("name"))
    for field, sort in _SORTS[:2]:
        _check_allocated(errors, status.get(field) or (), spec.get(sort) or (), f"status.{field}")
    for index, container in enumerate(status.get("ephemeralContainerStatuses") or ()):
        if container.get("allocatedResourcesStatus"):
            where = f"status.ephemeralContainerStatuses[{index}].allocatedResourcesStatus"
            errors.append(forbidden(where, "must not be specified in container status"))
    return errors


def _check_conditions(errors: Errors, conditions: Sequence[Source], path: str) -> None:
    for index, condition in enumerate(conditions):
        if (condition.get("observedGeneration") or 0) < 0:
            errors.append(invalid(f"{path}[{index}].observedGeneration", condition["observedGeneration"], _NEGATIVE))
        kind = condition.get("type") or ""
        if kind not in _SYSTEM_CONDITIONS:
            check_qualified(errors, f"{path}[{index}].Type", kind)


def _check_node_names(errors: Errors, new: Object, old: Object) -> None:
    bound = (old.get("spec") or {}).get("nodeName") or ""
    if ((new.get("spec") or {}).get("nodeName") or "") != bound:
        errors.append(forbidden("status.nodeName", "may not be changed directly"))
    nominated = (new.get("status") or {}).get("nominatedNodeName") or ""
    if not nominated or nominated == ((old.get("status") or {}).get("nominatedNodeName") or ""):
        return
    flag(errors, "status.nominatedNodeName", nominated, name_is_dns_subdomain(nominated))
    if bound:
        problem = "may not be set on pods that are already bound to a node"
        errors.append(forbidden("status.nominatedNodeName", problem))


def _check_transitions(errors: Errors, status: Source, before: Source, spec: Source) -> None:
    """A container that has ended stays ended, unless a rule restarts it."""
    restarts_all = any(
        rule.get("action") == "RestartAllContainers"
        for sort in ("initContainers", "containers")
        for container in spec.get(sort) or ()
        for rule in container.get("restartPolicyRules") or ()
    )
    for field, sort in _SORTS:
        ephemeral = sort == "ephemeralContainers"
        if restarts_all and not ephemeral:
            continue
        containers = {} if ephemeral else {c.get("name"): c for c in spec.get(sort) or ()}
        new = {item.get("name"): item for item in reversed(status.get(field) or ())}
        for index, item in enumerate(before.get(field) or ()):
            ended = (item.get("state") or {}).get("terminated")
            now = new.get(item.get("name"))
            if ended is None or now is None or (now.get("state") or {}).get("terminated") is not None:
                continue
            container = containers.get(item.get("name"))
            if container is None or not _may_restart(container, spec, ended.get("exitCode") or 0):
                errors.append(forbidden(f"status.{field}[{index}].state", _NOT_BACK))


def _may_restart(container: Source, spec: Source, exit_code: int) -> bool:
    policy = container.get("restartPolicy")
    if policy is not None:
        for rule in container.get("restartPolicyRules") or ():
            codes = rule.get("exitCodes") or {}
            inside = exit_code in (codes.get("values") or ())
            if (codes.get("operator") == "In" and inside) or (codes.get("operator") == "NotIn" and not inside):
                return True
    policy = policy or spec.get("restartPolicy") or "Always"
    return policy == "Always" or (policy == "OnFailure" and exit_code != 0)


def _check_claim_statuses(errors: Errors, status: Source, spec: Source) -> None:
    claims = spec.get("resourceClaims") or ()
    known, seen = {claim.get("name") or "" for claim in claims}, set()
    for index, item in enumerate(status.get("resourceClaimStatuses") or ()):
        where, name = f"status.resourceClaimStatuses[{index}].name", item.get("name") or ""
        if name not in known:
            problem = "must match the name of an entry in `spec.resourceClaims`"
            errors.append(invalid(where, name, problem))
        if name in seen:
            errors.append(duplicate(where, name))
        seen.add(name)
        claim = item.get("resourceClaimName")
        if claim is not None:
            flag(errors, where, claim, name_is_dns_subdomain(claim))
    extended = status.get("extendedResourceClaimStatus")
    if extended is not None:
        _check_extended_claim(errors, extended, spec, "status.extendedResourceClaimStatus")
    for index, item in enumerate(status.get("nodeAllocatableResourceClaimStatuses") or ()):
        where = f"status.nodeAllocatableResourceClaimStatuses[{index}]"
        _check_node_claim(errors, item, status, claims, where)


def _check_extended_claim(errors: Errors, status: Source, spec: Source, path: str) -> None:
    containers = {c.get("name"): c for c in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ()))}
    mappings = status.get("requestMappings") or ()
    if not mappings:
        errors.append(required(f"{path}.requestMappings", "at least one request mapping is required"))
    seen: set[tuple[str, str, str]] = set()
    for index, mapping in enumerate(mappings):
        here = f"{path}.requestMappings[{index}]"
        key = tuple(mapping.get(field) or "" for field in ("containerName", "resourceName", "requestName"))
        name, resource, request = key
        if name not in containers:
            problem = "must match the name of an entry in spec.initContainers.name or spec.containers.name"
            errors.append(invalid(f"{here}.containerName", name, problem))
        elif resource not in ((containers[name].get("resources") or {}).get("requests") or {}):
            problem = (
                "must match the extended resource name of an entry in "
                "spec.initContainers.resources.requests or spec.containers.resources.requests"
            )
            errors.append(invalid(f"{here}.resourceName", resource, problem))
        check_label(errors, f"{path}.requestName", request)
        if (name, resource, request) in seen:
            errors.append(duplicate(f"{here}.containerName", name))
            errors.append(duplicate(f"{here}.resourceName", resource))
            errors.append(duplicate(f"{here}.requestName", request))
        seen.add((name, resource, request))
    claim = status.get("resourceClaimName")
    if claim:
        flag(errors, f"{path}.resourceClaimName", claim, name_is_dns_subdomain(claim))
    else:
        errors.append(required(f"{path}.resourceClaimName"))


def _check_node_claim(errors: Errors, item: Source, status: Source, claims: Sequence[Source], path: str) -> None:
    name = item.get("resourceClaimName") or ""
    if not name:
        errors.append(required(f"{path}.resourceClaimName", "must not be empty"))
    known = {claim.get("resourceClaimName") for claim in (*claims, *(status.get("resourceClaimStatuses") or ()))}
    if name not in known:
        errors.append(invalid(f"{path}.resourceClaimName", name, "no mapping found in pod reference"))
    for field in ("containers", "resources"):
        if not item.get(field):
            errors.append(required(f"{path}.{field}", "must not be empty"))
    for resource, amount in (item.get("resources") or {}).items():
        where = f"{path}.resources[{resource}]"
        if not is_native(resource):
            errors.append(invalid(where, resource, "must be a node allocatable resource name"))
        if amount.startswith("-"):
            errors.append(invalid(where, amount, "must be non-negative"))


def _check_ips(errors: Errors, status: Source, before: Source, field: str) -> None:
    addresses = [item.get("ip") or "" for item in status.get(field) or ()]
    known = [item.get("ip") or "" for item in before.get(field) or ()]
    for index, address in enumerate(addresses):
        check_legacy_ip(errors, f"status.{field}[{index}]", address, known)
    if len(addresses) > 1 and (len(addresses) > 2 or not is_dual_stack(addresses)):
        problem = "may specify no more than one IP for each IP family"
        errors.append(invalid(f"status.{field}", status[field], problem))


def _check_host_ips(errors: Errors, status: Source, before: Source) -> None:
    first = status["hostIPs"][0].get("ip") or ""
    if (status.get("hostIP") or "") != first:
        errors.append(invalid("status.hostIPs[0].ip", first, "must be equal to `hostIP`"))
    _check_ips(errors, status, before, "hostIPs")


def _check_users(errors: Errors, statuses: Sequence[Source], path: str, os: str | None) -> None:
    for index, item in enumerate(statuses):
        linux, where = (item.get("user") or {}).get("linux"), f"{path}[{index}].user.linux"
        if linux is None:
            continue
        if os == "windows":
            errors.append(forbidden(where, "cannot be set for a windows pod"))
            continue
        for field in ("uid", "gid"):
            flag(errors, f"{where}.{field}", linux.get(field) or 0, is_user_or_group_id(linux.get(field) or 0))
        for place, group in enumerate(linux.get("supplementalGroups") or ()):
            flag(errors, f"{where}.supplementalGroups[{place}]", group, is_user_or_group_id(group))


def _check_allocated(errors: Errors, statuses: Sequence[Source], containers: Sequence[Source], path: str) -> None:
    for index, item in enumerate(statuses):
        for place, allocated in enumerate(item.get("allocatedResourcesStatus") or ()):
            here = f"{path}[{index}].allocatedResourcesStatus[{place}]"
            container = next((c for c in containers if c.get("name") == item.get("name")), None)
            if container is not None:
                _check_allocated_name(errors, allocated.get("name") or "", container, f"{here}.name")
            _check_health(errors, allocated.get("resources") or (), f"{here}.resources")


def _check_allocated_name(errors: Errors, name: str, container: Source, path: str) -> None:
    resources = container.get("resources") or {}
    if name.startswith("claim:"):
        claims = resources.get("claims") or ()
        names = {
            f"claim:{claim.get('name', '')}" + (f"/{claim['request']}" if claim.get("request") else "")
            for claim in claims
        }
        problem = (
            "must match one of the container's resource claims in a format "
            "'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
        )
    else:
        names = set(resources.get("requests") or ())
        problem = "must match one of the container's resource requests"
    if name not in names:
        errors.append(invalid(path, name, problem))


def _check_health(errors: Errors, resources: Sequence[Source], path: str) -> None:
    seen: set[str] = set()
    for index, resource in enumerate(resources):
        health, identity = resource.get("health") or "", resource.get("resourceID") or ""
        if health not in _HEALTH:
            errors.append(not_supported(f"{path}[{index}].health", health, _HEALTH))
        if identity in seen:
            errors.append(duplicate(f"{path}[{index}].resourceID", identity))
        seen.add(identity)
