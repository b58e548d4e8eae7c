"""Where a pod may run: tolerations, affinity, topology spread, gates; and the taints of nodes.

Source: k8s.io/kubernetes/pkg/apis/core/validation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, not_supported, quote, required
from server.validation.checks import Errors, check_qualified, flag, positive, supported
from server.validation.objectmeta import check_label_name
from server.validation.podoptions import PodOptions
from server.validation.rules import label_value, name_is_dns_label
from server.validation.selectors import check_label_selector, check_node_selector, check_node_selector_term

Source = Mapping[str, Any]

TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_NEEDS_SELECTOR = "must not be specified when labelSelector is not set"
_IN_BOTH = "exists in both matchLabelKeys and labelSelector"
_WEIGHT = "must be in the range 1-100"
_decimal = re.compile("0|-?[1-9][0-9]*").fullmatch


def check_taint_effect(errors: Errors, path: str, effect: str) -> None:
    if effect not in TAINT_EFFECTS:
        errors.append(not_supported(path, effect, TAINT_EFFECTS))


def check_tolerations(errors: Errors, tolerations: Sequence[Source], path: str, options: PodOptions) -> None:
    for index, toleration in enumerate(tolerations):
        _check_toleration(errors, toleration, f"{path}[{index}]", options)


def _check_toleration(errors: Errors, toleration: Source, path: str, options: PodOptions) -> None:
    key, operator = toleration.get("key") or "", toleration.get("operator") or ""
    value, effect = toleration.get("value") or "", toleration.get("effect") or ""
    if key:
        check_label_name(errors, f"{path}.key", key)
    elif operator != "Exists":
        problem = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        errors.append(invalid(f"{path}.operator", operator, problem))
    if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
        problem = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        errors.append(invalid(f"{path}.effect", effect, problem))
    if operator in ("", "Equal"):
        if problems := label_value(value):
            errors.append(invalid(f"{path}.operator", value, ";".join(problems)))
    elif operator == "Exists":
        if value:
            problem = "value must be empty when `operator` is 'Exists'"
            errors.append(invalid(f"{path}.operator", value, problem))
    else:
        _check_comparison(errors, operator, value, path, options)
    if effect:
        check_taint_effect(errors, f"{path}.effect", effect)


def _check_comparison(errors: Errors, operator: str, value: str, path: str, options: PodOptions) -> None:
    """Lt and Gt are behind a gate: only objects that have them already may keep them."""
    if operator not in ("Lt", "Gt"):
        errors.append(not_supported(f"{path}.operator", operator, ("Equal", "Exists")))
    elif not options.comparing_tolerations:
        errors.append(not_supported(f"{path}.operator", operator, ("Equal", "Exists", "Lt", "Gt")))
    elif not _decimal(value):
        problem = "must be a valid decimal integer in canonical form" if value else "must be non-empty"
        errors.append(invalid(f"{path}.value", value, problem))
        if not re.fullmatch("[+-]?[0-9]+", value):
            problem = f"strconv.ParseInt: parsing {quote(value)}: invalid syntax"
            errors.append(invalid(f"{path}.value", value, problem))
    elif not -(1 << 63) <= int(value) < 1 << 63:
        problem = f"strconv.ParseInt: parsing {quote(value)}: value out of range"
        errors.append(invalid(f"{path}.value", value, problem))


def check_taints(errors: Errors, taints: Sequence[Source], path: str) -> None:
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(taints):
        here, key, effect = f"{path}[{index}]", taint.get("key") or "", taint.get("effect") or ""
        check_label_name(errors, f"{here}.key", key)
        if problems := label_value(taint.get("value") or ""):
            errors.append(invalid(f"{here}.value", taint["value"], ";".join(problems)))
        if effect:
            check_taint_effect(errors, f"{here}.effect", effect)
        else:
            errors.append(required(f"{here}.effect"))
        if (key, effect) in seen:
            problem = "taints must be unique by key and effect pair"
            errors.append(replace(duplicate(here, taint), detail=problem))
        seen.add((key, effect))


def check_affinity(errors: Errors, affinity: Source, path: str, options: PodOptions) -> None:
    node = affinity.get("nodeAffinity")
    if node is not None:
        _check_node_affinity(errors, node, f"{path}.nodeAffinity", options)
    for field in ("podAffinity", "podAntiAffinity"):
        if affinity.get(field) is not None:
            _check_pod_affinity(errors, affinity[field], f"{path}.{field}", options.any_selector_value)


def _check_node_affinity(errors: Errors, affinity: Source, path: str, options: PodOptions) -> None:
    if affinity.get(_REQUIRED) is not None:
        check_node_selector(
            errors, affinity[_REQUIRED], f"{path}.{_REQUIRED}", any_value=options.any_node_affinity_value
        )
    for index, term in enumerate(affinity.get(_PREFERRED) or ()):
        here = f"{path}.{_PREFERRED}[{index}]"
        _check_weight(errors, term, here)
        check_node_selector_term(errors, term.get("preference") or {}, f"{here}.preference", any_value=True)


def _check_weight(errors: Errors, term: Source, path: str) -> None:
    weight = term.get("weight") or 0
    if not 0 < weight <= 100:
        errors.append(invalid(f"{path}.weight", weight, _WEIGHT))


def _check_pod_affinity(errors: Errors, affinity: Source, path: str, any_value: bool) -> None:
    for index, term in enumerate(affinity.get(_REQUIRED) or ()):
        _check_pod_affinity_term(errors, term, f"{path}.{_REQUIRED}[{index}]", any_value)
    for index, term in enumerate(affinity.get(_PREFERRED) or ()):
        here = f"{path}.{_PREFERRED}[{index}]"
        _check_weight(errors, term, here)
        _check_pod_affinity_term(errors, term.get("podAffinityTerm") or {}, f"{here}.podAffinityTerm", any_value)


def _check_pod_affinity_term(errors: Errors, term: Source, path: str, any_value: bool) -> None:
    for field in ("labelSelector", "namespaceSelector"):
        check_label_selector(errors, term.get(field), f"{path}.{field}", any_value=any_value)
    for namespace in term.get("namespaces") or ():
        flag(errors, f"{path}.namespace", namespace, name_is_dns_label(namespace))
    _check_label_keys(
        errors, term.get("matchLabelKeys") or (), term.get("mismatchLabelKeys") or (), term.get("labelSelector"), path
    )
    topology = term.get("topologyKey") or ""
    if not topology:
        errors.append(required(f"{path}.topologyKey", "can not be empty"))
    check_label_name(errors, f"{path}.topologyKey", topology)


def _check_label_keys(
    errors: Errors, match: Sequence[str], mismatch: Sequence[str], selector: Source | None, path: str
) -> None:
    """Keys whose value is taken from the pod itself."""
    for field, keys in (("matchLabelKeys", match), ("mismatchLabelKeys", mismatch)):
        if keys and selector is None:
            errors.append(forbidden(f"{path}.{field}", _NEEDS_SELECTOR))
        elif keys:
            for index, key in enumerate(keys):
                check_label_name(errors, f"{path}.{field}[{index}]", key)
    if selector is not None and match:
        places = {key: index for index, key in enumerate(match)}
        seen = set(selector.get("matchLabels") or ())
        for expression in selector.get("matchExpressions") or ():
            key = expression.get("key") or ""
            if key in places and key in seen:
                errors.append(invalid(f"{path}[{places[key]}]", key, _IN_BOTH))
            seen.add(key)
    for index, key in enumerate(match):
        if key in mismatch:
            problem = "exists in both matchLabelKeys and mismatchLabelKeys"
            errors.append(invalid(f"{path}.matchLabelKeys[{index}]", key, problem))


def _check_legacy_label_keys(errors: Errors, keys: Sequence[str], selector: Source | None, path: str) -> None:
    """The rule of before 1.34, for pods that obey only it."""
    if not keys:
        return
    if selector is None:
        errors.append(forbidden(path, _NEEDS_SELECTOR))
    selector = selector or {}
    taken = {*(selector.get("matchLabels") or ()), *(e.get("key") for e in selector.get("matchExpressions") or ())}
    for index, key in enumerate(keys):
        check_label_name(errors, f"{path}[{index}]", key)
        if key in taken:
            errors.append(invalid(f"{path}[{index}]", key, _IN_BOTH))


def check_topology_spread(errors: Errors, constraints: Sequence[Source], path: str, options: PodOptions) -> None:
    for index, constraint in enumerate(constraints):
        here = f"{path}[{index}]"
        _check_spread(errors, constraint, constraints[index + 1 :], here)
        keys, selector = constraint.get("matchLabelKeys") or (), constraint.get("labelSelector")
        if options.legacy_match_label_keys:
            _check_legacy_label_keys(errors, keys, selector, f"{here}.matchLabelKeys")
        else:
            _check_label_keys(errors, keys, (), selector, here)
        if not options.any_spread_selector:
            check_label_selector(errors, selector, f"{here}.labelSelector")


def _check_spread(errors: Errors, constraint: Source, rest: Sequence[Source], path: str) -> None:
    topology, action = constraint.get("topologyKey") or "", constraint.get("whenUnsatisfiable") or ""
    positive(errors, f"{path}.maxSkew", constraint.get("maxSkew") or 0)
    if not topology:
        errors.append(required(f"{path}.topologyKey", "can not be empty"))
    supported(errors, f"{path}.whenUnsatisfiable", action, ("DoNotSchedule", "ScheduleAnyway"))
    for other in rest:
        if (other.get("topologyKey") or "", other.get("whenUnsatisfiable") or "") == (topology, action):
            where = f"{path}.{{topologyKey, whenUnsatisfiable}}"
            errors.append(duplicate(where, f"{{{topology}, {action}}}"))
            break
    domains = constraint.get("minDomains")
    if domains is not None:
        positive(errors, f"{path}.minDomains", domains)
        if action != "DoNotSchedule":
            problem = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
            errors.append(invalid(f"{path}.minDomains", domains, problem))
    for field in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
        if constraint.get(field) is not None:
            supported(errors, f"{path}.{field}", constraint[field], ("Honor", "Ignore"))


def check_readiness_gates(errors: Errors, gates: Sequence[Source], path: str) -> None:
    for index, gate in enumerate(gates):
        check_qualified(errors, f"{path}[{index}].conditionType", gate.get("conditionType") or "")


def check_scheduling_gates(errors: Errors, gates: Sequence[Source], path: str) -> None:
    seen: set[str] = set()
    for index, gate in enumerate(gates):
        name = gate.get("name") or ""
        check_qualified(errors, f"{path}[{index}]", name)
        if name in seen:
            errors.append(duplicate(f"{path}[{index}]", name))
        seen.add(name)
