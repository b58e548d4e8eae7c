"""The spec of jobs, and of the jobs that cron jobs make. Source: k8s.io/kubernetes/pkg/apis/batch/validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from apimachinery.fielderrors import (
    OMITTED,
    duplicate,
    invalid,
    not_supported,
    required,
    too_long,
    too_many,
)
from apimachinery.names import is_dns1123_subdomain, is_http_path
from server.validation.checks import Errors, check_qualified, flag, nonnegative, supported
from server.validation.indexes import IndexListError, count_indexes
from server.validation.podoptions import FOR_TEMPLATE, PodOptions
from server.validation.podtemplate import check_template

Source = Mapping[str, Any]

_MANY = 100_000
_FEW = 10_000
_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_STATUSES = ("False", "True", "Unknown")
_COUNTS = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
)
_INDEXED = "requires indexed completion mode"


def check_job_spec(errors: Errors, spec: Source, path: str, options: PodOptions = FOR_TEMPLATE) -> None:
    """All but the selector."""
    for field in _COUNTS:
        nonnegative(errors, f"{path}.{field}", spec.get(field))
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        errors.append(required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified"))
    if spec.get("managedBy") is not None:
        check_domain_path(errors, f"{path}.managedBy", spec["managedBy"])
        if len(spec["managedBy"]) > 63:
            errors.append(too_long(f"{path}.managedBy", 63))
    mode = spec.get("completionMode")
    if mode is not None:
        supported(errors, f"{path}.completionMode", mode, ("NonIndexed", "Indexed"))
    if mode == "Indexed":
        _check_indexed(errors, spec, path)
    elif mode in (None, "NonIndexed"):
        for field in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if spec.get(field) is not None:
                errors.append(invalid(f"{path}.{field}", spec[field], _INDEXED))
    _check_policies(errors, spec, path)
    check_template(errors, spec.get("template"), f"{path}.template", options)
    _check_restart_policy(errors, spec, f"{path}.template.spec.restartPolicy")


def check_domain_path(errors: Errors, path: str, value: str) -> None:
    """``acme.io/foo``: a domain and a path."""
    host, _, rest = value.partition("/")
    if not value:
        errors.append(required(path))
    elif not host or not rest:
        problem = 'must be a domain-prefixed path (such as "acme.io/foo")'
        errors.append(invalid(path, value, problem))
    else:
        flag(errors, path, host, is_dns1123_subdomain(host))
        flag(errors, path, rest, is_http_path(rest))


def _check_indexed(errors: Errors, spec: Source, path: str) -> None:
    completions, parallelism = spec.get("completions"), spec.get("parallelism")
    failed = spec.get("maxFailedIndexes")
    if completions is None:
        errors.append(required(f"{path}.completions", "when completion mode is Indexed"))
    if parallelism is not None and parallelism > _MANY:
        problem = f"must be less than or equal to {_MANY} when completion mode is Indexed"
        errors.append(invalid(f"{path}.parallelism", parallelism, problem))
    if completions is not None and failed is not None and failed > completions:
        problem = "must be less than or equal to completions"
        errors.append(invalid(f"{path}.maxFailedIndexes", failed, problem))
    if failed is not None and failed > _MANY:
        errors.append(invalid(f"{path}.maxFailedIndexes", failed, f"must be less than or equal to {_MANY}"))
    if completions is None or completions <= _MANY or spec.get("backoffLimitPerIndex") is None:
        return
    problem = (
        f"must be less than or equal to {_FEW} when completions are above {_MANY} and used with backoff limit per index"
    )
    if failed is None:
        errors.append(required(f"{path}.maxFailedIndexes", f"must be specified when completions is above {_MANY}"))
    if parallelism is not None and parallelism > _FEW:
        errors.append(invalid(f"{path}.parallelism", parallelism, problem))
    if failed is not None and failed > _FEW:
        errors.append(invalid(f"{path}.maxFailedIndexes", failed, problem))


def _check_policies(errors: Errors, spec: Source, path: str) -> None:
    failure, success, replacement = (
        spec.get("podFailurePolicy"),
        spec.get("successPolicy"),
        spec.get("podReplacementPolicy"),
    )
    if failure is not None:
        _check_failure_policy(errors, failure, spec, f"{path}.podFailurePolicy.rules")
    if success is not None and spec.get("completionMode") != "Indexed":
        errors.append(invalid(f"{path}.successPolicy", success, _INDEXED))
    elif success is not None:
        _check_success_policy(errors, success, spec, f"{path}.successPolicy.rules")
    if replacement is not None:
        allowed = ("Failed",) if failure is not None else ("Failed", "TerminatingOrFailed")
        supported(errors, f"{path}.podReplacementPolicy", replacement, allowed)


def _check_restart_policy(errors: Errors, spec: Source, path: str) -> None:
    policy = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy")
    if policy in (None, "", "Always"):
        errors.append(required(path, 'valid values: "OnFailure", "Never"'))
    elif policy not in ("OnFailure", "Never"):
        errors.append(not_supported(path, policy, ("OnFailure", "Never")))
    elif policy != "Never" and spec.get("podFailurePolicy") is not None:
        problem = 'only "Never" is supported when podFailurePolicy is specified'
        errors.append(invalid(path, policy, problem))


def _check_failure_policy(errors: Errors, policy: Source, spec: Source, path: str) -> None:
    rules = policy.get("rules") or ()
    if len(rules) > 20:
        errors.append(too_many(path, len(rules), 20))
    pod = (spec.get("template") or {}).get("spec") or {}
    names = {c.get("name") for c in (*(pod.get("containers") or ()), *(pod.get("initContainers") or ()))}
    for index, rule in enumerate(rules):
        here, action = f"{path}[{index}]", rule.get("action") or ""
        if action == "FailIndex" and spec.get("backoffLimitPerIndex") is None:
            errors.append(invalid(f"{here}.action", action, "requires the backoffLimitPerIndex to be set"))
        else:
            _check_listed(errors, f"{here}.action", action, _ACTIONS)
        codes, conditions = rule.get("onExitCodes"), rule.get("onPodConditions")
        if codes is not None:
            _check_exit_codes(errors, codes, names, f"{here}.onExitCodes")
        if conditions:
            _check_pod_conditions(errors, conditions, f"{here}.onPodConditions")
        if codes is not None and conditions:
            problem = "specifying both OnExitCodes and OnPodConditions is not supported"
            errors.append(invalid(here, OMITTED, problem))
        if codes is None and not conditions:
            problem = "specifying one of OnExitCodes and OnPodConditions is required"
            errors.append(invalid(here, OMITTED, problem))


def _check_listed(errors: Errors, path: str, value: str, allowed: Sequence[str]) -> None:
    """Required, with the choices told even when nothing was given."""
    if not value:
        words = " ".join(f'"{name}"' for name in allowed)
        errors.append(required(path, f"valid values: [{words}]"))
    else:
        supported(errors, path, value, allowed)


def _check_exit_codes(errors: Errors, codes: Source, names: set[Any], path: str) -> None:
    operator, values, name = codes.get("operator") or "", codes.get("values") or [], codes.get("containerName")
    _check_listed(errors, f"{path}.operator", operator, ("In", "NotIn"))
    if name is not None and name not in names:
        problem = "must be one of the container or initContainer names in the pod template"
        errors.append(invalid(f"{path}.containerName", name, problem))
    if not values:
        errors.append(invalid(f"{path}.values", codes.get("values"), "at least one value is required"))
    elif len(values) > 255:
        errors.append(too_many(f"{path}.values", len(values), 255))
    for index, value in enumerate(values):
        if operator == "In" and value == 0:
            errors.append(invalid(f"{path}.values[{index}]", value, "must not be 0 for the In operator"))
        if value in values[:index]:
            errors.append(duplicate(f"{path}.values[{index}]", value))
    if any(first > second for first, second in pairwise(values)):
        errors.append(invalid(f"{path}.values", values, "must be ordered"))


def _check_pod_conditions(errors: Errors, conditions: Sequence[Source], path: str) -> None:
    if len(conditions) > 20:
        errors.append(too_many(path, len(conditions), 20))
    for index, condition in enumerate(conditions):
        check_qualified(errors, f"{path}[{index}].type", condition.get("type") or "")
        _check_listed(errors, f"{path}[{index}].status", condition.get("status") or "", _STATUSES)


def _check_success_policy(errors: Errors, policy: Source, spec: Source, path: str) -> None:
    rules = policy.get("rules") or ()
    if not rules:
        problem = "at least one rules must be specified when the successPolicy is specified"
        errors.append(required(path, problem))
    if len(rules) > 20:
        errors.append(too_many(path, len(rules), 20))
    for index, rule in enumerate(rules):
        _check_success_rule(errors, rule, spec.get("completions") or 0, f"{path}[{index}]")


def _check_success_rule(errors: Errors, rule: Source, completions: int, path: str) -> None:
    count, indexes, total = rule.get("succeededCount"), rule.get("succeededIndexes"), 0
    if count is None and indexes is None:
        problem = "at least one of succeededCount or succeededIndexes must be specified"
        errors.append(required(path, problem))
    if indexes is not None:
        if len(indexes) > 65536:
            errors.append(too_long(f"{path}.succeededIndexes", 65536))
        try:
            total = count_indexes(indexes, completions)
        except IndexListError as error:
            problem = f"error parsing succeededIndexes: {error}"
            errors.append(invalid(f"{path}.succeededIndexes", indexes, problem))
    if count is None:
        return
    where = f"{path}.succeededCount"
    nonnegative(errors, where, count)
    if count > completions:
        problem = f"must be less than or equal to {completions} (the number of specified completions)"
        errors.append(invalid(where, count, problem))
    if indexes is not None and count > total:
        problem = (
            f"must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)"
        )
        errors.append(invalid(where, count, problem))
