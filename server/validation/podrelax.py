"""Which old mistakes a stored pod or template has, and may therefore keep through an update.

Source: k8s.io/kubernetes/pkg/api/pod/util.go (GetValidationOptionsFromPodSpecAndMeta).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from apimachinery.quantity import parse_quantity
from server.validation.checks import Errors
from server.validation.filepaths import check_local
from server.validation.podoptions import PodOptions
from server.validation.podtemplate import DELETION_COST, is_deletion_cost
from server.validation.resources import is_divisible, is_huge_page
from server.validation.rules import label_value
from server.validation.scheduling import check_topology_spread
from server.validation.securitycontext import each_container, host_sysctl_problems
from server.validation.selectors import check_label_selector

Source = Mapping[str, Any]


def validated(check: Callable[[PodOptions], Errors], spec: Source, meta: Source, is_pod: bool) -> Errors:
    """Check strictly; when something is wrong, look what the stored ``spec`` and ``meta`` excuse and check again."""
    strict = PodOptions(is_pod=is_pod)
    errors = check(strict)
    if not errors:
        return errors
    relaxed = options_of(spec, meta, is_pod=is_pod)
    return errors if relaxed == strict else check(relaxed)


def options_of(spec: Source, meta: Source, *, is_pod: bool) -> PodOptions:
    """The options under which the stored spec is valid."""
    affinity = spec.get("affinity") or {}
    constraints = spec.get("topologySpreadConstraints") or ()
    sysctls = (spec.get("securityContext") or {}).get("sysctls") or ()
    cost = (meta.get("annotations") or {}).get(DELETION_COST)
    isolated = spec.get("hostUsers") is False
    return PodOptions(
        is_pod=is_pod,
        any_selector_value=any(map(_has_bad_value, _affinity_selectors(affinity))),
        any_spread_selector=any(_selector_errors(constraint.get("labelSelector")) for constraint in constraints),
        any_node_affinity_value=_has_bad_node_value(affinity.get("nodeAffinity") or {}),
        any_huge_pages=any(map(_has_bad_huge_page, _resources(spec))),
        any_deletion_cost=cost is not None and not is_deletion_cost(cost),
        any_token_path=any(map(_is_bad_token_path, _token_paths(spec))),
        any_host_sysctl=any(host_sysctl_problems(sysctl.get("name") or "", spec) for sysctl in sysctls),
        comparing_tolerations=any(t.get("operator") in ("Lt", "Gt") for t in spec.get("tolerations") or ()),
        devices_in_user_namespace=isolated and any(c.get("volumeDevices") for c, _ in each_container(spec, "")),
        legacy_match_label_keys=_violates_label_keys(spec),
        user_namespace_host_network=isolated and bool(spec.get("hostNetwork")),
        restart_to_resize_init=any(map(_restarts_to_resize, spec.get("initContainers") or ())),
    )


def _restarts_to_resize(container: Source) -> bool:
    policies = container.get("resizePolicy") or ()
    return container.get("restartPolicy") != "Always" and any(
        policy.get("restartPolicy") == "RestartContainer" for policy in policies
    )


def _affinity_selectors(affinity: Source) -> Iterator[Source | None]:
    for kind in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(kind) or {}
        terms = list(rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ())
        for weighted in rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ():
            terms.append(weighted.get("podAffinityTerm") or {})
        for term in terms:
            yield term.get("labelSelector")
            yield term.get("namespaceSelector")


def _has_bad_value(selector: Source | None) -> bool:
    expressions = (selector or {}).get("matchExpressions") or ()
    return any(label_value(value) for expression in expressions for value in expression.get("values") or ())


def _selector_errors(selector: Source | None) -> Errors:
    errors: Errors = []
    check_label_selector(errors, selector, "")
    return errors


def _has_bad_node_value(affinity: Source) -> bool:
    needed = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    return any(map(_has_bad_value, needed.get("nodeSelectorTerms") or ()))


def _resources(spec: Source) -> Iterator[Mapping[str, str]]:
    yield spec.get("overhead") or {}
    for container, _ in each_container(spec, ""):
        resources = container.get("resources") or {}
        yield resources.get("limits") or {}
        yield resources.get("requests") or {}


def _has_bad_huge_page(amounts: Mapping[str, str]) -> bool:
    return any(is_huge_page(name) and not is_divisible(name, parse_quantity(text)) for name, text in amounts.items())


def _token_paths(spec: Source) -> Iterator[str]:
    for volume in spec.get("volumes") or ():
        for source in (volume.get("projected") or {}).get("sources") or ():
            yield (source.get("serviceAccountToken") or {}).get("path") or ""


def _is_bad_token_path(target: str) -> bool:
    errors: Errors = []
    check_local(errors, "", target)
    return bool(errors)


def _violates_label_keys(spec: Source) -> bool:
    errors: Errors = []
    constraints = spec.get("topologySpreadConstraints") or ()
    check_topology_spread(errors, constraints, "", PodOptions(any_spread_selector=True))
    return any("atchLabelKeys" in error.detail or "abelSelector" in error.detail for error in errors)
