"""What objects count against a ResourceQuota: the admission plugin asks it of one write, the controller of all.

Pure; time is an argument. Device classes of resource claims are not counted, their number is.
Source: k8s.io/apiserver/pkg/quota/v1 and k8s.io/kubernetes pkg/quota/v1/evaluator/core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apimachinery.gvk import GroupResource
from apimachinery.labels import from_label_selector
from apimachinery.pod_resources import Resources, add_resources, parse_resources, pod_limits, pod_requests
from apimachinery.pods import qos_class
from apimachinery.quantity import Quantity, parse_quantity
from apimachinery.timefmt import parse_time

Object = Mapping[str, Any]
Scope = Mapping[str, Any]
"""A selector requirement: scopeName, operator, values."""

_ONE = Quantity(1)
_ZERO = Quantity()
_PODS = GroupResource("", "pods")
_SERVICES = GroupResource("", "services")
_CLAIMS = GroupResource("", "persistentvolumeclaims")
_ALIASES = {
    GroupResource("", "configmaps"): "configmaps",
    GroupResource("", "resourcequotas"): "resourcequotas",
    GroupResource("", "replicationcontrollers"): "replicationcontrollers",
    GroupResource("", "secrets"): "secrets",
}
IGNORED = frozenset({GroupResource("", "events"), GroupResource("events.k8s.io", "events")})


@dataclass(frozen=True, slots=True)
class Evaluator:
    """``counts(name)``: whether a quota's resource is about this kind; ``in_scope``: whether the object is in a scope;
    ``lacking(names, object)``: what is not said that must be, as a sentence, or ""."""

    resource: GroupResource
    usage: Callable[[Object, datetime], Resources]
    counts: Callable[[str], bool]
    in_scope: Callable[[Scope, Object], bool]
    lacking: Callable[[Iterable[str], Object], str]

    def matches(self, names: Iterable[str], scopes: Iterable[Scope], obj: Object) -> bool:
        """Whether a quota with these resources and scopes is about the object."""
        return any(map(self.counts, names)) and all(self.in_scope(scope, obj) for scope in scopes)


def evaluator_of(resource: GroupResource) -> Evaluator:
    """Objects of kinds that are not special are counted."""
    return _SPECIAL.get(resource) or _counting(resource)


def scopes_of(spec: Object) -> list[Scope]:
    """Both ways of naming scopes in a quota's spec, as requirements."""
    named = [{"scopeName": name, "operator": "Exists"} for name in spec.get("scopes") or ()]
    return [*named, *((spec.get("scopeSelector") or {}).get("matchExpressions") or ())]


def total(evaluator: Evaluator, scopes: Sequence[Scope], objects: Iterable[Object], now: datetime) -> Resources:
    """What all the objects in scope use together."""
    used: Resources = {}
    for obj in objects:
        if all(evaluator.in_scope(scope, obj) for scope in scopes):
            add_resources(used, evaluator.usage(obj, now))
    return used


def count_name(resource: GroupResource) -> str:
    return f"count/{resource}"


def resource_of(name: str) -> GroupResource | None:
    """The kind a quota's resource is about, as far as its name says so."""
    if name.startswith("count/"):
        resource, _, group = name.removeprefix("count/").partition(".")
        return GroupResource(group, resource)
    for special in _SPECIAL.values():
        if special.counts(name):
            return special.resource
    return next((resource for resource, alias in _ALIASES.items() if alias == name), None)


def _never(scope: Scope, obj: Object) -> bool:
    return False


def _nothing(names: Iterable[str], obj: Object) -> str:
    return ""


def _counting(resource: GroupResource) -> Evaluator:
    names = [name for name in (count_name(resource), _ALIASES.get(resource)) if name]
    return Evaluator(resource, lambda obj, now: dict.fromkeys(names, _ONE), names.__contains__, _never, _nothing)


# -- pods --------------------------------------------------------------------------------------------------------------

_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_POD_NAMES = frozenset(
    {"count/pods", "pods", *_COMPUTE, *(f"{what}.{name}" for what in ("requests", "limits") for name in _COMPUTE)}
)
_MUST_BE_SAID = _POD_NAMES & {"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"}
_DEVICE_CLASS = "requests.deviceclass.resource.kubernetes.io/"


def _counts_pods(name: str) -> bool:
    if name in _POD_NAMES or name.startswith(("hugepages-", "requests.hugepages-")):
        return True
    return name.startswith("requests.") and (_is_foreign(name) or name.startswith(_DEVICE_CLASS))


def _is_foreign(name: str) -> bool:
    return "/" in name and "kubernetes.io/" not in name


def _pod_usage(pod: Object, now: datetime) -> Resources:
    if _has_ended(pod, now):
        return {"count/pods": _ONE}
    return {"count/pods": _ONE, **_compute(pod_requests(pod, use_status=True), pod_limits(pod))}


def _compute(requests: Resources, limits: Resources) -> Resources:
    usage: Resources = {"pods": _ONE}
    for name, value in requests.items():
        if name in _COMPUTE or name.startswith("hugepages-"):
            usage[name] = usage[f"requests.{name}"] = value
        elif _is_foreign(name) or name.startswith(_DEVICE_CLASS.removeprefix("requests.")):
            usage[f"requests.{name}"] = value
    for name in _COMPUTE:
        if name in limits:
            usage[f"limits.{name}"] = limits[name]
    return usage


def _has_ended(pod: Object, now: datetime) -> bool:
    """Finished, or so long overdue to be gone that its owner must not be charged for it."""
    if (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
        return True
    deletion, grace = pod["metadata"].get("deletionTimestamp"), pod["metadata"].get("deletionGracePeriodSeconds")
    return bool(deletion) and grace is not None and now > parse_time(deletion) + timedelta(seconds=grace)


def _unsaid(names: Iterable[str], pod: Object) -> str:
    """Which containers do not say what a quota counts."""
    required = _MUST_BE_SAID.intersection(names)
    spec = pod["spec"]
    if not required or any((spec.get("resources") or {}).get(what) for what in ("requests", "limits")):
        return ""
    missing: dict[str, set[str]] = {}
    for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
        resources = container.get("resources") or {}
        said = _compute(parse_resources(resources.get("requests")), parse_resources(resources.get("limits")))
        for name in required - said.keys():
            missing.setdefault(name, set()).add(container.get("name", ""))
    texts = [f"{name} for: {','.join(sorted(containers))}" for name, containers in sorted(missing.items())]
    return f"must specify {'; '.join(texts)}" if texts else ""


def _pod_in_scope(scope: Scope, pod: Object) -> bool:
    name, spec = scope.get("scopeName"), pod["spec"]
    if name in ("Terminating", "NotTerminating"):
        return has_deadline(pod) is (name == "Terminating")
    if name in ("BestEffort", "NotBestEffort"):
        return (qos_class(pod) == "BestEffort") is (name == "BestEffort")
    if name == "PriorityClass":
        return _selected(scope, [spec.get("priorityClassName")])
    return name == "CrossNamespacePodAffinity" and any(map(_crosses_namespaces, _affinity_terms(spec)))


def has_deadline(pod: Object) -> bool:
    """Whether the pod is of the scope Terminating."""
    deadline = pod["spec"].get("activeDeadlineSeconds")
    return deadline is not None and deadline >= 0


def _affinity_terms(spec: Object) -> Iterator[Object]:
    for kind in ("podAffinity", "podAntiAffinity"):
        affinity = (spec.get("affinity") or {}).get(kind) or {}
        yield from affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        for weighted in affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ():
            yield weighted.get("podAffinityTerm") or {}


def _crosses_namespaces(term: Object) -> bool:
    return bool(term.get("namespaces")) or term.get("namespaceSelector") is not None


def _selected(scope: Scope, values: Iterable[str | None]) -> bool:
    """Whether any of the values, or their absence, is what the scope asks for."""
    key = scope["scopeName"]
    expression = {"key": key, "operator": scope.get("operator"), "values": scope.get("values")}
    selector = from_label_selector({"matchExpressions": [expression]})
    present = [value for value in values if value]
    return any(selector.matches({key: value} if value else {}) for value in present or [""])


# -- services and claims -----------------------------------------------------------------------------------------------

_SERVICE_NAMES = frozenset({"count/services", "services", "services.nodeports", "services.loadbalancers"})
_OF_CLASS = ".storageclass.storage.k8s.io/"
_CLAIM_NAMES = ("persistentvolumeclaims", "requests.storage")


def _service_usage(service: Object, now: datetime) -> Resources:
    spec = service["spec"]
    ports = spec.get("ports") or ()
    balanced = spec.get("type") == "LoadBalancer"
    node_ports = len(ports) if balanced or spec.get("type") == "NodePort" else 0
    if balanced and spec.get("allocateLoadBalancerNodePorts") is False:
        node_ports = sum(bool(port.get("nodePort")) for port in ports)
    return {
        "count/services": _ONE,
        "services": _ONE,
        "services.loadbalancers": Quantity(int(balanced)),
        "services.nodeports": Quantity(node_ports),
    }


def _counts_claims(name: str) -> bool:
    return name in ("count/persistentvolumeclaims", *_CLAIM_NAMES) or name.endswith(
        tuple(_OF_CLASS + counted for counted in _CLAIM_NAMES)
    )


def _claim_usage(claim: Object, now: datetime) -> Resources:
    usage: Resources = {"persistentvolumeclaims": _ONE}
    storage = _storage(claim)
    if storage is not None:
        usage["requests.storage"] = storage
    legacy = (claim["metadata"].get("annotations") or {}).get("volume.beta.kubernetes.io/storage-class")
    storage_class = legacy if legacy is not None else claim["spec"].get("storageClassName")
    if storage_class:
        usage |= {f"{storage_class}{_OF_CLASS}{name}": value for name, value in usage.items()}
    usage["count/persistentvolumeclaims"] = _ONE
    return usage


def _storage(claim: Object) -> Quantity | None:
    """What is asked for, or allocated if that is more, in whole bytes."""
    asked = ((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage")
    if asked is None:
        return None
    allocated = ((claim.get("status") or {}).get("allocatedResources") or {}).get("storage")
    most = max(parse_quantity(asked), parse_quantity(allocated) if allocated is not None else _ZERO)
    whole = Quantity(most.value(), 0, most.format)
    return most if most == whole else whole


def _claim_in_scope(scope: Scope, claim: Object) -> bool:
    if scope.get("scopeName") != "VolumeAttributesClass":
        return False
    return _selected(scope, attributes_classes(claim))


def attributes_classes(claim: Object) -> set[str]:
    """The volume attributes classes a claim asks for, has, or is on its way to."""
    status = claim.get("status") or {}
    target = (status.get("modifyVolumeStatus") or {}).get("targetVolumeAttributesClassName")
    names = (claim["spec"].get("volumeAttributesClassName"), status.get("currentVolumeAttributesClassName"), target)
    return {name for name in names if name}


_SPECIAL: Mapping[GroupResource, Evaluator] = {
    _PODS: Evaluator(_PODS, _pod_usage, _counts_pods, _pod_in_scope, _unsaid),
    _SERVICES: Evaluator(_SERVICES, _service_usage, _SERVICE_NAMES.__contains__, _never, _nothing),
    _CLAIMS: Evaluator(_CLAIMS, _claim_usage, _counts_claims, _claim_in_scope, _nothing),
}
